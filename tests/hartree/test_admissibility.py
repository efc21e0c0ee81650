"""What the blow-up theorems say of potentials: verdicts, the set where V + ½x·∇V > 0, rates and bounds."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from parallel_nls.errors import UserError
from parallel_nls.hartree.admissibility import check_admissibility
from parallel_nls.hartree.inequality import Function, examine_inequality
from parallel_nls.hartree.kernels import RadialPotential
from parallel_nls.hartree.potentials import Gaussian, InversePower, PotentialSum, SoftenedPower, YukawaPower
from parallel_nls.hartree.tabulated import FunctionPotential, Table

SINGULAR, REGULARISED, VACUOUS, FAILS = "admissible-singular", "regularised", "vacuous", "fails"
ROWS = np.linspace(0.0, 6.0, 61)
COULOMB, SQUARE = InversePower(1.0, 1.0), InversePower(1.0, 2.0)


@pytest.mark.parametrize(
    ("potential", "dimension", "coupling", "verdict", "reason"),
    [
        (SQUARE, 3, -1, SINGULAR, "data with E < 0 blow up"),
        (InversePower(3.0, 2.5), 3, -1, SINGULAR, "2 ≤ 2.5 < min(d, 4) = 3"),
        (YukawaPower(6.0, 2.0, 0.5), 3, -1, SINGULAR, "r²V does not increase"),
        (PotentialSum((SQUARE, YukawaPower(1.0, 2.5, 1.0))), 3, -1, SINGULAR, "singular as r^-2.5"),
        (FunctionPotential(SQUARE.value, singular_power=2.0), 3, -1, SINGULAR, "singular as r^-2"),
        (InversePower(1.0, 3.5), 5, -1, SINGULAR, "min(d, 4) = 4"),
        (InversePower(-1.0, 2.0), 3, 1, SINGULAR, "r²V does not increase"),
        (SoftenedPower(6.0, 2.0, 0.2), 3, -1, REGULARISED, "V₁'' = 16E + 4∫(V + ½x·∇V)γ⁽²⁾"),
        (SoftenedPower(6.0, 50.0, 0.5), 3, -1, VACUOUS, "There is no blow-up"),  # whose power overflows near 0
        (InversePower(6.0, 50.0), 3, -1, FAILS, "singular as r^-50, which is not integrable at 0"),
        (SoftenedPower(6.0, 2.5, 0.01), 3, -1, REGULARISED, "singular form without softening is admissible"),
        (PotentialSum((SoftenedPower(1.0, 2.0, 0.1), Gaussian(1.0, 1.0))), 3, -1, VACUOUS, "V is bounded"),
        (SoftenedPower(1.0, 1.0, 0.1), 3, -1, VACUOUS, "There is no blow-up"),
        (SoftenedPower(1.0, 3.0, 0.1), 3, -1, VACUOUS, "There is no blow-up"),
        (Gaussian(8.0, 1.0), 3, -1, VACUOUS, "Tr(−Δγ⁽¹⁾) ≤ 2E + ½ sup V = 2E + 4 at all times"),
        (Table(ROWS, np.exp(-(ROWS**2))), 3, -1, VACUOUS, "violated for 0 < r < 1, by 1 at most"),
        (SoftenedPower(-1.0, 2.0, 1.0), 3, -1, VACUOUS, "V ≤ 0 repels: the energy is never negative"),
        (InversePower(-1.0, 2.0), 3, -1, VACUOUS, "V ≤ 0 repels"),
        (InversePower(0.0, 2.0), 3, -1, VACUOUS, "V vanishes"),
        (SQUARE, 3, 0, VACUOUS, "V vanishes"),
        (COULOMB, 3, -1, FAILS, "violated for all r, without bound"),
        (COULOMB, 3, -1, FAILS, "Below the power 2 the kinetic energy controls V"),
        (Gaussian(-1.0, 1.0), 3, -1, FAILS, "V ≤ 0 repels, and V + ½x·∇V ≤ 0 (1.6) is violated for r > 1, by 0.135335"),
        (Gaussian(1.0, 1.0), 3, 1, FAILS, "All this is said of −μV in the place of V, with μ = 1"),
        (InversePower(1.0, 3.0), 3, -1, FAILS, "not integrable at 0"),
        (InversePower(1.0, 4.0), 5, -1, FAILS, "not bounded by the kinetic energy"),
        (PotentialSum((SQUARE, Gaussian(1.0, 1.0))), 3, -1, FAILS, "violated for 0 < r < 1, by 1 at most"),
        (PotentialSum((Gaussian(2.0, 1.0), Gaussian(-1.0, 2.0))), 3, -1, FAILS, "V changes its sign"),
        (SQUARE, 2, -1, FAILS, "In dimension 2 no V ≥ 0 is admissible"),
        (SoftenedPower(1.0, 2.0, 0.1), 2, -1, VACUOUS, "In dimension 2 no V ≥ 0 is admissible"),
        (Gaussian(1.0, 1.0), 2, -1, VACUOUS, "There is no blow-up"),
    ],
    ids=repr,
)
def test_verdicts(potential: RadialPotential, dimension: int, coupling: float, verdict: str, reason: str) -> None:
    """One of four, with a reason; the numbers go through JSON."""
    found = check_admissibility(potential, dimension, coupling)
    assert found.verdict == verdict
    assert reason in " ".join(found.reasons)
    assert json.loads(json.dumps(found.numbers, allow_nan=False)) == found.numbers
    assert found.certifies_blow_up == (verdict == SINGULAR)


def test_the_set_and_the_size_of_a_violation() -> None:
    """Softened powers: r² < ε²/(a/2 − 1), all r for a ≤ 2; V + ½rV' is largest at 0; −e^{−r²}: e^{−2} at √2."""
    for power, softening in ((2.5, 0.2), (3.0, 1.0), (6.0, 0.01)):
        numbers = check_admissibility(SoftenedPower(1.0, power, softening)).numbers
        ((lower, upper),) = numbers["violations"]
        assert lower == 0
        assert upper == pytest.approx(softening / math.sqrt(power / 2 - 1), rel=1e-12)
        assert numbers["excess"] == numbers["sup_V"] == pytest.approx(softening**-power, rel=1e-14)
    for power in (1.0, 2.0):
        numbers = check_admissibility(SoftenedPower(1.0, power, 0.2)).numbers
        assert numbers["violations"] == [[0.0, "inf"]]
    numbers = check_admissibility(Gaussian(-1.0, 1.0)).numbers
    assert numbers["violations"] == [[pytest.approx(1.0, rel=1e-12), "inf"]]
    assert numbers["excess"] == pytest.approx(math.exp(-2), rel=1e-14)
    ring = FunctionPotential(lambda r: r**2 * np.exp(-(r**2)))
    found = examine_inequality(ring)
    np.testing.assert_allclose(found.violations, [(0.0, math.sqrt(2))], rtol=1e-9)
    assert found.greatest == pytest.approx(math.exp(-1), rel=1e-14)
    # (2 − r²)r²e^{−r²} is largest where r² = 2 − √2.
    x = 2 - math.sqrt(2)
    assert found.excess == pytest.approx((2 - x) * x * math.exp(-x), rel=1e-10)
    assert check_admissibility(SoftenedPower(-1.0, 2.0, 1.0)).numbers["sup_V"] == 0.0
    table = Table(ROWS, -np.exp(-(ROWS**2)))
    np.testing.assert_allclose(examine_inequality(table).violations, [(1.0, 6.0)], rtol=1e-6)
    two = PotentialSum((Gaussian(1.0, 0.1), FunctionPotential(lambda r: 1e-2 * (r / 5) ** 8 * np.exp(-((r / 2) ** 2)))))
    (first, second) = examine_inequality(two).violations
    np.testing.assert_allclose(first, (0.0, 0.1), rtol=1e-6)
    assert second[1] == pytest.approx(2 * math.sqrt(5), rel=1e-6)
    assert 0.1 < second[0] < 1


@pytest.mark.parametrize(
    ("beside", "excess"),
    [
        (lambda r: 2 / r**2 * np.exp(-((r - 3) ** 2)), math.inf),
        (lambda r: r**-0.5, math.inf),
        (lambda r: np.log1p(1 / r), math.inf),
        (lambda r: np.exp(-(r**2)), 1.0),
        (lambda r: 1e-3 / (1 + r) ** 3, 1e-3),
    ],
    ids=["1/r", "power", "logarithm", "bounded", "small"],
)
def test_what_a_singular_potential_exceeds_without_bound(beside: Function, excess: float) -> None:
    """V = 4/r² and more, where V + ½rV' of that grows up to r = 0; as far as rounding leaves it a number."""
    found = examine_inequality(FunctionPotential(lambda r: 4 / r**2 + beside(r), singular_power=2.0))
    assert found.violations[0][0] == 0
    assert found.excess == pytest.approx(excess, rel=1e-2)


def test_rounding_is_no_violation() -> None:
    """r^{−2} is equality, a power a little below 2 violates, one a little above does not; nor do terms that cancel."""
    hollow = examine_inequality(PotentialSum((Gaussian(1.0, 1.0), Gaussian(-1.0, 2.0))))
    assert (hollow.sign, len(hollow.violations)) == ("nonpositive", 1)
    rows = np.linspace(0.0, 12.0, 61)
    spline = examine_inequality(Table(rows, Gaussian(1.0, 1.0).value(rows)))
    assert (spline.sign, len(spline.violations)) == ("nonnegative", 1)
    assert examine_inequality(SQUARE).is_equality
    assert examine_inequality(InversePower(1 / 3, 2.0)).is_equality
    below, above = (examine_inequality(InversePower(1.0, 2.0 + change)) for change in (-1e-6, 1e-6))
    assert (below.holds, above.holds, above.is_equality) == (False, True, False)
    numbers = check_admissibility(SQUARE).numbers
    assert (numbers["r2V_constant"], numbers["violations"], numbers["excess"]) == (True, [], 0.0)
    assert "V₁'' = 16E exactly" in " ".join(check_admissibility(SQUARE).reasons)


@pytest.mark.parametrize(
    ("potential", "dimension", "gradient", "norm"),
    [
        (SQUARE, 3, -2.0, -0.5),
        (InversePower(1.0, 2.5), 3, -2.5, -0.75),
        (COULOMB, 3, -1.0, 0.0),
        (YukawaPower(1.0, 2.0, 0.5), 3, "-inf", -1.0),
        (Gaussian(1.0, 1.0), 2, "-inf", -0.5),
        (SoftenedPower(1.0, 6.0, 1.0), 3, -6.0, -1.0),
        (InversePower(1.0, 3.0), 3, -3.0, "inf"),
    ],
)
def test_rates(potential: RadialPotential, dimension: int, gradient: float | str, norm: float | str) -> None:
    """Powers of R in (1.7) and (1.8), and where they are finite against the norms themselves."""
    numbers = check_admissibility(potential, dimension).numbers
    assert (numbers["gradient_at_infinity_power"], numbers["gradient_norm_power"]) == (gradient, norm)
    if isinstance(norm, float):
        sizes = []
        for R in (1e6, 1e8):
            r = np.geomspace(1e-9, math.sqrt(R), 20001)
            density = np.abs(potential.virial(r)) * r ** (dimension - 1)
            sizes.append(float(np.trapezoid(density, r)) / R ** ((dimension - 1) / 2))
        assert math.log(sizes[1] / sizes[0]) / math.log(100) == pytest.approx(norm, abs=1e-3)


def test_bound_of_the_kinetic_energy() -> None:
    """2E + ½ sup V for bounded V, nothing for singular ones that attract, 2E for those that repel."""
    assert check_admissibility(Gaussian(8.0, 1.0)).kinetic_bound(0.5) == pytest.approx(5.0)
    assert check_admissibility(Gaussian(-8.0, 1.0), coupling=1.0).kinetic_bound(0.5) == pytest.approx(5.0)
    assert check_admissibility(Gaussian(-8.0, 1.0)).kinetic_bound(0.5) == 1.0
    assert check_admissibility(SQUARE).kinetic_bound(-1.0) == math.inf
    assert check_admissibility(InversePower(-1.0, 2.0)).kinetic_bound(1.0) == 2.0


def test_a_table_that_ends_too_early() -> None:
    """Its jump is told; one that falls to 0 says nothing."""
    told = [
        reason
        for reason in check_admissibility(Table(ROWS[:21], np.exp(-(ROWS[:21] ** 2)))).reasons
        if "jumps" in reason
    ]
    text = "V jumps by -0.0183156 at r = 2, where a table ends: x·∇V is without that jump"
    assert told == [f"{text}; let the table go on until V is 0."]
    assert not any("jumps" in reason for reason in check_admissibility(Table(ROWS, np.exp(-(ROWS**2)))).reasons)


def test_one_dimension_is_refused() -> None:
    """The theorems begin with d = 2."""
    with pytest.raises(UserError, match="dimensions from 2 on, not 1"):
        check_admissibility(Gaussian(1.0, 1.0), 1)
