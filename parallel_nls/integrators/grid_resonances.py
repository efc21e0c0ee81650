"""Which step-size resonances the waves of a grid can meet, and how strongly a field drives them; see `resonance`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import floor, hypot, inf, isfinite, pi, prod, sqrt

import numpy as np
from mpi4py import MPI

from parallel_nls.contracts import BlockKernel, Completed, Domain, Equation
from parallel_nls.integrators.compositions import Composition
from parallel_nls.integrators.resonance import strength
from parallel_nls.numerics.arrays import ComplexArray, RealArray, line_table
from parallel_nls.numerics.compiled import kernel, lean_kernel
from parallel_nls.numerics.lanes import LANES, all_lanes, complex_lanes_of, lanes_of, total, where_greater
from parallel_nls.parallel.reduction import Reducer, ordered_sum
from parallel_nls.spectral.column_pieces import ColumnPieces
from parallel_nls.spectral.sweeps import Block

_SAFE_REACH = 2.0  # times max ρ|Φ'|: how far a resonance may lie from where the average of the potential puts it
_HIGH = 0.8  # of the largest ω(k): the highest waves
_MOST_FREQUENCIES = 2**18  # of a grid, beyond which every resonance below the largest is taken to be met
_MOST_NUMBERS = 2**18  # of resonances, beyond which the largest strength there can be is taken


@dataclass(frozen=True)
class BackgroundCoupling:
    """How a field couples the small waves on top of it, averaged over the box.

    Attributes
    ----------
    shift : float
        ⟨Φ + ρΦ'⟩: what kicks turn them by.
    strength : float
        |⟨Φ'u²⟩|: (p/2)|B| of a power.
    reach : float
        How far the detuning is uncertain besides, since the field turns too: twice max ρ|Φ'|.
    """

    shift: float = 0.0
    strength: float = 0.0
    reach: float = 0.0


class CouplingGauge:
    """Measures the coupling of small waves by a field.

    Parameters
    ----------
    equation : Equation
        With a coupling that is known.

    Attributes
    ----------
    lines : list
        Layout and axis of the lines of a table.

    Notes
    -----
    *Communication*: construction, `empty_table`, `filling` and `of` are local, `merged` is one message.
    """

    def __init__(self, equation: Equation) -> None:
        if equation.coupling is None:
            raise ValueError(f"how {equation.name} couples small waves is not known")
        self._coupling, self._points = equation.coupling, prod(equation.domain.shape)
        rows = equation.domain.layouts[0]
        self.lines, self._rows = [(rows, 1)], len(rows.line_numbers(1))
        self._reducer = Reducer(equation.domain.comm, self.lines)

    def empty_table(self) -> RealArray:
        """Where local sums go, (4, rows)."""
        return line_table(4, self._rows)

    def filling(self, table: RealArray) -> BlockKernel:
        """What fills a table as the rows of u pass; they are kept."""
        return lambda block, lines: self._coupling.fill(block, lines, table[:, lines.lines])

    def of(self, whole: RealArray) -> BackgroundCoupling:
        """The coupling from the global table; none of a field that is not finite."""
        shift, real, imaginary = (ordered_sum(sums) / self._points for sums in whole[:3])
        found = shift, hypot(real, imaginary), _SAFE_REACH * float(whole[3].max(initial=0.0))
        return BackgroundCoupling(*found) if all(map(isfinite, found)) else BackgroundCoupling()

    def merged(self, table: RealArray) -> BackgroundCoupling:
        """The coupling from the tables of all ranks, the same on every rank."""
        (whole,) = self._reducer.gather([table])
        return self.of(whole)


class GridResonances:
    """The resonances of a scheme that the waves of a grid can meet.

    Parameters
    ----------
    domain : Domain
        The grid.
    equation : Equation
        Its symbol.
    scheme : Composition
        The splitting.

    Attributes
    ----------
    largest : float
        The largest ω(k) of the grid.

    Notes
    -----
    *Communication*: local; the same on every rank.
    """

    def __init__(self, domain: Domain, equation: Equation, scheme: Composition) -> None:
        self.scheme = scheme
        highest = [round(extent / spacing) // 2 for extent, spacing in zip(domain.length, domain.spacing, strict=True)]
        few = prod(n + 1 for n in highest) <= _MOST_FREQUENCIES
        # Otherwise the highest waves alone: a long line has more wavenumbers than a rank has points.
        sizes = zip(highest, domain.length, strict=True)
        axes = [2 * pi / extent * np.arange(0 if few else n, n + 1, dtype=float) for n, extent in sizes]
        values = np.abs(_symbol_of_pairs(equation, axes))
        self.largest = float(values.max())
        self._frequencies = np.sort(values, axis=None) if few else None
        self._strengths = lru_cache(maxsize=8)(lambda count: strength(scheme, np.arange(1, count + 1)))

    @property
    def safe_step(self) -> float:
        """π/max ω: below it there is no resonance."""
        return pi / self.largest

    def count(self, step: float) -> int:
        """How many resonances of a step lie below the largest ω(k)."""
        return floor(self.largest * abs(step) / pi)

    def worst(self, step: float, coupling: BackgroundCoupling) -> tuple[float, int]:
        """The largest rate of growth, and the number m of the resonance; 0, 0 where no wave of the grid meets any."""
        count = floor((self.largest + abs(coupling.shift) + coupling.reach) * abs(step) / pi)
        if count == 0 or coupling.strength == 0 or step == 0:
            return 0.0, 0
        if count > _MOST_NUMBERS:
            return coupling.strength * float(np.sum(np.abs(self.scheme.kicks))), count
        strengths = self._strengths(count)
        if self._frequencies is not None:
            center = pi / abs(step) * np.arange(1, count + 1) + coupling.shift
            ends = np.searchsorted(self._frequencies, (center - coupling.reach, center + coupling.reach))
            strengths = np.where(ends[1] > ends[0], strengths, 0.0)
        number = int(np.argmax(strengths))
        rate = coupling.strength * float(strengths[number])
        return rate, number + 1 if rate > 0 else 0


@kernel
def _note_largest(
    coefficients: ComplexArray, along: RealArray, across: RealArray, high: float, largest: RealArray
) -> None:
    """Largest |û|² of all coefficients, and of those whose |ω(k)| is not below ``high``; NaN if any is."""
    for b in range(across.size):
        own = along[b if along.shape[0] > 1 else 0]
        for j in range(own.size):
            u = complex(coefficients[b, j])
            power = u.real * u.real + u.imag * u.imag
            if power > largest[0] or power != power:
                largest[0] = power
            if own[j] + across[b] >= high and power > largest[1]:
                largest[1] = power


def highest_content(
    equation: Equation, completed: Completed, spare: ComplexArray, look: BlockKernel | None = None
) -> float:
    """Largest |û| of the waves with ω(k) above 0.8 of the largest, relative to max|û|; 0 of a zero field.

    Parameters
    ----------
    equation : Equation
        Its symbol and domain.
    completed : Completed
        The field; kept.
    spare : ndarray
        Local share in physical layout; overwritten.
    look : callable, optional
        Block kernel that is shown the rows of u on the way, and keeps them.

    Notes
    -----
    *Communication*: collective: a transpose in up to eight pieces, and a message.
    """
    domain, largest = equation.domain, np.zeros(2)
    axes = [np.array([pi / spacing]) for spacing in domain.spacing]
    high = _HIGH * float(np.abs(_symbol_of_pairs(equation, axes)).max())

    def measure(block: ComplexArray, lines: Block) -> None:
        """Look at the coefficients of one block of columns."""
        _note_largest(block, *_parts_of_frequencies(equation, block[: lines.count], lines), high, largest)

    completed.visit(look, spare, "forward")
    ColumnPieces(domain)(spare, lambda _: measure, "forward")
    domain.comm.Allreduce(MPI.IN_PLACE, largest, MPI.MAX)
    return sqrt(largest[1] / largest[0]) if 0 < largest[0] < inf else 0.0


@lean_kernel
def _content_sums(
    coefficients: ComplexArray, along: RealArray, across: RealArray, least: float, sums: RealArray
) -> None:
    """Σ|û|² of each line of a block, of all waves and of those with frequencies not below one."""
    for b in range(sums.shape[1]):
        row, own = coefficients[b], along[b if along.shape[0] > 1 else 0]
        whole = above = zero = all_lanes(0.0)
        for j in range(0, own.size, LANES):
            re, im = complex_lanes_of(row, j)
            power = re * re + im * im
            whole += power
            above += where_greater(all_lanes(least), lanes_of(own, j) + across[b], zero, power)
        sums[0, b], sums[1, b] = total(whole), total(above)


def content_above(equation: Equation, field: ComplexArray, frequency: float) -> float:
    """Part of the L² norm of a field, from 0 to 1, that its waves with ω(k) not below a frequency make.

    Parameters
    ----------
    equation : Equation
        Its symbol and domain.
    field : ndarray
        Rows transformed, local share in physical layout; kept.
    frequency : float
        > 0.

    Notes
    -----
    On an even axis the constant counts twice: it is none of them, so that they count for less, by at most √2.
    *Communication*: collective: a transpose in up to eight pieces, and a message.
    """
    columns, domain = ColumnPieces(equation.domain), equation.domain
    table = line_table(2, columns.count)

    def sums(piece: slice) -> BlockKernel:
        """Σ|û|² of the columns of a piece, of all waves and of those."""

        def measure(block: ComplexArray, lines: Block) -> None:
            """Add up one block of columns, each along its contiguous axis."""
            parts = _parts_of_frequencies(equation, block[: lines.count], lines)
            _content_sums(block, *parts, frequency, table[:, piece][:, lines.lines])

        return measure

    columns(field, sums, "forward")
    (whole,) = Reducer(domain.comm, [(domain.layouts[1], 0)]).gather([table])
    power, above = (ordered_sum(each) for each in whole)
    return sqrt(above / power) if 0 < power < inf else 0.0


def spectrum_of(equation: Equation, block: ComplexArray, lines: Block) -> tuple[RealArray, RealArray]:
    """|û|² and |ω(k)| of a block of columns of coefficients, both (count, length). *Communication*: local."""
    own = block[: lines.count]
    power = own.real.astype(float) ** 2 + own.imag.astype(float) ** 2
    return power, _frequencies_of(equation, own, lines)


def _parts_of_frequencies(equation: Equation, coefficients: ComplexArray, lines: Block) -> tuple[RealArray, RealArray]:
    """|ω(k)| of a block of columns, (count, length), as a sum: of (1 or count, length) along, and (count,) across."""
    if not equation.quadratic:
        return np.ascontiguousarray(_frequencies_of(equation, coefficients, lines)), np.zeros(lines.count)
    along, *others = (k * k for k in equation.domain.block_wavenumbers(lines))
    return along, sum((other[:, 0] for other in others), start=np.zeros(lines.count))


def _frequencies_of(equation: Equation, coefficients: ComplexArray, lines: Block) -> RealArray:
    symbol = np.asarray(equation.symbol(*equation.domain.block_wavenumbers(lines)), dtype=float)
    return np.broadcast_to(np.abs(symbol), coefficients.shape)


def _symbol_of_pairs(equation: Equation, axes: Sequence[RealArray]) -> RealArray:
    """Mean of ω(k) and ω(−k) over the grid of these wavenumbers, one axis for each of space."""
    grid = np.meshgrid(*axes, indexing="ij", sparse=True)
    forward, backward = equation.symbol(*grid), equation.symbol(*(-k for k in grid))
    return np.asarray(0.5 * (np.asarray(forward) + np.asarray(backward)))
