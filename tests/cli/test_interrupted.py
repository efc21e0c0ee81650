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

import psutil
import pytest

from tests.conftest import ROOT
from tests.simulation.leaving import differing

Launch = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = [sys.executable, "-c", "from parallel_nls.cli import main; main()"]
ENVIRONMENT = {"PYTHONPATH": str(ROOT)}
SETTINGS = (
    "grid.points=[48,48]", "limits.spectral_tail=off", "time.step=0.0005", "time.stop=-0.4",
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


class Job:
    """A run under mpirun, in a session of its own."""

    def __init__(self, root: Path, ranks: int, *extra: str) -> None:
        script = '. "$0" && exec mpirun $(mpirun_options "$1") "${@:2}"'
        command = [*COMMAND, "run", "two_bubbles", *LONG, *extra, "--output", str(root)]
        self.root, self.ranks = root, ranks
        self.process = subprocess.Popen(
            ["bash", "-c", script, str(ROOT / "scripts/mpi-env"), str(ranks), *command],
            env=os.environ | ENVIRONMENT | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def wait_for(self, name: str) -> None:
        """Wait until a file of the run is there."""
        end = time.monotonic() + 60
        while not (self.root / name).exists():
            assert time.monotonic() < end, f"no {name}"
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.01)

    def rank_process(self, rank: int) -> psutil.Process:
        """The process of a rank, by what mpirun has told it."""
        for child in psutil.Process(self.process.pid).children(recursive=True):
            if child.environ().get("OMPI_COMM_WORLD_RANK") == str(rank):
                return child
        raise LookupError(rank)

    def end(self) -> tuple[int, str, str, float]:
        """Exit code, output, messages, and how long it still took."""
        begin = time.monotonic()
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err, time.monotonic() - begin


@contextmanager
def started(root: Path, ranks: int, *extra: str) -> Iterator[Job]:
    """A job that does not outlive the test."""
    job = Job(root, ranks, *extra)
    try:
        yield job
    finally:
        if job.process.poll() is None:
            os.killpg(job.process.pid, signal.SIGKILL)
        job.process.communicate()


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
        job.wait_for("checkpoints/state_00000020.json")
        process = job.rank_process(rank)
        process.send_signal(number)
        process.send_signal(signal.SIGTERM)
        code, out, err, _ = job.end()
    assert code == 75, out + err
    assert f"{number.name} was received" in out
    assert f"go on with: parallel-nls resume {root}" in out
    assert "Traceback" not in err
    summary = json.loads((root / "summary.json").read_text())
    assert (summary["exit_code"], summary["end_reason"]) == (75, f"{number.name} was received")
    assert "resume" in mpirun(1, *COMMAND, "info", str(root), env=ENVIRONMENT).stdout
    assert f"resumed at t = {summary['end_time']:.10g}, step {summary['steps']}" in resumed(mpirun, root, 2).stdout
    assert differing(whole, root) == []


@pytest.mark.parametrize("rank", [0, 1])
def test_a_killed_rank_ends_the_job(mpirun: Launch, tmp_path: Path, whole: Path, rank: int) -> None:
    """Promptly; what was stored last is good, and the lock is gone with its holder."""
    root = tmp_path / "run"
    with started(root, 2) as job:
        job.wait_for("checkpoints/state_00000040.json")
        job.rank_process(rank).kill()
        code, _, _, seconds = job.end()
    assert code not in (0, 2, 3, 75)
    assert seconds < 20
    assert not (root / "summary.json").exists()
    resumed(mpirun, root, 3)
    assert differing(whole, root) == []


def test_a_stop_file_and_a_second_job(tmp_path: Path) -> None:
    """Another job is refused with one message while the first one works; the stop file ends that, and is removed."""
    root = tmp_path / "run"
    with started(root, 2, *ENDLESS) as job:
        job.wait_for("checkpoints/state_00000000.json")
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
        code, out, err, _ = job.end()
    assert (code, "the stop file was found" in out) == (75, True), out + err
    assert not (root / "stop").exists()
    assert not (root / ".lock").exists()


def test_a_wall_limit_is_kept(tmp_path: Path) -> None:
    """The run ends before it, counted from the start of the program, in time for a checkpoint."""
    root = tmp_path / "run"
    begin = time.monotonic()
    with started(root, 2, "--set", 'time.wall_limit="8 s"', *ENDLESS) as job:
        code, out, err, _ = job.end()
    assert (code, "time.wall_limit is near" in out) == (75, True), out + err
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


@pytest.mark.parametrize("until", ["soon", "-0.55", "0.1", "nan"])
def test_a_bad_stop_is_refused(whole: Path, until: str) -> None:
    """One message, and the run is left as it is."""
    before = {path: path.read_bytes() for path in whole.rglob("*") if path.is_file() and path.name != "log.txt"}
    command = [*COMMAND, "resume", str(whole), "--until", until]
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | ENVIRONMENT)
    assert result.returncode == 2
    assert result.stderr.startswith("parallel-nls: ")
    assert "Traceback" not in result.stderr
    after = {path: path.read_bytes() for path in whole.rglob("*") if path.is_file() and path.name != "log.txt"}
    assert after == before
