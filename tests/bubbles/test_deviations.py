"""Decompositions of remainders of any size: differences of bubbles, Newton's method on v, scaling, reference values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import mpmath
import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.bubbles.analysis import Analysis
from parallel_nls.bubbles.deviations.equations import DEVIATION_NAMES, DeviationParts
from parallel_nls.bubbles.deviations.place import Deviation
from parallel_nls.bubbles.deviations.sums import profile_difference, replace_by_rest
from parallel_nls.bubbles.modulation_equations import modulation_parts
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.bubbles.profile_rows import UsedPoints, profile_table
from parallel_nls.diagnostics.monitor import Values
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.profiles.pointwise import values
from parallel_nls.profiles.solitons import Soliton, SolitonSum
from parallel_nls.running.remainder_simulation import RemainderSimulation
from tests.bubbles.fields import add_bubbles, domain_of, measured
from tests.support import DECOMPOSED, PLANE_OF_REMAINDER, remainder_at

MEASURED = (*DEVIATION_NAMES, "localized_mass", "decomposed_l2", "decomposed_gradient", "remainder_size")
UNEQUAL = "initial.bubbles.1.frequency=1.2"
LINE = ("grid.points=600", "grid.length=80.0", UNEQUAL, DECOMPOSED)


@dataclass(frozen=True)
class Reference:
    """M_k, D, ‖R‖₂ of an independent computation to seven digits, and the tilde parameters of both bubbles to six."""

    masses: tuple[float, float]
    size: float
    l2: float
    tilde: tuple[float, ...]


# x = ±2, ω = (1, 1.2), z(12) = 0.
REFERENCES = {
    7.0: Reference(
        (6.950081e-11, -7.886352e-13), 7.012703e-10, 2.491979e-10,
        (-3.48998e-11, 3.67606e-11, 1.70869e-11, -2.71294e-10, -2.49261e-10,
         2.00186e-13, -1.84184e-13, 8.98452e-13, -6.91859e-14, -1.30499e-13),
    ),
    5.0: Reference(
        (2.099664e-08, 5.603442e-11), 5.368447e-07, 2.002537e-07,
        (9.08426e-10, -3.75922e-08, 4.8286e-08, 1.76141e-07, 1.59785e-07,
         -2.68675e-10, -9.5388e-10, 1.26047e-09, -6.52027e-09, -6.02461e-09),
    ),
    4.0: Reference(
        (2.212235e-06, -7.887232e-08), 1.510631e-05, 4.938946e-06,
        (-9.59309e-07, 5.25583e-07, 1.07225e-06, -5.42631e-06, -4.82268e-06,
         3.53552e-08, 4.04388e-08, 8.53982e-09, 3.98823e-07, 3.45864e-07),
    ),
    3.0: Reference(
        (-6.554418e-05, 7.156956e-06), 0.0003931193, 0.0001221175,
        (2.05513e-05, 1.78933e-05, -6.32173e-05, -1.47497e-05, -1.87418e-05,
         -2.64577e-06, -8.97188e-07, -4.59397e-06, -1.80343e-05, -1.65012e-05),
    ),
    2.0: Reference(
        (-0.0002501017, -0.0004015213), 0.01265345, 0.004522982,
        (0.000275551, -0.000808395, 0.000657388, 0.00478964, 0.00411328,
         0.000154686, -3.04544e-05, 0.000403169, 0.000746052, 1.55755e-05),
    ),
}  # fmt: skip
DEFECTS = (1.6526e-05, 4.3914e-06)  # Mod_k at s = 4, to five digits
ROOM = 6e-16  # what the reference leaves of numbers that nearly cancel


def tilde(found: Values) -> RealArray:
    """The changes of the parameters, (K, 2d + 3)."""
    return np.hstack([np.asarray(found[name]).reshape(2, -1) for name in DEVIATION_NAMES])


def advance_to(simulation: RemainderSimulation, time: float) -> RemainderSimulation:
    """The same at another time."""
    simulation.advance(round((time - simulation.time) / simulation.frames.frame))
    return simulation


def beside_waves(s: float, amplitude: float, *overrides: str) -> RemainderSimulation:
    """Small data near the second wave at s, and no step taken."""
    small = (
        f"initial.remainder={{kind='gaussian', amplitude={amplitude!r}, width=1.3, center={2 * s + 0.5}, chirp=0.2}}"
    )
    return remainder_at(s, s - 0.5, 0.1, *LINE, small, *overrides)


@pytest.mark.parametrize("change", [1e-1, 1e-2, 1e-5, 1e-9, -1e-15, 1e-60, -1e-200])
def test_differences_of_the_profile(change: float) -> None:
    """Q(r) − Q(r − c) against closed form in 250 digits, to 1e-13 of itself."""

    def profile(r: mpmath.mpf) -> mpmath.mpf:
        """Q of the line."""
        return mpmath.root(3, 4) * mpmath.sqrt(mpmath.sech(2 * r))

    table, state = profile_table(1), ground_state(1)
    with mpmath.workdps(250):
        for r in (0.2, 0.4999, 1.03125, 3.3, 12.0):
            expected = float(profile(mpmath.mpf(r)) - profile(mpmath.mpf(r) - mpmath.mpf(change)))
            found = profile_difference(table, r, float(state.value(r)), change)
            assert found == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("dimension", [1, 2])
@pytest.mark.parametrize("s", [None, 2.5])
def test_differences_of_bubbles(dimension: int, s: float | None) -> None:
    """U_k − S_k against the difference of both where it is large, and linear where it is small, in both frames."""
    bubbles = tuple(Bubble((x, 0.3)[:dimension], w, 0.4) for x, w in ((-1.0, 1.0), (1.0, 1.2)))
    exact = Parameters.of_bubbles(bubbles, 0.4)
    q = 0.1 * np.random.default_rng(3).standard_normal((2, 2 * dimension + 3))
    x, y = np.linspace(-6, 6, 24) * (1 if s is None else s), np.linspace(-4, 4, 97) * (1 if s is None else s)
    coordinates = (x[:, None], y[None, :]) if dimension == 2 else (x[:1, None] + y[None, :],)
    across = x if dimension == 2 else x[:1]

    def change(factor: float) -> ComplexArray:
        """Σ(U_k − S_k) for a smaller change, over the factor."""
        rows = np.zeros((len(across), len(y)), dtype=np.complex128)
        bubbles = Deviation(exact, factor * q, s).packed()
        points = UsedPoints.of_rows(across, y, dimension == 1)
        replace_by_rest(rows, profile_table(dimension), bubbles, 1 / factor, points, dimension)
        return -rows

    direct = np.zeros((len(across), len(y)), dtype=np.complex128)
    deviation = Deviation(exact, q, s)
    add_bubbles(direct, coordinates, deviation.waves)
    add_bubbles(direct, coordinates, Deviation.none(exact, s).waves, -1.0)
    np.testing.assert_allclose(change(1.0), direct, rtol=0, atol=3e-14 * float(np.abs(direct).max()))
    small, smaller = change(2.0**-30), change(2.0**-800)
    np.testing.assert_allclose(smaller, small, rtol=0, atol=1e-7 * float(np.abs(small).max()))
    np.testing.assert_array_equal(change(2.0**-900), smaller)


def test_the_series_of_unequal_bubbles() -> None:
    """M_k, D, ‖R‖₂ and the tilde parameters from 1e-13 to 5e-3, and Mod_k, to what a step of 1/100 leaves."""
    simulation = remainder_at(12.0, 2.0, 0.01, *LINE)
    for s, reference in REFERENCES.items():
        found = advance_to(simulation, s).measure()
        np.testing.assert_allclose(found["localized_mass"], reference.masses, rtol=5e-6, atol=ROOM)
        assert found["remainder_size"] == pytest.approx(reference.size, rel=2e-6)
        assert found["decomposed_l2"] == pytest.approx(reference.l2, rel=2e-6)
        np.testing.assert_allclose(tilde(found).ravel(), reference.tilde, rtol=1e-5)
        assert float(found["orthogonality"]) < 1e-15 * float(found["z_l2"])


def test_the_defect_of_unequal_bubbles() -> None:
    """Mod_k at s = 4 to its five digits, from seven rows."""
    simulation = advance_to(remainder_at(9.0, 3.0, 0.02, *LINE), 4.06)
    rows: list[Values] = []
    for _ in range(7):
        rows.append({**simulation.measure(), "time": simulation.time})
        simulation.advance()
    columns = {name: np.array([row[name] for row in rows]) for name in ("time", *DEVIATION_NAMES)}
    parts = DeviationParts((1.0, 1.2), None).value(columns, 3)
    np.testing.assert_allclose(parts.sum(axis=1), DEFECTS, rtol=1e-4)
    assert np.isnan(DeviationParts((1.0, 1.2), None).value({n: c[:6] for n, c in columns.items()}, 3)).all()


@pytest.mark.parametrize("blowup_time", [None, 0.1])
def test_parts_of_the_defect(blowup_time: float | None) -> None:
    """Those of a smooth path at a distance of 0.1 from S_k are those of its parameters, in s and in t."""
    bubbles, steps = (Bubble((1.0, 0.5)), Bubble((-1.0, 0.0), 1.2)), 1e-3 * np.arange(-3, 4)
    remaining = 0.4 - steps
    q = 0.1 * np.cos(np.arange(14.0).reshape(2, 7) + 3 * steps[:, None, None])
    found = [Parameters.of_bubbles(bubbles, r).changed(change) for r, change in zip(remaining, q, strict=True)]
    names = ("scale", "center", "boost", "chirp", "phase")
    columns: dict[str, RealArray] = {name: np.array([getattr(row, name) for row in found]) for name in names}
    columns["time"] = -np.asarray(remaining)
    expected = modulation_parts(columns, 3)
    parts = (q[..., 0], q[..., 1:3], q[..., 3:5], q[..., 5], q[..., 6])
    time = 1 / remaining if blowup_time is None else blowup_time - remaining
    rows: dict[str, RealArray] = {"time": np.asarray(time), **dict(zip(DEVIATION_NAMES, parts, strict=True))}
    np.testing.assert_allclose(DeviationParts((1.0, 1.2), blowup_time).value(rows, 3), expected, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("amplitude", [1e-7, 1e-3, 3e-2])
def test_newtons_method_on_v_finds_the_same(amplitude: float) -> None:
    """The fit of fields, on v = P_T(W + z), to 2e-11: what it leaves."""
    s, bubbles = 3.0, (Bubble((-2.0,)), Bubble((2.0,), 1.2))
    simulation = beside_waves(s, amplitude, "grid.points=1200")
    found = simulation.measure()
    z = simulation.field().T.reshape(-1)
    (n,), (length,) = simulation.domain.points, simulation.domain.length
    y = length / n * np.arange(float(n)) - length / 2
    waves = [SolitonSum([Soliton(b.center, (), b.frequency)]) for b in bubbles]
    u = z + sum(values(wave, s, (y[None, :],))[0] for wave in waves)
    v = s**0.5 * u * np.exp(-0.25j * y**2 / s)
    exact = Parameters.of_bubbles(bubbles, 1 / s)
    domain = domain_of(MPI.COMM_SELF, 1, n, length / s)

    def rest(x: RealArray) -> ComplexArray:
        """What v has at points besides S_k."""
        bubbles_alone = np.zeros(x.shape, dtype=np.complex128)
        add_bubbles(bubbles_alone, (x,), exact)
        places = np.rint((x + length / s / 2) / (length / s / n)).astype(int)
        return np.asarray(v[places] - bubbles_alone)

    field = measured(domain, Analysis(bubbles, 0.0, ("modulation", "functionals")), exact, rest, remaining=1 / s)
    expected = field.measure()
    parameters = Parameters(*(np.asarray(expected[name]) for name in ("scale", "center", "boost", "chirp", "phase")))
    np.testing.assert_allclose(tilde(found), parameters.change_from(exact), rtol=0, atol=2e-11)
    np.testing.assert_allclose(found["localized_mass"], expected["localized_mass"], rtol=0, atol=1e-11)
    assert found["decomposed_l2"] == pytest.approx(expected["remainder_l2"], abs=2e-11)
    assert found["decomposed_gradient"] == pytest.approx(expected["remainder_gradient"], abs=1e-10)
    assert found["remainder_size"] == pytest.approx(expected["remainder_size"], abs=1e-10)
    field.close()


def test_a_remainder_of_1e_60() -> None:
    """On twice the points the same to 1e-12; 2^-100 and 2^-500 of it give that of all numbers, bit by bit."""
    simulation = beside_waves(4.0, 1e-60)
    found = simulation.measure()
    finer = beside_waves(4.0, 1e-60, "grid.points=1200").measure()
    for name in MEASURED:
        size = float(np.max(np.abs(found[name])))
        assert 1e-63 < size < 1e-58
        np.testing.assert_allclose(finer[name], found[name], rtol=0, atol=1e-12 * size, err_msg=name)
    for factor in (2.0**-100, 2.0**-500):
        simulation.state.field[...] *= factor
        smaller = simulation.measure()
        assert smaller["fit_passes"] == found["fit_passes"]
        for name in MEASURED:
            np.testing.assert_array_equal(np.asarray(smaller[name]) / factor, found[name], err_msg=name)
        simulation.state.field[...] /= factor


START = """
import numpy as np

def u0(x, y=0.0):
    first, second = {s} * x, {s} * y
    z = 1e-30 * np.exp(-((first - 8.5) ** 2 + (second - 1.0) ** 2) / 2 + 0.3j * first)
    return {height} * z * np.exp({chirp} * (first ** 2 + second ** 2)) + 0 * y
"""


@pytest.mark.parametrize("dimension", [1, 2])
def test_both_frames_have_one_decomposition(dimension: int, tmp_path: Path) -> None:
    """Of z, and of R = P_T z in the blow-up frame, to 1e-12 of each quantity; to what the edge of the box cuts off."""
    s, results = 4.0, []
    plane = (*PLANE_OF_REMAINDER, "grid.points=[200,130]", "initial.bubbles.1.center=[2.0,0.5]")
    for travels in (True, False):
        unit, phase = (1.0, 0.0) if travels else (s, -0.25 / s)
        text = START.format(s=unit, height=unit ** (dimension / 2), chirp=f"{phase!r}j")
        (tmp_path / "start.py").write_text(text)
        box = f"grid.length={[side / unit for side in ((80.0,) if dimension == 1 else (60.0, 40.0))]}"
        frame = f"equation.frame={'soliton' if travels else 'blow-up'}"
        times = (s, s - 0.5) if travels else (-1 / s, -1 / s - 0.1)
        small = f"initial.remainder={{kind='python', file='{tmp_path / 'start.py'}'}}"
        overrides = (*LINE, *(plane if dimension == 2 else ()), box, frame, small)
        results.append(remainder_at(*times, 0.1, *overrides).measure())
    for name in MEASURED:
        size, on_edge = float(np.max(np.abs(results[0][name]))), name in ("decomposed_gradient", "remainder_size")
        tolerance = 1e-12 if dimension == 1 else 1e-7 if on_edge else 1e-10
        np.testing.assert_allclose(results[1][name], results[0][name], rtol=0, atol=tolerance * size, err_msg=name)


def test_what_is_no_small_remainder_fails() -> None:
    """As large as a bubble: why, how many passes, and nothing else."""
    simulation = beside_waves(3.0, 2.0)
    found = simulation.measure()
    assert float(found["fit_passes"]) < 0 < float(found["orthogonality"])
    assert set(found).isdisjoint({"localized_mass", "boost", "remainder_size"})
    assert "of the remainder after" in simulation.sampler.failures["decomposition"]
