"""The coefficient tables: consistency, symmetry, and the declared order in 40-digit arithmetic."""

from __future__ import annotations

import math
import re

import mpmath
import numpy as np
import pytest

from parallel_nls.config.sections import PAIRS_PER_STEP
from parallel_nls.errors import UserError
from parallel_nls.integrators.compositions import SCHEMES, Composition, composition

# The tables carry 15 digits: below this, their rounding takes over.
SMALLEST_DEFECT = 1e-15
Pair = tuple[mpmath.matrix, mpmath.matrix]


@pytest.fixture(params=list(SCHEMES.values()), ids=list(SCHEMES))
def scheme(request: pytest.FixtureRequest) -> Composition:
    """Each scheme in turn."""
    result: Composition = request.param
    return result


def test_each_family_sums_to_one_and_is_a_palindrome(scheme: Composition) -> None:
    """One kick more than drifts; the scheme is its own mirror image, so that it can be run backward."""
    assert len(scheme.kicks) == len(scheme.drifts) + 1
    for family in (scheme.kicks, scheme.drifts):
        assert abs(math.fsum(family) - 1) <= 2.3e-16
        assert family == family[::-1]


def test_the_configuration_knows_the_pairs_of_each_scheme() -> None:
    """What a dry run announces is what a step takes."""
    assert {name: scheme.pairs for name, scheme in SCHEMES.items()} == PAIRS_PER_STEP
    assert all(composition(name).name == name for name in SCHEMES)


def test_an_unknown_scheme_is_refused() -> None:
    """With the names on offer."""
    with pytest.raises(UserError, match=re.escape("scheme 'euler' is not known; choose one of strang, ")):
        composition("euler")


def random_matrix(rows: int, seed: int) -> mpmath.matrix:
    """Normal numbers, in doubles."""
    return mpmath.matrix(np.random.default_rng(seed).standard_normal((rows, rows)).tolist())


def any_pair(seed: int) -> Pair:
    """Generators of kick and drift without structure, 4 × 4."""
    return random_matrix(4, seed), random_matrix(4, seed + 1000)


def nystroem_pair(seed: int) -> Pair:
    """Those of q' = p, p' = -Mq with a random 2 × 2 matrix M: kick [[0, 0], [-M, 0]], drift [[0, 1], [0, 0]]."""
    kick, drift = mpmath.zeros(4), mpmath.zeros(4)
    coupling = random_matrix(2, seed)
    for i in range(2):
        drift[i, 2 + i] = 1
        for j in range(2):
            kick[2 + i, j] = -coupling[i, j]
    return kick, drift


def defect_matrix(scheme: Composition, pair: Pair, step: mpmath.mpf) -> mpmath.matrix:
    """N(a₀h) L(b₀h) … N(a_s h) − exp(h(A + B))."""
    kick, drift = pair
    product = mpmath.eye(4)
    for a, b in zip(scheme.kicks, (*scheme.drifts, 0.0), strict=True):
        product = mpmath.expm(kick * (a * step)) * product
        product = mpmath.expm(drift * (b * step)) * product
    return product - mpmath.expm((kick + drift) * step)


def defect(scheme: Composition, pair: Pair, step: mpmath.mpf) -> mpmath.mpf:
    """Frobenius norm of the defect."""
    return mpmath.mnorm(defect_matrix(scheme, pair, step), "f")


def slope(scheme: Composition, pair: Pair) -> float:
    """Slope of log defect over log h by least squares, over steps with defects in the asymptotic range."""
    with mpmath.workdps(40):
        points = []
        for n in range(3, 12):
            step = mpmath.mpf(2) ** -n
            size = defect(scheme, pair, step)
            if size > SMALLEST_DEFECT:
                points.append((float(mpmath.log(step)), float(mpmath.log(size))))
    assert len(points) >= 3
    steps, sizes = np.array(points[-4:]).T
    return float(np.polyfit(steps, sizes, deg=1)[0])


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_strang_has_order_2_for_any_two_flows(seed: int) -> None:
    """The defect of one step falls as h³."""
    assert slope(SCHEMES["strang"], any_pair(seed)) == pytest.approx(3, abs=0.15)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_the_declared_order_holds_for_kick_and_drift(scheme: Composition, seed: int) -> None:
    """The defect of one step falls as h^{p+1} where one flow is a momentum kick."""
    assert slope(scheme, nystroem_pair(seed)) == pytest.approx(scheme.order + 1, abs=0.15)


PUBLISHED = {
    "blanes-moan-rkn4": (
        (0.0829844064174052, 0.396309801498368, -0.0390563049223486),
        (0.245298957184271, 0.60487266571108),
    )
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_digits(name: str) -> None:
    """The tables begin with the coefficients of the paper."""
    kicks, drifts = PUBLISHED[name]
    assert SCHEMES[name].kicks[: len(kicks)] == kicks
    assert SCHEMES[name].drifts[: len(drifts)] == drifts


def test_the_conditions_of_the_order_hold_to_all_digits(scheme: Composition) -> None:
    """The Taylor coefficients of the defect up to h^p vanish to 1e-14: a wrong digit anywhere shows."""
    pair = nystroem_pair(1)
    with mpmath.workdps(60):
        # The product is a polynomial of h, the exponential nearly one: interpolate through 20 small steps.
        steps = [mpmath.mpf(n) / 200 for n in range(1, 21)]
        vandermonde = mpmath.matrix([[step**k for k in range(1, 21)] for step in steps])
        defects = mpmath.matrix([list(defect_matrix(scheme, pair, step)) for step in steps])
        coefficients = [mpmath.lu_solve(vandermonde, defects[:, entry]) for entry in range(16)]
        largest = [float(max(abs(column[k]) for column in coefficients)) for k in range(scheme.order + 1)]
    assert max(largest[: scheme.order]) <= 1e-14
    assert largest[scheme.order] > 1e-6
