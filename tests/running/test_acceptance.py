"""What a run must reach: one bubble against its exact solution, and the memory of a large grid."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from parallel_nls.profiles.ground_state import ground_state

Launch = Callable[..., subprocess.CompletedProcess[str]]
MEGABYTE = 10**6


def numbers_of(result: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The JSON on the last line of the output."""
    assert result.returncode == 0, result.stdout + result.stderr
    numbers: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return numbers


def test_one_bubble(mpirun: Launch) -> None:
    """From T - t = 0.5 to 0.2 it stays within 1e-8 of the exact solution, and returns; mass is kept to rounding."""
    numbers = numbers_of(mpirun(2, sys.executable, "-m", "tests.running.one_bubble"))
    assert numbers["time"] == pytest.approx(-0.2, abs=1e-15)
    assert numbers["distance"] <= 1e-8
    assert numbers["return"] <= 5e-11
    assert numbers["drift"] <= 1e-15
    assert numbers["energy"] == pytest.approx(ground_state(2).second_moment / 8, rel=1e-8)
    assert numbers["peak"] == pytest.approx(ground_state(2).peak / 0.2, rel=1e-7)


LARGE = [
    ("two_bubbles", "[4096,4096]", 2 * ground_state(2).mass),
    ("two_solitons_1d", "16777216", 2 * ground_state(1).mass),
]


@pytest.mark.parametrize(("example", "points", "mass"), LARGE)
def test_no_rank_holds_more_than_its_share(mpirun: Launch, example: str, points: str, mass: float) -> None:
    """On 4 ranks at 4096², and on a line of 2^24: no more than 2.2 shares besides the 280 MB of the program."""
    numbers = numbers_of(mpirun(4, sys.executable, "-m", "tests.running.peak_memory", example, points))
    assert numbers["share"] == 16 * 2**24 // 4
    assert numbers["mass"] == pytest.approx(mass, rel=1e-3)
    assert max(numbers["peaks"]) <= 2.2 * numbers["share"] + 280 * MEGABYTE, numbers
