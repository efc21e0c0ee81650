"""The study of one solitary wave: the nearest wave, exponents of made-up runs, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from parallel_nls.errors import UserError
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.profiles.pointwise import values
from parallel_nls.profiles.solitons import Soliton, SolitonSum
from parallel_nls.studies.frame import Request
from parallel_nls.studies.multi_bubbles.solitary_wave import Followed, SolitaryWave, tell
from parallel_nls.studies.multi_bubbles.wave_fit import WaveFit, mass_excess

LINE = (np.linspace(-20, 20, 400, endpoint=False),)
PLANE = (np.linspace(-12, 12, 120, endpoint=False), np.linspace(-12, 12, 128, endpoint=False))
REFUSED = {
    "two": ("remainder_1d", (1e-3,), (), "there are 2; the study takes one"),
    "sizes": ("solitary_wave_1d", (-1e-3, 1e-3), (), "must be 1e-06 to 0.1"),
    "short": ("solitary_wave_1d", (1e-3,), ("time.stop=3.0",), "an exponent of s takes 4 or more"),
    "frame": ("solitary_wave_1d", (1e-3,), ("equation.frame=blow-up", "time={start=-0.5, stop=-0.1, step=0.01}"), "f"),
    "kind": (
        "solitary_wave_1d", (1e-3,), ("initial.remainder={kind='gaussian', amplitude=1.0, width=1.0}",),
        'give kind = "perturbation"',
    ),
}  # fmt: skip


def sample(wave: Soliton, coordinates: tuple[RealArray, ...], time: float) -> ComplexArray:
    """A wave at all points."""
    blocks = tuple(x[None, :] if axis == len(coordinates) - 1 else x[:, None] for axis, x in enumerate(coordinates))
    return values(SolitonSum([wave]), time, blocks)


@pytest.mark.parametrize("coordinates", [LINE, PLANE], ids=["line", "plane"])
def test_other_waves_are_at_no_distance(coordinates: tuple[RealArray, ...]) -> None:
    """Of place, velocity, scale and phase of their own, beside one that moves, at a later time."""
    d, time = len(coordinates), 2.0
    own = Soliton((0.4, -0.3)[:d], (), 1.1, 0.3)
    other = Soliton((0.45, -0.25)[:d], (0.05, 0.02)[:d], 1.15, 0.4)
    z = sample(other, coordinates, time) - sample(own, coordinates, time)
    fit = WaveFit.beside(own, coordinates)
    assert fit.distance(z, time) < 1e-12
    assert own.frequency * np.exp(fit.offsets[-1]) == pytest.approx(1.15, rel=1e-12)
    assert mass_excess(own, coordinates, z, time) == pytest.approx(0, abs=1e-8)  # the tails at the edge


def test_what_no_wave_has() -> None:
    """Of W + εh, h orthogonal to the tangents of the waves, the distance is ε‖h‖ up to ε³."""
    own = Soliton((0.0,))
    y, size = LINE[0], 1e-4
    h: ComplexArray = (1j * y**2 * ground_state(1).value(abs(y))).astype(np.complex128)
    tangent = 1j * ground_state(1).value(abs(y))
    h -= tangent * (np.vdot(tangent, h).real / np.vdot(tangent, tangent).real)
    h *= size
    expected = float(np.linalg.norm(h)) * np.sqrt(y[1] - y[0])
    assert WaveFit.beside(own, LINE).distance(h, 0.0) == pytest.approx(expected, rel=1e-6)
    excess = mass_excess(own, LINE, h, 0.0)
    assert excess == pytest.approx(
        np.sqrt(ground_state(1).mass + expected**2) - np.sqrt(ground_state(1).mass), rel=1e-6
    )


@pytest.mark.parametrize(("power", "holds"), [(-1.5, True), (0.0, True), (2.5, False)])
def test_exponents(power: float, holds: bool) -> None:
    """Of made-up runs, to rounding."""
    s = np.linspace(2.0, 10.0, 81)
    run = Followed("rho", 1e-3, s, 3 * s**-power, s[::5], 2 * s[::5] ** -power, 1e-9)
    found = tell([run], 2.0, 1)
    assert found.numbers["largest_exponent"] == pytest.approx(power, abs=1e-12)
    assert found.verdict.holds is holds
    assert tell([run._replace(excess=10.0)], 2.0, 1).verdict.holds is False


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case: str) -> None:
    """One message, before anything runs."""
    path, sizes, overrides, text = REFUSED[case]
    with pytest.raises(UserError) as refused:
        SolitaryWave().plan(Request(path, sizes, overrides))
    assert text in str(refused.value)
