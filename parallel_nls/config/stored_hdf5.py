"""Opening an HDF5 file for reading without a lock: a job that writes it goes on, and a reader never waits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import h5py


def open_unlocked(path: Path) -> h5py.File:
    """Open a file for reading; HDF5 is loaded first by this.

    Raises
    ------
    OSError
        If it is missing, or no such file.

    Notes
    -----
    *Communication*: local.
    """
    import h5py

    try:
        return h5py.File(path, "r", locking=False)
    except FileNotFoundError:
        raise
    except OSError:
        # HDF5 refuses other locking than that with which this process itself has the file open.
        return h5py.File(path, "r")
