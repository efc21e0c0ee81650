"""Half waves on a distributed line: flows, pairings with the profile, and decompositions, on any number of ranks."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.diagnostics.field_monitor import FieldMonitor
from parallel_nls.diagnostics.monitor import Values
from parallel_nls.diagnostics.sampling import Sampler, passes_over
from parallel_nls.equations.elementwise import Dispersion
from parallel_nls.half_wave.box_state import BoxGroundState
from parallel_nls.half_wave.inhomogeneity import GaussianBump, Homogeneous, Inhomogeneity, Rational
from parallel_nls.half_wave.line_equation import HalfWaveLine
from parallel_nls.half_wave.line_monitor import HalfWaveMonitor
from parallel_nls.half_wave.line_pairings import ScaledProfile, stencil, tabulated
from parallel_nls.half_wave.modulation import Decomposer, Parameters
from parallel_nls.half_wave.profile import BlowUpProfile, blow_up_profile
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.profiles.placing import place
from parallel_nls.spectral.line import LineDomain
from parallel_nls.spectral.sweeps import Block
from parallel_nls.spectral.transforms import WIDTH

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

FLAT, CURVED = blow_up_profile(), blow_up_profile(-1.0)


def on_line(
    comm: Intracomm, points: int, length: float, scheme: str = "suzuki4", k: Inhomogeneity | None = None
) -> SplitStep:
    """What advances fields on a line."""
    return SplitStep(HalfWaveLine(LineDomain(comm, (points,), (length,)), k), composition(scheme))


def put(integrator: SplitStep, profile: BlowUpProfile, function: ComplexArray, scale: float, phase: float) -> None:
    """λ^{−1/2}f(x/λ)e^{iγ}, of even functions on the axis of a profile, into the spare buffer."""
    axis = profile.state.axis
    table = tabulated(axis, np.array([function.real, function.imag]))
    wave = ScaledProfile(table, axis.scale, scale, np.exp(1j * phase))
    place(wave, integrator.domain, 0.0, integrator.spare)


def decomposed(integrator: SplitStep, profile: BlowUpProfile) -> Values:
    """All that is measured of the field in the spare buffer."""
    passes = passes_over(integrator.equation)
    monitors = [FieldMonitor(passes), HalfWaveMonitor(passes, (), Decomposer(profile))]
    return Sampler(integrator, monitors).measure(integrator.start(), 0.0)


@pytest.mark.parametrize("points", [4096, 2520, 2025])
def test_the_free_flow_turns_by_the_modulus(points: int) -> None:
    """As the general flow of any symbol does, with an even and an odd number of rows."""
    domain = LineDomain(MPI.COMM_SELF, (points,), (100.0,))
    equation, rows = HalfWaveLine(domain), domain.shape[0]
    lines = Block(0, 7, np.arange(7) + domain.shape[1] - 7, slice(0, 7))
    rng = np.random.default_rng(1)
    one = rng.normal(size=(WIDTH, rows)) + 1j * rng.normal(size=(WIDTH, rows))
    other = one.copy()
    equation.drift.kernel(0.37, 0.5)(one, lines)
    Dispersion(domain, equation.symbol).kernel(0.37, 0.5)(other, lines)
    assert np.abs(one - other)[:7].max() < 2e-14


def test_tables_hold_the_functions_to_rounding() -> None:
    """Of all functions that are paired, near and far."""
    functions, axis = Decomposer(CURVED).functions, CURVED.state.axis
    table, weights = tabulated(axis, functions.rows), np.empty(8)
    y = np.concatenate([np.linspace(-30, 30, 97), [0.0, 1e-9, 1e4, 1e12]])
    found = np.array(
        [weights @ table[first : first + 8] for x in y for first in [stencil(x / axis.scale, 4096, weights)]]
    )
    expected = np.array([axis.evaluate(row, y) for row in functions.rows]).T
    assert np.abs(found - expected).max() < 3e-15


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
@pytest.mark.parametrize(
    ("profile", "function", "scale", "expected"),
    [
        (FLAT, 1.02 * FLAT.at(0.15), 1.0, (1.00008481152, 0.156068033457, 0.00144862855804)),
        (CURVED, 1.01 * CURVED.at(0.12, 0.3), 0.3, (0.299987827323 / 0.3, 0.122411150012, 0.000576960344942)),
    ],
    ids=["k = 1", "k(x)"],
)
def test_reference_decompositions(
    comm: Intracomm,
    profile: BlowUpProfile,
    function: ComplexArray,
    scale: float,
    expected: tuple[float, float, float],
) -> None:
    """The values of the whole line, up to λ³/L³ of what lies beyond the box; the remainder to the same."""
    k = Homogeneous() if profile is FLAT else Rational()
    integrator = on_line(comm, 2**16, 4096 * scale, k=k)
    put(integrator, profile, function, scale, 0.3)
    found = decomposed(integrator, profile)
    assert found["scale"] / scale == pytest.approx(expected[0], abs=1e-9)
    assert found["b"] == pytest.approx(expected[1], abs=1e-9)
    assert found["phase"] == pytest.approx(0.3 + expected[2], abs=1e-9)
    whole = Decomposer(profile)(profile.state.axis, function, Parameters(scale, expected[1], 0.0), scale)
    assert found["remainder_l2"] == pytest.approx(whole.remainder_l2, abs=1e-8)
    assert found["remainder_half"] == pytest.approx(whole.remainder_half, abs=1e-7)
    size = Decomposer(profile).rates(whole, k).size
    assert found["modulation_defect"] == pytest.approx(size, abs=1e-6)
    assert found["half_derivative"] == pytest.approx(found["mass"] / scale, rel=0.05)


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
def test_what_is_not_near_the_profile(comm: Intracomm) -> None:
    """NaN, on all ranks, and its excess mass."""
    integrator = on_line(comm, 512, 40.0)
    integrator.spare[...] = 0.1
    found = decomposed(integrator, FLAT)
    assert np.isnan([float(found[name]) for name in ("scale", "b", "phase", "remainder_l2", "law_time")]).all()
    assert found["excess_mass"] == pytest.approx(0.4 - FLAT.state.mass, rel=1e-12)


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
def test_a_bubble_beside_the_origin_is_no_profile(comm: Intracomm) -> None:
    """Conditions about x = 0 can be made to hold there too, but more than half of the field is left over."""
    for shift, near in ((0.1, True), (0.6, False)):
        integrator = on_line(comm, 4096, 100.0)
        across, along, _ = integrator.domain.row_places
        x = across[integrator.domain.layouts[0].line_numbers(1)][:, None] + along - shift
        integrator.spare[...] = FLAT.state.axis.evaluate(FLAT.at(0.0), x.ravel()).reshape(x.shape)
        found = decomposed(integrator, FLAT)
        assert bool(np.isfinite([float(found[name]) for name in ("scale", "b", "remainder_l2")]).all()) is near
        assert float(found["excess_mass"]) == pytest.approx(0.0, abs=0.02)


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
def test_the_ground_state_of_the_box_stands(comm: Intracomm) -> None:
    """For a time 2, as e^{it}, to the error of the steps; its energy is what the identities of the box make of it."""
    box = BoxGroundState(20.0, 1024)
    integrator = on_line(comm, 1024, 40.0, "kahan-li8")
    across, along, _ = integrator.domain.row_places
    x = across[integrator.domain.layouts[0].line_numbers(1)][:, None] + along
    standing = box.values[np.rint(np.abs(x) / integrator.domain.spacing[0]).astype(int)]
    integrator.spare[...] = standing
    state, sampler = integrator.start(), Sampler.of_field(integrator)
    numbers, found = box.numbers(), sampler.measure(state, 0.0)
    assert found["mass"] == pytest.approx(numbers.mass, rel=1e-14)
    assert found["energy"] == pytest.approx(numbers.half_derivative / 2 - numbers.quartic / 4, abs=1e-13)
    for _ in range(100):
        integrator.advance(state, 0.02)
    assert np.abs(integrator.physical(state) - np.exp(2j) * standing).max(initial=0.0) < 2e-11


@pytest.mark.parametrize(
    ("scheme", "order", "steps"),
    [("strang", 2, 64), ("suzuki4", 4, 48), ("blanes-moan-prk4", 4, 48), ("blanes-moan-rkn4", 4, 48),
     ("kahan-li6", 6, 32), ("kahan-li8", 8, 10)],
)  # fmt: skip
def test_orders(scheme: str, order: int, steps: int) -> None:
    """Of every scheme that is admitted, where k varies, from errors of three step sizes at t = 1."""
    found = []
    for number in (steps, 2 * steps, 4 * steps, 8 * steps):
        integrator = on_line(MPI.COMM_SELF, 256, 40.0, scheme, GaussianBump())
        put(integrator, FLAT, FLAT.at(0.2), 1.0, 0.0)
        state = integrator.start()
        for _ in range(number):
            integrator.advance(state, 1 / number)
        found.append(integrator.physical(state).copy())
    differences = [np.linalg.norm(one - other) for one, other in pairwise(found)]
    assert np.log2(differences[0] / differences[1]) == pytest.approx(order, abs=0.35)
    assert np.log2(differences[1] / differences[2]) == pytest.approx(order, abs=0.25)
