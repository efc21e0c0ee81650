"""From one grid of a box to a finer one of the same box: the trigonometric polynomial through the points, exactly.

A field on n points of an axis is Σ û_m e^{2πi·m·j/n} over |m| ≤ n/2; on n' > n points it has the same û_m, and zeros
beyond them. Of an even n the coefficient of m = −n/2 stands for both ends, which the points of n do not tell apart:
half of it goes to each, so that an even field stays even. All other moduli are kept, and with them, by Parseval, the
mass, but for half of what that coefficient has of it.

In rows a spectrum lies in the order of its coefficients from the first rank to the last, on a folded line as in a
plane: what a rank has of one grid and another needs on the next are two pieces at most, each one run of numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
from mpi4py import MPI

from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.parallel.layout import Layout
from parallel_nls.spectral.column_pieces import ColumnPieces
from parallel_nls.spectral.pencils import LayoutChain
from parallel_nls.spectral.sweeps import Block

Pieces = tuple[tuple[int, int, int], ...]
"""First and one behind the last coefficient on the coarse axis, and where the first goes on the fine one."""


def pieces_of(coarse: int, fine: int) -> Pieces:
    """Which coefficients of an axis go where: those of m ≥ 0, those of m < 0; of an even number m = −n/2 to both ends.

    *Communication*: local.
    """
    positive = (coarse + 1) // 2
    return ((0, coarse // 2 + 1, 0), (positive, coarse, positive + fine - coarse))


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

    Notes
    -----
    *Communication*: `on` is collective.
    """

    points: tuple[int, ...]
    layout: Layout
    values: ComplexArray

    def on(self, target: LayoutChain, points: tuple[int, ...]) -> ComplexArray:
        """The field on a grid of more points of the same box, as it rests: half-transformed.

        Parameters
        ----------
        target : Domain
            The finer grid, over the same ranks; it may occupy more of them.
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
            _spread(rows, field, pieces_of(self.points[1], points[1]))
        ColumnPieces(target)(field, lambda _: _keep, "backward", back=True)
        return field

    def _moved(self, layout: Layout, points: tuple[int, ...]) -> ComplexArray:
        """The coefficients in the rows of the finer grid, (coefficients of the first axis of space, width)."""
        width = prod(self.layout.shape) // self.points[0]
        pieces = pieces_of(self.points[0], points[0])
        low, high = _own(layout, points[0], layout.grid.comm.rank)
        moved = np.zeros((high - low, width), self.values.dtype)
        for piece in pieces:
            _exchange(self.values, self.layout, moved, layout, (self.points[0], points[0]), piece)
        _halve(moved, low, self.points[0], points[0])
        return moved


def spectrum_of(domain: LayoutChain, points: tuple[int, ...], field: ComplexArray) -> Spectrum:
    """The spectrum of a field whose rows are transformed already, without normalisation.

    Parameters
    ----------
    domain : Domain
        Its grid.
    points : tuple of int
        Of that grid, on each axis of space.
    field : ndarray
        Local share in row layout; the spectrum takes its memory.

    Notes
    -----
    *Communication*: two all-to-alls, in pieces of an eighth of a share.
    """
    scale = 1 / prod(points)

    def normalise(block: ComplexArray, _lines: Block) -> None:
        """Scale a block of coefficients."""
        block *= scale

    ColumnPieces(domain)(field, lambda _: normalise, "forward", back=True)
    return Spectrum(points, domain.layouts[0], field)


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


def _halve(moved: ComplexArray, low: int, coarse: int, fine: int) -> None:
    """Give each end half of the coefficient that stands for both; ``low`` is the first one here."""
    if coarse % 2 == 0:
        for end in (coarse // 2, fine - coarse // 2):
            if low <= end < low + len(moved):
                moved[end - low] *= 0.5


def _spread(rows: ComplexArray, field: ComplexArray, pieces: Pieces) -> None:
    """Put the coefficients along each row where they belong on the finer axis; ``field`` is zero before."""
    coarse, fine = rows.shape[1], field.shape[1]
    for first, stop, to in pieces:
        field[:, to : to + stop - first] = rows[:, first:stop]
    _halve(field.T, 0, coarse, fine)
