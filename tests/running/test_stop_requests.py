"""What ends a run or asks for a checkpoint between two steps, seen by any rank and known to all."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from math import inf
from pathlib import Path

import psutil
import pytest
from mpi4py import MPI
from mpi4py.MPI import Intracomm

from parallel_nls.numerics.compile_clock import begin_compiling, end_compiling
from parallel_nls.running import stop_requests
from parallel_nls.running.signals import SIGNALS, catching_signals, received_signal
from parallel_nls.running.stop_requests import Requests, StopRequests, job_end

mpi = pytest.mark.mpi
NOTHING = Requests(None, False)


@pytest.fixture(autouse=True)
def outside_slurm(monkeypatch: pytest.MonkeyPatch) -> None:
    """No job around the tests."""
    for name in ("SLURM_JOB_ID", "SLURM_JOB_END_TIME"):
        monkeypatch.delenv(name, raising=False)


@mpi
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_to_one_rank_is_known_to_all(comm: Intracomm, number: signal.Signals) -> None:
    """Each rank in turn; nothing before, and nothing once it is over."""
    before = signal.getsignal(number)
    for rank in range(comm.size):
        with catching_signals():
            watch = StopRequests(comm, (), inf, inf)
            assert watch.look(0.0) == NOTHING
            if comm.rank == rank:
                os.kill(os.getpid(), number)
            assert watch.look(0.0).reason == f"{number.name} was received"
        assert signal.getsignal(number) == before
        assert received_signal() == 0


def test_the_first_signal_counts() -> None:
    """A second one is harmless; contexts within each other share what came; other threads leave signals alone."""
    with catching_signals():
        with catching_signals():
            os.kill(os.getpid(), signal.SIGUSR2)
            os.kill(os.getpid(), signal.SIGTERM)
            handler = signal.getsignal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) == handler
        assert received_signal() == signal.SIGUSR2

    def elsewhere() -> None:
        """In a thread of its own there is nothing to catch."""
        with catching_signals():
            handlers.append(signal.getsignal(signal.SIGTERM))

    handlers: list[object] = []
    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert handlers == [signal.getsignal(signal.SIGTERM)]


@mpi
def test_a_stop_file_is_seen_by_rank_0(comm: Intracomm, shared_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any of them, at most once a second."""
    monkeypatch.setattr(stop_requests, "SECONDS_BETWEEN_FILES", 0.0)
    watch = StopRequests(comm, (shared_path / "a", shared_path / "b"), inf, inf)
    assert watch.look(0.0) == NOTHING
    comm.Barrier()
    if comm.rank == 0:
        (shared_path / "b").touch()
    assert watch.look(0.0).reason == "the stop file was found"


@mpi
@pytest.mark.parametrize("key", ["wall_limit", "job"])
def test_limits_are_kept_by_the_time_of_a_write(comm: Intracomm, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """Two writes, two steps and a second ahead of the end; on rank 0's clock."""
    begin, offset = psutil.Process().create_time(), time.monotonic() - time.time()
    if key == "job":
        monkeypatch.setenv("SLURM_JOB_ID", "7")
        monkeypatch.setenv("SLURM_JOB_END_TIME", str(int(begin) + 1000))
        begin = float(int(begin))
    watch = StopRequests(comm, (), 1000.0 if key == "wall_limit" else inf, inf)
    reason = {"wall_limit": "time.wall_limit is near", "job": "the time limit of the job is near"}[key]
    for left, write, seen in ((70.0, 10.0, None), (70.0, 40.0, reason), (10.0, 0.0, None), (0.5, 0.0, reason)):
        monkeypatch.setattr(time, "monotonic", lambda left=left: begin + 1000 - left + offset)
        watch.stored()  # so that the time until now was no step
        assert watch.look(write).reason == seen


def test_what_was_compiled_in_a_step_is_not_expected_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first step of a minute for code leaves a job of three minutes the time for more than one step."""
    begin, offset = psutil.Process().create_time(), time.monotonic() - time.time()
    watch = StopRequests(MPI.COMM_SELF, (), 180.0, inf)
    age = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: begin + age[0] + offset)
    watch.stored()
    begin_compiling()
    age[0] = 60.0
    end_compiling()
    age[0] = 62.0
    assert watch.look(0.0) == NOTHING
    age[0] = 64.0
    assert watch.look(0.0) == NOTHING
    age[0] = 176.0
    watch.stored()
    assert watch.look(0.0).reason == "time.wall_limit is near"


@mpi
def test_the_clock_asks_for_checkpoints(comm: Intracomm) -> None:
    """Again an interval after each one was stored."""
    watch = StopRequests(comm, (), inf, 0.2)
    assert not watch.look(0.0).checkpoint_due
    time.sleep(0.25)
    assert watch.look(0.0).checkpoint_due
    watch.stored()
    assert not watch.look(0.0).checkpoint_due


@pytest.mark.parametrize(("answer", "end"), [("1800000000\n", 1.8e9), ("N/A\n", inf), ("", inf)])
def test_an_older_slurm_is_asked(monkeypatch: pytest.MonkeyPatch, answer: str, end: float) -> None:
    """It does not say in the environment when a job ends; where it cannot be asked there is no limit."""
    assert job_end() == inf
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        """Answer as squeue does."""
        asked.append(command)
        return subprocess.CompletedProcess(command, 0, answer, "")

    monkeypatch.setattr(subprocess, "run", run)
    assert job_end() == end
    assert "17" in asked[0]
    monkeypatch.setenv("SLURM_ARRAY_JOB_ID", "15")
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "2")
    assert job_end() == end
    assert "15_2" in asked[1]

    def missing(*_: object, **__: object) -> None:
        """No such program."""
        raise FileNotFoundError("squeue")

    monkeypatch.setattr(subprocess, "run", missing)
    assert job_end() == inf


def test_nohup_stays_nohup() -> None:
    """A hang-up that is ignored from the start is ignored to the end."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with catching_signals():
            os.kill(os.getpid(), signal.SIGHUP)
            assert received_signal() == 0
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
