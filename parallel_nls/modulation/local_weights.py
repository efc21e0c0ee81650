"""Φ_k and its derivatives at the grid points of a block of rows, as weights of the trapezoidal rule.

Where v₁ lies along an axis the weights are projected: Φ_k without the wavenumbers beyond the grid's. So the sums over
the grid are the integrals of Φ_k', Φ_k'', Φ_k'''' times any trigonometric polynomial of the grid, however few points
lie in the bands, and those of Φ_k times any that vanishes at the ends of the box, where Φ_k jumps.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from parallel_nls.compiled import fused_multiply_add as fma
from parallel_nls.compiled import kernel
from parallel_nls.contracts import Domain
from parallel_nls.modulation.localization import Localization, step_derivatives
from parallel_nls.spectral.line import LineDomain
from parallel_nls.spectral.lines import WIDTH
from parallel_nls.spectral.sweeps import Block
from parallel_nls.trigonometry import sine_cosine

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

ORDERS = (0, 1, 2, 4)
"""Derivatives of Φ_k by s = x·v₁ in a table of weights: Φ, Φ', Φ'', Φ''''."""

FINE = 512.0
"""Points in a band from which on the weights on a line are the values of Φ_k: no grid sees a difference."""

_NODES = 1024  # in a band, beyond what its highest wavenumber needs


class Weights(NamedTuple):
    """Weights for a block of rows: ``table[n, k, offsets[b] + stride * j]`` at position j of row b.

    Attributes
    ----------
    table : ndarray, (4, K, M), C-contiguous
        Derivative ``ORDERS[n]`` of Φ_k.
    offsets : ndarray of int64, (rows,)
        Of each row of the block.
    stride : int
        Between the positions of a row.
    """

    table: Floats
    offsets: Indices
    stride: int


@kernel
def fill_transform(angle: float, samples: Floats, out: Floats) -> None:
    """Write Σ_q samples[q]·cos(m·angle·(q + ½)) for m = 0, 1, …: half of a symmetric trapezoidal sum; local."""
    for m in range(out.size):
        total = 0.0
        for q in range(samples.size):
            _, cosine = sine_cosine(m * angle * (q + 0.5))
            total = fma(samples[q], cosine, total)
        out[m] = total


class LocalWeights:
    """The localization functions at the grid points of a domain.

    Parameters
    ----------
    localization : Localization
        Φ_k.
    domain : FourierDomain or LineDomain
        The plane or line; the bands lie in its box.

    Notes
    -----
    In the plane with a direction v₁ oblique to the axes, and on a line with 512 points or more in a band, the weights
    are the values of Φ_k. *Communication*: local; all ranks hold the same table of an axis.
    """

    def __init__(self, localization: Localization, domain: Domain) -> None:
        self.localization, self._domain = localization, domain
        self._points = domain.shape[1]
        axes = np.flatnonzero(localization.direction)
        self._axis = int(axes[0])
        folded = isinstance(domain, LineDomain)
        fine = folded and localization.width / domain.spacing[0] >= FINE
        self._projected = len(axes) == 1 and not fine
        self._by_row = self._projected and (folded or self._axis == 0)
        # Position j of row a is point a + N_a·j of a folded line, a of the first axis and j of the second of a plane.
        self._stride = domain.shape[0] if folded else self._axis
        if self._projected:
            self._table = _projected_table(localization, domain.points[self._axis], domain.length[self._axis])
        else:
            self._table = np.zeros((len(ORDERS), localization.count, WIDTH * self._points))

    def of_block(self, lines: Block) -> Weights:
        """The weights for a block of rows.

        Returns
        -------
        Weights
            Their bits do not depend on the block. The table is valid until the next call.

        Notes
        -----
        *Communication*: local.
        """
        if self._projected:
            offsets = lines.numbers if self._by_row else np.zeros_like(lines.numbers)
            return Weights(self._table, offsets, self._stride)
        direction, coordinates = self.localization.direction, self._domain.block_coordinates(lines)
        s = sum((v * x for v, x in zip(direction, coordinates, strict=True)), start=np.zeros(1))
        self.localization.fill(s.reshape(-1), ORDERS, self._table)
        return Weights(self._table, self._points * np.arange(lines.count), 1)


def _projected_table(localization: Localization, n: int, length: float) -> Floats:
    """The weights at n points of an axis of the box, (4, K, n); local."""
    sign = float(localization.direction.sum())
    table = np.zeros((len(ORDERS), localization.count, n))
    table[0, localization.order[-1]] = 1.0
    if localization.count == 1:
        return table
    transform = _step_transform(localization.width, n, length)
    middles = localization.bands + localization.width / 2
    for middle, before, after in zip(middles, localization.order[:-1], localization.order[1:], strict=True):
        step = _projected_step(transform, sign * middle, sign, n, length)
        table[:, before] += step
        table[:, after] -= step
    return table


def _step_transform(width: float, n: int, length: float) -> Floats:
    """-∫S'(s)e^{-iks}ds about the middle of a band for k = 2πm/L, 0 ≤ m ≤ n/2: real, by the trapezoidal rule; local."""
    half = _NODES // 2 + int(width * n / length)
    samples = np.array([-step_derivatives(0.5 + (q + 0.5) / (2 * half))[1] for q in range(half)]) / half
    transform = np.empty(n // 2 + 1)
    fill_transform(np.pi * width / (length * half), samples, transform)
    return transform


def _projected_step(transform: Floats, middle: float, sign: float, n: int, length: float) -> Floats:
    """A falling step of s = sign·x about x = middle and its derivatives by s, at n points of x, (4, n); local."""
    m = np.arange(n // 2 + 1.0)
    slope = -n / length * transform * np.exp(-2j * np.pi * (0.5 + middle / length) * m)  # the points begin at -L/2
    ik = 2j * np.pi * sign / length * m
    powers = [np.divide(1.0, ik, out=np.zeros_like(ik), where=m > 0), m**0, ik, ik**3]
    # The mean slope cannot go into the first series: the step is a ramp from ½ to -½ across the box, and the series.
    step = np.array([np.fft.irfft(slope * power, n) for power in powers])
    step[0] += 0.5 + sign * middle / length - sign * (np.arange(n) / n - 0.5)
    return step
