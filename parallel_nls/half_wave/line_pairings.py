"""Pairings of the functions of the blow-up profile with fields on a distributed line, by sums over its points.

A function g of y is kept at points θ of equal distance, y = L tan(θ/2), in which it is a trigonometric polynomial:
eight of them around a place give its values there to rounding. Sums over points have a spectral error, as integrals
of smooth functions; what lies beyond the box is left out, O(L^{−3}).
"""

from __future__ import annotations

import math

import numpy as np

from parallel_nls.contracts import Completed, Domain
from parallel_nls.equations.elementwise import RowPoints
from parallel_nls.equations.point_functions import PointFunction
from parallel_nls.numerics.arrays import ComplexArray, RealArray, line_table
from parallel_nls.numerics.compiled import kernel
from parallel_nls.parallel.reduction import Reducer, ordered_sum
from parallel_nls.profiles.pointwise import ComplexBlock
from parallel_nls.spectral.rational import RationalAxis
from parallel_nls.spectral.sweeps import Block

INTERVALS = 4096
"""Between θ = 0 and π: neighbours are so close that eight of them carry all of 256 rational functions."""
STENCIL = 8
BEFORE = 3  # of the stencil, and as many more rows than intervals at both ends


@kernel
def stencil(y: float, intervals: int, weights: RealArray) -> int:
    """Fill the weights of Lagrange at a place y in units of L, and return the first row of a table that they take."""
    place = 2.0 * math.atan(abs(y)) / math.pi * intervals
    first = min(int(place), intervals - 1)
    s = place - first
    for k in range(weights.size):
        weight = 1.0
        for m in range(weights.size):
            if m != k:
                weight *= (s + BEFORE - m) / (k - m)
        weights[k] = weight
    return first


@kernel
def pair_rows(block: ComplexArray, x: RealArray, unit: float, table: RealArray, sums: RealArray) -> None:
    """Σ g(x·unit) u over each row, of all functions g of a table: real parts first, then imaginary ones."""
    count = table.shape[1]
    weights, values, parts = np.empty(STENCIL), np.empty(count), np.empty((2, count))
    for b in range(x.shape[0]):
        parts[:] = 0.0
        for j in range(x.shape[1]):
            first = stencil(x[b, j] * unit, table.shape[0] - STENCIL, weights)
            values[:] = 0.0
            for k in range(weights.size):
                for f in range(count):
                    values[f] += weights[k] * table[first + k, f]
            u = complex(block[b, j])
            for f in range(count):
                parts[0, f] += values[f] * u.real
                parts[1, f] += values[f] * u.imag
        for f in range(count):
            sums[f, b], sums[count + f, b] = parts[0, f], parts[1, f]


@kernel
def add_rows(block: ComplexBlock, x: RealArray, unit: float, table: RealArray, factor: complex) -> None:
    """Add factor·(f + ig)(x·unit) to rows, of the two functions f, g of a table."""
    weights = np.empty(STENCIL)
    for b in range(x.shape[0]):
        for j in range(x.shape[1]):
            first = stencil(x[b, j] * unit, table.shape[0] - STENCIL, weights)
            re, im = 0.0, 0.0
            for k in range(weights.size):
                re += weights[k] * table[first + k, 0]
                im += weights[k] * table[first + k, 1]
            block[b, j] += factor * complex(re, im)


def tabulated(axis: RationalAxis, rows: RealArray) -> RealArray:
    """Values of even functions at θ = −3h, …, π + 4h, h = π/4096.

    Parameters
    ----------
    axis : RationalAxis
    rows : ndarray, (F, N)
        Normalised coefficients.

    Returns
    -------
    ndarray, (4096 + 8, F)

    Notes
    -----
    *Communication*: local.
    """
    theta = math.pi / INTERVALS * np.arange(-BEFORE, INTERVALS + STENCIL - BEFORE)
    waves = np.cos(np.outer(theta, np.arange(axis.points) + 0.5)) * np.cos(theta / 2)[:, None]
    return np.ascontiguousarray(2 / math.sqrt(2 * math.pi * axis.scale) * waves @ rows.T)


class ScaledProfile:
    """factor·λ^{−1/2}(f + ig)(x/λ), a `contracts.Profile`.

    Parameters
    ----------
    table : ndarray, (4096 + 8, 2)
        Of f and g, by `tabulated`.
    unit : float
        L of their axis.
    scale : float
        λ.
    factor : complex

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, table: RealArray, unit: float, scale: float, factor: complex) -> None:
        self._table, self._unit = np.ascontiguousarray(table), 1 / (scale * unit)
        self._factor = complex(factor) / math.sqrt(scale)

    def add_to(
        self,
        block: ComplexBlock,
        time: float,  # noqa: ARG002  (the same at any time)
        coordinates: tuple[RealArray, ...],
        weight: float = 1.0,
    ) -> None:
        """Add weight·profile to the rows of a block; see `contracts.Profile`. *Communication*: local."""
        add_rows(block, np.ascontiguousarray(coordinates[0]), self._unit, self._table, weight * self._factor)


class LinePairings:
    """Pairs fields with functions of y = x/λ.

    Parameters
    ----------
    domain : Domain
        A line.
    axis : RationalAxis
        Of the functions.
    rates : callable
        Φ(|u|², x) of the equation, by which fields are multiplied for the pairings with forces.

    Notes
    -----
    Factors belong to w(y) = λ^{1/2}u(λy). *Communication*: construction is local, `paired` collective, one message.
    """

    def __init__(self, domain: Domain, axis: RationalAxis, rates: PointFunction) -> None:
        self.domain, self.axis, self._rates = domain, axis, RowPoints(domain, rates)
        self._reducer = Reducer(domain.comm, [(domain.layouts[0], 1)])

    def paired(self, completed: Completed, table: RealArray, scale: float, force: bool = False) -> ComplexArray:
        """(g, w) of all functions of a table, or (g, λΦw) with the ``force``, the same on every rank."""
        count = table.shape[1]
        sums, unit = line_table(2 * count, len(completed.field)), 1 / (scale * self.axis.scale)

        def measure(block: ComplexArray, lines: Block) -> None:
            """Sum over one block of rows."""
            if force:
                block = self._rates.values(block, lines) * block
            (x,) = self.domain.block_coordinates(lines)
            pair_rows(block, x, unit, table, sums[:, lines.lines])

        completed.visit(measure)
        (whole,) = self._reducer.gather([sums])
        parts = np.array([ordered_sum(line) for line in whole])
        factor = self.domain.cell * (math.sqrt(scale) if force else 1 / math.sqrt(scale))
        found: ComplexArray = factor * (parts[:count] + 1j * parts[count:])
        return found
