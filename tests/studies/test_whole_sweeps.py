"""Sweeps from the command line: several jobs at once, a killed one, a defect, and what is refused."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mpi4py import MPI

from parallel_nls.studies.sweep.plan import load_sweep
from parallel_nls.studies.sweep.run_sweep import run_sweep
from tests.cli.test_command_line import COMMAND, ENVIRONMENT, alone
from tests.conftest import ROOT
from tests.studies.sweeps import column_of, differing_members, sweep_text

Launch = Callable[..., subprocess.CompletedProcess[str]]
THREE = {"initial.bubbles.0.frequency": [1.0, 0.9, 0.8]}


def test_two_jobs_share_a_sweep_and_one_is_killed(tmp_path: Path) -> None:
    """The other leaves its member alone while it lives; the next goes on with it, to the same bits."""
    (tmp_path / "scan.toml").write_text(sweep_text(THREE), encoding="utf-8")
    root = tmp_path / "runs" / "scan"
    command = [sys.executable, "-m", "tests.studies.halting_sweep", "sweep", str(tmp_path / "scan.toml")]
    with subprocess.Popen([*command, "--output", str(root)], cwd=ROOT, stdout=subprocess.DEVNULL) as halting:
        try:
            end = time.monotonic() + 60
            while not (root / "member_0000" / "checkpoints" / "state_00000006.json").exists():
                assert halting.poll() is None
                assert time.monotonic() < end
                time.sleep(0.02)
            assert run_sweep(load_sweep(str(tmp_path / "scan.toml"), str(root)), MPI.COMM_SELF) == 75
            assert column_of(root, "status") == ["running in another job", "done", "done"]
        finally:
            halting.kill()
    again = alone("sweep", "runs/scan/sweep.toml", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "3 members, 2 finished before, 1 group of 1 rank" in again.stdout
    assert "member_0000 (initial.bubbles.0.frequency = 1.0): goes on on 1 rank" in again.stdout
    assert column_of(root, "steps") == [8, 8, 8]
    assert not list((root / ".jobs").iterdir())
    plan = load_sweep(str(root / "sweep.toml"))
    assert differing_members(MPI.COMM_SELF, plan, tmp_path / "alone") == []


def test_a_defect_on_one_rank_of_a_member_ends_the_job(mpirun: Launch, tmp_path: Path) -> None:
    """Promptly, since its other ranks would wait for it for ever."""
    (tmp_path / "scan.toml").write_text(sweep_text(THREE, ranks=2), encoding="utf-8")
    command = [sys.executable, "-m", "tests.cli.failing_run", "sweep", "scan.toml"]
    result = mpirun(2, *command, cwd=tmp_path, env=ENVIRONMENT, timeout=60)
    assert result.returncode == 1
    assert result.stderr.count("Traceback") == 1
    assert "ArithmeticError: the defect that was put in" in result.stderr


def test_a_sweep_that_cannot_be_is_refused_once(mpirun: Launch, tmp_path: Path) -> None:
    """By one message of all ranks; nothing is written."""
    (tmp_path / "scan.toml").write_text(sweep_text({"time.step": [1e-3, 0.0]}, ranks=3), encoding="utf-8")
    result = mpirun(2, *COMMAND, "sweep", "scan.toml", cwd=tmp_path, env=ENVIRONMENT, timeout=60)
    assert result.returncode == 2
    assert result.stderr.count("member_0001 (time.step = 0.0): time.step = 0.0: must be greater than 0") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["scan.toml"]
    refused = alone("sweep", "scan.toml", "--ranks", "2", cwd=tmp_path)
    assert refused.returncode == 2
    assert "start a run by mpirun -n 2" in refused.stderr
