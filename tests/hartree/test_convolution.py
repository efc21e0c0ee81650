"""The convolution on the sine grid: its multipliers against closed forms and long doubles, its values."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import scipy.special

from parallel_nls.errors import UserError
from parallel_nls.hartree.angular_average import angular_average, virial_average
from parallel_nls.hartree.convolution import Convolution
from parallel_nls.hartree.kernels import RadialKernel, RadialPotential, VirialKernel
from parallel_nls.hartree.potentials import Gaussian, InversePower, PotentialSum, SoftenedPower, YukawaPower
from parallel_nls.hartree.sine_integrals import sine_integrals
from parallel_nls.hartree.tabulated import FunctionPotential, Table
from parallel_nls.numerics.arrays import RealArray
from tests.hartree.references import MEANS, NAMED, exact

POINTS, RADIUS = 127, 12.0


def gaussian_density(r: RealArray, width: float = 1.0) -> RealArray:
    """|u|² = 4πr²|φ|² of the Gaussian of mass 1."""
    return np.asarray(4 / math.sqrt(math.pi) * r**2 / width**3 * np.exp(-((r / width) ** 2)))


@pytest.mark.parametrize(("points", "radius"), [(31, 5.0), (127, 12.0), (1000, 20.0)])
def test_inverse_square_in_closed_form(points: int, radius: float) -> None:
    """V̂_L(k) = (4π/k) Si(2Rk), and ⟨V⟩ = 1 for the unit Gaussian."""
    convolution = Convolution.of(InversePower(1.0, 2.0), points, radius)
    k = np.pi * np.arange(1, 2 * points + 2) / (2 * radius)
    expected = 4 * np.pi / k * scipy.special.sici(2 * radius * k)[0]
    np.testing.assert_allclose(convolution.multipliers, expected, rtol=3e-15)
    if radius > 10:
        density = gaussian_density(convolution.radii)
        assert float(convolution.quadratic_form(density)) == pytest.approx(1.0, abs=1e-15)
        assert convolution.spacing * density @ convolution.matrix() @ density == pytest.approx(1.0, abs=1e-15)


@pytest.mark.parametrize("power", [0.5, 1.0, 2.3, 2.5, 2.9])
def test_powers_in_closed_form(power: float) -> None:
    """∫_0^L q^{1−a} sin(kq) dq by a hypergeometric function, relative to the largest."""
    length, count = 16.0, 129
    found = sine_integrals(InversePower(1.0, power), count, length)
    with mpmath.workdps(60):
        s = 2 - mpmath.mpf(power)
        exact_values = {}
        for m in (1, 2, 17, 128, 129):
            k = mpmath.pi * m / length
            series = mpmath.hyp1f2((s + 1) / 2, mpmath.mpf(3) / 2, (s + 3) / 2, -((k * length) ** 2) / 4)
            exact_values[m] = float(k * mpmath.mpf(length) ** (s + 1) / (s + 1) * series)
    for m, expected in exact_values.items():
        assert found[m - 1] == pytest.approx(expected, abs=3e-15 * np.abs(found).max())


KERNELS: tuple[RadialKernel, ...] = (
    YukawaPower(1.0, 2.4, 2.0),
    VirialKernel(YukawaPower(1.1, 2.0, 0.5)),
    SoftenedPower(1.0, 2.0, 0.2),
    SoftenedPower(1.0, 2.6, 0.001),
    VirialKernel(SoftenedPower(1.0, 2.0, 0.2)),
    Gaussian(1.0, 0.02),
    VirialKernel(Gaussian(1.0, 1.2)),
)


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_other_multipliers(kernel: RadialKernel) -> None:
    """Against quadrature in long doubles on panels that are much shorter, which no transform sums."""
    length, count = 16.0, 129
    found = sine_integrals(kernel, count, length)
    nodes, weights = np.polynomial.legendre.leggauss(20)
    # With q = x⁵ nothing is singular: q^{1−a} sin(kq) dq ~ x^{14−5a} dx.
    edges = np.concatenate([[0], np.geomspace(1e-6, length, 1500)]).astype(np.longdouble) ** np.longdouble(0.2)
    lengths = np.diff(edges)[:, None]
    x = (edges[:-1, None] + lengths * (1 + nodes.astype(np.longdouble)) / 2).ravel()
    q, shares = x**5, (lengths / 2 * weights).ravel() * 5 * x**4
    values = shares * q * exact(kernel, q)
    for m in (1, 2, 17, 64, 129):
        expected = float((values * np.sin(np.longdouble(math.pi) * m / length * q)).sum())
        assert found[m - 1] == pytest.approx(expected, abs=2e-15 * np.abs(found).max())


def test_kernels_of_the_user_and_sums() -> None:
    """A function as the named potential; a table of a polynomial to rounding although it ends inside; term by term."""
    length, count = 7.0, 63
    for named in (YukawaPower(1.0, 2.4, 2.0), Gaussian(1.0, 1.0)):
        own = FunctionPotential(named.value, singular_power=named.singular_power)
        expected = sine_integrals(named, count, length)
        np.testing.assert_allclose(sine_integrals(own, count, length), expected, atol=1e-15 * expected.max())
    rows = np.linspace(0.0, 1.0, 9)
    table = Table(rows, (1 - rows**2) ** 2)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    q, weights = (1 + nodes) / 2, weights / 2
    sines = np.sin(math.pi / length * np.outer(np.arange(1, count + 1), q))
    for kernel, values in ((table, (1 - q**2) ** 2), (VirialKernel(table), -4 * q**2 * (1 - q**2))):
        np.testing.assert_allclose(sine_integrals(kernel, count, length), sines @ (weights * q * values), atol=2e-15)
    parts: tuple[RadialPotential, ...] = (InversePower(1.0, 2.5), InversePower(2.0, 2.0), table)
    total = Convolution.of(PotentialSum(parts), 31, 5.0).multipliers
    np.testing.assert_allclose(total, sum(Convolution.of(part, 31, 5.0).multipliers for part in parts), rtol=1e-14)


def test_values_in_closed_form() -> None:
    """|x|^{−1} and |x|^{−2} of the Gaussian are erf(r)/r and 2F(r)/r with Dawson's F, at every point."""
    for power, function in ((1.0, scipy.special.erf), (2.0, lambda r: 2 * scipy.special.dawsn(r))):
        convolution = Convolution.of(InversePower(1.0, power), POINTS, RADIUS)
        r = convolution.radii
        found = convolution.apply(gaussian_density(r))
        np.testing.assert_allclose(found, function(r) / r, atol=5e-15)


@pytest.mark.parametrize("kernel", [*NAMED, *(VirialKernel(v) for v in NAMED)], ids=repr)
def test_matrix_transform_and_gaussian_means(kernel: RadialKernel) -> None:
    """The matrix is symmetric and agrees with the transforms; ∫∫ V ρρ is the mean over a Gaussian, for W too."""
    convolution = Convolution.of(kernel, POINTS, RADIUS)
    matrix = convolution.matrix()
    np.testing.assert_array_equal(matrix, matrix.T)
    for width in (0.8, 1.3):
        density = gaussian_density(convolution.radii, width)
        values = convolution.apply(density)
        np.testing.assert_allclose(matrix @ density, values, atol=2e-14 * np.abs(values).max())
        mean = kernel.gaussian_mean(width)
        assert float(convolution.quadratic_form(density)) == pytest.approx(mean, rel=1e-13)
    both = np.stack([gaussian_density(convolution.radii), gaussian_density(convolution.radii, 2.0)])
    np.testing.assert_allclose(convolution.apply(both)[1], convolution.apply(both[1]), rtol=1e-15)
    mixed = convolution.quadratic_form(both, both[::-1])
    # x − y of two Gaussians has the variance of their mean.
    assert mixed == pytest.approx(kernel.gaussian_mean(math.sqrt((1 + 4) / 2)), rel=1e-12)


def test_bounded_potentials_agree_with_averages() -> None:
    """M is h·V̄(r_i, r_j) to spectral accuracy, for V and for W = r·V'."""
    for potential in (Gaussian(2.0, 1.2), SoftenedPower(6.0, 2.0, 0.5)):
        convolution = Convolution.of(potential, POINTS, RADIUS)
        virial = Convolution.of(VirialKernel(potential), POINTS, RADIUS)
        r = convolution.radii
        density = gaussian_density(r)
        average = convolution.spacing * angular_average(potential, r[:, None], r) @ density
        np.testing.assert_allclose(convolution.apply(density), average, atol=2e-14 * average.max())
        average = convolution.spacing * virial_average(potential, r[:, None], r) @ density
        np.testing.assert_allclose(virial.apply(density), average, atol=3e-14 * np.abs(average).max())


def test_virial_of_a_power() -> None:
    """W = −a·V, exactly."""
    v = Convolution.of(InversePower(3.0, 2.5), POINTS, RADIUS)
    w = Convolution.of(VirialKernel(InversePower(3.0, 2.5)), POINTS, RADIUS)
    np.testing.assert_allclose(w.multipliers, -2.5 * v.multipliers, rtol=3e-15)


def test_the_edge_of_the_grid_is_free() -> None:
    """No images: a state that reaches to R feels its own distances up to 2R only."""
    for points, bound in ((63, 3e-5), (127, 2e-6)):
        convolution = Convolution.of(InversePower(1.0, 1.0), points, 5.0)
        r = convolution.radii
        density = (2 / 5.0) * np.sin(np.pi * r / 5.0) ** 2
        # Newton: Q(r)/r + ∫_r^R |u|²/s ds.
        enclosed = r / 5.0 - np.sin(2 * np.pi * r / 5.0) / (2 * np.pi)
        x = 2 * np.pi / 5.0
        outside = (np.log(5.0 / r) - scipy.special.sici(x * 5.0)[1] + scipy.special.sici(x * r)[1]) / 5.0
        assert np.abs(convolution.apply(density) - enclosed / r - outside).max() <= bound


@pytest.mark.parametrize(("potential", "mean", "_threshold"), MEANS, ids=repr)
def test_reference_means(potential: RadialPotential, mean: float, _threshold: float) -> None:
    """As the quadratic form of a grid that resolves the potential."""
    convolution = Convolution.of(potential, 255, 10.0)
    assert float(convolution.quadratic_form(gaussian_density(convolution.radii))) == pytest.approx(mean, rel=1e-14)


def test_what_is_not_integrable() -> None:
    """r^{−3} has no convolution."""
    with pytest.raises(
        UserError, match=r"singular as r\^-3 is not integrable in dimension 3; its power must be below 3"
    ):
        Convolution.of(PotentialSum((Gaussian(1.0, 1.0), InversePower(1.0, 3.0))), 15, 5.0)
