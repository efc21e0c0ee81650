"""Compiled sums over single lines, in index order: the smallest unit of every diagnostic.

A line result depends on its line alone, so it has the same bits wherever the line is. Rows of the tables are named by
the constants below. Maxima pass over NaN: whether a field is finite is told by its mass.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parallel_nls.compiled import kernel

# Rows of the table of `density_sums`.
MASS, QUARTIC, SECOND_MOMENT, PEAK, PEAK_INDEX = range(5)
# Rows of the table of `derivative_sums` and `differentiate`.
CURRENT, DILATION, GRADIENT = range(3)
# Rows of the table of `spectrum_maxima`.
LARGEST, LARGEST_OUTER = range(2)


@kernel
def density_sums(
    block: NDArray[np.complex128],
    across: NDArray[np.float64],
    along: NDArray[np.float64],
    table: NDArray[np.float64],
) -> None:
    """Σ|u|², Σ|u|⁴, Σ|x|²|u|², max|u|² and its index, of each row of a block.

    Parameters
    ----------
    block : ndarray, (at least lines, length)
        Rows u(across[b], along[j]).
    across, along : ndarray
        Coordinates.
    table : ndarray, (5, lines)
        Filled.
    """
    for b in range(across.size):
        mass = quartic = moment = 0.0
        peak, index = -1.0, 0
        x2 = across[b] * across[b]
        for j in range(along.size):
            u = block[b, j]
            density = u.real * u.real + u.imag * u.imag
            mass += density
            quartic += density * density
            moment += (x2 + along[j] * along[j]) * density
            if density > peak:
                peak, index = density, j
        table[MASS, b] = mass
        table[QUARTIC, b] = quartic
        table[SECOND_MOMENT, b] = moment
        table[PEAK, b] = peak
        table[PEAK_INDEX, b] = index


@kernel
def derivative_sums(
    block: NDArray[np.complex128],
    derivative: NDArray[np.complex128],
    along: NDArray[np.float64],
    table: NDArray[np.float64],
) -> None:
    """Σ Im(ū∂u), Σ x·Im(ū∂u) of each row of a block, ∂ and x along the line.

    Parameters
    ----------
    block, derivative : ndarray, (at least lines, length)
        Rows u and ∂u.
    along : ndarray, (length,)
        Coordinates along the line.
    table : ndarray, (3, lines)
        The rows CURRENT and DILATION are filled.
    """
    for b in range(table.shape[1]):
        current = dilation = 0.0
        for j in range(along.size):
            u, d = block[b, j], derivative[b, j]
            flux = u.real * d.imag - u.imag * d.real
            current += flux
            dilation += along[j] * flux
        table[CURRENT, b] = current
        table[DILATION, b] = dilation


@kernel
def spectrum_maxima(block: NDArray[np.complex128], outer: NDArray[np.bool_], table: NDArray[np.float64]) -> None:
    """max|û|² of each row, and the maximum over the columns marked ``outer``.

    Parameters
    ----------
    block : ndarray, (at least lines, length)
        Fourier coefficients.
    outer : ndarray of bool, (length,)
        Marks the outer tenth of the wavenumbers.
    table : ndarray, (2, lines)
        Filled.
    """
    for b in range(table.shape[1]):
        largest = largest_outer = 0.0
        for k in range(outer.size):
            u = block[b, k]
            power = u.real * u.real + u.imag * u.imag
            if power > largest:
                largest = power
            if outer[k] and power > largest_outer:
                largest_outer = power
        table[LARGEST, b] = largest
        table[LARGEST_OUTER, b] = largest_outer


@kernel
def differentiate(
    spectrum: NDArray[np.complex128],
    symbol: NDArray[np.float64],
    squares: NDArray[np.float64],
    table: NDArray[np.float64],
) -> None:
    """Replace û(b, k) by i·symbol(k)·û(b, k), and fill Σ|∂u|² = Σ squares(k)|û|² of each row.

    Parameters
    ----------
    spectrum : ndarray, (at least lines, length)
        Unnormalised coefficients; changed in place.
    symbol, squares : ndarray, (length,)
        k/N without the lone wavenumber of an even axis, whose interpolant has no slope on the grid; k²/N with it, as
        in the linear flow that conserves the sum.
    table : ndarray, (3, lines)
        The row GRADIENT is filled.
    """
    for b in range(table.shape[1]):
        gradient = 0.0
        for k in range(symbol.size):
            u = spectrum[b, k]
            gradient += squares[k] * (u.real * u.real + u.imag * u.imag)
            spectrum[b, k] = complex(-symbol[k] * u.imag, symbol[k] * u.real)
        table[GRADIENT, b] = gradient
