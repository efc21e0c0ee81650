"""The resting state on disk: what a run needs to go on, bit for bit, on any number of ranks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from parallel_nls.contracts import State
from parallel_nls.errors import UserError
from parallel_nls.output.layout_of_run import FORMAT_VERSION
from parallel_nls.output.parallel_hdf5 import open_collectively, read_distributed, write_distributed
from parallel_nls.output.reader_files import open_hdf5
from parallel_nls.parallel.consensus import from_root
from parallel_nls.spectral.domain import FourierDomain


def _same(field: NDArray[np.complex128]) -> NDArray[np.complex128]:
    return field


def write_state(path: Path, domain: FourierDomain, state: State) -> None:
    """Store a resting state.

    Parameters
    ----------
    path : Path
        The new file.
    domain : FourierDomain
        The plane.
    state : State
        Kept.

    Notes
    -----
    *Communication*: collective over all ranks; idle ones pass through.
    """
    if not domain.grid.active:
        return
    layout = domain.layouts[0]
    with open_collectively(path, layout, "w") as file:
        file.attrs["format_version"] = np.bytes_(FORMAT_VERSION)
        file.attrs["representation"] = np.bytes_("Fourier coefficients along the last axis")
        file.attrs["frames"] = np.int64(state.frames)
        file.attrs["pending"] = np.float64(state.pending)
        dataset = file.create_dataset("field", shape=domain.shape, dtype="<c16")
        write_distributed(dataset, layout, state.field, _same)


def _read_head(path: Path) -> tuple[tuple[int, ...], int, float]:
    with open_hdf5(path) as file:
        return file["field"].shape, int(file.attrs["frames"]), float(file.attrs["pending"])


def read_state(path: Path, domain: FourierDomain) -> State:
    """Read a resting state back, on any number of ranks.

    Parameters
    ----------
    path : Path
        A file of `write_state`.
    domain : FourierDomain
        The plane; its points must be those of the file.

    Raises
    ------
    UserError
        If the file is missing, damaged, too new, or belongs to another grid.

    Notes
    -----
    *Communication*: collective over all ranks.
    """
    layout = domain.layouts[0]
    # Serially and first: idle ranks must learn of a bad file as well.
    shape, frames, pending = from_root(domain.comm, lambda: _read_head(path))
    if shape != domain.shape:
        raise UserError(f"{path} holds a field of {shape} points, the run has {domain.shape}")
    field = domain.allocate(layout)
    if domain.grid.active:
        with open_collectively(path, layout, "r") as file:
            read_distributed(file["field"], layout, field)
    return State(frames, field, pending)
