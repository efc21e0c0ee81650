"""GMRES against dense matrices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from parallel_nls.elliptic.gmres import RESTART, gmres
from parallel_nls.numerics.arrays import RealArray


def inner(pairs: Sequence[tuple[RealArray, RealArray]]) -> list[float]:
    """Of vectors."""
    return [float(f @ g) for f, g in pairs]


@pytest.mark.parametrize(("size", "seed"), [(5, 1), (40, 2), (150, 3)])
def test_a_linear_system(size: int, seed: int) -> None:
    """The solution to the tolerance, in no more steps than unknowns where it does not start again."""
    generator = np.random.default_rng(seed)
    matrix = np.diag(generator.uniform(0.5, 2, size)) + 0.3 / np.sqrt(size) * generator.standard_normal((size, size))
    expected = generator.standard_normal(size)
    solved = gmres(lambda f: matrix @ f, matrix @ expected, inner, 1e-13)
    assert solved.converged
    assert solved.values == pytest.approx(expected, abs=1e-11)
    assert solved.steps <= min(size, RESTART)


def test_the_least_residual() -> None:
    """After m steps the residual is the least in the Krylov space, as a dense least-squares problem has it."""
    generator = np.random.default_rng(4)
    matrix, source = generator.standard_normal((2, 30, 30))[0], generator.standard_normal(30)
    for steps in (1, 4, 9):
        solved = gmres(lambda f: matrix @ f, source, inner, 0.0, steps)
        space = np.linalg.qr(np.array([np.linalg.matrix_power(matrix, n) @ source for n in range(steps)]).T)[0]
        rest = np.linalg.lstsq(matrix @ space, source, rcond=None)[1]
        assert solved.residual == pytest.approx(np.sqrt(rest[0]) / np.linalg.norm(source), rel=1e-9)
        assert solved.steps == steps
        assert not solved.converged


def test_starting_again() -> None:
    """With more steps than one cycle has: two eigenvalues apart, and many in between."""
    values = np.concatenate([np.geomspace(1e-4, 1, 200)])
    expected = np.ones(200)
    solved = gmres(lambda f: values * f, values * expected, inner, 1e-6)
    assert solved.steps > RESTART
    assert np.linalg.norm(values * (solved.values - expected)) <= 1.01e-6 * np.linalg.norm(values)


def test_no_source() -> None:
    """The solution 0, without a step."""
    solved = gmres(lambda f: f, np.zeros(3), inner, 1e-10)
    assert solved.converged
    assert solved.steps == 0
    assert not solved.values.any()


def test_a_singular_matrix() -> None:
    """A source outside its range is not reached, and that is told."""
    solved = gmres(lambda f: np.array([f[0], 0.0]), np.array([1.0, 1.0]), inner, 1e-10, 20)
    assert not solved.converged
