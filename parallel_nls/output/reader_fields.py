"""Reading stored fields, serially: all of one, or |u|² in a rectangle of points."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from parallel_nls.errors import UserError
from parallel_nls.output.layout_of_run import RunPaths
from parallel_nls.output.reader_files import open_hdf5

WHOLE = slice(None)


@dataclass(frozen=True)
class StoredField:
    """A snapshot of a run.

    Attributes
    ----------
    frames : int
        Frames since the start.
    time : float
        Simulated time, dimensionless.
    """

    frames: int
    time: float
    path: Path = field(repr=False, compare=False)

    def coordinates(self) -> tuple[NDArray[np.float64], ...]:
        """Global coordinates of the points on each axis. *Communication*: local."""
        with open_hdf5(self.path) as file:
            mesh = self._meshes(file)["density"]
            attributes = mesh.attrs["gridGlobalOffset"], mesh.attrs["gridSpacing"], mesh.shape
            return tuple(low + step * np.arange(n) for low, step, n in zip(*attributes, strict=True))

    def density(self, rows: slice = WHOLE, columns: slice = WHOLE) -> NDArray[np.float64]:
        """|u|² at the points of a rectangle of indices; only these are read. *Communication*: local."""
        with open_hdf5(self.path) as file:
            values: NDArray[np.float64] = self._meshes(file)["density"][rows, columns]
            return values

    def values(self) -> NDArray[np.complex128]:
        """The whole of u. *Communication*: local."""
        with open_hdf5(self.path) as file:
            parts = self._meshes(file)["u"]
            u = np.empty(parts["real"].shape, dtype=np.complex128)
            u.real, u.imag = parts["real"][()], parts["imag"][()]
            return u

    def _meshes(self, file: h5py.File) -> h5py.Group:
        return file[f"data/{self.frames}/meshes"]


def find_fields(paths: RunPaths) -> tuple[StoredField, ...]:
    """All snapshots of a run, in the order in which they were written.

    Raises
    ------
    UserError
        If a file is damaged or too new.

    Notes
    -----
    *Communication*: local.
    """
    found = []
    stored = sorted(paths.fields.glob("field_*.h5"), key=lambda path: (len(path.name), path.name))
    for path in stored:
        try:
            with open_hdf5(path) as file:
                (frames,) = file["data"]
                found.append(StoredField(int(frames), float(file[f"data/{frames}"].attrs["time"]), path))
        except UserError:
            # The last one is still being written, or was when the run was killed.
            if path != stored[-1] or paths.summary.exists():
                raise
    return tuple(found)
