"""Compiled sums over single lines, in index order: the smallest unit of every diagnostic.

A line result depends on its line alone, so it has the same bits wherever the line is. Rows of the tables are named by
the constants below. Maxima pass over NaN: whether a field is finite is told by its mass. Sums are in double precision
whatever the precision of the field.
"""

from __future__ import annotations

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel

# Rows of the table of `density_sums`, but for POTENTIAL, which the density of the equation fills.
MASS, POTENTIAL, SECOND_MOMENT, PEAK, PEAK_INDEX, FIRST, LAST = range(7)
# Rows of the table of `derivative_sums` and `differentiate`.
CURRENT, DILATION, GRADIENT = range(3)
# Rows of the table of `spectrum_maxima`.
LARGEST, LARGEST_OUTER, LARGEST_UPPER = range(3)
_LANES = 8  # numbers that are compared side by side
# Rows of the table of `folded_spectrum_sums`, behind the first two of `spectrum_maxima`.
FOLDED_CURRENT, FOLDED_GRADIENT = range(2, 4)


@kernel
def density_sums(block: ComplexArray, across: RealArray, along: RealArray, folded: bool, table: RealArray) -> None:
    """Σ|u|², Σ|x|²|u|², max|u|² and its index, |u|² at both ends, of each row of a block.

    Parameters
    ----------
    block : ndarray, (at least lines, length)
        Rows u.
    across, along : ndarray
        Coordinates of the rows and along them; on a folded line their sum is x.
    folded : bool
        Whether the rows are parts of one line.
    table : ndarray, (7, lines)
        Filled but for the row POTENTIAL.
    """
    for b in range(across.size):
        mass = moment = first = density = 0.0
        peak, index = -1.0, 0
        for j in range(along.size):
            u = complex(block[b, j])
            density = u.real * u.real + u.imag * u.imag
            x = across[b] + along[j]
            square = x * x if folded else across[b] * across[b] + along[j] * along[j]
            if j == 0:
                first = density
            mass += density
            moment += square * density
            if density > peak:
                peak, index = density, j
        table[MASS, b] = mass
        table[SECOND_MOMENT, b] = moment
        table[PEAK, b] = peak
        table[PEAK_INDEX, b] = index
        table[FIRST, b] = first
        table[LAST, b] = density


@kernel
def derivative_sums(
    block: ComplexArray, derivative: ComplexArray, shifts: RealArray, along: RealArray, table: RealArray
) -> None:
    """Σ Im(ū∂u), Σ x·Im(ū∂u) of each row of a block, ∂ and x along the line.

    Parameters
    ----------
    block, derivative : ndarray, (at least lines, length)
        Rows u and ∂u.
    shifts, along : ndarray, (lines,), (length,)
        x = shift + along.
    table : ndarray, (at least 2, lines)
        The rows CURRENT and DILATION are filled.
    """
    for b in range(table.shape[1]):
        current = dilation = 0.0
        for j in range(along.size):
            u, d = complex(block[b, j]), complex(derivative[b, j])
            flux = u.real * d.imag - u.imag * d.real
            current += flux
            dilation += (shifts[b] + along[j]) * flux
        table[CURRENT, b] = current
        table[DILATION, b] = dilation


@kernel
def _largest(powers: RealArray, below: float) -> float:
    """The largest number, and no less than a given one; in lanes, since a comparison waits for the one before it."""
    lanes = np.full(_LANES, below)
    whole = powers.size - powers.size % _LANES
    for j in range(0, whole, _LANES):
        part = powers[j : j + _LANES]
        for lane in range(_LANES):
            if part[lane] > lanes[lane]:
                lanes[lane] = part[lane]
    found = below
    for power in lanes:
        if power > found:
            found = power
    for power in powers[whole:]:
        if power > found:
            found = power
    return found


@kernel
def spectrum_maxima(block: ComplexArray, ends: tuple[int, int], table: RealArray) -> None:
    """max|û|² of each row, and the maxima over two parts of its highest wavenumbers, one in the other.

    Parameters
    ----------
    block : ndarray, (at least lines, length)
        Fourier coefficients.
    ends : (int, int)
        Least |m| of the upper half and of the outer tenth of the harmonics m.
    table : ndarray, (3, lines)
        Filled.
    """
    length = block.shape[1]
    powers = np.empty(length)
    # Positions m and m + length: what is beyond |m| lies in the middle.
    upper, outer = ends
    for b in range(table.shape[1]):
        row = block[b]
        for k in range(length):
            u = complex(row[k])
            powers[k] = u.real * u.real + u.imag * u.imag
        outermost = _largest(powers[outer : length - outer + 1], 0.0)
        half = _largest(powers[upper:outer], outermost)
        half = _largest(powers[length - outer + 1 : length - upper + 1], half)
        whole = _largest(powers[length - upper + 1 :], _largest(powers[:upper], half))
        table[LARGEST, b], table[LARGEST_OUTER, b], table[LARGEST_UPPER, b] = whole, outermost, half


@kernel
def differentiate(
    spectrum: ComplexArray, symbol: RealArray, squares: RealArray, derivative: ComplexArray, table: RealArray
) -> None:
    """Write i·symbol(k)·û(b, k), and fill Σ|∂u|² = Σ squares(k)|û|² of each row.

    Parameters
    ----------
    spectrum, derivative : ndarray, (at least lines, length)
        Unnormalised coefficients; they may be the same.
    symbol, squares : ndarray, (length,)
        k/N without the lone wavenumber of an even axis, whose interpolant has no slope on the grid; k²/N with it, as
        in the linear flow that conserves the sum.
    table : ndarray, (3, lines)
        The row GRADIENT is filled.
    """
    for b in range(table.shape[1]):
        gradient = 0.0
        for k in range(symbol.size):
            u = complex(spectrum[b, k])
            gradient += squares[k] * (u.real * u.real + u.imag * u.imag)
            derivative[b, k] = complex(-symbol[k] * u.imag, symbol[k] * u.real)
        table[GRADIENT, b] = gradient


@kernel
def to_derivative(spectrum: ComplexArray, symbol: RealArray) -> None:
    """Replace û(b, k) by i·symbol(k)·û(b, k) in all rows: `differentiate` without the sums, to the same bits."""
    for b in range(spectrum.shape[0]):
        row = spectrum[b]
        for k in range(symbol.size):
            u = complex(row[k])
            row[k] = complex(-symbol[k] * u.imag, symbol[k] * u.real)


@kernel
def gradient_sums(spectrum: ComplexArray, squares: RealArray, table: RealArray) -> None:
    """Σ squares(k)|û|² of each row: `differentiate` without the derivative, to the same bits.

    Parameters
    ----------
    spectrum : ndarray, (at least lines, length)
        Unnormalised coefficients.
    squares : ndarray, (length,)
        k²/N.
    table : ndarray, (3, lines)
        The row GRADIENT is filled.
    """
    for b in range(table.shape[1]):
        gradient = 0.0
        for k in range(squares.size):
            u = complex(spectrum[b, k])
            gradient += squares[k] * (u.real * u.real + u.imag * u.imag)
        table[GRADIENT, b] = gradient


@kernel
def folded_spectrum_sums(
    spectrum: ComplexArray, harmonics: RealArray, edges: tuple[float, float], unit: float, table: RealArray
) -> None:
    """max|û|², Σk|û|², Σk²|û|² of each column of a folded line; the spectrum becomes that of the derivative.

    Parameters
    ----------
    spectrum : ndarray, (at least lines, length)
        Unnormalised coefficients; replaced by i·k·û/length without the lone wavenumber.
    harmonics : ndarray, (lines, length)
        Integer wavenumbers m.
    edges : (float, float)
        |m| from which on a wavenumber belongs to the outer tenth, and that of the lone one (of an even N).
    unit : float
        2π/L: k = unit·m.
    table : ndarray, (4, lines)
        Filled.
    """
    outer, lone = edges
    length = harmonics.shape[1]
    for b in range(table.shape[1]):
        largest = largest_outer = current = gradient = 0.0
        for j in range(length):
            m, u = harmonics[b, j], complex(spectrum[b, j])
            power = u.real * u.real + u.imag * u.imag
            if power > largest:
                largest = power
            if abs(m) >= outer and power > largest_outer:
                largest_outer = power
            k = unit * m
            gradient += k * k * power
            slope = 0.0 if abs(m) == lone else k
            current += slope * power
            spectrum[b, j] = complex(-slope * u.imag / length, slope * u.real / length)
        table[LARGEST, b] = largest
        table[LARGEST_OUTER, b] = largest_outer
        table[FOLDED_CURRENT, b] = current
        table[FOLDED_GRADIENT, b] = gradient


@kernel
def symbol_sums(spectrum: ComplexArray, symbol: RealArray, sums: RealArray) -> None:
    """Σ symbol(k)|û|² of each line of a block.

    Parameters
    ----------
    spectrum : ndarray, (at least lines, length)
        Unnormalised coefficients.
    symbol : ndarray, (at least lines, length)
        ω(k) there.
    sums : ndarray, (lines,)
        Filled.
    """
    for b in range(sums.size):
        total = 0.0
        for k in range(symbol.shape[1]):
            u = complex(spectrum[b, k])
            total += symbol[b, k] * (u.real * u.real + u.imag * u.imag)
        sums[b] = total
