"""Closures beside the exact mixture: which are exact, how wrong the others are, and the orders of the schemes."""

from __future__ import annotations

import math
import os
import signal
from dataclasses import replace
from math import log2
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.errors import UserError
from parallel_nls.hartree.closures import CLOSURES
from parallel_nls.hartree.hierarchy import MEAN_FIELD, Hierarchy
from parallel_nls.hartree.spectrum import occupations
from parallel_nls.hartree.virial import energy, virial
from parallel_nls.integrators.compositions import composition
from parallel_nls.spectral.radial import PlaneRadius, SpaceRadius
from tests.hartree.setups import softened
from tests.support import digest, gather_field, parts_of

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from tests.hartree.dense import Complex

EQUAL, UNEQUAL, ONE = (0.5, 0.5), (0.3, 0.7), (1.0, 0.0)
# Hilbert and Schmidt distances of γ¹ to the exact one, of an independent code, on 7 points to 4.6 at t = 0.5.
SMALL = {
    EQUAL: {MEAN_FIELD: 0.07236, "product": 0.05193, "symmetrised-product": 0.05237},
    UNEQUAL: {MEAN_FIELD: 0.05929, "product": 0.04282, "symmetrised-product": 0.04351, "cumulant": 0.009579},
}


def hierarchy(
    comm: Intracomm, closure: str, weights: tuple[float, float], points: int, radius: float, widths: tuple[float, float]
) -> Hierarchy:
    """Two Gaussians, of norm 1 on the grid, under 6/(q² + 1/4)."""
    axis = SpaceRadius(points, radius)
    waves = np.array([axis.r * np.exp(-(axis.r**2) / (2 * width**2)) for width in widths], complex)
    waves /= np.linalg.norm(waves, axis=1)[:, None]
    return Hierarchy(comm, axis, softened(axis), closure, np.array(weights), waves)


def small(comm: Intracomm, closure: str, weights: tuple[float, float]) -> Hierarchy:
    """On 7 points."""
    return hierarchy(comm, closure, weights, 7, 4.6, (0.9, 1.5))


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
@pytest.mark.parametrize("weights", [EQUAL, UNEQUAL], ids=["equal", "unequal"])
def test_errors_of_closures(comm: Intracomm, weights: tuple[float, float]) -> None:
    """To the four digits that are known; the cumulant closure is exact for two equal weights, and admissible always."""
    for closure in (MEAN_FIELD, *CLOSURES):
        run = small(comm, closure, weights)
        first = run.densities()
        run.advance(composition("kahan-li6"), 0.05, 10)
        errors, last = run.closure_errors(), run.densities()
        if closure in SMALL[weights]:
            assert errors[0] == pytest.approx(SMALL[weights][closure], rel=1e-3), closure
        if closure == "cumulant":
            assert run.admissibility() <= 1e-13
            assert weights != EQUAL or max(errors) <= 1e-13
        # Trace and energy are kept whatever the closure: they do not tell whether it is good.
        assert np.sum(last.one) == pytest.approx(1, abs=1e-13)
        assert energy(last, run.interaction) == pytest.approx(energy(first, run.interaction), abs=2e-6)
        run.close()


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
def test_a_single_wave_is_exact(comm: Intracomm) -> None:
    """Of every closure that keeps products."""
    for closure in (MEAN_FIELD, "product", "symmetrised-product", "cumulant"):
        run = small(comm, closure, ONE)
        run.advance(composition("strang"), 0.0625, 8)
        errors = run.closure_errors()
        assert max(errors) <= 1e-13, closure
        run.close()


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
def test_the_same_bits_on_any_ranks(comm: Intracomm) -> None:
    """Of all fields and of what is measured of them."""
    for closure in (MEAN_FIELD, "symmetrised-product", "cumulant"):
        digests = []
        with parts_of(comm, range(1, comm.size + 1)) as parts:
            for part in parts.values():
                run = small(part, closure, UNEQUAL)
                run.advance(composition("blanes-moan-prk4"), 0.1, 2)
                fields = [gather_field(domain.layouts[0], run.fields[name]) for name, domain in run.domains.items()]
                found, numbers = run.densities(), virial(run.axis, run.densities(), run.interaction)
                measured = [*run.closure_errors(), run.admissibility(), numbers.value, numbers.rate, found.kinetic]
                whole = run.mixture.whole(run.fields["waves"])
                digests.append(digest(*fields, whole, found.one, found.two, found.slopes, np.array(measured)))
                run.close()
        assert len(set(digests)) == 1


def test_the_table_on_a_finer_grid(comm: Intracomm) -> None:
    """18 points to R = 6 at t = 1: the errors, the trace condition, and the eigenvalue that turns negative."""
    for closure, errors, broken, lowest in (
        ("product", (0.08942, 0.1412), 0.0569, -0.020),
        ("cumulant", (0.01437, 0.02483), 0.0, -0.0035),
    ):
        run = hierarchy(comm, closure, UNEQUAL, 18, 6.0, (1.0, 1.6))
        run.advance(composition("blanes-moan-prk4"), 0.2, 5)
        assert run.closure_errors() == pytest.approx(errors, rel=1e-3)
        assert run.admissibility() == pytest.approx(broken, abs=1e-4)
        assert occupations(run.gamma1(), run.domains["gamma1"])[-1] == pytest.approx(lowest, abs=6e-4)
        run.close()


@pytest.mark.parametrize(("scheme", "steps"), [("strang", 8), ("blanes-moan-prk4", 4), ("kahan-li6", 4)])
def test_schemes_have_their_order(comm: Intracomm, scheme: str, steps: int) -> None:
    """Of γ² under the cumulant closure, between two and four times so many steps."""
    states: list[Complex] = []
    for m in range(3):
        run = hierarchy(comm, "cumulant", UNEQUAL, 9, 5.0, (0.9, 1.5))
        run.advance(composition(scheme), 0.5 / (steps * 2**m), steps * 2**m)
        states.append(run.fields["gamma2"].copy())
        run.close()
    ratio = np.linalg.norm(states[0] - states[1]) / np.linalg.norm(states[1] - states[2])
    assert log2(ratio) == pytest.approx(composition(scheme).order, abs=0.3)


@pytest.mark.parametrize(
    ("closure", "weights", "told"), [("gaussian", EQUAL, "unknown"), ("cumulant", (0.5, 0.4), "sum to 1")]
)
def test_bad_input(comm: Intracomm, closure: str, weights: tuple[float, float], told: str) -> None:
    """One message that names it."""
    with pytest.raises(UserError, match=told):
        small(comm, closure, weights)


def test_wrong_arguments_get_one_message() -> None:
    """Waves that are none of a density matrix of trace 1, steps that are none, a scheme that would lose its order."""
    axis, strang = SpaceRadius(7, 4.6), composition("strang")
    wave = axis.r * np.exp(-(axis.r**2) / 2)
    wave /= np.linalg.norm(wave)

    def given(waves: object, comm: object = MPI.COMM_SELF) -> Hierarchy:
        """Two waves of equal weight."""
        return Hierarchy(comm, axis, softened(axis), "cumulant", np.array([0.5, 0.5]), waves)  # type: ignore[arg-type]

    run = given([wave, wave])
    for call, told in (
        (lambda: given([wave, wave], None), "comm = None: is no communicator"),
        (lambda: given([wave]), r"waves is no array of \(2, 7\); give 2 waves, one a weight, of 7 values"),
        (lambda: given([wave, wave[:5]]), r"waves is no array of \(2, 7\)"),
        (lambda: given([wave, 2 * wave]), r"waves\[1\] has the norm 2; divide it by that"),
        (lambda: given([np.full(7, np.nan), wave]), r"waves\[0\] has the norm nan"),
        (
            lambda: run.advance(composition("blanes-moan-rkn6"), 0.1),
            "rkn6.: of Nyström type, .* at level 2; choose kahan",
        ),
        (lambda: run.advance(strang, math.nan), "step = nan: is not a finite number"),
        (lambda: run.advance(strang, 0.1, -1), "steps = -1: must be at least 0"),
        (lambda: SpaceRadius(0, 1.0), "points = 0: a radial axis needs at least 1"),
        (lambda: SpaceRadius(7, -1.0), r"radius = -1.0: must be greater than 0"),
        (lambda: PlaneRadius(7, math.inf), "radius = inf: is not a finite number"),
    ):
        with pytest.raises(UserError, match=told):
            call()
    assert run.time == 0.0


def test_a_run_that_is_interrupted_knows_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the steps that were taken, where the others were not."""
    run, taken = small(MPI.COMM_SELF, MEAN_FIELD, EQUAL), 0
    follow = run._flows.advance

    def advancing(*arguments: object) -> None:
        """Three steps."""
        nonlocal taken
        if taken == 3:
            raise KeyboardInterrupt
        taken += 1
        follow(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(type(run._flows), "advance", lambda flows, *arguments: advancing(*arguments))  # noqa: ARG005
    with pytest.raises(KeyboardInterrupt):
        run.advance(composition("strang"), 0.125, 10)
    assert run.time == 3 * 0.125


def interrupting_after(run: Hierarchy, flows: int, times: int = 1) -> None:
    """Let SIGINT come within a step, before which there were so many flows of kinetic energy."""
    kinetic, taken = run._flows.kinetic, 0

    def interrupted(*arguments: Any) -> None:
        """Some of the step is before the signal."""
        nonlocal taken
        taken += 1
        for _ in range(times if taken == flows + 1 else 0):
            os.kill(os.getpid(), signal.SIGINT)
        kinetic(*arguments)

    run._flows = replace(run._flows, kinetic=interrupted)


def test_an_interrupt_waits_for_the_step() -> None:
    """The hierarchy is that of its time, and goes on with the same bits."""
    scheme, (whole, left) = composition("suzuki4"), (small(MPI.COMM_SELF, "cumulant", EQUAL) for _ in range(2))
    whole.advance(scheme, 0.125, 4)
    interrupting_after(left, 2 * scheme.pairs + 2)
    with pytest.raises(KeyboardInterrupt):
        left.advance(scheme, 0.125, 4)
    assert left.time == 3 * 0.125
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    left.advance(scheme, 0.125)
    for name, field in whole.fields.items():
        np.testing.assert_array_equal(left.fields[name], field)


def test_what_is_left_within_a_step_does_not_go_on() -> None:
    """Two interrupts do not wait, nor does anything else that goes wrong: no number of such fields is told."""
    run = small(MPI.COMM_SELF, "cumulant", EQUAL)
    interrupting_after(run, 2, times=2)
    with pytest.raises(KeyboardInterrupt):
        run.advance(composition("suzuki4"), 0.125, 4)
    calls = (
        lambda: run.advance(composition("suzuki4"), 0.125),
        lambda: run.fields["waves"],
        run.gamma1,
        run.density,
        run.densities,
        run.exact_densities,
        run.waves,
        run.partial_traces,
        run.closure_errors,
        run.admissibility,
    )
    for call in calls:
        with pytest.raises(UserError, match=r"interrupted within a step, .* make another one"):
            call()
    run.close()
