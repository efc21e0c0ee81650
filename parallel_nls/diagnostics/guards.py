"""Guards of the exact identities: they look at each row of a series once three more are known."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from parallel_nls.diagnostics.differences import HALF_WIDTH, Rows
from parallel_nls.diagnostics.identities import VIRIAL, Identity
from parallel_nls.diagnostics.quantity import Quantity
from parallel_nls.planning.edge import FILLED
from parallel_nls.schedules import shown_time

LEVEL = 1e-4
"""The relative residual beyond which a violated identity is worth saying."""
_ENERGY = "16E"
_REMEDY = "take a smaller step or tolerance, more points, or rows closer together"
_DECLARED = "; where none of these changes it, correct variance_acceleration in {file}, which declares the identity"
BOX_EDGE = "|u| at the edge of the box is {edge} of its largest there: take a larger box (grid.length)"
_PERIODIC = (
    "|u| at the edge of the box is {edge} of its largest, as it was from the start: what fills a periodic box has no "
    "identity of the whole space; look at no virial quantities (diagnostics.families)"
)
AXIS_EDGE = "the field at the end of the axis is {edge} of its largest: take a longer axis (grid.radius)"
_EDGE_SHARE = 1e-3
"""Of a residual, from which on |u|² at the edge of the box is taken for its cause: what the edge adds is of that order,
times lengths and wavenumbers squared."""


@dataclass(frozen=True)
class Notice:
    """What the guards find in a row: lines for the user, and why the run must end, if it must."""

    lines: tuple[str, ...] = ()
    verdict: str | None = None


@dataclass
class Doubt:
    """How far the rows of a series tell whether an identity holds.

    Attributes
    ----------
    rows : int
        That were looked at.
    told_rows : int
        Of these, where the differences are wrong by no more than `LEVEL`.
    told : float
        What the differences of those may be wrong by, at most.
    largest : float
        What the differences of all rows may be wrong by, at most.
    within : float
        The largest residual that is no violation, since its difference may be wrong by as much.

    Notes
    -----
    *Communication*: local.
    """

    rows: int = 0
    told_rows: int = 0
    told: float = 0.0
    largest: float = 0.0
    within: float = 0.0

    def look(self, residual: float, doubt: float) -> bool:
        """Take a row in; whether its residual exceeds what its difference may be wrong by. *Communication*: local."""
        self.rows += 1
        self.largest = max(self.largest, doubt)
        if doubt <= LEVEL:
            self.told_rows += 1
            self.told = max(self.told, doubt)
        if residual > doubt:
            return True
        self.within = max(self.within, residual)
        return False


class Guards:
    """Looks at every identity of a series, at rows with three neighbours on either side.

    An identity is violated where its residual exceeds what the differences may be wrong by. The first violation of each
    beyond `LEVEL` is said; one beyond the limit ends the run. Where the terms of a right-hand side cancel to less than
    a thousandth, as those of 16E for a solitary wave, residuals are relative to that thousandth.

    Parameters
    ----------
    quantities : sequence of Quantity
        Of the series, from `selected`.
    limit : float, optional
        Largest relative residual; infinity: not in force.
    epsilon : float, optional
        Relative accuracy of the numbers of the field.
    critical : bool, optional
        Whether the power is 4/d, with which the second derivative of the variance is 16 times the energy.
    edge : str, optional
        What to say of a field at the edge of the grid, with {edge} in place of its size there.
    declared : str, optional
        The user's file that declares the second derivative of the variance, which may be wrong.

    Attributes
    ----------
    largest : dict
        For every identity by name the largest residual that is a violation, however small; 0 without one, None as long
        as no row could be looked at.
    doubts : dict
        For every identity by name how far the rows tell.

    Notes
    -----
    *Communication*: local; rank 0 alone has rows.
    """

    def __init__(
        self,
        quantities: Sequence[Quantity],
        limit: float = math.inf,
        epsilon: float = float(np.finfo(np.float64).eps),
        critical: bool = True,
        edge: str = BOX_EDGE,
        declared: str | None = None,
    ) -> None:
        self.limit, self.epsilon, self._edge, self._declared = limit, epsilon, edge, declared
        self._names = {
            quantity.derivation: _names(quantity.derivation, quantity.shape, critical)
            for quantity in quantities
            if isinstance(quantity.derivation, Identity)
        }
        self.largest: dict[str, float | None] = {name: None for names in self._names.values() for name in names}
        self.doubts = {name: Doubt() for name in self.largest}
        self._said: set[str] = set()

    def restore(self, rows: Rows) -> Notice:
        """Look at the rows that a run comes back to.

        Parameters
        ----------
        rows : mapping
            Columns of `SeriesTable.rows`.

        Returns
        -------
        Notice
            No lines: what was violated then has been said; the verdict is that of the last row.
        """
        verdict = None
        for row in range(HALF_WIDTH, len(rows["time"]) - HALF_WIDTH):
            verdict = self._look(rows, row).verdict
        return Notice((), verdict)

    def look(self, rows: Rows) -> Notice:
        """Look at the newest row that has three behind it.

        Parameters
        ----------
        rows : mapping
            Columns of `SeriesTable.rows`, the residual of that row among them.

        Returns
        -------
        Notice
            Lines about identities that are violated for the first time, and the verdict.
        """
        row = len(rows["time"]) - 1 - HALF_WIDTH
        return self._look(rows, row) if row >= HALF_WIDTH else Notice()

    def _look(self, rows: Rows, row: int) -> Notice:
        time, lines, verdict = rows["time"][row], [], None
        for name, residual in self._violations(rows, row):
            size, remedy = abs(residual), self._remedy(rows, row, residual, name)
            if size > LEVEL and name not in self._said:
                self._said.add(name)
                lines.append(
                    f"the identity {_long(name)} is off by {size:.2g} (relative) "
                    f"at t = {shown_time(time, 10)}; {remedy}"
                )
            if size > self.limit and verdict is None:
                verdict = (
                    f"limit reached: the relative residual {residual:.2g} of the identity {name} "
                    f"at t = {shown_time(time, 10)} exceeds limits.identity = {self.limit:g}; {remedy}"
                )
        return Notice(tuple(lines), verdict)

    def _violations(self, rows: Rows, row: int) -> Iterator[tuple[str, float]]:
        """Yield the identities that do not hold, with their residuals."""
        for identity, names in self._names.items():
            residuals = np.atleast_1d(rows[identity.quantity][row]).tolist()
            doubts = np.atleast_1d(identity.uncertainty(rows, row, self.epsilon)).tolist()
            weight = identity.weight(rows, row)
            for name, residual, doubt in zip(names, residuals, doubts, strict=True):
                if not (math.isfinite(residual) and math.isfinite(doubt)):
                    continue
                found = residual * weight
                violated = self.doubts[name].look(abs(found), doubt * weight)
                self.largest[name] = max(self.largest[name] or 0.0, abs(found) if violated else 0.0)
                if violated:
                    yield name, found

    def _remedy(self, rows: Rows, row: int, residual: float, name: str) -> str:
        """What helps: a larger box where the field is at its edge, by the rows from which the residual is made.

        Unless it has filled the box from the start. What a user declares may be at fault where none of this helps.
        """
        # NaN in rows that were stored before it was measured.
        edge = float(np.max(rows["edge"][row - HALF_WIDTH : row + HALF_WIDTH + 1]))
        if not edge**2 > _EDGE_SHARE * abs(residual):
            own = self._declared is not None and name in _VIRIAL
            return _REMEDY + (_DECLARED.format(file=self._declared) if own else "")
        periodic = self._edge == BOX_EDGE and np.max(rows["edge"][0]) > FILLED
        return (_PERIODIC if periodic else self._edge).format(edge=f"{edge:.2g}")


_VIRIAL = (_ENERGY, VIRIAL.label)


def _names(identity: Identity, shape: tuple[int, ...], critical: bool) -> tuple[str, ...]:
    """What the identity is called, for each bubble."""
    if shape:
        return tuple(f"{identity.label} of bubble {k}" for k in range(1, shape[0] + 1))
    return (_ENERGY if critical else identity.label,)


def _long(name: str) -> str:
    return f"{name}: d²/dt²∫|x|²|u|²" if name in _VIRIAL else name
