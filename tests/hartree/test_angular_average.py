"""Averages over directions against references, 20 digits and closed forms; equal, slender and vanishing radii."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import scipy.special

from parallel_nls.errors import UserError
from parallel_nls.hartree.angular_average import angular_average, radial_derivatives, virial_average
from parallel_nls.hartree.kernels import RadialKernel, RadialPotential, VirialKernel
from parallel_nls.hartree.potentials import Gaussian, InversePower, PotentialSum, SoftenedPower, YukawaPower
from parallel_nls.hartree.tabulated import FunctionPotential, Table
from tests.hartree.references import NAMED, exact

R = np.array([1.0, 1.0, 3.0, 2.0, 0.02, 5.0, 5.0, 1.0, 1e-3])
S = np.array([2.0, 1.01, 1.0, 0.5, 4.0, 1e-3, 1e-7, 2.3, 1.1e-3])
BOUNDED: tuple[RadialPotential, ...] = (
    SoftenedPower(6.0, 2.0, 0.2),
    SoftenedPower(1.0, 1.0, 1.5),
    Gaussian(2.0, 0.7),
    PotentialSum((Gaussian(1.0, 5.0), SoftenedPower(-1.0, 2.6, 0.5))),
)


@pytest.mark.parametrize(
    ("potential", "dimension", "expected"),
    [
        (SoftenedPower(1.0, 2.0, 0.5), 3, 0.25018500002626554),
        (InversePower(1.0, 2.0), 3, 0.27465307216702745),
        (Gaussian(1.0, 1.0), 3, 0.045969503920919454),
        (Gaussian(1.0, 1.0), 2, 0.07615175110129513),
        (FunctionPotential(Gaussian(1.0, 1.0).value), 2, 0.07615175110129513),
        (FunctionPotential(Gaussian(1.0, 1.0).value), 3, 0.045969503920919454),
    ],
)
def test_references(potential: RadialPotential, dimension: int, expected: float) -> None:
    """V̄(1, 2), and in the other order."""
    for r, s in ((1.0, 2.0), (2.0, 1.0)):
        assert float(angular_average(potential, r, s, dimension)) == pytest.approx(expected, rel=1e-15)


def averages(kernel: RadialKernel, power: int = 0) -> np.ndarray:
    """∫_0^1 V(q) q^power dt with q² = (r−s)² + 4rst, in long doubles on panels of equal ratios of q."""
    nodes, weights = np.polynomial.legendre.leggauss(20)
    found = []
    for r, s in zip(R.astype(np.longdouble), S.astype(np.longdouble), strict=True):
        gap, product = (r - s) ** 2, 4 * r * s
        edges = gap / product * np.expm1(np.linspace(0, 1, 81, dtype=np.longdouble) * np.log1p(product / gap))
        lengths = np.diff(edges)[:, None]
        q = np.sqrt(gap + product * (edges[:-1, None] + lengths * (1 + nodes.astype(np.longdouble)) / 2))
        found.append(float((lengths / 2 * weights * q**power * exact(kernel, q)).sum()))
    return np.array(found)


@pytest.mark.parametrize("potential", NAMED, ids=repr)
def test_averages_and_derivatives(potential: RadialPotential) -> None:
    """V̄ and W̄ to rounding, r∂_rV̄ and s∂_sV̄ to rounding of what they are sums of."""
    virial = VirialKernel(potential)
    mean, virial_mean, rest = averages(potential), averages(virial), averages(virial, -2)
    size = np.abs(mean)
    np.testing.assert_allclose(angular_average(potential, R, S), mean, rtol=1e-13)
    # What decays by e^{−100} between the two ends of W̄ is known to rounding of its terms.
    rounding = 1e-13 * (size + np.abs(virial_mean) + np.abs((R**2 - S**2) * rest))
    assert (np.abs(virial_average(potential, R, S) - virial_mean) <= rounding).all()
    first, second = radial_derivatives(potential, R, S)
    assert (np.abs(first - (virial_mean + (R**2 - S**2) * rest) / 2) <= rounding).all()
    assert (np.abs(second - (virial_mean - (R**2 - S**2) * rest) / 2) <= rounding).all()
    np.testing.assert_allclose(first + second, virial_average(potential, R, S), atol=1e-14 * np.abs(first).max())
    swapped = radial_derivatives(potential, S, R)
    np.testing.assert_array_equal(swapped.second, first)


def test_derivatives_are_those_of_the_average() -> None:
    """Against differences of order 8 of V̄ in ln r."""
    h, weights = 1e-2, (4 / 5, -1 / 5, 4 / 105, -1 / 280)
    for potential in (*BOUNDED, InversePower(1.0, 2.5), YukawaPower(1.0, 2.0, 0.5)):
        for dimension in (2, 3) if potential.is_bounded else (3,):
            r, s = np.array([0.7, 2.0, 1.0]), np.array([1.3, 0.8, 3.0])
            sums = [np.zeros(3), np.zeros(3)]
            for k, weight in enumerate(weights, start=1):
                for sign in (1, -1):
                    factor = np.exp(sign * k * h)
                    sums[0] += sign * weight / h * angular_average(potential, r * factor, s, dimension)
                    sums[1] += sign * weight / h * angular_average(potential, r, s * factor, dimension)
            for found, expected in zip(radial_derivatives(potential, r, s, dimension), sums, strict=True):
                np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("potential", BOUNDED, ids=repr)
def test_equal_and_vanishing_radii(potential: RadialPotential, dimension: int) -> None:
    """At s = 0 the average is V(r) and s∂_s vanishes; at r = s both derivatives are half of W̄; V(0) at both 0."""
    r = np.array([0.0, 0.3, 2.0])
    np.testing.assert_allclose(angular_average(potential, r, 0.0, dimension), potential.value(r), rtol=1e-14)
    first, second = radial_derivatives(potential, r, 0.0, dimension)
    np.testing.assert_allclose(first, potential.virial(r), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(second, 0.0, atol=1e-15 * abs(float(potential.value(0.0))))
    first, second = radial_derivatives(potential, r, r, dimension)
    np.testing.assert_array_equal(first, second)
    near = radial_derivatives(potential, r[1:] * (1 + 1e-9), r[1:], dimension)
    np.testing.assert_allclose(near.first, first[1:], rtol=1e-6)


@pytest.mark.parametrize("dimension", [2, 3])
def test_all_pairs_of_a_grid(dimension: int) -> None:
    """A matrix of averages is symmetric, and that of a mean of two Gaussians is the mean of two."""
    grid = np.linspace(0.0, 6.0, 25)
    r, s = grid[:, None], grid[None, :]
    both = PotentialSum((Gaussian(1.0, 0.5), Gaussian(0.5, 2.0)))
    matrix = angular_average(both, r, s, dimension)
    np.testing.assert_array_equal(matrix, matrix.T)
    parts = sum(angular_average(part, r, s, dimension) for part in both.parts)
    np.testing.assert_allclose(matrix, parts, atol=1e-14)
    rows = np.linspace(0.0, 13.0, 521)
    table = Table(rows, both.value(rows))
    np.testing.assert_allclose(angular_average(table, r, s, dimension), matrix, atol=1e-9)


def test_singular_potentials_at_equal_radii() -> None:
    """Finite below the power 2, infinite from there on; next to r = s to all digits."""
    for power in (0.5, 1.0, 1.9):
        expected = 2.0 ** (2 - power) / ((2 - power) * 2)
        assert float(angular_average(InversePower(1.0, power), 1.0, 1.0)) == pytest.approx(expected, rel=1e-14)
        virial = float(virial_average(InversePower(1.0, power), 1.0, 1.0))
        assert virial == pytest.approx(-power * expected, rel=1e-13)
    for potential in (InversePower(1.0, 2.0), InversePower(1.0, 2.5), YukawaPower(1.0, 2.0, 1.0)):
        assert float(angular_average(potential, 1.0, 1.0)) == np.inf
        assert float(virial_average(potential, 1.0, 1.0)) == -np.inf
        assert float(angular_average(potential, 0.0, 0.0)) == np.inf
    gap = 2.0**-40
    with mpmath.workdps(30):
        expected = float(mpmath.log((2 + mpmath.mpf(gap)) / gap) / (2 * (1 + mpmath.mpf(gap))))
    assert float(angular_average(InversePower(1.0, 2.0), 1.0, 1.0 + gap)) == pytest.approx(expected, rel=1e-15)


def test_dimension_2_in_closed_form() -> None:
    """(q² + ε²)^{−1} averages to 1/√((r²+s²+ε²)² − 4r²s²), also where it is narrow; a Gaussian by both ways."""
    grid = np.array([0.0, 0.1, 1.0, 4.0, 20.0])
    r, s = grid[:, None], grid[None, :]
    for softening in (1.0, 0.05):
        expected = 1 / np.sqrt(((r - s) ** 2 + softening**2) * ((r + s) ** 2 + softening**2))
        found = angular_average(SoftenedPower(1.0, 2.0, softening), r, s, 2)
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-14 * expected.max())
    expected = np.exp(-((r - s) ** 2)) * scipy.special.i0e(2 * r * s)
    np.testing.assert_allclose(angular_average(Gaussian(1.0, 1.0), r, s, 2), expected, rtol=1e-15)
    own = FunctionPotential(Gaussian(1.0, 1.0).value)
    np.testing.assert_allclose(angular_average(own, r, s, 2), expected, atol=1e-14)


def test_steep_potentials_of_slender_pairs() -> None:
    """A Gaussian that falls by e^{−625} while the directions change is not left to quadrature."""
    r, s, width = 1.0, 0.25, 0.04
    with mpmath.workdps(30):
        near, far = (mpmath.exp(-(((r + sign * s) / mpmath.mpf(width)) ** 2)) for sign in (-1, 1))
        expected = float(mpmath.mpf(width) ** 2 / (4 * r * s) * (near - far))
    assert float(angular_average(Gaussian(1.0, width), r, s)) == pytest.approx(expected, rel=2e-14, abs=0.0)


def test_what_has_no_average() -> None:
    """Singular or very narrow potentials in the plane, other dimensions, radii that are none."""
    with pytest.raises(UserError, match=r"singular as r\^-2 has no averages here; soften it"):
        angular_average(InversePower(1.0, 2.0), 1.0, 2.0, 2)
    with pytest.raises(UserError, match="too narrow"):
        angular_average(SoftenedPower(1.0, 2.0, 1e-5), 1.0, 1.0, 2)
    with pytest.raises(UserError, match="in dimensions 2 and 3, not 4"):
        angular_average(Gaussian(1.0, 1.0), 1.0, 1.0, 4)
    for bad in (-1.0, np.nan):
        with pytest.raises(UserError, match="radii r ≥ 0 and s ≥ 0"):
            angular_average(Gaussian(1.0, 1.0), bad, 1.0)
