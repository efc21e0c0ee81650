"""Local sums that ride on the pass over a field, where Φ_k depends on the first axis of a plane alone.

A weight is one number a row then. So ∫|v|²Φ, ∫ΔΦ|v|^{p+2} and ∫Δ²Φ|v|² follow from sums over rows, and Im∫v̄∂v Φ' and
∫|∂v|²Φ'' from coefficients along the last axis, by Parseval: Σ f̄g over a row is N₁ times that of their coefficients.
"""

from __future__ import annotations

import numpy as np

from parallel_nls.bubbles.localization.local_sums import (
    BILAPLACIAN,
    FLUX_SIZE,
    HESSIAN,
    LOCAL,
    LOCAL_CURRENT,
    LOCAL_MASS,
    POWER,
    density_totals,
)
from parallel_nls.bubbles.localization.weights import LocalWeights
from parallel_nls.contracts import Domain
from parallel_nls.numerics.arrays import ComplexArray, RealArray, line_table
from parallel_nls.numerics.compiled import lean_kernel
from parallel_nls.numerics.lanes import LANES, all_lanes, complex_lanes_of, lanes_of, put_lanes, total
from parallel_nls.parallel.reduction import Reducer, ordered_sums
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.kinds import as_box
from parallel_nls.spectral.sweeps import Block

_OF_ROWS, _OF_COLUMNS = (LOCAL_MASS, POWER, BILAPLACIAN), (LOCAL_CURRENT, HESSIAN)


@lean_kernel
def weigh_columns(
    block: ComplexArray, slopes: ComplexArray, weights: RealArray, densities: RealArray, table: RealArray
) -> None:
    """Σ Im(v̄ ∂v)Φ_k' and Σ|∂v|²Φ_k'' of each column of a block.

    Parameters
    ----------
    block, slopes : ndarray, complex, (at least columns, n)
        Coefficients along the last axis at the points of the first, and their derivatives.
    weights : ndarray, (4, K, n)
        As of `LocalWeights`.
    densities : ndarray, (2, n)
        Scratch.
    table : ndarray, (2K, columns)
        Filled: the first of all bubbles, then the second.
    """
    fluxes, squares, count = densities[0], densities[1], weights.shape[1]
    for b in range(table.shape[1]):
        values, derivatives = block[b], slopes[b]
        for j in range(0, fluxes.size, LANES):
            re, im = complex_lanes_of(values, j)
            re_slope, im_slope = complex_lanes_of(derivatives, j)
            put_lanes(fluxes, j, re * im_slope - im * re_slope)
            put_lanes(squares, j, re_slope * re_slope + im_slope * im_slope)
        for k in range(count):
            first, second, current, hessian = weights[1, k], weights[2, k], all_lanes(0.0), all_lanes(0.0)
            for j in range(0, fluxes.size, LANES):
                current += lanes_of(fluxes, j) * lanes_of(first, j)
                hessian += lanes_of(squares, j) * lanes_of(second, j)
            table[k, b], table[count + k, b] = total(current), total(hessian)


class LocalBeside:
    """The first five integrals of `local_sums`, of the last pass over a field: two block kernels to be run beside it.

    Parameters
    ----------
    domain : FourierDomain
        The plane; see `serves`.
    weights : LocalWeights
        Of the localization.
    exponent : float
        (p + 2)/2.

    Notes
    -----
    *Communication*: `integrals` is collective, one message; the rest is local.
    """

    def __init__(self, domain: FourierDomain, weights: LocalWeights, exponent: float) -> None:
        self._domain, self._exponent, self._weights = domain, exponent, weights.of_axis
        self._sign = float(weights.localization.direction[0])  # Φ_k' is by s = x·v₁, ∂ by x
        self._count, lines = self._weights.shape[1], [(domain.layouts[0], 1), (domain.layouts[1], 0)]
        rows, columns = (layout.line_numbers(axis) for layout, axis in lines)
        self._rows = line_table(len(_OF_ROWS) * self._count, len(rows))
        self._columns = line_table(len(_OF_COLUMNS) * self._count, len(columns))
        self._first_column = int(columns[0]) if len(columns) else 0
        self._reducer = Reducer(domain.comm, lines)
        self._densities = np.empty((2, domain.shape[0]))

    @staticmethod
    def serves(domain: Domain, weights: LocalWeights) -> bool:
        """Whether they may ride: in a plane of waves, with weights along its first axis. *Communication*: local."""
        return weights.axis == 0 and not as_box(domain).even

    def add_rows(self, block: ComplexArray, lines: Block) -> None:
        """Weigh what rows of v add. *Communication*: local."""
        totals = np.empty((2, lines.count))
        density_totals(block, self._exponent, totals)
        phi, _, second, fourth = self._weights[:, :, lines.numbers]
        parts = phi * totals[0], second * totals[1], fourth * totals[0]
        self._rows[:, lines.lines] = np.concatenate(parts)

    def add_columns(self, block: ComplexArray, slopes: ComplexArray, lines: Block) -> None:
        """Weigh what columns of coefficients add, beside their derivatives. *Communication*: local."""
        place = int(lines.numbers[0]) - self._first_column  # a pass may see a part of the columns at a time
        table = self._columns[:, place : place + lines.count]
        weigh_columns(block, slopes, self._weights, self._densities, table)

    def integrals(self) -> RealArray:
        """What has been seen, (K, 7), the two integrals of moduli left 0."""
        found, cell = np.zeros((self._count, LOCAL)), self._domain.cell
        rows, columns = self._reducer.gather([self._rows, self._columns])
        # Coefficients have the factor 1/N₁.
        for weight, table, parts in ((cell, rows, _OF_ROWS), (cell * self._domain.shape[1], columns, _OF_COLUMNS)):
            found[:, list(parts)] = weight * ordered_sums(table).reshape(-1, self._count).T
        found[:, LOCAL_CURRENT] *= self._sign
        return found


def with_sizes(integrals: RealArray, sizes: RealArray) -> RealArray:
    """All seven integrals, from the first five and those of moduli, (K, 2). *Communication*: local."""
    return np.hstack([integrals[:, :FLUX_SIZE], sizes])
