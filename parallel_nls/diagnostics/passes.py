"""What the passes over a field find: integrals and extrema in the units of the problem."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from math import isfinite

import numpy as np

from parallel_nls.contracts import Completed, Equation
from parallel_nls.diagnostics.narrow_plane import NarrowPlane, NarrowPlanes
from parallel_nls.diagnostics.thinned_rows import GradientKernel, ThinnedRows
from parallel_nls.equations.elementwise import Dispersion
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.parallel.layout import Layout
from parallel_nls.spectral.column_pieces import ColumnPieces
from parallel_nls.spectral.sweeps import Block, BlockKernel

OUTER_FRACTION = 0.9

ColumnKernel = Callable[[ComplexArray, ComplexArray, Block], None]
"""``kernel(block, slopes, lines)``: columns of a plane, of coefficients along the last axis, and their derivatives."""


class Keep(Enum):
    """What the sums over a field shall leave in the spare buffer."""

    NOTHING = "nothing"
    SLOPES = "slopes"
    """The derivative, as `Passes.visit_gradient` takes it."""


Kept = Keep | NarrowPlane
"""Nothing, the derivative, or a narrow field of this plane."""


@dataclass(frozen=True)
class FieldSums:
    """Integrals over space and extrema of one field.

    Attributes
    ----------
    mass, variance : float
        ∫|u|², ∫|x|²|u|².
    potential : float
        The integral of the equation's density; 0 of a difference to a reference.
    gradient : float
        ∫|∇u|².
    quadratic : float
        ⟨u, ω(k)u⟩ of the equation's symbol; ∫|∇u|² for ω = |k|².
    momentum : ndarray, (d,)
        Im∫ū∇u; in the plane 0 of a difference to a reference.
    dilation : float
        Im∫ū x·∇u; 0 of a difference to a reference.
    peak : float
        max|u|².
    edge : float
        The largest |u|² at the points next to the edge of the box on any axis.
    peak_position : ndarray, (d,)
        Where; of equal maxima the one of the lowest global index.
    spectral_tail : ndarray, (d,)
        max|û| over the outer tenth of the wavenumbers of an axis, relative to max|û|.
    beyond : tuple of float
        max|û| beyond each share in `LADDER` of the wavenumbers of any axis, relative to max|û|; of no line.
    """

    mass: float
    potential: float
    variance: float
    gradient: float
    quadratic: float
    momentum: RealArray
    dilation: float
    peak: float
    edge: float
    peak_position: RealArray
    spectral_tail: RealArray
    beyond: tuple[float, ...] = ()

    @property
    def is_finite(self) -> bool:
        """Whether the field is."""
        return isfinite(self.mass)


def spectral_tail(largest: float, outer: Sequence[float]) -> RealArray:
    """(Largest |û| of the outer wavenumbers)/max|û| from their squares; NaN for a zero field."""
    tail: RealArray = np.sqrt(np.array(outer) / largest) if largest > 0 else np.full(len(outer), np.nan)
    return tail


class Passes(ABC):
    """Passes over a completed state; how they go depends on the kind of domain.

    Parameters
    ----------
    equation : Equation
        Supplies domain, density and symbol.

    Attributes
    ----------
    thinned : callable
        Gives every so many-th row, made once.
    narrow : NarrowPlanes or None
        Of which fields can be kept, where any can be.

    Notes
    -----
    *Communication*: construction, `lines` and `sums` are local, `tables` is collective.
    """

    narrow: NarrowPlanes | None = None

    def __init__(self, equation: Equation) -> None:
        self.equation, domain = equation, equation.domain
        # Of another symbol than |k|² the form is summed besides ∫|∇u|².
        self._dispersion = None if equation.quadratic else Dispersion(domain, equation.symbol)
        self.layouts, self.rows = domain.layouts, domain.sweeps[0][0]
        self.columns = ColumnPieces(domain)
        places = domain.row_places
        self._coordinates = places.across, places.along
        self.thinned = cache(lambda every: ThinnedRows(self.layouts[0], every))

    @property
    def lines(self) -> list[tuple[Layout, int]]:
        """Layout and axis of the lines of each table: rows, then columns."""
        return [(self.layouts[0], 1), (self.layouts[1], 0)]

    @abstractmethod
    def tables(
        self,
        completed: Completed,
        spare: ComplexArray,
        adjust: BlockKernel | None = None,
        keep: Kept = Keep.NOTHING,
        beside: Sequence[BlockKernel] = (),
        beside_columns: Sequence[ColumnKernel] = (),
    ) -> list[RealArray]:
        """Line tables of a field.

        Parameters
        ----------
        completed : Completed
            The state.
        spare : ndarray
            Local share in physical layout; overwritten.
        adjust : callable, optional
            Block kernel for rows, for instance one that subtracts a reference; then no slopes are taken.
        keep : Keep or NarrowPlane, optional
            What ``spare`` shall hold.
        beside : sequence of callable, optional
            Block kernels that look at the rows, and keep them.
        beside_columns : sequence of callable, optional
            In a plane those that look at columns of coefficients along the last axis, and at their derivatives.
        """

    @abstractmethod
    def visit_gradient(
        self,
        completed: Completed,
        slopes: ComplexArray,
        kernel: GradientKernel,
        *,
        every: int = 1,
        wanted: Callable[[Block], bool] | None = None,
        along: bool = True,
    ) -> None:
        """Run a kernel over the rows of u beside those of its derivatives.

        Parameters
        ----------
        completed : Completed
            The state.
        slopes : ndarray
            What `tables` has left in ``spare`` with `Keep.SLOPES`; kept.
        kernel : callable
            ``kernel(block, (across, along), lines)``; on the line both derivatives are that along it.
        every : int, optional
            From one row to the next that is visited; lines are counted among these, numbered among all.
        wanted : callable, optional
            Which blocks are; others are left out.
        along : bool, optional
            Whether the derivative along the rows is wanted; if not, the other one may stand in its place.

        Notes
        -----
        *Communication*: local.
        """

    def narrow_slopes(self, slopes: ComplexArray, plane: NarrowPlane) -> None:  # noqa: ARG002
        """Make a narrow field of the derivative that `tables` has left last, in place.

        Raises
        ------
        ValueError
            Without narrow planes.

        Notes
        -----
        *Communication*: one transpose and one back, in pieces.
        """
        raise ValueError("only fields in a plane of waves can be narrowed")

    @abstractmethod
    def sums(self, tables: Sequence[RealArray]) -> FieldSums:
        """The sums from the global tables, the same on every rank."""
