"""Jobs that are signalled, killed, limited, doubled: how they end, and that resume brings them to the same end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from parallel_nls.results.reader import describe_run
from scripts.faults.comparison import differences
from scripts.faults.jobs import Job
from tests.cli.in_children import End, run_each
from tests.conftest import ROOT
from tests.support import PLAIN

Launch = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = [sys.executable, "-c", "from parallel_nls.cli import main; main()"]
ENVIRONMENT = {"PYTHONPATH": str(ROOT)}
SETTINGS = (
    PLAIN, "grid.points=[48,48]", "limits.spectral_tail=off", "time.step=0.0005", "time.stop=-0.4",
    "checkpoint.every={steps=20}", "diagnostics.every={steps=25}", "output.fields_every={steps=100}",
)  # fmt: skip
ENDLESS = ("--set", "time.step=0.000001", "--set", "checkpoint.every=off")
LONG = [part for setting in SETTINGS for part in ("--set", setting)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run that was never interrupted, on one rank."""
    root = tmp_path_factory.mktemp("whole") / "run"
    command = [*COMMAND, "run", "two_bubbles", *LONG, "--output", str(root)]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | ENVIRONMENT, timeout=60)
    return root


def wait_for(job: Job, path: Path) -> None:
    """Wait until a running job has made a file."""
    end = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < end, f"no {path}"
        assert job.running, job.text
        time.sleep(0.01)


@contextmanager
def started(root: Path, ranks: int, *extra: str) -> Iterator[Job]:
    """A job that does not outlive the test."""
    job = Job(ranks, ["run", "two_bubbles", *LONG, *extra, "--output", str(root)], root.parent, "job")
    try:
        yield job
    finally:
        job.kill()


def resumed(mpirun: Launch, root: Path, ranks: int) -> subprocess.CompletedProcess[str]:
    """The run brought to its end."""
    result = mpirun(ranks, *COMMAND, "resume", str(root), env=ENVIRONMENT)
    assert result.returncode == 0, result.stdout + result.stderr
    return result


@pytest.mark.parametrize(("rank", "number"), [(0, signal.SIGTERM), (2, signal.SIGUSR1), (1, signal.SIGUSR2)])
def test_a_signal_to_one_rank_stores_the_run(
    mpirun: Launch, tmp_path: Path, whole: Path, rank: int, number: signal.Signals
) -> None:
    """All ranks leave at one step with exit code 75; another signal meanwhile does no harm."""
    root = tmp_path / "run"
    with started(root, 3) as job:
        wait_for(job, root / "checkpoints/state_00000020.json")
        process = job.ranks()[rank]
        process.send_signal(number)
        process.send_signal(signal.SIGTERM)
        code = job.wait(60).code
    assert code == 75, job.text
    assert f"{number.name} was received" in job.text
    assert f"go on with: parallel-nls resume {root}" in job.text
    assert "Traceback" not in job.text
    summary = json.loads((root / "summary.json").read_text())
    assert (summary["exit_code"], summary["end_reason"]) == (75, f"{number.name} was received")
    assert "resume" in describe_run(root)
    assert f"resumed at t = {summary['end_time']:.10g}, step {summary['steps']}" in resumed(mpirun, root, 2).stdout
    assert differences(whole, root) == []


@pytest.mark.parametrize("rank", [0, 1])
def test_a_killed_rank_ends_the_job(mpirun: Launch, tmp_path: Path, whole: Path, rank: int) -> None:
    """Promptly; what was stored last is good, and the lock is gone with its holder."""
    root = tmp_path / "run"
    with started(root, 2) as job:
        wait_for(job, root / "checkpoints/state_00000040.json")
        assert job.kill_rank(rank)
        end = job.wait(60)
    assert end.code not in (0, 2, 3, 75)
    assert end.seconds < 20
    assert end.gone
    assert not (root / "summary.json").exists()
    resumed(mpirun, root, 3)
    assert differences(whole, root) == []


def test_a_stop_file_and_a_second_job(tmp_path: Path) -> None:
    """Another job is refused with one message while the first one works; the stop file ends that, and is removed."""
    root = tmp_path / "run"
    with started(root, 2, *ENDLESS) as job:
        wait_for(job, root / "checkpoints/state_00000000.json")
        for command in (["resume", str(root)], ["run", "two_bubbles", *LONG, "--output", str(root)]):
            second = subprocess.run(
                [*COMMAND, *command], capture_output=True, text=True, check=False, env=os.environ | ENVIRONMENT
            )
            assert second.returncode == 2
            assert second.stderr.count("parallel-nls: ") == 1
            assert second.stderr.count("\n") == 1
            if command[0] == "resume":
                assert "another job is running in" in second.stderr
        (root / "stop").touch()
        code = job.wait(60).code
    assert (code, "the stop file was found" in job.text) == (75, True), job.text
    assert not (root / "stop").exists()
    assert not (root / ".lock").exists()


def test_a_wall_limit_is_kept(tmp_path: Path) -> None:
    """The run ends before it, counted from the start of the program, in time for a checkpoint."""
    root = tmp_path / "run"
    begin = time.monotonic()
    with started(root, 2, "--set", 'time.wall_limit="8 s"', *ENDLESS) as job:
        code = job.wait(60).code
    assert (code, "time.wall_limit is near" in job.text) == (75, True), job.text
    assert 4 < time.monotonic() - begin < 10
    summary = json.loads((root / "summary.json").read_text())
    assert summary["steps"] > 0
    assert (root / "checkpoints" / f"state_{summary['steps']:08d}.json").exists()


def test_processes_that_know_nothing_of_each_other_are_refused(tmp_path: Path) -> None:
    """As srun starts them without MPI: the first one says so, once, and nothing is written."""
    results = [
        subprocess.run(
            [*COMMAND, "run", "two_bubbles", *LONG, "--output", str(tmp_path / "run")],
            capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL,
            env=os.environ | ENVIRONMENT
            | {"SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "3", "SLURM_PROCID": str(rank)},
        )
        for rank in range(3)
    ]  # fmt: skip
    assert [result.returncode for result in results] == [2, 2, 2]
    assert "3 processes were started, and each of them is alone" in results[0].stderr
    assert [result.stderr for result in results[1:]] == ["", ""]
    assert not list(tmp_path.iterdir())


UNTIL = ["soon", "-0.55", "0.1", "nan"]


def contents(root: Path) -> dict[Path, bytes]:
    """All files of a run but its log."""
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and path.name != "log.txt"}


@pytest.fixture(scope="module")
def refused(whole: Path) -> dict[str, End]:
    """How jobs ended that were asked for bad stops; the run is left as it is."""
    before = contents(whole)
    ends = run_each({until: ["resume", str(whole), "--until", until] for until in UNTIL})
    assert contents(whole) == before
    return ends


@pytest.mark.parametrize("until", UNTIL)
def test_a_bad_stop_is_refused(refused: dict[str, End], until: str) -> None:
    """One message."""
    end = refused[until]
    assert end.code == 2
    assert end.messages.startswith("parallel-nls: ")
    assert "Traceback" not in end.messages
