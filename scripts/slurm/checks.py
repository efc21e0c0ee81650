"""What is tested: each check submits scripts of slurm/ as a user would, and watches what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import psutil

from scripts.slurm.cluster import output_of
from scripts.slurm.jobs import Job, Lab

Check = Callable[[Lab], str]

CONFIGURATION = """\
title = "Two bubbles"

[equation]
name = "nls"

[grid]
points = [64, 64]
length = [20.48, 20.48]

[initial]
kind = "bubbles"

[[initial.bubbles]]
center = [-2.0, 0.0]

[[initial.bubbles]]
center = [2.0, 0.0]

[time]
start = -0.5
stop = -0.125
step = {step}

[diagnostics]
every = 0.03125

[limits]
spectral_tail = "off"
"""
STEPS = {"short": 96, "long": 768}  # with slow steps the long one takes 75 s

# The nodes are emulated: their ranks meet in one memory, where ranks of different nodes must not look for each other.
BETWEEN_NODES: dict[str, Any] = {
    "OMPI_MCA_btl": "tcp,self",
    "OMPI_MCA_btl_tcp_if_include": "lo",
    "PARALLEL_NLS_SHARED_MEMORY": "off",
}
TWO_NODES = ("--nodes=2", "--ntasks-per-node=2", "--oversubscribe")  # in place of --exclusive
ONE_NODE = ("--nodes=1", "--ntasks-per-node=2", "--oversubscribe")
# The other form that the scripts offer. The emulated nodes have fewer cores than they say.
MPIRUN = {
    "\nLAUNCH=(srun": "\n# LAUNCH=(srun",
    "# LAUNCH=(mpirun": "LAUNCH=(mpirun",
    "--bind-to core": "--bind-to none",
}
IMPATIENT = {"odls_base_sigkill_timeout 15": "odls_base_sigkill_timeout 5"}
MINUTE = "--time=1"
EARLY = "--signal=B:USR1@10"  # Slurm looks every 30 s: the signal comes 10 to 40 s before the end
WITHOUT_LIMIT = "--time=30"


def start_references(lab: Lab) -> None:
    """Submit the uninterrupted runs, on one rank, with which the others are compared."""
    for name, steps in STEPS.items():
        (lab.folder / f"{name}.toml").write_text(CONFIGURATION.format(step=0.375 / steps))
        lab.submit(f"{name}-1", "one_node.sh", "--ntasks=1", CONFIG=f"{name}.toml", RUN=f"{name}-1")


def _chain(lab: Lab, name: str, *options: str, changes: Mapping[str, str] | None = None, **variables: Any) -> Job:
    """Submit chain.sh for the long run with slow steps, on two ranks."""
    variables |= {"CONFIG": "long.toml", "RUN": name, "PARALLEL_NLS": lab.slow}
    return lab.submit(name, "chain.sh", *ONE_NODE, *options, changes=changes, **variables)


def _to_the_end(lab: Lab, job: Job, run: str, reason: str) -> str:
    """Check that a chain stops for a reason, restarts, comes to its end, and has the right bits."""
    restarts = job.ends("COMPLETED", 0, restarts=1)
    job.says(reason)
    job.says("chain: checkpointed, requeues itself")
    job.says(f"chain: restart 1 of at most 100: parallel-nls resume {run}")
    lab.compare(run, "long-1")
    return f"{restarts} restart{'s' * (restarts > 1)}"


def srun_on_one_node(lab: Lab) -> str:
    """one_node.sh, twice: a run that is done stays done."""
    for _ in range(2):
        job = lab.submit("one", "one_node.sh", "--ntasks=2", CONFIG="short.toml", RUN="one")
        job.ends("COMPLETED", 0)
    lab.compare("one", "short-1")
    return "the second job finds it done"


def srun_on_two_nodes(lab: Lab) -> str:
    """many_nodes.sh as it is."""
    job = lab.submit("srun", "many_nodes.sh", *TWO_NODES, CONFIG="short.toml", RUN="srun", **BETWEEN_NODES)
    job.ends("COMPLETED", 0)
    job.says("on 4 ranks")
    lab.compare("srun", "short-1")
    return "4 ranks"


def mpirun_on_two_nodes(lab: Lab) -> str:
    """many_nodes.sh with its other form."""
    job = lab.submit(
        "mpirun", "many_nodes.sh", *TWO_NODES, changes=MPIRUN, CONFIG="short.toml", RUN="mpirun", **BETWEEN_NODES
    )
    job.ends("COMPLETED", 0)
    job.says("on 4 ranks")
    lab.compare("mpirun", "short-1")
    return "4 ranks"


def array_of_runs(lab: Lab) -> str:
    """array.sh: two of its members, of which the first is the reference, and one that is not in its list."""
    output = f"--output={lab.folder}/array-%a.out"
    array = lab.submit("array", "array.sh", "--array=0,1,7", "--ntasks=2", output, CONFIG="short.toml", RUNS="member")
    first, second, missing = (Job(f"{array.number}_{task}", lab.folder / f"array-{task}.out") for task in (0, 1, 7))
    first.ends("COMPLETED", 0)
    second.ends("COMPLETED", 0)
    missing.ends("FAILED", 2)
    missing.says("asked for member 7, MEMBERS has 0 to 3")
    lab.compare("member_0", "short-1")
    second.expect("phase = 1.0" in (lab.folder / "member_1/config.toml").read_text(), "did not take its setting")
    return "2 members"


def srun_without_mpi(lab: Lab) -> str:
    """Ranks that know nothing of each other are refused."""
    job = lab.submit(
        "alone", "one_node.sh", "--ntasks=2", changes={"--mpi=pmix": "--mpi=none"}, CONFIG="short.toml", RUN="alone"
    )
    job.ends("FAILED", 2)
    job.expect(job.text.count("parallel-nls: 2 processes were started") == 1, "does not say so once")
    return "exit code 2"


def chain_with_srun(lab: Lab) -> str:
    """Slurm signals the shell ahead of the limit."""
    job = _chain(lab, "chain-srun", MINUTE, EARLY)
    return _to_the_end(lab, job, "chain-srun", "SIGUSR1 was received")


def chain_with_mpirun(lab: Lab) -> str:
    """The same with the other form."""
    job = _chain(lab, "chain-mpirun", MINUTE, EARLY, changes={**MPIRUN, **IMPATIENT})
    return _to_the_end(lab, job, "chain-mpirun", "SIGUSR1 was received")


def chain_without_signal(lab: Lab) -> str:
    """The run itself knows when its job ends."""
    job = _chain(lab, "chain-limit", MINUTE, changes={"#SBATCH --signal": "# no "})
    return _to_the_end(lab, job, "chain-limit", "the time limit of the job is near")


def chain_preempted(lab: Lab) -> str:
    """A job of a higher priority takes the node: TERM, and time to store."""
    job = _chain(lab, "chain-low", "--partition=low", WITHOUT_LIMIT)
    job.wait_for_text(r"step \d+ of 768")
    urgent = ("sbatch", "--partition=urgent", "--exclusive", "--output=/dev/null", "--wrap=sleep 1")
    job.expect(output_of(*urgent), "the job that is to preempt it is not accepted")
    return _to_the_end(lab, job, "chain-low", "SIGTERM was received")


def chain_out_of_restarts(lab: Lab) -> str:
    """A chain comes to its end without progress, too."""
    job = _chain(lab, "chain-last", WITHOUT_LIMIT, RESTARTS=0)
    job.wait_for_text("points on 2 ranks")
    output_of("scancel", "--batch", "--signal=USR1", job.number)
    job.ends("FAILED", 75)
    job.says("chain: checkpointed, but this was restart 0 of 0")
    return "exit code 75"


def _dead(lab: Lab, name: str, moment: str) -> str:
    job = _chain(lab, name, WITHOUT_LIMIT)
    job.wait_for_text(moment)
    _ranks_of(job)[0].kill()
    facts = job.end()
    job.expect(facts["JobState"] == "FAILED" and facts["Restarts"] == "0", f"JobState is {facts['JobState']}")
    job.says("chain: ends with exit code")
    return f"exit code {facts['ExitCode'].split(':')[0]}"


def chain_of_a_dead_rank(lab: Lab) -> str:
    """A rank that is killed ends the job and the chain."""
    return _dead(lab, "chain-dead", r"step \d+ of 768")


def chain_of_a_rank_dead_soon(lab: Lab) -> str:
    """The same ahead of the first step, where the other ranks leave with nothing half done."""
    return _dead(lab, "chain-dead-soon", "points on 2 ranks")


def chain_cancelled(lab: Lab) -> str:
    """Scancel ends a chain: it does not come back by itself."""
    job = _chain(lab, "chain-cancelled", WITHOUT_LIMIT)
    _cancel(job)
    job.says("SIG(TERM|USR1) was received")
    job.says("chain: checkpointed, the job was cancelled")
    return "not requeued"


def srun_cancelled(lab: Lab) -> str:
    """Scancel leaves a run that the same script, on three ranks, takes up and brings to its end."""
    long: dict[str, Any] = {"CONFIG": "long.toml", "RUN": "cancelled"}
    job = lab.submit("cancelled", "one_node.sh", "--ntasks=2", WITHOUT_LIMIT, PARALLEL_NLS=lab.slow, **long)
    _cancel(job)
    job.says("SIGTERM was received")
    again = lab.submit("again", "one_node.sh", "--ntasks=3", **long)
    again.ends("COMPLETED", 0)
    again.says("on 3 ranks, resumed")
    lab.compare("cancelled", "long-1")
    return "resumed on 3 ranks"


def mpirun_cancelled(lab: Lab) -> str:
    """Mpirun, told to end, gives its ranks the time for a checkpoint; its exit code does not tell."""
    long: dict[str, Any] = {"CONFIG": "long.toml", "RUN": "cancelled-m", "PARALLEL_NLS": lab.slow}
    job = lab.submit("cancelled-m", "many_nodes.sh", *ONE_NODE, WITHOUT_LIMIT, changes=MPIRUN, **long)
    _cancel(job)
    manifests = sorted(path.stem for path in (lab.folder / "cancelled-m/checkpoints").glob("*.json"))
    job.expect(manifests[-1] > "state_00000000", f"the only checkpoints are {manifests}")
    return f"{manifests[-1]} is there"


def _cancel(job: Job) -> None:
    """Cancel a job when it computes, and wait until it is gone."""
    job.wait_for_text("points on 2 ranks")
    job.wait_for_text("step .* elapsed")
    output_of("scancel", job.number)
    facts = job.end()
    job.expect(facts["JobState"] == "CANCELLED" and facts["Restarts"] == "0", f"JobState is {facts['JobState']}")


def _ranks_of(job: Job) -> list[psutil.Process]:
    """The processes of a job that are ranks."""
    found = []
    for process in psutil.process_iter():
        try:
            arguments, environment = process.cmdline(), process.environ()
        except psutil.Error:
            continue
        if environment.get("SLURM_JOB_ID") == job.number and "PMIX_RANK" in environment and "run" in arguments:
            found.append(process)
    job.expect(len(found) == 2, f"has {len(found)} ranks, not 2")
    return found


CHECKS: Mapping[str, Check] = {  # those that last longest begin first
    "chain: srun, a signal ahead of the limit": chain_with_srun,
    "chain: mpirun, a signal ahead of the limit": chain_with_mpirun,
    "chain: no signal, the run knows the limit": chain_without_signal,
    "chain: preempted": chain_preempted,
    "chain: cancelled": chain_cancelled,
    "cancelled: srun, then resumed": srun_cancelled,
    "cancelled: mpirun": mpirun_cancelled,
    "chain: out of restarts": chain_out_of_restarts,
    "chain: a rank dies": chain_of_a_dead_rank,
    "chain: a rank dies ahead of the first step": chain_of_a_rank_dead_soon,
    "one node: srun": srun_on_one_node,
    "two nodes: srun": srun_on_two_nodes,
    "two nodes: mpirun": mpirun_on_two_nodes,
    "array": array_of_runs,
    "srun without MPI is refused": srun_without_mpi,
}
