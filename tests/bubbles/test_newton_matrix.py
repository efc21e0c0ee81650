"""Newton's matrix: the determinant of the analysis, and derivatives of the conditions by differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.bubbles.fit.passes import FitPasses
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.contracts import Completed
from parallel_nls.profiles.ground_state import ground_state
from tests.bubbles.fields import PERTURBATIONS, REMAINING, Measured, domain_of, measured, perturbed, two_bubbles

if TYPE_CHECKING:
    from parallel_nls.numerics.arrays import RealArray

# 2^{-(3+2d)} ‖Q‖^{4d} ‖xQ‖⁶, the modulus of a bubble's determinant at scale 1 (Cao, Su & Zhang, eq. 2.37).
DETERMINANT = {1: 1.0934321313608102, 2: 392852.2679742833}
GRIDS = {1: (900, 18.0), 2: (240, 12.0)}
EXACT = 0.02  # scales between points that make a matrix as exact as the sums are


def rest_of(field: Measured) -> Completed:
    """The field, ready to be looked at."""
    return field.integrator.completed(field.state)


@pytest.mark.parametrize("dimension", [1, 2])
def test_determinant_of_a_bubble(dimension: int) -> None:
    """To nine digits; the diagonal is that of eq. 2.35, with ϱ in the fifth condition, cut off at 16 scales."""
    bubbles, state = two_bubbles(dimension), ground_state(dimension)
    field = perturbed(dimension, *GRIDS[dimension])
    matrix = FitPasses(field.domain).derive(rest_of(field), Parameters.of_bubbles(bubbles, REMAINING), EXACT).gauss
    m = 2 * dimension + 3
    diagonal = [-state.second_moment, *[-state.mass / 2] * (2 * dimension), state.second_moment / 4]
    for k in range(2):
        block = matrix[k * m : (k + 1) * m, k * m : (k + 1) * m]
        assert abs(np.linalg.det(block)) == pytest.approx(DETERMINANT[dimension], rel=1e-9)
        np.testing.assert_allclose(np.diag(block), [*diagonal, -state.second_moment / 2], rtol=3e-9)


def differences(passes: FitPasses, rest: Completed, parameters: Parameters) -> RealArray:
    """The conditions' derivatives by central differences."""
    count, m, h = parameters.count, 2 * parameters.dimension + 3, 1e-5
    matrix = np.empty((count * m, count * m))
    for column in range(count * m):
        change = np.zeros(count * m)
        change[column] = h
        ends = [passes.look(rest, parameters.changed(s * change.reshape(count, m)), 1).conditions for s in (1, -1)]
        matrix[:, column] = (ends[0] - ends[1]).ravel() / (2 * h)
    return matrix


@pytest.mark.parametrize("dimension", [1, 2])
def test_matrix_is_the_derivative_of_the_conditions(dimension: int) -> None:
    """All K² blocks and what the remainder adds, at parameters that are far from a decomposition.

    Tests and bubbles are cut off at 16 scales in the matrix, whence the tolerance.
    """
    points, length = {1: (900, 18.0), 2: (96, 9.0)}[dimension]
    change = 0.1 * np.random.default_rng(0).standard_normal((2, 2 * dimension + 3))
    at = Parameters.of_bubbles(two_bubbles(dimension), REMAINING).changed(change)
    field = perturbed(dimension, points, length)
    passes = FitPasses(field.domain)
    matrices = passes.derive(rest_of(field), at, EXACT)
    matrix = matrices.gauss + matrices.correction
    np.testing.assert_allclose(matrix, differences(passes, rest_of(field), at), rtol=0, atol=1e-3)
    assert np.abs(matrices.correction).max() > 0.3


@pytest.mark.parametrize("dimension", [1, 2])
def test_conditions_vanish_at_exact_bubbles(dimension: int) -> None:
    """To rounding, without a perturbation."""
    bubbles = two_bubbles(dimension)
    exact = Parameters.of_bubbles(bubbles, REMAINING)
    domain = domain_of(MPI.COMM_SELF, dimension, *GRIDS[dimension])
    analysis = perturbed(dimension, 64, 9.0).monitor
    field = measured(domain, analysis.analysis, exact)
    assert FitPasses(domain).look(rest_of(field), exact, 1).size < 2e-14
    disturbed = measured(domain, analysis.analysis, exact, PERTURBATIONS[dimension])
    assert FitPasses(domain).look(rest_of(disturbed), exact, 1).size > 1e-2
