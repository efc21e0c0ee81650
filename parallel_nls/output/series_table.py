"""The rows of a series in memory, on rank 0: what series.h5 is made of, and what checkpoints carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from parallel_nls.diagnostics.identities import HALF_WIDTH, virial_residual
from parallel_nls.diagnostics.quantities import Quantity

DERIVED = "virial_residual"
"""The quantity that follows from the others, once the rows around it are known."""
_BEHIND_IT = ("variance_rate", "variance_acceleration")
_FIRST_ROOM = 128


class SeriesTable:
    """Rows of time, step and quantities.

    Parameters
    ----------
    quantities : sequence of Quantity
        What each row holds besides time and step, from `selected`.
    columns : mapping of str to ndarray, optional
        Rows to begin with: what `measured` of another table gave.

    Notes
    -----
    *Communication*: local; rank 0 alone has rows.
    """

    def __init__(
        self, quantities: Sequence[Quantity], columns: Mapping[str, NDArray[np.generic]] | None = None
    ) -> None:
        self.quantities = tuple(quantities)
        widths = {"time": 0, "step": 0} | {quantity.name: quantity.width for quantity in quantities}
        hidden = {name: 0 for name in _BEHIND_IT if name not in widths}
        self.names = tuple(widths)
        self._rows = 0
        self._columns: dict[str, NDArray[np.generic]] = {
            name: np.empty((_FIRST_ROOM, width) if width else _FIRST_ROOM, np.int64 if name == "step" else np.float64)
            for name, width in {**widths, **hidden}.items()
        }
        if columns is not None:
            self._restore(columns)

    def __len__(self) -> int:
        return self._rows

    def _restore(self, columns: Mapping[str, NDArray[np.generic]]) -> None:
        self._rows = len(columns["time"])
        for name, column in self._columns.items():
            if name != DERIVED:
                self._columns[name] = columns[name].astype(column.dtype)
        if DERIVED in self._columns:
            self._columns[DERIVED] = np.full(self._rows, np.nan)
            for row in range(self._rows - HALF_WIDTH):
                self.derive(row)

    def append(self, time: float, step: int, values: Mapping[str, float | NDArray[np.float64]]) -> None:
        """Add a row.

        Parameters
        ----------
        time : float
            Simulated time.
        step : int
            Steps taken since the start.
        values : mapping
            The quantities by name, NaN where one is missing, and with them `variance_rate` and
            `variance_acceleration`, the right-hand side of the virial identity, for the virial residual.
        """
        row: dict[str, float | NDArray[np.float64]] = {"time": time, "step": step, **values}
        for name, column in self._columns.items():
            if len(column) == self._rows:
                room = np.empty_like(column, shape=(max(_FIRST_ROOM, 2 * self._rows), *column.shape[1:]))
                room[: self._rows] = column
                self._columns[name] = column = room
            column[self._rows] = row.get(name, np.nan)
        self._rows += 1

    def column(self, name: str) -> NDArray[np.generic]:
        """All rows of one quantity, as a view: (rows,) or (rows, width)."""
        return self._columns[name][: self._rows]

    def measured(self) -> dict[str, NDArray[np.generic]]:
        """All columns that were measured, by name, also those that only the derived one needs."""
        return {name: self.column(name) for name in self._columns if name != DERIVED}

    def derive(self, row: int) -> None:
        """Set the virial residual of one row from the rows around it, if the series has one."""
        if DERIVED in self._columns:
            times, rates, accelerations = (self.column(name).view(np.float64) for name in ("time", *_BEHIND_IT))
            self._columns[DERIVED][row] = virial_residual(times, rates, accelerations, row)
