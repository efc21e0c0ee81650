"""How the ranks were started: all in one job, on cores of their own, with as many threads as there are cores."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parallel_nls.config import counted
from parallel_nls.doctor.checks import Check, Seen, Situation
from parallel_nls.doctor.findings import Finding, ok, problem, warning
from parallel_nls.doctor.mpi import loaded_files
from parallel_nls.running.launcher import processes_started

# Libraries that start threads by a variable of their own; OMP_NUM_THREADS holds for all that have none.
_THREADS = {r"lib\w*openblas": "OPENBLAS_NUM_THREADS", r"libmkl": "MKL_NUM_THREADS", r"libblis": "BLIS_NUM_THREADS"}
_COMMON = "OMP_NUM_THREADS"


@dataclass(frozen=True)
class Cores:
    """What one rank may use of its node.

    Attributes
    ----------
    bound : frozenset of int
        Cores to which the rank is bound.
    granted : int
        Cores that the node grants to the whole job.
    threads : int
        Threads that its libraries may start.
    variable : str
        The environment variable that says, or could say, how many.
    """

    bound: frozenset[int]
    granted: int
    threads: int
    variable: str


def look_at_launch(_situation: Situation) -> int:
    """How many processes the launcher says that it started. *Communication*: local."""
    return processes_started()


def judge_launch(situation: Situation, everyone: Sequence[Seen]) -> Iterator[Finding]:
    """As many as MPI knows. *Communication*: local."""
    started: int = everyone[0].fact
    if situation.comm is not None and situation.size == 1 < started:
        found = f"the launcher started {started} processes, but MPI knows of one: each would make a run of its own"
        yield problem(found, _how_to_join())
    elif situation.comm is None:
        yield ok(f"{started} started, without MPI")
    else:
        hosts = {seen.host for seen in everyone}
        yield ok(f"{counted(situation.size, 'rank')} on {counted(len(hosts), 'node')}")


def _how_to_join() -> str:
    if "OMPI_COMM_WORLD_SIZE" in os.environ or "PMI_SIZE" in os.environ:
        return "start by the mpirun of mpi4py's own MPI; what is said of mpirun above names it"
    return "srun --mpi=pmix parallel-nls …, or mpirun; srun --mpi=list names what this Slurm offers"


def look_at_cores(_situation: Situation) -> Cores:
    """Binding, cores and threads of this process. *Communication*: local."""
    bound = frozenset(os.sched_getaffinity(0))
    name, value = _threads_variable()
    return Cores(bound, _granted(bound), int(value) if value else len(bound), name)


def _threads_variable() -> tuple[str, str]:
    """Variable that decides about threads and its value, empty where none is set."""
    own = [variable for library, variable in _THREADS.items() if loaded_files(library)]
    values = {name: os.environ.get(name, "").partition(",")[0].strip() for name in (*own, _COMMON)}
    return next(((name, value) for name, value in values.items() if value.isdecimal() and int(value)), (_COMMON, ""))


def _granted(bound: frozenset[int]) -> int:
    """Cores that this process could have: those that are left when it asks the kernel for all of them."""
    try:
        os.sched_setaffinity(0, range(os.sysconf("SC_NPROCESSORS_CONF")))
        granted = len(os.sched_getaffinity(0))
    except OSError:
        granted = len(bound)
    finally:
        os.sched_setaffinity(0, bound)
    of_job = os.environ.get("SLURM_CPUS_ON_NODE", "")
    return min(granted, int(of_job)) if of_job.isdecimal() else granted


def by_node(everyone: Sequence[Seen]) -> dict[str, list[Seen]]:
    """What the ranks of each node have seen. *Communication*: local."""
    nodes: dict[str, list[Seen]] = {}
    for seen in everyone:
        nodes.setdefault(seen.host, []).append(seen)
    return nodes


def judge_cores(_situation: Situation, everyone: Sequence[Seen]) -> Iterator[Finding]:
    """Ranks have cores of their own, and no more threads than cores; the worst node speaks. *Communication*: local."""
    nodes = by_node(everyone).items()
    for judge in (_judge_binding, _judge_threads):
        yield max((judge(host, ranks) for host, ranks in nodes), key=lambda finding: finding.severity)


def _judge_binding(host: str, ranks: Sequence[Seen]) -> Finding:
    granted = max(seen.fact.granted for seen in ranks)
    if len(ranks) > granted:
        found = f"{len(ranks)} ranks share the {counted(granted, 'core')} of {host}"
        return warning(found, f"start at most {granted} on a node like this: more take longer, not shorter")
    crowded = _crowded(ranks)
    if crowded is None:
        return ok(f"{counted(len(ranks), 'rank')} on {counted(granted, 'core')} of {host}")
    who, cores = crowded
    where = f"{'core' if len(cores) == 1 else 'cores'} {_listed(cores)} of {host}"
    found = f"ranks {_listed(who)} are bound to {where}, which has {granted} cores for them"
    return problem(found, "mpirun --bind-to core (or none), srun --cpu-bind=cores; no taskset around the job")


def _crowded(ranks: Sequence[Seen]) -> tuple[list[int], list[int]] | None:
    """Ranks that must share fewer cores than they are, and these cores, if there are any."""
    for cores in {seen.fact.bound for seen in ranks}:
        inside = [seen.rank for seen in ranks if seen.fact.bound <= cores]
        if len(inside) > len(cores):
            return inside, sorted(cores)
    return None


def _listed(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:8]))
    return f"{shown}, …" if len(numbers) > 8 else shown


def _judge_threads(host: str, ranks: Sequence[Seen]) -> Finding:
    cores = len(frozenset[int]().union(*(seen.fact.bound for seen in ranks)))
    threads = [seen.fact.threads for seen in ranks]
    found = f"{counted(len(ranks), 'rank')} × {counted(max(threads), 'thread')} on {counted(cores, 'core')} of {host}"
    if max(threads) == 1 or sum(threads) <= cores:
        return ok(found, "threads")
    variable = ranks[0].fact.variable
    return warning(found, f"export {variable}=1: the ranks do the work, threads only get in their way", "threads")


CHECKS = (
    Check("processes", look_at_launch, judge_launch),
    Check("cores", look_at_cores, judge_cores),
)
