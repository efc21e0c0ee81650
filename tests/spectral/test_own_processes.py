"""What must be tested in a process of its own, since FFTW keeps what it has learnt."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from tests.conftest import ROOT
from tests.spectral import transform_digest

Launch = Callable[..., subprocess.CompletedProcess[str]]


def test_a_measured_plan_changes_no_bit() -> None:
    """The engine forgets what FFTW has learnt, before it plans."""
    command = [sys.executable, "-m", transform_digest.__name__, "measure"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout == transform_digest.found() + "\n"


def test_the_transforms_agree_with_pfft(mpirun: Launch) -> None:
    """On planes, boxes and 4-D arrays, on one rank and on three: relative error at most 1e-15 log2 N."""
    result = mpirun(3, sys.executable, "-m", "tests.spectral.compare_pfft")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "(1, (36, 40))" in result.stdout
    assert "(3, (36, 40))" in result.stdout
