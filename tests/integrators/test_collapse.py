"""Step control on exact bubbles: the steps follow λ², where a fixed step would have to be the shortest of them."""

from __future__ import annotations

import numpy as np
import pytest
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls.profiles.bubbles import Bubble, BubbleSum
from parallel_nls.profiles.placing import place
from tests.integrators.controlled import Run, controlled
from tests.integrators.problems import made, relative_error
from tests.support import gather_field

FRAMES = 8
WINDOWS = 6


def collapsed(
    points: tuple[int, ...], extent: float, interval: tuple[float, float], scheme: str, tolerance: float
) -> Run:
    """The bubble at the origin that blows up at time 0, followed over an interval of times."""
    start, stop = interval
    bubble = BubbleSum([Bubble((0.0,) * len(points))], 0.0)
    run = controlled(made(MPI.COMM_SELF, points, extent), scheme, tolerance, (stop - start) / FRAMES, bubble, start)
    run.to_frame(FRAMES)
    expected = run.integrator.domain.allocate(run.integrator.domain.layouts[0])
    place(bubble, run.integrator.domain, stop, expected)
    layout = run.integrator.domain.layouts[0]
    found = gather_field(layout, run.integrator.physical(run.state))
    allowed = tolerance * sum(run.rescaled)
    assert 1e-3 * allowed <= relative_error(found, gather_field(layout, expected)) <= 10 * allowed
    return run


def rates(run: Run) -> NDArray[np.float64]:
    """Steps for each unit of ∫dt/λ², in equal parts of it."""
    rescaled, steps = np.array(run.rescaled), np.array(run.steps)
    parts = np.minimum((np.cumsum(rescaled) / rescaled.sum() * WINDOWS).astype(int), WINDOWS - 1)
    return np.array([steps[parts == part].sum() / rescaled[parts == part].sum() for part in range(WINDOWS)])


@pytest.mark.parametrize(
    ("scheme", "tolerance"),
    [
        ("suzuki4", 1e-4),
        ("blanes-moan-rkn4", 1e-5),
        ("blanes-moan-rkn4", 1e-7),
        ("blanes-moan-rkn6", 1e-6),
        ("blanes-moan-prk4", 1e-5),
        ("kahan-li8", 1e-6),
    ],
)
@pytest.mark.parametrize("interval", [(-0.5, -0.15), (-0.15, -0.5)])
def test_steps_follow_the_scale_on_the_line(scheme: str, tolerance: float, interval: tuple[float, float]) -> None:
    """From T − t = 0.5 to 0.15 and back: a step of constant η, within the factor 2 of the levels.

    With a fixed step the rates would differ by (0.5/0.15)² = 11.
    """
    run = collapsed((800,), 17.0, interval, scheme, tolerance)
    assert rates(run).max() <= 2 * rates(run).min()
    assert max(run.levels) - min(run.levels) >= 3
    assert sum(run.rescaled) == pytest.approx(1 / 0.15 - 1 / 0.5, rel=0.05)


@pytest.mark.parametrize("interval", [(-0.5, -0.15), (-0.15, -0.5)])
def test_steps_follow_the_scale_in_the_plane(interval: tuple[float, float]) -> None:
    """The same in two dimensions."""
    run = collapsed((160, 160), 8.0, interval, "blanes-moan-rkn4", 1e-4)
    assert rates(run).max() <= 2 * rates(run).min()
    assert max(run.levels) - min(run.levels) >= 3
