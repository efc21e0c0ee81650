"""Compiled sums over single lines, in a fixed order: the smallest unit of every diagnostic.

A line result depends on its line alone, so it has the same bits wherever the line is. Rows of the tables are named by
the constants below. Maxima pass over NaN: whether a field is finite is told by its mass. Sums are in double precision
whatever the precision of the field.
"""

from __future__ import annotations

from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.numerics.compiled import lean_kernel
from parallel_nls.numerics.lanes import (
    LANES,
    all_lanes,
    complex_lanes_of,
    greatest,
    lane_of,
    lanes_of,
    put_complex_lanes,
    total,
    where_greater,
)

# Rows of the table of `density_sums`, but for POTENTIAL, which the density of the equation fills.
MASS, POTENTIAL, SECOND_MOMENT, PEAK, PEAK_INDEX, FIRST, LAST = range(7)
# Rows of the table of `derivative_sums` and `differentiate`.
CURRENT, DILATION, GRADIENT = range(3)
# Rows of the table of `spectrum_maxima`; from the last one on as many as there are shares of wavenumbers.
LARGEST, LARGEST_OUTER, LARGEST_BEYOND = range(3)
# Rows of the table of `folded_spectrum_sums`, behind the first two of `spectrum_maxima`.
FOLDED_CURRENT, FOLDED_GRADIENT = range(2, 4)


@lean_kernel
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
    length = along.size
    for b in range(across.size):
        row, place = block[b], across[b]
        mass = moment = peaks_at = all_lanes(0.0)
        peaks = all_lanes(-1.0)
        for j in range(0, length, LANES):
            re, im = complex_lanes_of(row, j)
            x, density = lanes_of(along, j), re * re + im * im
            square = (x + place) * (x + place) if folded else x * x + place * place
            mass += density
            moment += square * density
            peaks_at = where_greater(density, peaks, all_lanes(float(j)), peaks_at)
            peaks = where_greater(density, peaks, density, peaks)
        table[MASS, b], table[SECOND_MOMENT, b] = total(mass), total(moment)
        table[PEAK, b] = peak = greatest(peaks)
        first = length
        for lane in range(LANES):
            if lane_of(peaks, lane) == peak:
                first = min(first, int(lane_of(peaks_at, lane)) + lane)
        table[PEAK_INDEX, b] = first % length  # 0 where all is NaN
        for end, j in ((FIRST, 0), (LAST, length - 1)):
            u = complex(row[j])
            table[end, b] = u.real * u.real + u.imag * u.imag


@lean_kernel
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
        row, slopes = block[b], derivative[b]
        current = dilation = all_lanes(0.0)
        for j in range(0, along.size, LANES):
            re, im = complex_lanes_of(row, j)
            re_slope, im_slope = complex_lanes_of(slopes, j)
            flux = re * im_slope - im * re_slope
            current += flux
            dilation += (lanes_of(along, j) + shifts[b]) * flux
        table[CURRENT, b], table[DILATION, b] = total(current), total(dilation)


@lean_kernel
def _largest(row: ComplexArray, first: int, last: int, below: float) -> float:
    """The largest |û|² from a position on and before another one, and no less than a given number."""
    part, found = row[first:last], all_lanes(below)
    for j in range(0, part.size, LANES):
        re, im = complex_lanes_of(part, j)
        power = re * re + im * im
        found = where_greater(power, found, power, found)
    return float(greatest(found))


@lean_kernel
def spectrum_maxima(block: ComplexArray, ends: IndexArray, table: RealArray) -> None:
    """max|û|² of each row, and the maxima over parts of its highest wavenumbers, each within the one ahead of it.

    Parameters
    ----------
    block : ndarray, (at least lines, length)
        Fourier coefficients.
    ends : ndarray of int, (parts + 1,)
        Least |m| of each part of the harmonics m, in rising order, the last one of the outer tenth.
    table : ndarray, (2 + parts, lines)
        Filled.
    """
    length = block.shape[1]
    # Positions m and m + length: what is beyond |m| lies in the middle.
    parts = ends.size - 1
    for b in range(table.shape[1]):
        row, end = block[b], ends[parts]
        largest = table[LARGEST_OUTER, b] = _largest(row, end, length - end + 1, 0.0)
        for part in range(parts - 1, -1, -1):
            first = ends[part]
            largest = _largest(row, first, end, largest)
            largest = _largest(row, length - end + 1, length - first + 1, largest)
            table[LARGEST_BEYOND + part, b], end = largest, first
        table[LARGEST, b] = _largest(row, length - end + 1, length, _largest(row, 0, end, largest))


@lean_kernel
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
        row, out, gradient = spectrum[b], derivative[b], all_lanes(0.0)
        for k in range(0, symbol.size, LANES):
            re, im = complex_lanes_of(row, k)
            wave = lanes_of(symbol, k)
            gradient += lanes_of(squares, k) * (re * re + im * im)
            put_complex_lanes(out, k, -1.0 * (wave * im), wave * re)
        table[GRADIENT, b] = total(gradient)


@lean_kernel
def to_derivative(spectrum: ComplexArray, symbol: RealArray) -> None:
    """Replace û(b, k) by i·symbol(k)·û(b, k) in all rows: `differentiate` without the sums, to the same bits."""
    for b in range(spectrum.shape[0]):
        row = spectrum[b]
        for k in range(0, symbol.size, LANES):
            re, im = complex_lanes_of(row, k)
            wave = lanes_of(symbol, k)
            put_complex_lanes(row, k, -1.0 * (wave * im), wave * re)


@lean_kernel
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
        row, gradient = spectrum[b], all_lanes(0.0)
        for k in range(0, squares.size, LANES):
            re, im = complex_lanes_of(row, k)
            gradient += lanes_of(squares, k) * (re * re + im * im)
        table[GRADIENT, b] = total(gradient)


@lean_kernel
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


@lean_kernel
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
        row, symbols, form = spectrum[b], symbol[b], all_lanes(0.0)
        for k in range(0, symbols.size, LANES):
            re, im = complex_lanes_of(row, k)
            form += lanes_of(symbols, k) * (re * re + im * im)
        sums[b] = total(form)
