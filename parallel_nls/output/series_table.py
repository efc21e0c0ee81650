"""The rows of a series in memory, on rank 0: what series.h5 is made of, and what checkpoints carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from parallel_nls.diagnostics.differences import HALF_WIDTH
from parallel_nls.diagnostics.identities import Identity
from parallel_nls.diagnostics.quantity import Quantity
from parallel_nls.numerics.arrays import RealArray

_FIRST_ROOM = 128


def misshapen(quantities: Sequence[Quantity], columns: Mapping[str, NDArray[np.generic]]) -> str | None:
    """Which of the stored rows are those of another quantity of the same name; None if none are.

    Parameters
    ----------
    quantities : sequence of Quantity
        Of the run.
    columns : mapping of str to ndarray
        As of `SeriesTable`.

    Notes
    -----
    *Communication*: local; rank 0 alone has rows.
    """
    if columns and not {"time", "step"} <= set(columns):
        return "its series have no time and no step"
    shapes = {"time": (), "step": (), **{quantity.name: quantity.shape for quantity in quantities}}
    for name, column in columns.items():
        if name in shapes and column.shape[1:] != shapes[name]:
            return f"rows of {name} have the shape {column.shape[1:]} instead of {shapes[name]}"
    return None


class SeriesTable:
    """Rows of time, step and quantities.

    Parameters
    ----------
    quantities : sequence of Quantity
        What each row holds besides time and step, from `selected`.
    columns : mapping of str to ndarray, optional
        Rows to begin with: what `measured` of another table gave.

    Attributes
    ----------
    names : tuple of str
        Time, step and the quantities.
    derived : tuple of str
        Those quantities that follow from the others, once the rows around theirs are known.

    Notes
    -----
    *Communication*: local; rank 0 alone has rows.
    """

    def __init__(
        self, quantities: Sequence[Quantity], columns: Mapping[str, NDArray[np.generic]] | None = None
    ) -> None:
        shapes: dict[str, tuple[int, ...]] = {"time": (), "step": ()}
        shapes |= {quantity.name: quantity.shape for quantity in quantities}
        self.names = tuple(shapes)
        # Identities first, in the order of the files; what is made of other derived quantities comes behind them.
        derivations = {q.name: q.derivation for q in quantities if q.derivation is not None}
        self._derivations = dict(sorted(derivations.items(), key=lambda item: not isinstance(item[1], Identity)))
        self.derived = tuple(self._derivations)
        hidden = {
            needed: shapes[name]
            for name, derivation in self._derivations.items()
            for needed in derivation.needs
            if needed not in shapes
        }
        self._rows = 0
        self._columns: dict[str, NDArray[np.generic]] = {
            name: np.empty((_FIRST_ROOM, *shape), np.int64 if name == "step" else np.float64)
            for name, shape in {**shapes, **hidden}.items()
        }
        if columns is not None:
            self._restore(columns)

    def __len__(self) -> int:
        return self._rows

    def _restore(self, columns: Mapping[str, NDArray[np.generic]]) -> None:
        self._rows = len(columns["time"])
        for name, column in self._columns.items():
            # Checkpoints of earlier versions lack some columns that are no quantities.
            blank = np.full((self._rows, *column.shape[1:]), np.nan)
            found = blank if name in self.derived else columns.get(name, blank)
            self._columns[name] = found.astype(column.dtype)
        for row in range(self._rows - HALF_WIDTH):
            self.derive(row)

    def append(self, time: float, step: int, values: Mapping[str, float | RealArray]) -> None:
        """Add a row.

        Parameters
        ----------
        time : float
            Simulated time.
        step : int
            Steps taken since the start.
        values : mapping
            The quantities by name, NaN where one is missing, and with them what the derived ones need besides:
            `variance_acceleration`, the right-hand side of the virial identity, and the sizes of the local ones,
            `local_flux` and `local_scale`, (K,).
        """
        row: dict[str, float | RealArray] = {**values, "time": time, "step": step}
        for name, column in self._columns.items():
            if len(column) == self._rows:
                room = np.empty_like(column, shape=(max(_FIRST_ROOM, 2 * self._rows), *column.shape[1:]))
                room[: self._rows] = column
                self._columns[name] = column = room
            column[self._rows] = np.nan if name in self.derived else row.get(name, np.nan)
        self._rows += 1

    def column(self, name: str) -> NDArray[np.generic]:
        """All rows of one quantity, as a view: (rows, ...)."""
        return self._columns[name][: self._rows]

    def measured(self) -> dict[str, NDArray[np.generic]]:
        """All columns that were measured, by name, also those that only derived ones need."""
        return {name: self.column(name) for name in self._columns if name not in self.derived}

    def rows(self) -> dict[str, RealArray]:
        """All columns as real numbers, by name, also those that only derived ones need."""
        return {name: self.column(name).astype(np.float64, copy=False) for name in self._columns}

    def derive(self, row: int) -> None:
        """Set the derived quantities of one row from the rows around it."""
        rows = self.rows()
        for name in self.derived:
            self._columns[name][row] = self._derivations[name].value(rows, row)
