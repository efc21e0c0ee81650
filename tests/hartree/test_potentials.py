"""Potentials: values, slopes, antiderivatives and Gaussian means against 25 digits and closed forms; bad keys."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import mpmath
import numpy as np
import pytest
import scipy.special

from parallel_nls.errors import UserError
from parallel_nls.hartree.incomplete_gamma import upper_gamma
from parallel_nls.hartree.kernels import Limits, RadialKernel, RadialPotential, VirialKernel
from parallel_nls.hartree.potentials import KINDS, Gaussian, InversePower, PotentialSum, SoftenedPower, YukawaPower
from parallel_nls.hartree.tabulated import FunctionPotential, Table
from parallel_nls.numerics.arrays import RealArray
from tests.hartree.references import MEANS, NAMED, WITH_VIRIAL, exact, largest_error, moment, quadrature

RADII = np.array([1e-6, 0.01, 0.3, 1.0, 2.5, 7.0])
# Pairs of ends: far apart, close together, close to the origin.
LOWER = np.array([0.5, 1.0, 2.0, 3.0, 1e-4, 1e-3])
UPPER = np.array([4.0, 1.0 + 1e-7, 2.1, 9.0, 2.0, 2e-3])
PARABOLA = Table(np.linspace(0.0, 1.0, 9), (1 - np.linspace(0.0, 1.0, 9) ** 2) ** 2)


@pytest.mark.parametrize("kernel", WITH_VIRIAL, ids=repr)
def test_values_and_integrals(kernel: RadialKernel) -> None:
    """V and r·V' at points, ∫qV dq and ∫q²V' dq between them, to rounding of V and of the ends."""
    with mpmath.workdps(25):
        expected = np.array([float(exact(kernel, mpmath.mpf(r))) for r in RADII])
    integrals = np.array([moment(kernel, a, b) for a, b in zip(LOWER, UPPER, strict=True)])
    assert largest_error(kernel.value(RADII), expected) <= 3e-14
    # What by parts is a difference of two terms keeps the error of the larger one.
    size = np.abs(integrals)
    if isinstance(kernel, VirialKernel):
        size = size + np.abs(kernel.potential.integral(LOWER, UPPER)) + UPPER**2 * np.abs(kernel.potential.value(UPPER))
    difference = np.abs(kernel.integral(LOWER, UPPER) - integrals)
    # Incomplete gamma functions have no differences of their own.
    base = kernel.potential if isinstance(kernel, VirialKernel) else kernel
    rounding = 1e-15 * np.abs(base.antiderivative(LOWER)) if isinstance(base, YukawaPower) else 0.0
    assert (difference <= 2e-14 * size + rounding).all()


@pytest.mark.parametrize("potential", NAMED, ids=repr)
def test_antiderivatives(potential: RadialPotential) -> None:
    """G(b) − G(a) is the integral, but for what cancels; where qV is integrable G and the integral know the origin."""
    ends = potential.antiderivative(UPPER), potential.antiderivative(LOWER)
    size = np.abs(ends[0]) + np.abs(ends[1])
    assert (np.abs(ends[0] - ends[1] - potential.integral(LOWER, UPPER)) <= 1e-14 * size + 1e-16).all()
    whole = potential.integral(np.zeros(1), np.ones(1))
    if potential.singular_power >= 2:
        assert whole[0] == np.inf
    else:
        with mpmath.workdps(25):
            expected = quadrature(lambda q: q * exact(potential, q), 1.0)
        assert whole[0] == pytest.approx(expected, rel=2e-14)


@pytest.mark.parametrize("s", [1.4, 0.7, 1e-3, 1e-9, 0.0, -1e-9, -1e-3, -0.5, -0.9, -1.3])
def test_upper_incomplete_gamma(s: float) -> None:
    """Through s = 0 to rounding; digits are lost next to −1 and −2, where the series has poles that cancel."""
    x = np.array([1e-6, 0.01, 0.5, 0.999, 1.001, 2.0, 10.0, 40.0])
    with mpmath.workdps(25):
        expected = np.array([float(mpmath.gammainc(mpmath.mpf(s), mpmath.mpf(t))) for t in x])
    assert largest_error(upper_gamma(s, x), expected) <= 3e-15 / min(1, abs(s + 1), abs(s + 2))
    at_zero = float(upper_gamma(s, np.zeros(1))[0])
    assert at_zero == (pytest.approx(math.gamma(s), rel=1e-14) if s > 0 else math.inf)


@pytest.mark.parametrize(
    ("potential", "power", "tail", "limits"),
    [
        (InversePower(2.0, 2.0), 2, 2, (2, 2)),
        (InversePower(-2.0, 2.5), 2.5, 2.5, (-math.inf, 0)),
        (InversePower(1.0, 1.0), 1, 1, (0, math.inf)),
        (YukawaPower(3.0, 2.0, 0.5), 2, math.inf, (3, 0)),
        (SoftenedPower(6.0, 2.0, 0.1), 0, 2, (0, 6)),
        (SoftenedPower(6.0, 1.0, 0.1), 0, 1, (0, math.inf)),
        (Gaussian(1.0, 2.0), 0, math.inf, (0, 0)),
        (PARABOLA, 0, math.inf, (0, 0)),
        (PotentialSum((InversePower(1.0, 2.0), YukawaPower(-2.0, 2.5, 1.0))), 2.5, 2, (-math.inf, 1)),
        (PotentialSum((InversePower(1.0, 2.0), SoftenedPower(2.0, 2.0, 1.0))), 2, 2, (1, 3)),
    ],
)
def test_behaviour_at_the_ends(
    potential: RadialPotential, power: float, tail: float, limits: tuple[float, float]
) -> None:
    """Powers at 0 and infinity, and limits of r²V."""
    assert (potential.singular_power, potential.tail_power, potential.limits) == (power, tail, Limits(*limits))
    assert potential.is_bounded == (power == 0)
    leading = float(potential.value(1e-9))
    expected = leading if potential.is_bounded else math.copysign(math.inf, leading)
    assert float(potential.value(0.0)) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(("potential", "mean", "_threshold"), MEANS, ids=repr)
def test_gaussian_means(potential: RadialPotential, mean: float, _threshold: float) -> None:
    """To all digits of the reference."""
    assert potential.gaussian_mean() == pytest.approx(mean, rel=3e-15)


@pytest.mark.parametrize("width", [0.4, 1.0, 3.0])
def test_gaussian_means_in_closed_form(width: float) -> None:
    """Softened and screened r^{−2} in d = 3, powers and Gaussians in any d; powers by quadrature as well."""
    softening = 0.3
    x = softening / width
    expected = (1 - math.sqrt(math.pi / 2) * x * float(scipy.special.erfcx(x / math.sqrt(2)))) / width**2
    assert SoftenedPower(1.0, 2.0, softening).gaussian_mean(width) == pytest.approx(expected, rel=1e-14)
    expected = float(scipy.special.erfcx(0.5 * width / math.sqrt(2))) / width**2
    assert YukawaPower(1.0, 2.0, 0.5).gaussian_mean(width) == pytest.approx(expected, rel=1e-14)
    for d in (3, 4, 5):
        assert InversePower(1.0, 2.0).gaussian_mean(width, d) == pytest.approx(1 / ((d - 2) * width**2), rel=1e-15)
        for power in (0.5, 2.9):
            virial = VirialKernel(InversePower(1.0, power)).gaussian_mean(width, d)
            assert virial == pytest.approx(-power * InversePower(1.0, power).gaussian_mean(width, d), rel=1e-14)
        # E x·∇V for a Gaussian, from the derivative of its mean with respect to the width.
        v = Gaussian(1.0, 0.8)
        q = 2 * width**2 / v.width**2
        assert VirialKernel(v).gaussian_mean(width, d) == pytest.approx(-d * q / (1 + q) ** (d / 2 + 1), rel=1e-14)
    assert InversePower(-1.0, 3.0).gaussian_mean(width) == -math.inf
    assert VirialKernel(InversePower(1.0, 3.0)).gaussian_mean(width) == -math.inf


def test_names_and_keys() -> None:
    """Those of a configuration."""
    keys = {"strength": 2.0, "power": 2.0, "decay": 0.5, "softening": 0.1, "width": 1.2}
    for name, kind in KINDS.items():
        chosen = {field.name: keys[field.name] for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
        assert vars(kind(**chosen)) == chosen
        assert vars(kind)["kind"] == name
    assert sorted(KINDS) == ["gaussian", "inverse-power", "softened-power", "yukawa-power"]


def test_sums() -> None:
    """All that is linear adds up."""
    parts = (InversePower(1.0, 2.5), Gaussian(-2.0, 1.0), PARABOLA)
    total = PotentialSum(parts)
    functions: tuple[Callable[[RadialKernel], np.ndarray | float], ...] = (
        lambda v: v.value(RADII),
        lambda v: VirialKernel(v).value(RADII),  # type: ignore[arg-type]
        lambda v: v.integral(LOWER, UPPER),
        lambda v: VirialKernel(v).integral(LOWER, UPPER),  # type: ignore[arg-type]
        lambda v: v.gaussian_mean(0.7),
    )
    for function in functions:
        values = np.array([function(part) for part in parts])
        np.testing.assert_allclose(function(total), values.sum(axis=0), rtol=1e-15, atol=1e-15 * np.abs(values).max())
    assert len(total.terms) == len(VirialKernel(total).terms) == 3
    assert total.breaks.size == 8
    assert total.unsoftened() is None
    softened = PotentialSum((SoftenedPower(1.0, 2.0, 0.1), YukawaPower(1.0, 2.0, 1.0)))
    assert softened.unsoftened() == PotentialSum((InversePower(1.0, 2.0), YukawaPower(1.0, 2.0, 1.0)))


@pytest.mark.parametrize("first", [0.0, 0.11])
def test_a_table_of_a_polynomial_is_that_polynomial(first: float) -> None:
    """(1 − r²)² on [0, 1], 0 beyond, also where the table does not begin at 0."""
    rows = np.linspace(first, 1.0, 9)
    table, r = Table(rows, (1 - rows**2) ** 2), np.array([0.0, 0.05, 0.33, 0.8, 1.0, 1.5])
    inside = np.where(r <= 1, 1 - r**2, 0.0)
    np.testing.assert_allclose(table.value(r), inside**2, atol=3e-15)
    np.testing.assert_allclose(table.virial(r), -4 * r**2 * inside, atol=3e-14)
    np.testing.assert_allclose(table.antiderivative(r), (1 - inside**3) / 6, atol=1e-15)
    virial = VirialKernel(table).integral(np.zeros(6), r)
    np.testing.assert_allclose(virial, r**2 * inside**2 - (1 - inside**3) / 3, atol=3e-15)
    with mpmath.workdps(20):
        density = lambda x: x**2 * mpmath.exp(-(x**2) / 2) * (1 - (0.7 * x) ** 2) ** 2  # noqa: E731
        mean = float(mpmath.sqrt(2 / mpmath.pi) * mpmath.quad(density, [0, 1 / mpmath.mpf(0.7)]))
    assert table.gaussian_mean(0.7) == pytest.approx(mean, rel=1e-14)


def test_a_fine_table_of_a_gaussian() -> None:
    """A spline of degree 5 errs with the sixth power of the spacing."""
    errors = []
    for count in (61, 121):
        rows = np.linspace(0.0, 6.0, count)
        r = np.linspace(0.0, 4.0, 333)
        table = Table(rows, Gaussian(1.0, 1.0).value(rows))
        errors.append(float(np.abs(table.value(r) - Gaussian(1.0, 1.0).value(r)).max()))
    assert errors[1] <= 2e-9
    assert errors[0] / errors[1] >= 50


def slope_of(potential: RadialPotential) -> Callable[[RealArray], RealArray]:
    """V'."""
    return lambda r: potential.virial(r) / r


def test_functions_of_the_user() -> None:
    """As the named ones: values and integrals to rounding, slopes by differences to ten digits."""
    for named in (Gaussian(2.0, 0.7), SoftenedPower(1.0, 2.0, 0.5), YukawaPower(1.0, 2.4, 2.0), InversePower(1.0, 1.0)):
        own = FunctionPotential(named.value, singular_power=named.singular_power)
        r = np.array([0.01, 0.3, 1.0, 2.5])
        np.testing.assert_array_equal(own.value(r), named.value(r))
        np.testing.assert_allclose(own.virial(r), named.virial(r), rtol=1e-10)
        exact_slope = FunctionPotential(named.value, slope_of(named), named.singular_power)
        np.testing.assert_allclose(exact_slope.virial(r), named.virial(r), rtol=1e-15)
        expected = named.integral(LOWER, UPPER)
        np.testing.assert_allclose(own.integral(LOWER, UPPER), expected, rtol=1e-14, atol=1e-15 * expected.max())
        assert own.gaussian_mean(0.8, 3) == pytest.approx(named.gaussian_mean(0.8, 3), rel=1e-14)
        assert own.tail_power == pytest.approx(named.tail_power, rel=1e-9)
        assert own.limits == pytest.approx(named.limits, rel=1e-9, abs=1e-9)
        assert float(own.value(0.0)) == float(named.value(0.0))
        assert float(own.integral(np.zeros(1), np.ones(1))[0]) == pytest.approx(
            float(named.integral(np.zeros(1), np.ones(1))[0]), rel=1e-14
        )


def test_a_singular_function_that_vanishes_far_out_says_nothing() -> None:
    """No warning of the sign of 0; at 0 it has that next to it."""
    own = FunctionPotential(lambda r: -np.exp(-r) * r**-1.5, singular_power=1.5)
    r = np.array([0.0, 1.0, 1e10])
    assert own.value(r).tolist() == [-np.inf, -np.exp(-1.0), 0.0]
    np.testing.assert_allclose(own.virial(r), [np.inf, 2.5 * np.exp(-1.0), 0.0], rtol=1e-10)


@pytest.mark.parametrize(("place", "width"), [(5.0, 0.3), (5.0, 0.05), (20.0, 0.3)])
def test_slopes_of_a_thin_shell_have_ten_digits(place: float, width: float) -> None:
    """Of a function of the user: r·V' by a step that is small beside the shell, not beside r."""
    shell = FunctionPotential(lambda r: np.exp(-(((r - place) / width) ** 2)))
    r = place + width * np.linspace(-3.0, 3.0, 61)
    exact_values = -2 * r * (r - place) / width**2 * np.exp(-(((r - place) / width) ** 2))
    np.testing.assert_allclose(shell.virial(r), exact_values, rtol=0, atol=1e-10 * np.abs(exact_values).max())


ROWS = np.linspace(0.0, 1.0, 5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: InversePower(1.0, 0.0), "power = 0.0 of the potential inverse-power must be positive"),
        (lambda: YukawaPower(1.0, 2.0, -1.0), "decay = -1.0 of the potential yukawa-power must be positive"),
        (lambda: SoftenedPower(1.0, 2.0, 0.0), "softening = 0.0 of the potential softened-power must be positive"),
        (lambda: Gaussian(math.nan, 1.0), "strength = nan of the potential gaussian is not finite; give a number"),
        (lambda: PotentialSum(()), "no terms; give at least one"),
        (lambda: Table(ROWS[:3], ROWS[:3]), r"at least 4 rows each, not arrays of shapes \(3,\) and \(3,\)"),
        (lambda: Table(ROWS[::-1], ROWS), "r = 0.75 in row 2 of the table; r must not be negative, and must increase"),
        (lambda: Table(ROWS - 1, ROWS), "r = -1 in row 1"),
        (lambda: Table(ROWS, ROWS * math.nan), "not finite; leave these rows out"),
        (lambda: FunctionPotential(lambda r: r / 0.0), "returns numbers that are not finite"),
        (lambda: FunctionPotential(lambda _r: 1.0), r"returns shape \(\) for r of shape \(3, 1\)"),
        (lambda: FunctionPotential(np.exp, singular_power=-1.0), "singular_power = -1.0 .* at least 0"),
        (lambda: FunctionPotential(lambda r: 4 / r**2), "returns inf at r = 0, which takes singular_power > 0"),
        (lambda: FunctionPotential(np.exp, length=0.0), "length = 0.0 .* must be positive"),
    ],
)
def test_bad_potentials(make: Callable[[], RadialPotential], message: str) -> None:
    """One sentence that names the key."""
    with np.errstate(divide="ignore"), pytest.raises(UserError, match=message):
        make()
