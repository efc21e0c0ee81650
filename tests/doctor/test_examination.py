"""The examination as a whole: in one process, without MPI, and where something breaks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from parallel_nls.doctor import examination
from parallel_nls.doctor.checks import Check, Situation
from parallel_nls.doctor.examination import CHECKS, examine
from parallel_nls.doctor.findings import Verdict, ok
from tests.conftest import ROOT

Launch = Callable[..., subprocess.CompletedProcess[str]]

GUARDED = """
import os, sys
from parallel_nls.doctor.guarded_start import start_guarded

def start():
    {start}

try:
    print("started", start_guarded(start), flush=True)
    sys.exit(2)
except (RuntimeError, ValueError) as error:
    print(error, flush=True)
    sys.exit(5)
"""

HANGING = """
import sys
from pathlib import Path
from mpi4py import MPI
from parallel_nls.doctor import checks
from parallel_nls.doctor.examination import examine

checks.PATIENCE = 0.5

def look(situation):
    if situation.rank == 1:
        raise OSError("the disk of rank 1")
    situation.comm.Barrier()

examine(lambda: MPI.COMM_WORLD, Path(sys.argv[1]), [checks.Check("odd", look, lambda *_: [])])
"""

ENDED = """
import os, signal, sys
from pathlib import Path
from parallel_nls.cli import process
from parallel_nls.doctor.checks import Check
from parallel_nls.doctor.examination import examine

def start():
    raise RuntimeError("no MPI in this test")

def look(situation):
    (situation.scratch / "array.h5").touch()
    print(situation.scratch.parent == Path(sys.argv[1]), flush=True)
    os.kill(os.getpid(), signal.SIGTERM)

process.answer()
with process.ending_by_signals():
    examine(start, Path(sys.argv[1]), [Check("ended", look, lambda *_: [])])
"""


def no_mpi() -> NoReturn:
    """Fail to start, as mpi4py does without a library."""
    raise RuntimeError("cannot load MPI library")


def test_without_mpi_the_rest_is_examined(tmp_path: Path) -> None:
    """The reason is a problem; what needs MPI is left out."""
    report = examine(no_mpi, tmp_path)
    found = {finding.title: finding for finding in report.findings}
    assert found["MPI"].outcome is Verdict.PROBLEM
    assert "cannot load MPI library" in found["MPI"].found
    assert {check.title for check in CHECKS} - set(found) == {"FFTW", "processor", "shared memory", "write and read"}
    assert report.exit_code == 2
    assert not list(tmp_path.iterdir())


def test_of_lone_processes_only_the_first_is_examined(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The others wait, so that their exit code does not end the first one, and say why they could not join."""
    monkeypatch.setattr(examination, "SECONDS_FOR_THE_FIRST", 0.0)
    report = examine(no_mpi, tmp_path, first=False)
    assert [finding.outcome for finding in report.findings] == [Verdict.PROBLEM]
    assert capsys.readouterr().err.endswith(": cannot load MPI library\n")


def test_trial_files_are_removed_when_the_job_is_ended(tmp_path: Path) -> None:
    """By a signal, which is answered as in any command."""
    command = [sys.executable, "-c", ENDED, str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)
    assert (result.returncode, result.stdout) == (75, "True\n")
    assert result.stderr == "parallel-nls: SIGTERM was received; nothing is left half done\n"
    assert not list(tmp_path.iterdir())


def failing(_situation: Situation, *_: Any) -> NoReturn:
    """Fail where no check expects it."""
    raise LookupError("no such thing")


@pytest.mark.parametrize("before_mpi", [False, True])
def test_a_check_that_fails_is_a_problem(before_mpi: bool, tmp_path: Path) -> None:
    """In looking or in judging; the other checks are made all the same."""
    checks = [
        Check("looking", failing, lambda *_: [ok("fine")], before_mpi=before_mpi),
        Check("judging", lambda _: 1, failing, before_mpi=before_mpi),
        Check("healthy", lambda _: 1, lambda *_: [ok("fine")]),
    ]
    report = examine(no_mpi, tmp_path, checks)
    outcomes = [(finding.title, finding.outcome) for finding in report.findings]
    assert outcomes == [("looking", Verdict.PROBLEM), ("judging", Verdict.PROBLEM), ("healthy", Verdict.OK)]
    for finding in report.findings[:2]:
        assert finding.found == "the check failed: LookupError: no such thing"
        assert finding.remedy


def test_a_rank_that_fails_between_messages_ends_the_job(mpirun: Launch, tmp_path: Path) -> None:
    """The others wait for it for ever; one message, exit code 2, and the trial files are gone."""
    result = mpirun(3, sys.executable, "-c", HANGING, str(tmp_path), env={"PYTHONPATH": str(ROOT)}, timeout=40)
    assert result.returncode == 2, result.stdout + result.stderr
    assert "odd: failed on rank 1, the others hang: OSError: the disk of rank 1" in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("start", "code", "output"),
    [
        ("return 7", 2, "started 7\n"),
        ("raise ValueError('no library')", 5, "no library\n"),
        ("os._exit(1)", 5, "the process ended with code 1 while it started MPI; see what MPI itself says above\n"),
        ("os.abort()", 5, "the process ended with code -6 while it started MPI; see what MPI itself says above\n"),
    ],
    ids=["starts", "raises", "exits", "aborts"],
)
def test_a_start_that_ends_the_process_is_survived(start: str, code: int, output: str) -> None:
    """MPI_Init does not return where it fails; its process is a child, and the parent goes on instead."""
    command = [sys.executable, "-c", GUARDED.format(start=start)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)
    assert (result.returncode, result.stdout) == (code, output), result.stderr
