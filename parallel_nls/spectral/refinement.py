"""From one grid of a box to another one of the same box: the trigonometric polynomial through the points.

A field on n points of an axis is Σ û_m e^{2πi·m·j/n} over |m| ≤ n/2; on n' > n points it has the same û_m, and zeros
beyond them. Of an even n the coefficient of m = −n/2 stands for both ends, which the points of n do not tell apart:
half of it goes to each, so that an even field stays even. All other moduli are kept, and with them, by Parseval, the
mass, but for half of what that coefficient has of it. On n' < n points it has those û_m that there are; what is left
out is known beforehand. Of an axis that is even the coefficients are those of cosines, m = 0 … n − 1, and none stands
for two.

In rows a spectrum lies in the order of its coefficients from the first rank to the last, on a folded line as in a
plane: what a rank has of one grid and another needs on the next are two pieces at most, each one run of numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.parallel.layout import Layout
from parallel_nls.spectral.column_pieces import ColumnPieces
from parallel_nls.spectral.pencils import LayoutChain
from parallel_nls.spectral.sweeps import Block

Pieces = tuple[tuple[int, int, int], ...]
"""First and one behind the last coefficient on one axis, and where the first goes on the other one."""
_BLOCK = 2**16  # coefficients looked at in one call


def pieces_of(source: int, target: int, even: bool = False) -> Pieces:
    """Which coefficients of an axis go where: those of m ≥ 0, those of m < 0; one that is even has no others.

    On a finer axis that of m = −n/2 of an even n goes to both ends; a coarser one has none for |m| > n'/2.
    *Communication*: local.
    """
    if even:
        return ((0, min(source, target), 0),)
    if target > source:
        positive = (source + 1) // 2
        return ((0, source // 2 + 1, 0), (positive, source, positive + target - source))
    positive, negative = (target + 1) // 2, target // 2
    return ((0, positive, 0), (source - negative, source, target - negative))


@dataclass(frozen=True)
class Spectrum:
    """Fourier coefficients of a field, which need their grid no longer.

    Attributes
    ----------
    points : tuple of int
        Of that grid, on each axis of space.
    layout : Layout
        Its rows.
    values : ndarray
        This rank's share of them, (rows, row length): (1/N)Σ u e^{-ikx}.
    even : tuple of int
        Axes whose coefficients are those of cosines.

    Notes
    -----
    *Communication*: `on` is collective.
    """

    points: tuple[int, ...]
    layout: Layout
    values: ComplexArray
    even: tuple[int, ...] = ()

    def left_out(self, points: tuple[int, ...]) -> float:
        """The largest modulus of what a grid does not hold, relative to the largest of all; 0 where it holds all.

        Parameters
        ----------
        points : tuple of int
            Of that grid, in the same box.

        Notes
        -----
        *Communication*: collective, one message.
        """
        width = prod(self.layout.shape) // self.points[0]
        rows, largest = self.values.reshape(-1, width), np.zeros(2)
        low, _ = _own(self.layout, self.points[0], self.layout.grid.comm.rank)
        last = 1 in self.even
        within = _held(np.arange(width), self.points[-1], points[-1], last) if len(points) > 1 else np.ones(width, bool)
        step = max(1, _BLOCK // width)
        for first in range(0, len(rows), step):
            block = np.abs(rows[first : first + step])
            places = np.arange(low + first, low + first + len(block))
            held = _held(places, self.points[0], points[0], 0 in self.even)
            outside = np.max(block, where=~(held[:, None] & within), initial=0.0)
            np.maximum(largest, [outside, np.max(block, initial=0.0)], out=largest)
        self.layout.grid.comm.Allreduce(MPI.IN_PLACE, largest, MPI.MAX)
        return float(largest[0] / largest[1]) if largest[1] > 0 else 0.0

    def on(self, target: LayoutChain, points: tuple[int, ...]) -> ComplexArray:
        """The field on a grid of other points of the same box, as it rests: half-transformed.

        Parameters
        ----------
        target : Domain
            The other grid, over the same ranks; it may occupy more of them. What it does not hold is left out.
        points : tuple of int
            Its points.

        Returns
        -------
        ndarray
            Local share in ``target.layouts[0]``: coefficients along the last axis, values along the first.

        Notes
        -----
        *Communication*: two all-to-alls of what there is, one with zeros in pieces of an eighth of a share.
        """
        rows = self._moved(target.layouts[0], points)
        field = target.allocate(target.layouts[0])
        if len(points) == 1:
            field.reshape(-1)[...] = rows.reshape(-1)
        else:
            _spread(rows, field, self.points[1], points[1], 1 in self.even)
        ColumnPieces(target)(field, lambda _: _keep, "backward", back=True)
        return field

    def _moved(self, layout: Layout, points: tuple[int, ...]) -> ComplexArray:
        """The coefficients in the rows of the finer grid, (coefficients of the first axis of space, width)."""
        width = prod(self.layout.shape) // self.points[0]
        pieces = pieces_of(self.points[0], points[0], 0 in self.even)
        low, high = _own(layout, points[0], layout.grid.comm.rank)
        moved = np.zeros((high - low, width), self.values.dtype)
        for piece in pieces:
            _exchange(self.values, self.layout, moved, layout, (self.points[0], points[0]), piece)
        if 0 not in self.even:
            _halve(moved, low, self.points[0], points[0])
        return moved


def spectrum_of(
    domain: LayoutChain, points: tuple[int, ...], field: ComplexArray, even: tuple[int, ...] = ()
) -> Spectrum:
    """The spectrum of a field whose rows are transformed already, without normalisation.

    Parameters
    ----------
    domain : Domain
        Its grid.
    points : tuple of int
        Of that grid, on each axis of space.
    field : ndarray
        Local share in row layout; the spectrum takes its memory.
    even : tuple of int, optional
        Axes of the grid that are.

    Notes
    -----
    *Communication*: two all-to-alls, in pieces of an eighth of a share.
    """
    scale = 1 / prod(points)

    def normalise(block: ComplexArray, _lines: Block) -> None:
        """Scale a block of coefficients."""
        block *= scale

    ColumnPieces(domain)(field, lambda _: normalise, "forward", back=True)
    return Spectrum(points, domain.layouts[0], field, even)


def _keep(_block: ComplexArray, _lines: Block) -> None:
    """Leave coefficients as they are."""


def _own(layout: Layout, coefficients: int, rank: int) -> tuple[int, int]:
    """Which coefficients of the first axis of space the rows of a rank hold."""
    rows, in_row = layout.region(rank)[0], coefficients // layout.shape[0]
    return rows.start * in_row, rows.stop * in_row


def _overlaps(
    source: Layout, target: Layout, axes: tuple[int, int], piece: tuple[int, int, int], ranks: tuple[int, int]
) -> tuple[int, int]:
    """First coefficient of a piece that one rank has and the other takes, and how many they are."""
    first, stop, to = piece
    (low, high), (start, end) = _own(source, axes[0], ranks[0]), _own(target, axes[1], ranks[1])
    begin = max(first, low, start - to + first)
    return begin, max(0, min(stop, high, end - to + first) - begin)


def _exchange(
    values: ComplexArray,
    source: Layout,
    moved: ComplexArray,
    target: Layout,
    axes: tuple[int, int],
    piece: tuple[int, int, int],
) -> None:
    """Send a piece of the coefficients from the rows of one grid to those of another; both in rising order."""
    comm, width = source.grid.comm, moved.shape[1]
    first, _, to = piece
    here, there = _own(source, axes[0], comm.rank)[0], _own(target, axes[1], comm.rank)[0]
    sent = [_overlaps(source, target, axes, piece, (comm.rank, rank)) for rank in range(comm.size)]
    taken = [_overlaps(source, target, axes, piece, (rank, comm.rank)) for rank in range(comm.size)]
    line = MPI.Datatype.fromcode(values.dtype.char).Create_contiguous(width).Commit()
    sends = [count for _, count in sent], [(begin - here) * (count > 0) for begin, count in sent]
    takes = [count for _, count in taken], [(begin - first + to - there) * (count > 0) for begin, count in taken]
    comm.Alltoallv([values, sends, line], [moved, takes, line])
    line.Free()


def _held(places: NDArray[np.integer], source: int, target: int, even: bool) -> NDArray[np.bool_]:
    """Which coefficients of an axis one of ``target`` points has, too."""
    if even:
        return np.asarray(places < target)
    if target >= source:
        return np.ones(len(places), bool)
    return (places < (target + 1) // 2) | (places >= source - target // 2)


def _halve(moved: ComplexArray, low: int, coarse: int, fine: int) -> None:
    """Give each end of a finer axis half of the coefficient that stands for both; ``low`` is the first one here."""
    if coarse % 2 == 0 and fine > coarse:
        for end in (coarse // 2, fine - coarse // 2):
            if low <= end < low + len(moved):
                moved[end - low] *= 0.5


def _spread(rows: ComplexArray, field: ComplexArray, source: int, target: int, even: bool) -> None:
    """Put the coefficients along each row where they belong on the other axis; ``field`` is zero before."""
    for first, stop, to in pieces_of(source, target, even):
        field[:, to : to + stop - first] = rows[:, first:stop]
    if not even:
        _halve(field.T, 0, source, target)
