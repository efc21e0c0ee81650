"""The resting state on disk: what a run needs to go on, bit for bit, on any number of ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from parallel_nls.contracts import Domain, State, StepMemory
from parallel_nls.errors import UserError
from parallel_nls.output.layout_of_run import FORMAT_VERSION
from parallel_nls.output.parallel_hdf5 import open_collectively, read_distributed, write_distributed
from parallel_nls.output.reader_files import open_hdf5
from parallel_nls.parallel.consensus import from_root
from parallel_nls.schedules import TICKS

_COUNTS = ("ticks", "steps")


def _same(field: NDArray[np.complex128]) -> NDArray[np.complex128]:
    return field


Identity = Mapping[str, str | float | Sequence[float]]
"""What a state belongs to, by name: the scheme, the grid, the equation, the frames."""


def write_state(path: Path, domain: Domain, state: State, identity: Identity) -> None:
    """Store a resting state.

    Parameters
    ----------
    path : Path
        The new file.
    domain : Domain
        The line or plane.
    state : State
        Kept.
    identity : mapping
        What it belongs to.

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
        file.attrs.update({name: np.int64(getattr(state, name)) for name in _COUNTS})
        file.attrs["pending"] = np.float64(state.pending)
        belongs = file.create_group("identity")
        belongs.attrs.update({name: _attribute(value) for name, value in identity.items()})
        control = file.create_group("step_control")
        control.attrs.update({name: np.float64(value) for name, value in asdict(state.control).items()})
        dataset = file.create_dataset("field", shape=domain.shape, dtype=domain.dtype.newbyteorder("<"))
        write_distributed(dataset, layout, state.field, _same)


def _attribute(value: str | float | Sequence[float]) -> Any:
    return np.bytes_(value) if isinstance(value, str) else np.asarray(value, dtype=np.float64)


def _check_identity(path: Path, file: h5py.File, identity: Identity) -> None:
    """Refuse a state of another run; format 1.0 does not tell."""
    stored = file["identity"].attrs if "identity" in file else {}
    for name in identity:
        if name in stored and not np.array_equal(stored[name], _attribute(identity[name])):
            there, own = (
                value.decode() if isinstance(value, bytes) else value for value in (stored[name], identity[name])
            )
            raise UserError(f"{path} belongs to another run: its {name} is {there}, that of this one {own}")


def _read_head(path: Path, identity: Identity) -> tuple[tuple[int, ...], str, dict[str, Any]]:
    with open_hdf5(path) as file:
        _check_identity(path, file, identity)
        head: dict[str, Any] = {"pending": float(file.attrs["pending"])}
        if "frames" in file.attrs:  # format 1.0, of fixed steps only
            frames = int(file.attrs["frames"])
            head |= {"ticks": frames * TICKS, "steps": frames}
        else:
            head |= {name: int(file.attrs[name]) for name in _COUNTS}
            stored, memory = file["step_control"].attrs, asdict(StepMemory())
            # Every number was written as a double, which holds the levels exactly.
            head["control"] = StepMemory(**{name: type(value)(stored[name]) for name, value in memory.items()})
        return file["field"].shape, file["field"].dtype.name, head


def read_state(path: Path, domain: Domain, identity: Identity) -> State:
    """Read a resting state back, on any number of ranks.

    Parameters
    ----------
    path : Path
        A file of `write_state`.
    domain : Domain
        The line or plane; its points must be those of the file.
    identity : mapping
        What the state must belong to.

    Raises
    ------
    UserError
        If the file is missing, damaged, too new, or belongs to another run: grid, equation, scheme, or frames.

    Notes
    -----
    *Communication*: collective over all ranks.
    """
    layout = domain.layouts[0]
    # Serially and first: idle ranks must learn of a bad file as well.
    shape, dtype, head = from_root(domain.comm, lambda: _read_head(path, identity))
    if (shape, dtype) != (domain.shape, domain.dtype.name):
        raise UserError(f"{path} holds {dtype} numbers of shape {shape}, the run has {domain.dtype} of {domain.shape}")
    field = domain.allocate(layout)
    if domain.grid.active:
        with open_collectively(path, layout, "r") as file:
            read_distributed(file["field"], layout, field)
    return State(field=field, **head)
