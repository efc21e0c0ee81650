"""Reading a resting state and the history of its run back: all that a file holds is looked at before it is used."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray
from pydantic import RootModel

from parallel_nls.config.stored_json import parse_json
from parallel_nls.contracts import State, StepMemory, StoredDomain
from parallel_nls.errors import UserError
from parallel_nls.output import stored_values
from parallel_nls.output.checkpoint import COUNTS, SAMPLES, SETTINGS, WISDOM, Identity, RunHistory, Values, attribute
from parallel_nls.output.hdf5_files import check_stored, open_hdf5
from parallel_nls.output.parallel_hdf5 import read_arrays
from parallel_nls.output.refusals import Refusals
from parallel_nls.parallel.consensus import from_root
from parallel_nls.schedules import TICKS
from parallel_nls.spectral.pencils import allocate_resident
from parallel_nls.spectral.wisdom import NO_WISDOM, Wisdom

_LONGEST_WISDOM = 2**26  # bytes

Fields = dict[str, tuple[tuple[int, ...], str]]
"""Shape and precision of each field by its name."""


class _Settings(RootModel[dict[str, Any]]):
    """The configured values of a run: any JSON object."""


def _check_identity(path: Path, file: h5py.File, identity: Identity) -> None:
    """Refuse a state of another run; format 1.0 does not tell."""
    stored = file["identity"].attrs if "identity" in file else {}
    for name in identity:
        if name in stored and not np.array_equal(stored[name], attribute(identity[name])):
            there, own = (
                value.decode() if isinstance(value, bytes) else value for value in (stored[name], identity[name])
            )
            raise UserError(f"{path} belongs to another run: its {name} is {there}, that of this one {own}")


def read_head(path: Path, identity: Identity) -> tuple[Fields, dict[str, Any]]:
    """Shape and precision of each field by its name, and all else that a state holds.

    *Communication*: local; of rank 0.
    """
    with open_hdf5(path) as file:
        check_stored(file, path)
        return _head_in(path, file, identity)


def _head_in(path: Path, file: h5py.File, identity: Identity) -> tuple[Fields, dict[str, Any]]:
    _check_identity(path, file, identity)
    head: dict[str, Any] = {"pending": stored_values.real_number(file.attrs, "pending"), "wisdom": _wisdom_in(file)}
    if "representation" in file.attrs:
        head["representation"] = stored_values.text(file.attrs, "representation")
    if "frames" in file.attrs:  # format 1.0, of fixed steps only
        frames = stored_values.count(file.attrs, "frames")
        head |= {"ticks": frames * TICKS, "steps": frames}
    else:
        head |= {name: stored_values.count(file.attrs, name) for name in COUNTS}
        head["control"] = _memory_in(dict(stored_values.group(file, "step_control").attrs))
    # What is no field: groups, and the settings.
    fields = {name: item for name, item in file.items() if isinstance(item, h5py.Dataset) and name != SETTINGS}
    if not fields:
        raise KeyError("no field")
    return {name: (field.shape, field.dtype.name) for name, field in fields.items()}, head


def _memory_in(stored: Mapping[str, Any]) -> StepMemory:
    """What step control knows: every number was written as a double, which holds the levels exactly."""
    found: dict[str, Any] = {}
    for name, value in asdict(StepMemory()).items():
        whole = isinstance(value, int)
        # Formats before 1.4 lack some.
        number = stored_values.real_number(stored, name, finite=whole) if name in stored else value
        found[name] = int(number) if whole else number
    return StepMemory(**found)


def _wisdom_in(file: h5py.File) -> Wisdom:
    """The plans of the run; those of states that tell of none, as all did at first, were made by estimate."""
    if WISDOM not in file:
        return NO_WISDOM
    packed = stored_values.dataset(file, WISDOM, "u", 1)
    unpacker = zlib.decompressobj()
    try:
        plain = unpacker.decompress(packed[()].tobytes(), _LONGEST_WISDOM)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    found = Wisdom(plain.decode())
    if not unpacker.eof or found.digest != stored_values.text(packed.attrs, "sha256"):
        raise ValueError("the plans of the transforms are damaged")
    return found


def read_wisdom(path: Path) -> Wisdom:
    """By which plans the transforms of a stored state were made; none: by estimate.

    Raises
    ------
    UserError
        If the file is missing or damaged.

    Notes
    -----
    *Communication*: local; of rank 0.
    """
    with open_hdf5(path) as file:
        return _wisdom_in(file)


def read_state(path: Path, domain: StoredDomain, identity: Identity) -> State:
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
    StorageError
        On every rank: the file system does not give the file out.

    Notes
    -----
    *Communication*: collective over all ranks.
    """
    # Serially and first: idle ranks must learn of a bad file as well.
    found, head = from_root(domain.comm, lambda: read_head(path, identity))
    try:
        places = {name: domain.place_of(name) for name in found}
    except KeyError as error:
        raise UserError(f"{path} holds {error}, which is no field of this run") from None
    for name, (shape, dtype) in found.items():
        if (shape, dtype) != (places[name].shape, places[name].dtype.name):
            own = f"the run has {places[name].dtype} of {places[name].shape}"
            raise UserError(f"{path} holds {dtype} numbers of shape {shape}, {own}")
    fields = {name: allocate_resident(place) for name, place in places.items()}
    refusals = Refusals(domain.comm, path)
    for name, place in places.items():
        read_arrays(path, place.layouts[0], {name: fields[name]}, refusals)
    refusals.settle()
    return State(fields=fields, **head)


def stored_shape(path: Path, name: str) -> tuple[int, ...]:
    """The shape of a field of a stored state.

    Raises
    ------
    UserError
        If the file is missing or damaged.

    Notes
    -----
    *Communication*: local.
    """
    with open_hdf5(path) as file:
        field = stored_values.dataset(file, name, "iufc")
        if not field.shape:
            raise ValueError(f"{name} is a single number")
        return tuple(field.shape)


def stored_points(path: Path) -> tuple[int, ...]:
    """The points of the grid of a stored state on each axis; none of format 1.0, which does not tell.

    Raises
    ------
    UserError
        If the file is missing or damaged.

    Notes
    -----
    *Communication*: local.
    """
    with open_hdf5(path) as file:
        if "identity" not in file or "points" not in file["identity"].attrs:
            return ()
        stored = stored_values.real_array(file["identity"].attrs, "points")
        if not (np.isfinite(stored).all() and (stored >= 1).all()):
            raise ValueError(f"points is {stored}")
        return tuple(int(n) for n in stored)


def read_history(path: Path, comm: MPI.Intracomm) -> RunHistory:
    """Read the history of a run from its checkpoint, one that is known to be good.

    Parameters
    ----------
    path : Path
        A checkpoint of a run.
    comm : MPI.Comm
        All ranks.

    Returns
    -------
    RunHistory
        The same on every rank but for the columns, which rank 0 has.

    Raises
    ------
    UserError
        On every rank: the file holds a state alone.

    Notes
    -----
    *Communication*: collective, one broadcast.
    """
    columns: dict[str, NDArray[np.generic]] = {}

    def read() -> RunHistory:
        """Read all but the columns as the result, and the columns for this rank."""
        history = read_stored_history(path)
        columns.update(history.columns)
        return replace(history, columns={})

    history = from_root(comm, read)
    history.columns = columns
    return history


def read_stored_history(path: Path) -> RunHistory:
    """The history in a checkpoint, its columns too. *Communication*: local; of rank 0."""
    with open_hdf5(path) as file:
        check_stored(file, path)
        return _history_in(file)


def read_settings(path: Path) -> dict[str, Any]:
    """The settings in a checkpoint with which its run was computed. *Communication*: local."""
    with open_hdf5(path) as file:
        check_stored(file, path)
        return _settings_in(file)


def read_all_but_fields(path: Path, identity: Identity) -> tuple[dict[str, Any], RunHistory]:
    """All of a checkpoint of a run but its fields: what a state holds, and its history.

    *Communication*: local; of rank 0.
    """
    with open_hdf5(path) as file:
        check_stored(file, path)
        _, head = _head_in(path, file, identity)
        return head, _history_in(file)


def _history_in(file: h5py.File) -> RunHistory:
    series = stored_values.group(file, "series") if "series" in file else {}
    columns = {name: stored_values.dataset(series, name)[()] for name in series}
    lengths = {column.shape[:1] for column in columns.values()}
    if len(lengths) > 1 or () in lengths:
        raise ValueError("its series have different lengths")
    first, last = (_numbers(dict(stored_values.group(file, name).attrs)) for name in SAMPLES)
    return RunHistory(_settings_in(file), first, last, stored_values.count(file.attrs, "pairs"), columns)


def _settings_in(file: h5py.File) -> dict[str, Any]:
    text = stored_values.dataset(file, SETTINGS, "u", 1)[()].tobytes()
    return parse_json(text, _Settings, constants=True).root


def _numbers(attributes: Mapping[str, Any]) -> Values:
    return {
        name: stored_values.real_number(attributes, name, finite=False)
        if np.ndim(value) == 0
        else stored_values.real_array(attributes, name, np.ndim(value))
        for name, value in attributes.items()
    }
