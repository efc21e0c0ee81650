"""Ground states in boxes, and the operators linearized at them: closed forms, identities, reference values, bits."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from parallel_nls.elliptic.fields import RealFields
from parallel_nls.elliptic.standing_wave import Problem, StandingWave, ground_state
from parallel_nls.elliptic.start import good_places
from parallel_nls.errors import UserError
from parallel_nls.half_wave.box_state import BoxGroundState, richardson
from parallel_nls.profiles.ground_state import ground_state as critical_state
from parallel_nls.profiles.power_state import PowerState
from tests.elliptic.waves import box, gradient, needs_petsc, places, residual, whole, with_images
from tests.half_wave.references import INTEGRAL, MASS, PEAK
from tests.support import digest, parts_of

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from parallel_nls.contracts import Domain

pytestmark = [pytest.mark.mpi, needs_petsc]

FEW, FEW_IN_A_TRAP = 30, 40
"""Krylov steps that a linear system may take."""


def trap(*x: Any) -> Any:
    """−|x|²: V of the harmonic trap, whose lowest energy is the dimension."""
    return -sum(a * a for a in x)


@pytest.mark.ranks(1, 2)
@pytest.mark.parametrize(("power", "frequency"), [(1.0, 1.0), (2.0, 2.25), (3.5, 1.0), (4.0, 0.5)])
def test_lines_of_any_power(comm: Intracomm, power: float, frequency: float) -> None:
    """((p+2)/2)^{1/p} sech^{2/p}(px/2), scaled to the frequency, with the images of its tail."""
    with box(comm, (1024,), (50.0,)) as domain:
        wave = ground_state(Problem(domain, power=power, frequency=frequency))
        state, root = PowerState(1, power), np.sqrt(frequency)
        expected = frequency ** (1 / power) * with_images(lambda r: state.value(root * r), domain)
        found = whole(domain, wave.values)
        # What one wave is at the center of the next changes both by its square.
        assert np.abs(found - expected).max() < 1e-13 + 20 * np.exp(-root * 50)
        assert wave.numbers.peak == pytest.approx(frequency ** (1 / power) * state.peak, rel=1e-13)
        assert max(wave.iterations.krylov) <= FEW
        assert wave.residual < 1e-14
        numbers, p = wave.numbers, power
        assert numbers.quadratic_form + frequency * numbers.mass == pytest.approx(numbers.power_integral, rel=1e-13)
        # Pohozaev: ½‖∂Q‖² − ½ω‖Q‖² + ∫Q^{p+2}/(p+2) = 0.
        pohozaev = (numbers.quadratic_form - frequency * numbers.mass) / 2 + numbers.power_integral / (p + 2)
        assert pohozaev == pytest.approx(0, abs=1e-12)


@pytest.mark.ranks(1, 2)
def test_the_plane(comm: Intracomm) -> None:
    """Without radial symmetry: the tabulated radial ground state, and ‖∇Q‖² = ‖Q‖² = ½∫Q⁴; L₊ΛQ = −2Q."""
    with box(comm, (160, 180), (24.0, 26.0)) as domain:
        wave, state = ground_state(Problem(domain)), critical_state(2)
        q = whole(domain, wave.values)
        assert np.abs(q - with_images(state.value, domain)).max() < 3e-10
        for number in (wave.numbers.mass, wave.numbers.quadratic_form, wave.numbers.power_integral / 2):
            assert number == pytest.approx(state.mass, rel=2e-9)
        assert max(wave.iterations.krylov) <= FEW
        scaled = q + sum(x * gradient(domain, q, axis) for axis, x in enumerate(places(domain)))
        found = wave.solve_plus(-2 * wave.values)
        assert found.steps <= FEW
        assert found.defects == pytest.approx((0, 0), abs=1e-13)
        # x∂Q jumps at the edge of the box.
        assert np.abs(whole(domain, found.values) - scaled).max() < 1e-3
        middle = np.s_[40:-40, 40:-40]
        assert np.abs(whole(domain, found.values) - scaled)[middle].max() < 1e-6


@pytest.mark.ranks(1, 2)
def test_linearized_operators_of_a_line(comm: Intracomm) -> None:
    """L₊ΛQ = −2Q and L₋(xQ) = −2∂Q in closed form; what is outside the range is the defect, and left out."""
    with box(comm, (1350,), (76.0,)) as domain:
        wave = ground_state(Problem(domain, power=3.0))
        fields, q = wave.fields, wave.values
        slope, x = fields.derivative(q, 0), fields.sampled(lambda x: x)
        found = wave.solve_plus(-2 * q + 0.25 * slope)
        assert whole(domain, found.values) == pytest.approx(whole(domain, 2 / 3 * q + x * slope), abs=2e-12)
        size = np.sqrt(fields.inner([(slope, slope)])[0])
        assert found.defects == pytest.approx((0.25 * size,), rel=1e-12)
        other = wave.solve_minus(-2 * slope + 0.5 * q)
        assert whole(domain, other.values) == pytest.approx(whole(domain, x * q), abs=2e-12)
        assert other.defects == pytest.approx((0.5 * np.sqrt(wave.numbers.mass),), rel=1e-12)
        assert max(found.steps, other.steps) <= FEW
        kernels = wave.minus.apply(q), wave.plus.apply(slope)
        assert all(np.abs(whole(domain, image)).max() < 1e-10 for image in kernels)


@pytest.mark.ranks(1, 2)
def test_half_waves_come_near_the_line(comm: Intracomm) -> None:
    """Q(0), ‖Q‖² and ∫Q of the whole line by extrapolation in L⁻²; in one box those of the serial solver."""
    half_lengths, found = (40.0, 80.0, 160.0, 320.0), []
    for half in half_lengths:
        with box(comm, (int(67.5 * half),), (2 * half,)) as domain:
            wave = ground_state(Problem(domain, order=1.0))
            assert max(wave.iterations.krylov) <= FEW
            found.append(wave.numbers)
    serial = BoxGroundState(40.0, 2700).numbers()
    expected = serial.peak, serial.mass, serial.half_derivative, serial.quartic, serial.integral
    first = found[0]
    numbers = first.peak, first.mass, first.quadratic_form, first.power_integral, first.integral
    assert numbers == pytest.approx(expected, rel=2e-14)
    for name, value in {"peak": PEAK, "mass": MASS, "integral": INTEGRAL, "quadratic_form": MASS}.items():
        assert richardson(half_lengths, [getattr(each, name) for each in found]) == pytest.approx(value, rel=1e-11)


def bump(*x: Any) -> Any:
    """½ + ½/(1 + x²): k of the first coordinate alone."""
    return 0.5 + 0.5 / (1 + x[0] ** 2)


CASES: dict[str, tuple[tuple[int, ...], tuple[float, ...], dict[str, Any], int]] = {
    "line of order 1.5": ((300,), (24.0,), {"order": 1.5, "power": 1.7}, 1),
    "prime line": ((173,), (16.0,), {}, 1),
    "half wave, k": ((600,), (16.0,), {"order": 1.0, "coefficient": bump}, 0),
    "trap": ((200,), (16.0,), {"potential": trap, "frequency": -0.5, "power": 4.0}, 0),
    "plane, k of x": ((90, 64), (16.0, 14.0), {"coefficient": bump, "power": 1.5}, 1),
    "plane, trap": ((40, 36), (10.0, 9.0), {"potential": trap, "frequency": 0.0}, 0),
}
ON_ALL = ("line of order 1.5", "prime line", "plane, k of x")
MEASURED = pytest.mark.ranks(1, 2)


@pytest.mark.parametrize("name", [name if name in ON_ALL else pytest.param(name, marks=MEASURED) for name in CASES])
def test_the_equation(comm: Intracomm, name: str) -> None:
    """Q > 0 solves it on the grid, by numpy; on 1 rank and on all with the same bits, those of linear systems too."""
    points, length, terms, kernel = CASES[name]
    found = []
    with parts_of(comm, {1, comm.size}) as parts:
        for part in parts.values():
            with box(part, points, length) as domain:
                wave = ground_state(Problem(domain, **terms))
                assert residual(wave) < 2e-14
                assert whole(domain, wave.values).min() > -1e-6
                assert len(wave.plus.kernel) == kernel
                assert max(wave.iterations.krylov) <= (FEW_IN_A_TRAP if "potential" in terms else FEW)
                found.append(bits(domain, wave))
    assert len(set(found)) == 1


def two_bumps(*x: Any) -> Any:
    """Two alike of width 1 at x = ±3, in the plane at y = −2."""
    across = sum((y + 2) ** 2 for y in x[1:])
    return 0.2 + 0.8 * (np.exp(-((x[0] - 3) ** 2) - across) + np.exp(-((x[0] + 3) ** 2) - across))


@pytest.mark.parametrize(("points", "length"), [((256,), (30.0,)), ((54, 48), (16.0, 14.0))])
def test_the_ground_state_lies_where_k_is_largest(
    comm: Intracomm, points: tuple[int, ...], length: tuple[float, ...]
) -> None:
    """At one of two bumps, not at both, as the wave is that is found from between them; the same bits on any ranks."""
    found = []
    with parts_of(comm, {1, comm.size}) as parts:
        for part in parts.values():
            with box(part, points, length) as domain:
                wave = ground_state(Problem(domain, power=1.5, coefficient=two_bumps))
                q = whole(domain, wave.values)
                peak = [float(x.flat[q.argmax()]) for x in places(domain)]
                assert peak == pytest.approx([3, -2][: len(points)], abs=0.2)
                assert residual(wave) < 2e-14
                found.append(digest(q))
    assert len(set(found)) == 1


@pytest.mark.ranks(1, 2)
def test_the_least_action_is_kept(comm: Intracomm) -> None:
    """Mass and action of the wave at one bump of a line, by another start at it; minima of −V are places as well."""
    with box(comm, (512,), (30.0,)) as domain:
        wave = ground_state(Problem(domain, coefficient=two_bumps))
        assert (wave.numbers.mass, wave.action) == pytest.approx((4.3488598545, 1.5674646695), rel=1e-9)
        away = ground_state(Problem(domain, potential=lambda x: -np.minimum((x - 5) ** 2, 16.0), frequency=0.5))
        assert float(places(domain)[0][whole(domain, away.values).argmax()]) == pytest.approx(5, abs=0.06)


def three_bumps(*x: Any, wide: float = 0.6, width: float = 0.5) -> Any:
    """A low and wide one that a wave of size 1 seems to like best, one that is high and narrow, and a lower one."""
    across = sum(y**2 for y in x[1:])
    bumps = ((wide, 8.0, 3.0), (1.0, -8.0, width), (0.3, 0.5, 1.0))
    return 0.2 + sum(h * np.exp(-((x[0] - c) ** 2 + across) / w**2) for h, c, w in bumps)


@pytest.mark.parametrize(("points", "length"), [((512,), (48.0,)), ((120, 48), (32.0, 14.0))])
def test_the_least_action_may_be_at_any_maximum(
    comm: Intracomm, points: tuple[int, ...], length: tuple[float, ...]
) -> None:
    """Of three bumps at the narrow one, where neither the origin nor means of k lead; the same bits on any ranks."""
    found = []
    bumps = three_bumps if len(points) == 1 else partial(three_bumps, wide=0.4, width=0.8)
    with parts_of(comm, {1, comm.size}) as parts:
        for part in parts.values():
            with box(part, points, length) as domain:
                wave = ground_state(Problem(domain, power=5.0 - 2 * len(points), coefficient=bumps))
                q = whole(domain, wave.values)
                assert float(places(domain)[0].flat[q.argmax()]) == pytest.approx(-8.0, abs=0.3)
                assert residual(wave) < 2e-14
                found.append((digest(q), wave.action))
    assert len(set(found)) == 1
    if len(points) == 1:
        assert found[0][1] == pytest.approx(1.4616430609, rel=1e-9)


@pytest.mark.ranks(1, 2)
def test_a_wave_that_is_not_resolved_is_not_passed_over(comm: Intracomm) -> None:
    """At the narrow bump it has less action than the one at the wide bump, which the grid resolves."""
    bumps = partial(three_bumps, wide=0.4, width=0.6)
    with box(comm, (120, 48), (32.0, 14.0)) as domain, pytest.raises(UserError, match="do not resolve the ground st"):
        ground_state(Problem(domain, power=1.5, coefficient=bumps))


@pytest.mark.ranks(1, 2)
def test_places_from_which_waves_are_looked_for(comm: Intracomm) -> None:
    """Every local maximum once, the best first; five at most; of a lattice one, along an axis without change 0."""
    with box(comm, (512,), (48.0,)) as domain:
        fields = RealFields(domain, 2.0)
        flat = np.zeros(fields.shape)
        found = good_places(fields, fields.sampled(three_bumps), flat, 3.0, 1.0)
        assert [x for (x,) in found] == pytest.approx([8.0, -8.0, 0.5], abs=0.1)
        lattice = fields.sampled(lambda x: 1 + 0.3 * np.cos(2 * np.pi * x / 6))
        assert good_places(fields, lattice, flat, 2.0, 1.0) == [(0.0,)]
        many = fields.sampled(lambda x: 1 + (0.3 + 1e-3 * x) * np.cos(2 * np.pi * (x - 3) / 6))
        assert [x for (x,) in good_places(fields, many, flat, 2.0, 1.0)] == pytest.approx([21, 15, 9, 3, -3], abs=0.2)
        wells = fields.sampled(lambda x: -np.minimum((np.abs(x) - 8 - 0.5 * np.sign(x)) ** 2, 9.0 + np.sign(x)))
        assert [x for (x,) in good_places(fields, flat + 1, wells, 2.0, 1.0)] == pytest.approx([-7.5, 8.5], abs=0.1)
        trapped = fields.sampled(lambda x: -(x**2))
        assert good_places(fields, flat + 1, trapped, 2.0, 1.2) == [(0.0,)]
        assert good_places(fields, flat + 1, flat, 2.0, 1.0) == []
    with box(comm, (60, 48), (24.0, 20.0)) as domain:
        fields = RealFields(domain, 2.0)
        waves = fields.sampled(lambda x, y: 1 + 0 * y + np.exp(-((x - 6) ** 2)) + 0.5 * np.exp(-((x + 4) ** 2)))
        assert good_places(fields, waves, np.zeros(fields.shape), 2.0, 1.0, (1,)) == [(6.0, 0.0), (-4.0, 0.0)]


def bits(domain: Domain, wave: StandingWave) -> str:
    """A digest of Q, of its numbers and steps, and of two linear systems."""
    source = wave.fields.sampled(lambda *x: 1 / (1 + sum(a * a for a in x)))
    solved = [wave.solve_plus(source, 1e-10), wave.solve_minus(source, 1e-10)]
    numbers = [*vars(wave.numbers).values(), wave.residual, *wave.iterations.krylov, *wave.iterations.newton]
    numbers += [number for each in solved for number in (each.steps, *each.defects)]
    return digest(
        np.array(numbers, dtype=float), *(whole(domain, f) for f in (wave.values, *(s.values for s in solved)))
    )


@pytest.mark.ranks(1, 2)
@pytest.mark.parametrize("dimension", [1, 2])
def test_the_linear_limit_in_a_trap(comm: Intracomm, dimension: int) -> None:
    """ω → −E₀ = −d as the mass falls to 0: ‖Q‖² = (ω + d)/∫φ₀⁴ = (ω + d)(2π)^{d/2}, to the first order in it."""
    with box(comm, (36,) * dimension, (11.0,) * dimension) as domain:
        ratios = []
        for above in (2e-3, 1e-3):
            numbers = ground_state(Problem(domain, frequency=above - dimension, potential=trap)).numbers
            ratios.append(numbers.mass / above)
            # Virial theorem of the linear state: half of its energy is kinetic.
            assert numbers.quadratic_form / numbers.mass == pytest.approx(dimension / 2, rel=2e-3)
        assert ratios[1] == pytest.approx((2 * np.pi) ** (dimension / 2), rel=1e-3)
        assert 2 * ratios[1] - ratios[0] == pytest.approx((2 * np.pi) ** (dimension / 2), rel=1e-6)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no frequency": ({"frequency": 0.0}, r"frequency = 0\.0 of a standing wave must be greater than 0"),
    "below the trap": ({"frequency": -1.2, "potential": trap}, r"frequency = -1\.2: not above minus the lowest energy"),
    "no power": ({"power": 0.0}, r"power = 0\.0 of a standing wave must be greater than 0"),
    "too few points": ({"frequency": 400.0}, r"grid\.points = 64: they do not resolve the ground state; take more"),
    "too small a box": ({"frequency": 0.02}, r"grid\.length = 20: too small for a ground state that decays"),
    "k below 0": ({"coefficient": trap}, r"k\(x\) is nowhere positive"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_ground_state(comm: Intracomm, name: str) -> None:
    """One message, the same on all ranks."""
    terms, text = REFUSED[name]
    with box(comm, (64,), (20.0,)) as domain, pytest.raises(UserError, match=text) as caught:
        ground_state(Problem(domain, **terms))
    assert len(set(comm.allgather(str(caught.value)))) == 1
