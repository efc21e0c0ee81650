"""What launchers say, and how ranks, cores and threads fit together."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from types import SimpleNamespace

import pytest

from parallel_nls.doctor import launching
from parallel_nls.doctor.checks import Situation
from parallel_nls.doctor.findings import Verdict
from parallel_nls.doctor.launching import Cores, judge_cores, judge_launch, look_at_cores
from parallel_nls.running.launcher import processes_started
from tests.doctor.judging import judged, only

# What Slurm 22.05 sets in a batch script of 4 tasks, and in a step of 2 within it.
BATCH = {"SLURM_JOB_ID": "7", "SLURM_NTASKS": "4", "SLURM_NPROCS": "4", "SLURM_PROCID": "0", "SLURM_LOCALID": "0"}
STEP = BATCH | {"SLURM_NTASKS": "2", "SLURM_STEP_ID": "1", "SLURM_STEP_NUM_TASKS": "2", "SLURM_STEP_NUM_NODES": "1"}
OPEN_MPI = {"OMPI_COMM_WORLD_SIZE": "3", "OMPI_COMM_WORLD_RANK": "1", "PMIX_RANK": "1"}


@pytest.fixture(autouse=True)
def _no_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without a launcher, and an input that is no terminal."""
    for name in list(os.environ):
        if name.startswith(("SLURM_", "OMPI_COMM", "PMI")):
            monkeypatch.delenv(name)
    monkeypatch.setattr(os, "isatty", lambda _descriptor: False)


@pytest.mark.parametrize(
    ("environment", "count"),
    [
        ({}, 1),
        (OPEN_MPI, 3),
        ({"PMI_SIZE": "4", "PMI_RANK": "0"}, 4),
        ({"PMIX_RANK": "0"}, 1),
        (BATCH, 1),
        (BATCH | OPEN_MPI, 3),
        (STEP, 2),
        (STEP | {"PMIX_RANK": "1"}, 2),
        (STEP | {"PMI_SIZE": "2"}, 2),
        (STEP | {"OMPI_COMM_WORLD_SIZE": "1"}, 1),
        (STEP | {"SLURM_STEP_NUM_TASKS": "1"}, 1),
        (STEP | {"SLURM_STEP_ID": "batch"}, 1),
        (STEP | {"SLURM_STEP_ID": "4294967290"}, 1),
        (STEP | {"SLURM_STEP_ID": "4294967291"}, 1),
        ({"OMPI_COMM_WORLD_SIZE": "many"}, 1),
        ({"PMI_SIZE": "0"}, 1),
    ],
    ids=[
        "alone",
        "Open MPI's mpirun",
        "MPICH's mpirun",
        "PMIx does not tell",
        "batch script",
        "mpirun in a batch script",
        "srun",
        "srun --mpi=pmix",
        "srun --mpi=pmi2",
        "mpirun -n 1 by srun",
        "srun -n 1",
        "step of the batch script",
        "shell of salloc",
        "number of the batch step",
        "nonsense",
        "no process",
    ],
)
def test_processes_that_the_launcher_started(
    environment: dict[str, str], count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The innermost launcher counts, and a batch script is one process whatever its job has room for."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert processes_started() == count


def test_the_shell_of_an_interactive_step_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """``srun -n 2 --pty bash`` gives the terminal to one of its two tasks."""
    for name, value in STEP.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(os, "isatty", lambda descriptor: descriptor == 0)
    assert processes_started() == 1


@pytest.mark.parametrize(("environment", "remedy"), [({}, "srun --mpi=pmix"), ({"PMI_SIZE": "4"}, "mpirun")])
def test_single_processes_in_place_of_ranks(
    environment: dict[str, str], remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The launcher started four, MPI knows of one."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    alone = Situation(Path("out"), comm=SimpleNamespace(size=1, rank=0))  # type: ignore[arg-type]
    finding = only(judged(judge_launch, 4, situation=alone))
    assert finding.outcome is Verdict.PROBLEM
    assert "started 4 processes, but MPI knows of one" in finding.found
    assert remedy in finding.remedy
    assert only(judged(judge_launch, 1, situation=alone)).outcome is Verdict.OK


def node(*bound: Collection[int], granted: int, threads: int = 1) -> list[Cores]:
    """Facts of the ranks of a node, each bound to these cores."""
    return [Cores(frozenset(cores), granted, threads, "OMP_NUM_THREADS") for cores in bound]


@pytest.mark.parametrize(
    ("facts", "outcome", "found"),
    [
        (node({0}, {1}, granted=2), Verdict.OK, "2 ranks on 2 cores of a"),
        (node({0, 1}, {0, 1}, granted=2), Verdict.OK, "2 ranks on 2 cores"),
        (node({0}, granted=8), Verdict.OK, "1 rank on 8 cores"),
        (node({0}, {0}, granted=2), Verdict.PROBLEM, "ranks 0, 1 are bound to core 0 of a, which has 2 cores"),
        (node({0, 1}, {0, 1}, {0, 1}, granted=4), Verdict.PROBLEM, "ranks 0, 1, 2 are bound to cores 0, 1 of a"),
        (node({2}, {0, 1}, {2}, granted=3), Verdict.PROBLEM, "ranks 0, 2 are bound to core 2"),
        (node({0}, {0}, granted=1), Verdict.WARNING, "2 ranks share the 1 core of a"),
        (node({0, 1}, {0, 1}, {0, 1}, granted=2), Verdict.WARNING, "3 ranks share the 2 cores"),
        (node(*[{0}] * 12, granted=16), Verdict.PROBLEM, "ranks 0, 1, 2, 3, 4, 5, 6, 7, … are bound"),
    ],
)
def test_ranks_on_cores(facts: list[Cores], outcome: Verdict, found: str) -> None:
    """Cores of their own, unless there are too few; crowding while others are free is a problem."""
    finding = only([finding for finding in judged(judge_cores, *facts) if finding.title != "threads"])
    assert finding.outcome is outcome
    assert found in finding.found


def test_threads_on_cores() -> None:
    """As many as cores will do, whoever starts them."""
    for facts, outcome in (
        (node({0, 1}, granted=2, threads=2), Verdict.OK),
        (node({0}, {1}, granted=2), Verdict.OK),
        (node({0}, {0}, granted=2), Verdict.OK),
        (node({0, 1}, {0, 1}, granted=2, threads=2), Verdict.WARNING),
        (node({0}, granted=2, threads=2), Verdict.WARNING),
    ):
        finding = only(judged(judge_cores, *facts), "threads")
        assert finding.outcome is outcome
        assert (finding.remedy.startswith("export OMP_NUM_THREADS=1")) == (outcome is Verdict.WARNING)


def test_the_worst_node_speaks() -> None:
    """Its own cores count, not those of the other nodes."""
    facts = [*node({0}, {1}, granted=2), *node({0}, {0}, granted=2)]
    finding = judged(judge_cores, *facts, hosts=["a", "a", "b", "b"])[0]
    assert finding.outcome is Verdict.PROBLEM
    assert "ranks 2, 3 are bound to core 0 of b" in finding.found
    assert judged(judge_cores, *facts[:2], *facts[:2], hosts=["a", "a", "b", "b"])[0].outcome is Verdict.OK


@pytest.mark.parametrize(
    ("libraries", "environment", "variable", "threads"),
    [
        ((), {"OMP_NUM_THREADS": "3"}, "OMP_NUM_THREADS", 3),
        ((), {"OMP_NUM_THREADS": "3,2"}, "OMP_NUM_THREADS", 3),
        ((), {"OPENBLAS_NUM_THREADS": "5", "OMP_NUM_THREADS": "3"}, "OMP_NUM_THREADS", 3),
        (("openblas",), {"OPENBLAS_NUM_THREADS": "5", "OMP_NUM_THREADS": "3"}, "OPENBLAS_NUM_THREADS", 5),
        (("mkl",), {"MKL_NUM_THREADS": "6"}, "MKL_NUM_THREADS", 6),
        (("openblas", "mkl"), {}, "OMP_NUM_THREADS", None),
        ((), {"OMP_NUM_THREADS": "all"}, "OMP_NUM_THREADS", None),
    ],
)
def test_threads_that_libraries_may_start(
    libraries: tuple[str, ...],
    environment: dict[str, str],
    variable: str,
    threads: int | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the variables of those that are loaded; by default as many as cores."""
    for name in ("OMP", "OPENBLAS", "MKL", "BLIS"):
        monkeypatch.delenv(f"{name}_NUM_THREADS", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(launching, "loaded_files", lambda name: [part for part in libraries if part in name])
    cores = look_at_cores(Situation(Path()))
    bound = os.sched_getaffinity(0)
    assert (cores.variable, cores.threads) == (variable, threads or len(bound))
    assert cores.bound == bound


def test_cores_that_the_node_grants(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that the kernel would give, whatever the binding, which is kept; no more than Slurm says."""
    before = os.sched_getaffinity(0)
    granted = look_at_cores(Situation(Path())).granted
    assert granted >= len(before)
    try:
        os.sched_setaffinity(0, {min(before)})
        cores = look_at_cores(Situation(Path()))
        assert (cores.bound, cores.granted) == (frozenset({min(before)}), granted)
        assert os.sched_getaffinity(0) == {min(before)}
    finally:
        os.sched_setaffinity(0, before)
    monkeypatch.setenv("SLURM_CPUS_ON_NODE", "1")
    assert look_at_cores(Situation(Path())).granted == 1
