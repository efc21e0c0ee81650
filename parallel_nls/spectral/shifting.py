"""A field of a plane half a spacing further along an axis, by its trigonometric polynomial."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, IndexArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.trigonometry import root_of_unity
from parallel_nls.spectral.box import FourierDomain

__all__ = ["shift_back"]


@kernel
def _turn(coefficients: ComplexArray, along: IndexArray, across: IndexArray, points: tuple[int, int]) -> None:
    """û(j, c) ← û(j, c) e^{−πi(along(j)/N₀ + across(c)/N₁)}; whole turns are removed exactly."""
    for j in range(along.size):
        first = root_of_unity(along[j] % (2 * points[0]), 2 * points[0]).conjugate()
        for c in range(across.size):
            second = root_of_unity(across[c] % (2 * points[1]), 2 * points[1]).conjugate()
            coefficients[j, c] *= first * second


def shift_back(domain: FourierDomain, field: ComplexArray, axes: Sequence[int]) -> None:
    """Replace values at points half a spacing beyond those of a grid by those at its points, in place.

    Parameters
    ----------
    domain : FourierDomain
        A plane of waves.
    field : ndarray
        Local share in physical layout.
    axes : sequence of int
        Along which the values lie beyond.

    Notes
    -----
    Takes two more shares of the field. *Communication*: collective, two all-to-alls.
    """
    coefficients = domain.forward(field)
    numbers = domain.layouts[-1].line_numbers(0)
    none = [np.zeros(n, np.int64) for n in domain.shape]
    along, across = (domain.harmonics(a).astype(np.int64) if a in axes else none[a] for a in (0, 1))
    _turn(coefficients, along, across[numbers], (domain.shape[0], domain.shape[1]))
    field[...] = domain.backward(coefficients)
