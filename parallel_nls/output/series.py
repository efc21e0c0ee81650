"""series.h5: /time and one dataset a quantity, a row a sample; written by rank 0.

Every row is on disk when the next one is computed. The virial residual of a row needs its neighbours, so it follows
three rows behind and is complete at the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np

from parallel_nls.diagnostics.identities import HALF_WIDTH, virial_residual
from parallel_nls.diagnostics.quantities import Quantity
from parallel_nls.output.layout_of_run import FORMAT_VERSION

CHUNK = 128


class SeriesWriter:
    """Appends rows to a new series.h5.

    Parameters
    ----------
    path : Path
        The new file.
    quantities : sequence of Quantity
        What each row holds besides time and step, from `selected`.

    Notes
    -----
    *Communication*: local; made by rank 0 alone.
    """

    def __init__(self, path: Path, quantities: Sequence[Quantity]) -> None:
        self.quantities = tuple(quantities)
        self.rows: list[dict[str, float]] = []
        self._file = h5py.File(path, "w")
        self._file.attrs["format_version"] = np.bytes_(FORMAT_VERSION)
        self._create("time", 0, "<f8", "simulated time", "t", "dimensionless")
        self._create("step", 0, "<i8", "steps taken since the start", "n", "counted")
        for quantity in self.quantities:
            texts = quantity.long_name, quantity.formula, quantity.source
            self._create(quantity.name, quantity.width, "<f8", *texts)

    def _create(self, name: str, width: int, dtype: str, long_name: str, formula: str, source: str) -> None:
        tail = (width,) if width else ()
        dataset = self._file.create_dataset(
            name, shape=(0, *tail), maxshape=(None, *tail), chunks=(CHUNK, *tail), dtype=dtype
        )
        dataset.attrs.update({"long_name": long_name, "formula": formula, "source": source})

    def append(self, time: float, step: int, values: Mapping[str, float | np.ndarray]) -> None:
        """Write one row and flush it.

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
        row = {"time": time, "step": step, **values}
        self.rows.append({k: float(row[k]) for k in ("time", "variance_rate", "variance_acceleration")})
        for name in ("time", "step", *(quantity.name for quantity in self.quantities)):
            dataset = self._file[name]
            dataset.resize(len(self.rows), axis=0)
            dataset[-1] = row.get(name, np.nan)
        self._update_residual(len(self.rows) - 1 - HALF_WIDTH)
        self._file.flush()

    def close(self) -> None:
        """Complete the last rows and close the file."""
        for row in range(max(0, len(self.rows) - HALF_WIDTH), len(self.rows)):
            self._update_residual(row)
        self._file.close()

    def _update_residual(self, row: int) -> None:
        if "virial_residual" not in self._file or row < 0:
            return
        # The first rows share one stencil, which is known when the row behind their middle is.
        for known in range(0 if row == HALF_WIDTH else row, row + 1):
            self._file["virial_residual"][known] = virial_residual(self.rows, known)
