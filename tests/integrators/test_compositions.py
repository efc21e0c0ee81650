"""The coefficient tables: consistency, symmetry, and the declared order in 40-digit arithmetic."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray

from parallel_nls.errors import UserError
from parallel_nls.integrators.compositions import SCHEMES, Composition, composition

# The tables carry 15 digits: below this, their rounding takes over.
SMALLEST_DEFECT = 1e-15
Pair = tuple[mpmath.matrix, mpmath.matrix]
Matrix = NDArray[Any]


@pytest.fixture(params=list(SCHEMES.values()), ids=list(SCHEMES))
def scheme(request: pytest.FixtureRequest) -> Composition:
    """Each scheme in turn."""
    result: Composition = request.param
    return result


def test_each_family_sums_to_one_and_is_a_palindrome(scheme: Composition) -> None:
    """The scheme is its own mirror image, so that it can be run backward; the flows alternate."""
    for family in (scheme.kicks, scheme.drifts):
        assert abs(math.fsum(family) - 1) <= 2.3e-16
        assert family == pytest.approx(family[::-1], rel=0, abs=0)
    outer, inner = (scheme.drifts, scheme.kicks) if scheme.drift_first else (scheme.kicks, scheme.drifts)
    assert len(outer) == len(inner) + 1 == scheme.pairs + 1
    assert (scheme.stages[::2], scheme.stages[1::2]) == (outer, inner)


def test_only_one_scheme_begins_with_the_linear_flow() -> None:
    """The Runge-Kutta one; in those of Nyström type the roles cannot be exchanged."""
    assert [name for name, scheme in SCHEMES.items() if scheme.drift_first] == ["blanes-moan-prk4"]


def test_schemes_are_found_by_their_names() -> None:
    """Each under its own."""
    assert all(composition(name).name == name for name in SCHEMES)


def test_an_unknown_scheme_is_refused() -> None:
    """With the names on offer."""
    with pytest.raises(UserError, match=re.escape("scheme 'euler' is not known; choose one of strang, ")):
        composition("euler")


def random_matrix(rows: int, seed: int) -> mpmath.matrix:
    """Normal numbers, in doubles."""
    return mpmath.matrix(np.random.default_rng(seed).standard_normal((rows, rows)).tolist())


def any_pair(seed: int) -> Pair:
    """Generators of kick and drift, 4 × 4, symmetric so that numbers stay real: they and their commutators are free."""
    kick, drift = random_matrix(4, seed), random_matrix(4, seed + 1000)
    return kick + kick.T, drift + drift.T


def nystroem_pair(seed: int) -> Pair:
    """Those of q' = p, p' = -Mq with a random 2 × 2 matrix M: kick [[0, 0], [-M, 0]], drift [[0, 1], [0, 0]]."""
    kick, drift = mpmath.zeros(4), mpmath.zeros(4)
    coupling = random_matrix(2, seed)
    for i in range(2):
        drift[i, 2 + i] = 1
        for j in range(2):
            kick[2 + i, j] = -coupling[i, j]
    return kick, drift


def array_of(matrix: mpmath.matrix) -> Matrix:
    """As numpy multiplies it: much faster than mpmath."""
    return np.array(matrix.tolist(), dtype=object)


def exponential(generator: mpmath.matrix) -> Callable[[mpmath.mpf], Matrix]:
    """The function t ↦ exp(t·generator), by the eigenvectors, or by two terms where the square is zero."""
    matrix = array_of(generator)
    if not (matrix @ matrix).any():
        return lambda t: array_of(mpmath.eye(4)) + t * matrix
    symmetric = (matrix == matrix.T).all()
    values, vectors = mpmath.eigsy(generator) if symmetric else mpmath.eig(generator)
    inverse = array_of(vectors.T if symmetric else mpmath.inverse(vectors))
    return lambda t: (array_of(vectors) * [mpmath.exp(t * value) for value in values]) @ inverse


@functools.cache
def flows_of(pair: Callable[[int], Pair], seed: int) -> tuple[Callable[[mpmath.mpf], Matrix], ...]:
    """Kick, drift, and what they approximate, which is remembered: all schemes take the same steps."""
    kick, drift = pair(seed)
    return exponential(kick), exponential(drift), functools.cache(exponential(kick + drift))


def slope(scheme: Composition, pair: Callable[[int], Pair], seed: int) -> float:
    """Slope of log defect over log h by least squares, over the five smallest steps with defects above rounding."""
    with mpmath.workdps(40):
        kick, drift, both = flows_of(pair, seed)
        flows = (drift, kick) if scheme.drift_first else (kick, drift)

        @functools.cache
        def point(n: int) -> tuple[float, float]:
            """Logarithms of the step 2^(-n/4) and of its defect."""
            step = mpmath.mpf(2) ** (-mpmath.mpf(n) / 4)
            # A palindrome has each flow twice.
            flow = functools.cache(lambda place, stage: flows[place](stage * step))
            product = array_of(mpmath.eye(4))
            for i, stage in enumerate(scheme.stages):
                product = flow(i % 2, stage) @ product
            defect = np.linalg.norm(np.abs(product - both(step)).astype(float))
            return float(mpmath.log(step)), float(np.log(defect))

        # The less the order, the smaller the steps that are needed: first the octave, then the step.
        first, lost = max(0, 24 - 4 * scheme.order), np.log(SMALLEST_DEFECT)
        octave = next((n for n in range(first + 4, 60, 4) if point(n)[1] <= lost), 60)
        end = next((n for n in range(octave - 3, octave) if point(n)[1] <= lost), octave)
        assert end - 5 >= first
        steps, sizes = np.array([point(n) for n in range(end - 5, end)]).T
    return float(np.polyfit(steps, sizes, deg=1)[0])


SEEDS = pytest.mark.parametrize("seed", [1, 2])
FOR_ANY_FLOWS = ["strang", "suzuki4", "blanes-moan-rkn4", "blanes-moan-prk4", "kahan-li6", "kahan-li8"]


@SEEDS
@pytest.mark.parametrize("name", FOR_ANY_FLOWS)
def test_the_declared_order_holds_for_any_two_flows(name: str, seed: int) -> None:
    """The defect of one step falls as h^{p+1}."""
    assert slope(SCHEMES[name], any_pair, seed) == pytest.approx(SCHEMES[name].order + 1, abs=0.15)


@SEEDS
def test_the_declared_order_holds_for_kick_and_drift(scheme: Composition, seed: int) -> None:
    """The defect of one step falls as h^{p+1} where one flow is a momentum kick."""
    assert slope(scheme, nystroem_pair, seed) == pytest.approx(scheme.order + 1, abs=0.15)


@SEEDS
def test_the_order_6_of_nystroem_needs_a_kick(seed: int) -> None:
    """For any two flows order 4 is left."""
    assert slope(SCHEMES["blanes-moan-rkn6"], any_pair, seed) == pytest.approx(5, abs=0.15)


# Half of each family as printed, up to the middle; "weights" are fractions of Strang steps.
PUBLISHED: dict[str, dict[str, tuple[float, ...]]] = {
    "strang": {"weights": (1.0,)},
    "suzuki4": {"weights": (0.41449077179437573714, 0.41449077179437573714, -0.65796308717750294857)},
    "blanes-moan-prk4": {
        "drifts": (0.0792036964311957, 0.353172906049774, -0.0420650803577195),
        "kicks": (0.209515106613362, -0.143851773179818),
    },
    "blanes-moan-rkn4": {
        "kicks": (0.0829844064174052, 0.396309801498368, -0.0390563049223486),
        "drifts": (0.245298957184271, 0.60487266571108),
    },
    "blanes-moan-rkn6": {
        "kicks": (0.0414649985182624, 0.198128671918067, -0.0400061921041533, 0.0752539843015807, -0.0115113874206879),
        "drifts": (0.123229775946271, 0.290553797799558, -0.127049212625417, -0.246331761062075, 0.357208872795928),
    },
    "kahan-li6": {
        "weights": (0.3921614440073141, 0.33259913678935943, -0.7062461725576393, 0.0822135962935508, 0.79854399093483)
    },
    "kahan-li8": {
        "weights": (
            0.13020248308889007,
            0.5611629817751084,
            -0.38947496264484727,
            0.1588419065551556,
            -0.39590389413323757,
            0.1845396409783157,
            0.25837438768632204,
            0.2950117236093103,
            -0.6055085338300346,
        )
    },
}


def test_the_published_digits(scheme: Composition) -> None:
    """The tables begin with the coefficients of the papers; Strang steps of a fraction w kick by w/2, drift by w."""
    families = dict(PUBLISHED[scheme.name])
    if "weights" in families:
        weights = families.pop("weights")
        families["drifts"] = weights
        families["kicks"] = tuple(np.add((0.0, *weights[:-1]), weights) / 2)
    for family, digits in families.items():
        np.testing.assert_allclose(getattr(scheme, family)[: len(digits)], digits, rtol=0, atol=1.5e-15)


Series = list[Matrix]


def product(left: Series, right: Series) -> Series:
    """Of two power series of matrices, to the length of the first."""
    return [sum((left[i] @ right[k - i] for i in range(k + 1)), np.zeros((4, 4))) for k in range(len(left))]


def exponential_series(generator: mpmath.matrix, length: int) -> Series:
    """The power series of exp(h·generator)."""
    series = [array_of(mpmath.eye(4))]
    for k in range(1, length):
        series.append(series[-1] @ array_of(generator) / k)
    return series


def test_the_conditions_of_the_order_hold_to_all_digits(scheme: Composition) -> None:
    """The Taylor coefficients of the defect up to h^p vanish to 1e-14: a wrong digit anywhere shows."""
    pair, length = nystroem_pair(1), scheme.order + 2
    with mpmath.workdps(40):
        series = exponential_series(mpmath.zeros(4), length)
        for i, stage in enumerate(scheme.stages):
            series = product(exponential_series(pair[(i + scheme.drift_first) % 2] * stage, length), series)
        exact = exponential_series(pair[0] + pair[1], length)
        largest = [float(np.abs(a - b).max()) for a, b in zip(series, exact, strict=True)]
    assert max(largest[: scheme.order + 1]) <= 1e-14
    assert largest[scheme.order + 1] > 1e-8
