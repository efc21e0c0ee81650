"""Jobs that are signalled, killed, limited, doubled: how they end, and that resume brings them to the same end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from mpi4py import MPI

from parallel_nls.config import load_configuration
from parallel_nls.errors import LockedError, UserError
from parallel_nls.results.reader import describe_run
from parallel_nls.running.loop import RunOutcome
from parallel_nls.running.run import resume, run
from parallel_nls.running.signals import catching_signals
from parallel_nls.running.simulation import Simulation
from scripts.faults.comparison import differences
from scripts.faults.jobs import Job
from tests.conftest import ROOT
from tests.support import PLAIN

COMMAND = [sys.executable, "-c", "from parallel_nls.cli import main; main()"]
ENVIRONMENT = {"PYTHONPATH": str(ROOT)}
SETTINGS = (
    PLAIN, "grid.points=[48,48]", "limits.spectral_tail=off", "time.step=0.0005", "time.stop=-0.4",
    "checkpoint.every={steps=20}", "diagnostics.every={steps=25}", "output.fields_every={steps=100}",
)  # fmt: skip
ENDLESS = ("--set", "time.step=0.000001", "--set", "checkpoint.every=off")
LONG = [part for setting in SETTINGS for part in ("--set", setting)]
RUN = ("run", "two_bubbles", *LONG)
# Jobs that wait for a test, or for their time limit, sleep meanwhile.
SLOWLY = (
    sys.executable, "-c",
    f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.cli import slow_run; slow_run.main()",
)  # fmt: skip
# Ranks of a job, the one that gets a signal, and which.
JOBS = ((2, 0, signal.SIGKILL), (3, 0, signal.SIGTERM), (2, 1, signal.SIGUSR1), (2, 1, signal.SIGKILL))
LIMIT = 7


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run that was never interrupted, on one rank."""
    root = tmp_path_factory.mktemp("whole") / "run"
    assert run(load_configuration("two_bubbles", SETTINGS), MPI.COMM_SELF, root, quiet=True).exit_code == 0
    return root


def state(root: Path, steps: int) -> Path:
    """The file that a checkpoint is there with."""
    return root / "checkpoints" / f"state_{steps:08d}.json"


def next_state(root: Path) -> Path:
    """The file that the next checkpoint of the configured ones is there with."""
    newest = max((int(path.stem.removeprefix("state_")) for path in state(root, 0).parent.glob("*.json")), default=0)
    return state(root, newest // 20 * 20 + 20)


def wait_for(job: Job, path: Path) -> None:
    """Wait until a running job has made a file."""
    end = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < end, f"no {path}"
        assert job.running, job.text
        time.sleep(0.01)


@contextmanager
def started(ranks: int, folder: Path, *arguments: str) -> Iterator[Job]:
    """A job that does not outlive the test."""
    job = Job(ranks, arguments, folder, "job", SLOWLY)
    try:
        yield job
    finally:
        job.kill()


def end_of(root: Path) -> dict[str, Any]:
    """What a job that has left says of itself."""
    summary: dict[str, Any] = json.loads((root / "summary.json").read_text())
    return summary


def check_stored(job: Job, root: Path, number: signal.Signals, welcome: str) -> str:
    """That a job was stored when it got a signal; with what the next one begins."""
    assert welcome in job.text
    assert f"{number.name} was received" in job.text
    assert f"go on with: parallel-nls resume {root}" in job.text
    assert "Traceback" not in job.text
    summary = end_of(root)
    assert (summary["exit_code"], summary["end_reason"]) == (75, f"{number.name} was received")
    assert 0 < summary["steps"] < 200
    assert "resume" in describe_run(root)
    return f"resumed at t = {summary['end_time']:.10g}, step {summary['steps']}"


def test_signals_and_killed_ranks(tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each job but the first goes on from where the one before has left, and the last one comes to the end.

    Signals: all ranks leave at one step with exit code 75; another signal meanwhile does no harm. A killed rank, the
    first one of a new run and another one of a job that goes on, ends its job promptly; what was stored last is good,
    and the lock is gone with its holder.
    """
    root = tmp_path / "run"
    command, welcome = (*RUN, "--output", str(root)), "200 steps from t = -0.5"
    for ranks, rank, number in JOBS:
        with started(ranks, tmp_path, *command) as job:
            wait_for(job, next_state(root))
            if number == signal.SIGKILL:
                assert job.kill_rank(rank)
            else:
                process = job.ranks()[rank]
                process.send_signal(number)
                process.send_signal(signal.SIGTERM)
            end = job.wait(60)
        command = ("resume", str(root))
        if number == signal.SIGKILL:
            assert end.code not in (0, 2, 3, 75)
            assert end.seconds < 20
            assert end.gone
            assert not (root / "summary.json").exists()
            welcome = "resumed at t = "
        else:
            assert end.code == 75, job.text
            welcome = check_stored(job, root, number, welcome)
    signalled(root, monkeypatch)
    assert resume(MPI.COMM_SELF, root, quiet=True).exit_code == 0
    assert differences(whole, root) == []


def signalled(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go on in this process, which gets the last of the signals in its first step."""
    step = Simulation.step

    def act(simulation: Simulation) -> str | None:
        """Step, and get it."""
        os.kill(os.getpid(), signal.SIGUSR2)
        return step(simulation)

    with monkeypatch.context() as patch, catching_signals():
        patch.setattr(Simulation, "step", act)
        outcome = resumed(root)
    assert (outcome.exit_code, outcome.reason) == (75, "SIGUSR2 was received")


def resumed(root: Path, patience: float = 5.0) -> RunOutcome:
    """Go on once the lock is free: a process is a zombie a moment before its last thread lets go of its files."""
    end = time.monotonic() + patience
    while True:
        try:
            return resume(MPI.COMM_SELF, root, quiet=True)
        except LockedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def check_stop_file_and_second_job(folder: Path) -> None:
    """Another job is refused with one message while the first one works; the stop file ends that, and is removed."""
    root = folder / "run"
    with started(2, folder, *RUN, *ENDLESS, "--output", str(root)) as job:
        wait_for(job, state(root, 0))
        second = subprocess.run(
            [*COMMAND, "resume", str(root)], capture_output=True, text=True, check=False, env=os.environ | ENVIRONMENT
        )
        assert second.returncode == 2
        assert second.stderr.count("parallel-nls: ") == 1
        assert second.stderr.count("\n") == 1
        assert "another job is running in" in second.stderr
        with pytest.raises(UserError, match="another job is running in"):
            run(load_configuration("two_bubbles", SETTINGS), MPI.COMM_SELF, root, quiet=True)
        (root / "stop").touch()
        code = job.wait(60).code
    assert (code, "the stop file was found" in job.text) == (75, True), job.text
    assert not (root / "stop").exists()
    assert not (root / ".lock").exists()


def begin_of(job: Job) -> float:
    """When the program of rank 0 was started, in seconds since 1970."""
    while job.running:
        if process := job.ranks().get(0):
            return float(process.create_time())
        time.sleep(0.01)
    raise AssertionError(job.text)


def test_a_wall_limit_is_kept_while_another_run_gets_a_stop_file(tmp_path: Path) -> None:
    """The run ends before it, counted from the start of the program, in time for a checkpoint, and not far too early.

    The files tell when that was; where a loaded machine leaves no time for the first step, the run ends behind it.
    Until then it sleeps, so that the test has time for something else.
    """
    root, launched = tmp_path / "run", time.time()
    limit = ("--set", f'time.wall_limit="{LIMIT} s"')
    with started(2, tmp_path, *RUN, *ENDLESS, *limit, "--output", str(root)) as job:
        begin = begin_of(job)
        assert launched - 1.5 < begin < time.time() + 1.5  # the system knows the time of its own start to a second
        wait_for(job, state(root, 0))
        with ThreadPoolExecutor(1) as waiting:
            end_of_job = waiting.submit(lambda: (job.wait(60).code, time.time() - begin))
            (tmp_path / "other").mkdir()
            check_stop_file_and_second_job(tmp_path / "other")
            code, gone = end_of_job.result()
    assert (code, "time.wall_limit is near" in job.text) == (75, True), job.text
    summary = end_of(root)
    assert summary["steps"] > 0
    first, last, end = (
        path.stat().st_mtime - begin for path in (state(root, 0), state(root, summary["steps"]), root / "summary.json")
    )
    latest = max(LIMIT, first + 2)
    assert 3 < last <= end < latest
    assert gone < latest + 2


STRANGERS = {
    "srun": {"SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "3", "SLURM_PROCID": "{rank}"},
    "the mpirun of another MPI": {"PMI_SIZE": "3", "PMI_RANK": "{rank}", "HYDI_CONTROL_FD": "5"},
}


@pytest.mark.parametrize("launcher", STRANGERS)
def test_processes_that_know_nothing_of_each_other_are_refused(launcher: str, tmp_path: Path) -> None:
    """As srun starts them without MPI, or another MPI's mpirun: the first says so, in one line; nothing is written."""
    processes = [
        subprocess.Popen(
            [*COMMAND, "run", "two_bubbles", *LONG, "--output", str(tmp_path / "run")],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=os.environ | ENVIRONMENT
            | {name: value.format(rank=rank) for name, value in STRANGERS[launcher].items()},
        )
        for rank in (0, 2)
    ]  # fmt: skip
    (_, first), (_, other) = (process.communicate(timeout=60) for process in processes)
    assert [process.returncode for process in processes] == [2, 2]
    assert first.startswith("parallel-nls: 3 processes were started, and each of them is alone")
    assert first.count("\n") == 1
    assert other == ""
    assert not list(tmp_path.iterdir())


HANGING = """
import time
import numpy as np


def u0(x, y):
    while x.min() < -7.5:
        time.sleep(0.01)
    return np.exp(-(x**2) - y**2)
"""


def test_a_run_that_has_not_begun_ends_at_once(tmp_path: Path) -> None:
    """Its first line is there; one rank hangs in the initial data, and the others wait for it: all end, one says so."""
    (tmp_path / "mine.py").write_text(HANGING, encoding="utf-8")
    own = ("initial={kind='python',file='mine.py'}", "diagnostics.families=['conserved']")
    initial = [part for setting in own for part in ("--set", setting)]
    job = Job(3, (*RUN, *initial, "--output", str(tmp_path / "run")), tmp_path, "job", SLOWLY)
    try:
        end = time.monotonic() + 60
        while "48 × 48 points on 3 ranks" not in job.text:
            assert time.monotonic() < end, job.text
            time.sleep(0.02)
        job.ranks()[1].send_signal(signal.SIGUSR1)
        ended = job.wait(20)
    finally:
        job.kill()
    assert (ended.code, ended.gone) == (75, True), job.text
    assert job.text.count("parallel-nls: SIG") == 1
    assert "SIGUSR1 was received; nothing is left half done" in job.text
    assert "Traceback" not in job.text
    assert not (tmp_path / "run").exists()


TOGETHER = {
    "mine.py": """
import os
import time
from pathlib import Path
import numpy as np


def fine(x, y):
    return np.exp(-(x**2) - y**2) + 0j


def hanging(x, y):
    Path("hanging.new").write_text(os.environ["OMPI_COMM_WORLD_RANK"])
    Path("hanging.new").rename("hanging")
    while True:
        time.sleep(0.01)
""",
    "base.toml": """
[equation]
name = "nls"
[grid]
points = [16, 16]
length = [8.0, 8.0]
[initial]
kind = "python"
file = "mine.py"
[time]
start = 0.0
stop = 0.1
step = 1e-6
[limits]
spectral_tail = "off"
[checkpoint]
every = "off"
[diagnostics]
families = ["conserved"]
""",
    "sweep.toml": 'configuration = "base.toml"\noutput = "scan"\n[vary]\n"initial.function" = ["fine", "hanging"]\n',
}


@pytest.mark.parametrize("who", ["hanging", "left over"])
def test_a_group_that_has_not_begun_keeps_no_other_from_leaving(tmp_path: Path, who: str) -> None:
    """One steps, one never comes back from its initial data, one is left over: whoever gets the signal, all end.

    The member that steps is stored as it is then, and no folder of the job is left.
    """
    for name, text in TOGETHER.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    root = tmp_path / "scan" / "member_0000"
    with started(3, tmp_path, "sweep", "sweep.toml") as job:
        wait_for(job, state(root, 0))
        wait_for(job, tmp_path / "hanging")
        time.sleep(0.1)
        rank = int((tmp_path / "hanging").read_text()) if who == "hanging" else 2
        job.ranks()[rank].send_signal(signal.SIGUSR1)
        ended = job.wait(20)
    assert (ended.code, ended.gone) == (75, True), job.text
    assert job.text.count("parallel-nls: SIGUSR1 was received; go on by the same command") == 1
    assert "Traceback" not in job.text
    summary = end_of(root)
    # By the others, not by the launcher, which signals all ranks once the job has ended.
    assert (summary["exit_code"], summary["end_reason"]) == (75, "the stop file was found"), job.text
    assert summary["steps"] > 0
    assert state(root, summary["steps"]).exists()
    assert not list((tmp_path / "scan" / ".jobs").iterdir())
