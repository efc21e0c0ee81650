"""series.h5: /time and one dataset a quantity, a row a sample; written by rank 0.

Dimensions have names, and labels where there are any, so that it is a netCDF-4 file as well.

While a run goes on, every row is on disk when the next one is computed. What is derived from a row and its neighbours,
as the virial residual, follows three rows behind. At the end the whole file is put into one form, in which its bytes
depend on the rows alone and not on how often the run was stopped and resumed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import prod
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from parallel_nls.catalogue import CONSERVED, NOT_CONSERVED
from parallel_nls.diagnostics.differences import HALF_WIDTH
from parallel_nls.diagnostics.quantity import Quantity
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.output.durable_files import replace_file, reserve
from parallel_nls.output.meaning import Meaning
from parallel_nls.output.run_paths import FORMAT_VERSION
from parallel_nls.output.series_columns import CHUNK, write_columns
from parallel_nls.output.series_table import SeriesTable

_METADATA = 2**15  # bytes, more than the file's own structures take for one more chunk of each dataset
_STEP = {"long_name": "steps taken since the start", "formula": "n", "source": "counted"}


def _deviation(quantity: Quantity) -> dict[str, str]:
    """What is conserved, where that is otherwise than the catalogue says, which readers know."""
    if quantity.conserved == CONSERVED.get(quantity.name):
        return {}
    return {"conserved": quantity.conserved or NOT_CONSERVED}


def _texts_of(quantities: Sequence[Quantity], meaning: Meaning) -> Mapping[str, Mapping[str, str]]:
    """The attributes of each dataset."""
    return {"time": {**meaning.texts_of_time(), "source": "dimensionless"}, "step": _STEP} | {
        q.name: {"long_name": q.long_name, "formula": q.formula, "source": q.source, **_deviation(q)}
        for q in quantities
    }


def _image(table: SeriesTable, texts: Mapping[str, Mapping[str, str]], growing: bool = False) -> bytes:
    """The bytes of a file of all rows: HDF5 makes it in memory, since it does not take a full disk well."""
    with h5py.File("series", "w", driver="core", backing_store=False) as file:
        file.attrs["format_version"] = np.bytes_(FORMAT_VERSION)
        write_columns(file, {name: table.column(name) for name in table.names}, texts, growing)
        file.flush()
        image: bytes = file.id.get_file_image()
        return image


@lru_cache(maxsize=16)
def _empty_image(quantities: tuple[Quantity, ...], meaning: Meaning) -> bytes:
    """Of a file that is to grow: members of a sweep begin with the same one."""
    return _image(SeriesTable(quantities, None), _texts_of(quantities, meaning), growing=True)


class SeriesWriter:
    """Writes a new series.h5, and appends to it.

    Parameters
    ----------
    path : Path
        The file; an old one is replaced.
    quantities : sequence of Quantity
        What each row holds besides time and step, from `selected`.
    columns : mapping of str to ndarray, optional
        The rows so far, from a checkpoint.
    meaning : Meaning, optional
        What time is.

    Raises
    ------
    OSError, RuntimeError
        From any method: the file system refuses.

    Notes
    -----
    *Communication*: local; made by rank 0 alone.
    """

    def __init__(
        self,
        path: Path,
        quantities: Sequence[Quantity],
        columns: Mapping[str, NDArray[np.generic]] | None = None,
        meaning: Meaning | None = None,
    ) -> None:
        self.path, self.table = path, SeriesTable(quantities, columns)
        known = meaning or Meaning()
        self._texts = _texts_of(quantities, known)
        # A file of its own: who still has the old one open, or another name for it, keeps that.
        empty = len(self.table) == 0
        image = _empty_image(tuple(quantities), known) if empty else _image(self.table, self._texts, growing=True)
        replace_file(path, image)
        self._file = h5py.File(path, "r+", locking=False)
        # Opening a dataset by name takes longer than writing a row into it.
        self._datasets = {name: self._file[name] for name in self.table.names}
        self._chunks = sum(dataset.dtype.itemsize * prod(dataset.chunks) for dataset in self._datasets.values())

    def _make_room(self) -> None:
        """Claim the room of the next rows before the file grows by them, which it does a chunk at a time."""
        if len(self.table) % CHUNK == 0:
            reserve(self.path, self._file.id.get_filesize() + self._chunks + _METADATA)

    def append(self, time: float, step: int, values: Mapping[str, float | RealArray]) -> None:
        """Write one row, as of `SeriesTable.append`, and flush it."""
        self._make_room()
        self.table.append(time, step, values)
        rows = len(self.table)
        for name, dataset in self._datasets.items():
            dataset.id.set_extent((rows, *dataset.shape[1:]))
            self._write(name, rows - 1)
        # The first rows share one stencil, which is known when the row behind their middle is.
        known = rows - 1 - HALF_WIDTH
        for row in range(0 if known == HALF_WIDTH else max(known, 0), known + 1):
            self.table.derive(row)
            for name in self.table.derived:
                self._write(name, row)
        self._file.flush()

    def _write(self, name: str, row: int) -> None:
        """Write one row of one dataset, by HDF5's own calls: h5py's selections take ten times as long."""
        values = self.table.column(name)[row : row + 1]
        place = h5py.h5s.create_simple((len(self.table), *values.shape[1:]))
        place.select_hyperslab((row, *(0 for _ in values.shape[1:])), values.shape)
        self._datasets[name].id.write(h5py.h5s.create_simple(values.shape), place, np.ascontiguousarray(values))

    def close(self) -> None:
        """Derive what the last rows still lack, and put the file into its final form, at once."""
        rows = len(self.table)
        for row in range(max(0, rows - HALF_WIDTH), rows):
            self.table.derive(row)
        self._file.close()
        replace_file(self.path, _image(self.table, self._texts))

    def abandon(self) -> None:
        """Let go of a file that can no longer be written. Errors of the library are those already known."""
        try:
            self._file.close()
        except (OSError, RuntimeError):
            self._file = None
            self._datasets = {}
