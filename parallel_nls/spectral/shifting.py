"""A field of a plane half a spacing back along an axis, by its trigonometric polynomial."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import fill_roots

__all__ = ["shift_back"]


@kernel
def _turn(coefficients: ComplexArray, along: ComplexArray, across: ComplexArray) -> None:
    """û(j, c) ← û(j, c)·along(j)·across(c)."""
    for j in range(along.size):
        for c in range(across.size):
            coefficients[j, c] *= along[j] * across[c]


def _turns(domain: FourierDomain, axis: int) -> ComplexArray:
    """e^{−πim/N} of the harmonics m of an axis; whole turns are removed exactly."""
    n = domain.shape[axis]
    roots = np.empty(2 * n, np.complex128)
    fill_roots(1, 2 * n, roots)
    return np.asarray(roots[domain.harmonics(axis).astype(np.int64) % (2 * n)].conj())


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
    along, across = (
        _turns(domain, a) if a in axes else np.ones(domain.shape[a], np.complex128) for a in range(len(domain.shape))
    )
    _turn(coefficients, along, across[domain.layouts[-1].line_numbers(0)])
    field[...] = domain.backward(coefficients)
