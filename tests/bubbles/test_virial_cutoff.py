"""The cutoff of the localized virial functionals: tabulated values, its integral, and the inequalities of its proof."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray

from parallel_nls.bubbles.localization.virial_cutoff import (
    KAPPA,
    fill_multipliers,
    psi_first,
    psi_second,
    virial_multiplier,
    virial_table,
)

# ψ' and ψ'' from an independent quadrature; good to 2e-14, as was its κ.
VALUES = {
    1.25: (1.24999265662175, 0.9998197325354),
    1.5: (1.49971407544021, 0.99718469009685),
    1.75: (1.74669293858113, 0.95890262234707),
}
RADII = np.linspace(0.0, 6.0, 60001)


def exact_second(r: mpmath.mpf) -> mpmath.mpf:
    """ψ'' on (1, 2) in 30 digits."""
    theta = 1 / (1 + mpmath.mpf(KAPPA) * mpmath.exp(1 / (2 - r) - 1 / (r - 1)))
    return mpmath.exp(-r) + (1 - mpmath.exp(-r)) * theta


def slopes(order: int, r: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """A derivative of ψ'' of order 1 or 2, by differences of order 8."""
    weights = {1: (0, 4 / 5, -1 / 5, 4 / 105, -1 / 280), 2: (-205 / 72, 8 / 5, -1 / 5, 8 / 315, -1 / 560)}[order]
    total = weights[0] * psi_second(r)
    for k in range(1, 5):
        total = total + weights[k] * (psi_second(r + k * step) + (-1) ** order * psi_second(r - k * step))
    return np.asarray(total / step**order)


def test_values() -> None:
    """To the accuracy of the table."""
    for r, (first, second) in VALUES.items():
        assert float(psi_first(r)) == pytest.approx(first, abs=2e-14)
        assert float(psi_second(r)) == pytest.approx(second, abs=2e-14)


def test_multipliers_along_a_row_have_the_bits_of_single_ones() -> None:
    """Across the flat part, the table and the tail; NaN where a place is none."""
    places, table, (middle, inverse), w = np.linspace(-9.0, 9.0, 401), virial_table(), (0.3, 2.0), 0.7
    places[7] = np.nan
    out = np.empty((2, places.size))
    fill_multipliers(places, 3.0, table, w, (middle, inverse), out[0], out[1])
    along = (places - middle) * inverse
    single = [virial_multiplier(r, 3.0, table) for r in np.sqrt(w * w + along * along)]
    np.testing.assert_array_equal(out[0], single)


def test_first_derivative_is_the_integral_of_the_second() -> None:
    """To rounding on (1, 2); elsewhere in closed form."""
    with mpmath.workdps(30):
        total, before = mpmath.mpf(1), mpmath.mpf(1)
        for r in np.sort(np.random.default_rng(5).uniform(1.0, 2.0, 80)):
            total += mpmath.quad(exact_second, [before, mpmath.mpf(float(r))])
            before = mpmath.mpf(float(r))
            assert abs(float(total - float(psi_first(r)))) <= 5e-16
            assert abs(float(exact_second(before) - float(psi_second(r)))) <= 3e-16
    inner, outer = np.array([0.0, 0.3, 1.0]), np.array([2.0, 2.5, 40.0, 1000.0])
    np.testing.assert_array_equal(psi_first(inner), inner)
    np.testing.assert_allclose(psi_first(outer), 2 - np.exp(-outer), rtol=3e-16)
    np.testing.assert_array_equal(psi_second(inner), 1.0)
    np.testing.assert_allclose(psi_second(outer), np.exp(-outer), rtol=3e-16)


def test_inequalities() -> None:
    """ψ'' falls, ψ'/r ≥ ψ'' ≥ e^{-r}."""
    first, second = psi_first(RADII), psi_second(RADII)
    assert np.diff(second).max() <= 0
    assert (first[1:] / RADII[1:] - second[1:]).min() >= -1e-15
    assert (second - np.exp(-RADII)).min() >= -2e-16


@pytest.mark.parametrize(("order", "place", "bound"), [(1, 1.87974888, 28.976847321583), (2, 1.89406073, 1331.2536808)])
def test_bounds_of_the_higher_derivatives(order: int, place: float, bound: float) -> None:
    """Largest |third/second| and |fourth/second| derivative of ψ; the maxima were found in 30 digits."""
    for r in (np.linspace(0.99, 2.2, 12001), place + np.linspace(-1e-4, 1e-4, 201)):
        largest = (np.abs(slopes(order, r, 5e-4)) / psi_second(r)).max()
        assert largest <= bound * (1 + 1e-8)
    assert largest == pytest.approx(bound, rel=1e-8)


def test_kappa() -> None:
    """It makes ψ'(2) = 2 - e^{-2}: to rounding, from both sides."""
    with mpmath.workdps(30):
        integral = mpmath.quad(exact_second, [1, 1.2, 1.4, 1.6, 1.7, 1.8, 1.9, 2])
        assert abs(float(1 + integral - 2 + mpmath.exp(-2))) <= 2e-17
    assert float(psi_first(math.nextafter(2.0, 0.0))) == pytest.approx(2 - math.exp(-2), abs=3e-16)


@pytest.mark.parametrize("cutoff", [1.0, 3.0, 20.0])
def test_multiplier(cutoff: float) -> None:
    """∇χ_A(y) = m·y: Aψ'(|y|/A)/|y|, 1 inside, continuous at A and 2A."""
    table = virial_table()
    for r in cutoff * np.array([0.2, 0.999, 1.001, 1.4, 1.9, 1.999, 2.001, 5.0]):
        expected = cutoff * float(psi_first(r / cutoff)) / r
        assert virial_multiplier(float(r), cutoff, table) == pytest.approx(expected, rel=4e-16)
    assert virial_multiplier(0.0, cutoff, table) == virial_multiplier(cutoff, cutoff, table) == 1.0
    for edge in (cutoff, 2 * cutoff):
        sides = [virial_multiplier(math.nextafter(edge, to), cutoff, table) for to in (0.0, math.inf)]
        assert abs(sides[1] - sides[0]) <= 4e-16
    assert virial_multiplier(2 * cutoff, cutoff, table) == pytest.approx(1 - math.exp(-2) / 2, rel=3e-16)
    assert math.isnan(virial_multiplier(math.nan, cutoff, table))
