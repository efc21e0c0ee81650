"""What must be tested in a process of its own, since FFTW keeps what it has learnt."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from tests.conftest import ROOT

Launch = Callable[..., subprocess.CompletedProcess[str]]


def printed_digest(*arguments: str) -> str:
    """Hash that a fresh process prints."""
    command = [sys.executable, "-m", "tests.spectral.transform_digest", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout


def test_a_measured_plan_changes_no_bit() -> None:
    """The engine forgets what FFTW has learnt, before it plans."""
    assert printed_digest("measure") == printed_digest()


def test_the_transforms_agree_with_pfft(mpirun: Launch) -> None:
    """On planes, boxes and 4-D arrays, on one rank and on three: relative error at most 1e-15 log2 N."""
    result = mpirun(3, sys.executable, "-m", "tests.spectral.compare_pfft")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "(1, (36, 40))" in result.stdout
    assert "(3, (36, 40))" in result.stdout
