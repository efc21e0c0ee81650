"""Waves that turn by more than a turn in a step: their part of a measured error, and the steps they ask for.

A Gaussian that the box cuts off has them, from the kink at the edge; a wider box, or a coarser grid, has not.
"""

from __future__ import annotations

from dataclasses import astuple
from math import pi
from typing import TYPE_CHECKING

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.contracts import Domain, StepMemory
from parallel_nls.integrators.controlled_steps import FieldSteps
from parallel_nls.integrators.error_model import SOON, STEPS_BETWEEN_CHECKS, ErrorModel
from parallel_nls.integrators.grid_resonances import content_above
from parallel_nls.profiles.gaussian import Gaussian
from parallel_nls.schedules import TICKS
from tests.integrators.controlled import Run, controlled
from tests.integrators.problems import made, relative_error, solution, started, whole
from tests.support import digest, gather_field

if TYPE_CHECKING:
    from tests.one_rank import OneRank

WIDE, NARROW = 20.0, 10.0
CUT = Gaussian(1.5, 1.3)
TOLERANCE = 1e-7


def run_of(domain: Domain) -> Run:
    """To t = 0.2."""
    run = controlled(domain, "blanes-moan-rkn4", TOLERANCE, 0.1, CUT)
    run.to_frame(2)
    return run


def strains(domain: Domain) -> set[str | None]:
    """What is said on the way."""
    run = controlled(domain, "blanes-moan-rkn4", TOLERANCE, 0.1, CUT)
    found = set()
    while run.state.ticks < TICKS:
        assert run.advance() is None
        found.add(run.control.strain(run.state))
    return found


def test_the_error_of_a_field_that_the_box_cuts_off_keeps_the_tolerance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within tolerance·∫dt/λ²; where the waves count as all others do, the error is many times that."""
    domain = made(MPI.COMM_SELF, (128, 128), NARROW)
    exact = solution(domain, "blanes-moan-rkn4", 800, 0.2, profile=CUT)
    run = run_of(domain)
    allowed = TOLERANCE * sum(run.rescaled)
    assert relative_error(whole(run.integrator, run.state), exact) <= allowed
    assert any(strain and "over a turn in a step" in strain for strain in strains(domain))
    monkeypatch.setattr(FieldSteps, "unfollowed", lambda *_: 0.0)
    run = run_of(domain)
    assert relative_error(whole(run.integrator, run.state), exact) > 4 * allowed
    assert strains(domain) == {None}


def test_a_wide_box_takes_as_many_steps_on_any_grid() -> None:
    """There are no such waves, and nothing is said."""
    runs = [run_of(made(MPI.COMM_SELF, (n, n), WIDE)) for n in (64, 128, 256)]
    assert len({run.state.steps for run in runs}) == 1
    assert {run.state.control.waves_size for run in runs} == {0.0}
    assert not any(run.control.strain(run.state) for run in runs)


@pytest.mark.mpi
@pytest.mark.parametrize("points", [(512,), (128, 128)])
@pytest.mark.ranks(2, 3, 4)
def test_the_bits_do_not_depend_on_the_ranks(one_rank: OneRank, points: tuple[int, ...]) -> None:
    """Field, steps and memory where such waves are met."""

    def bits(comm: MPI.Intracomm) -> tuple[str, int, float, tuple[float, ...]]:
        """At the end."""
        run = run_of(made(comm, points, NARROW))
        rest = gather_field(run.integrator.domain.layouts[0], run.state.field)
        return digest(rest), run.state.steps, run.state.pending, astuple(run.state.control)

    assert bits(MPI.COMM_SELF)[3][-1] > 0
    assert one_rank.agrees(bits)


@pytest.mark.parametrize("points", [(64,), (24, 32)])
def test_the_content_is_that_of_the_spectrum(points: tuple[int, ...]) -> None:
    """√(Σ|û|² over |k|² ≥ ω / Σ|û|²), by numpy."""
    domain = made(MPI.COMM_SELF, points, NARROW)
    integrator, state = started(domain, "blanes-moan-rkn4", CUT)
    u = whole(integrator, state)
    axes = [2 * pi * np.fft.fftfreq(n, NARROW / n) for n in points]
    square = sum(k**2 for k in np.meshgrid(*axes, indexing="ij"))
    power = np.abs(np.fft.fftn(u)) ** 2
    for frequency in (1.0, 10.0, 100.0):
        integrator.completed(state).visit(None, integrator.spare, "forward")
        expected = np.sqrt(power[square >= frequency].sum() / power.sum())
        assert content_above(integrator.equation, integrator.spare, frequency) == pytest.approx(expected, rel=1e-10)


def test_the_model_sets_their_part_apart() -> None:
    """It neither raises the constant nor falls with the step: it alone shortens steps, keeps or lengthens them."""
    for rate, levels in ((2.0, -1), (0.5, 0), (0.1, 1)):
        model, memory = ErrorModel(4, TOLERANCE, 1e-15), StepMemory(level=3)
        model.begin(memory)
        waves = rate * TOLERANCE * 0.02
        assert model.measure(memory, 0.01, 1, waves * (1 + 1e-9), again=False, unfollowed=waves) is (rate <= 1)
        assert memory.cadence == SOON
        assert memory.waves_error == pytest.approx(rate * TOLERANCE, rel=1e-12)
        assert model.allowed(memory) == pytest.approx(0.01 * 2 ** (levels + 0.5), rel=1e-12)
        assert model.leaves_the_known(memory, 0.02)
        assert not model.leaves_the_known(memory, 0.01)
        assert model.expected(memory, 0.01) == pytest.approx(rate * TOLERANCE * 0.01, rel=1e-3)


def test_the_part_of_a_smooth_field_is_not_set_apart() -> None:
    """A minor part of the difference: it falls with the step faster than all else."""
    models = [(ErrorModel(4, TOLERANCE, 1e-15), StepMemory(level=3)) for _ in range(2)]
    for (model, memory), part in zip(models, (0.0, 0.4), strict=True):
        model.begin(memory)
        model.measure(memory, 0.01, 1, 1e-9, again=False, unfollowed=part * 1e-9)
    assert models[0][1] == models[1][1]
    assert models[0][1].cadence == STEPS_BETWEEN_CHECKS
