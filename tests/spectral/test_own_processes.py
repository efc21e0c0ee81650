"""What must be tested in a process of its own, since FFTW keeps what it has learnt."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.conftest import ROOT

Launch = Callable[..., subprocess.CompletedProcess[str]]


def printed_digest(*arguments: str) -> str:
    """Hash that a fresh process prints."""
    command = [sys.executable, "-m", "tests.spectral.transform_digest", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout


def test_a_measured_plan_changes_no_bit() -> None:
    """The engine forgets what FFTW has learnt, before it plans."""
    assert printed_digest("measure") == printed_digest()


@pytest.mark.parametrize("ranks", [1, 3])
def test_the_transforms_agree_with_pfft(mpirun: Launch, ranks: int) -> None:
    """On planes, boxes and 4-D arrays: relative error at most 1e-15 log2 N."""
    result = mpirun(ranks, sys.executable, "-m", "tests.spectral.compare_pfft")
    assert result.returncode == 0, result.stdout + result.stderr
