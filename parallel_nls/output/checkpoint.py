"""The resting state on disk: what a run needs to go on, bit for bit, on any number of ranks.

A checkpoint of a run holds the state, and with it the history of the run so far: the rows of the series and what the
loop over the steps remembers. A state alone is a checkpoint without a history. What is written here is read back by
`checkpoint_reading`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from parallel_nls.contracts import State, StoredDomain
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.output.parallel_hdf5 import add_distributed, adding, filling
from parallel_nls.output.run_paths import FORMAT_VERSION

Values = dict[str, float | RealArray]
Identity = Mapping[str, str | float | Sequence[float]]
"""What a state belongs to, by name: the scheme, the grid, the equation, the frames."""

# Names in the file.
COUNTS = ("ticks", "steps")
SAMPLES = ("first", "last")
SETTINGS = "settings"
WISDOM = "transforms/wisdom"


@dataclass
class RunHistory:
    """What a run remembers besides its state.

    Attributes
    ----------
    settings : mapping
        The configured values on which the run's data depend, as plain values; see `Configuration.settings`.
    first, last : dict
        The first sample, and the last one that was looked at, which need not be a row.
    pairs : int
        Transform pairs so far.
    columns : mapping of str to ndarray
        On rank 0 the rows of the series, by name; empty elsewhere.
    """

    settings: Mapping[str, Any]
    first: Values
    last: Values
    pairs: int = 0
    columns: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)


def write_state(
    path: Path, domain: StoredDomain, state: State, identity: Identity, history: RunHistory | None = None
) -> None:
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
    history : RunHistory, optional
        The run so far.

    Raises
    ------
    StorageError
        On every rank: the file system refuses.

    Notes
    -----
    *Communication*: collective over all ranks; idle ones join the verdicts only.
    """

    def lay_out(file: h5py.File) -> None:
        """Write all but the fields."""
        file.attrs["format_version"] = np.bytes_(FORMAT_VERSION)
        file.attrs["representation"] = np.bytes_(state.representation)
        file.attrs.update({name: np.int64(getattr(state, name)) for name in COUNTS})
        file.attrs["pending"] = np.float64(state.pending)
        _add_attributes(file, "identity", identity)
        _add_attributes(file, "step_control", asdict(state.control))
        if state.wisdom.text:
            file[WISDOM] = np.frombuffer(_packed(state.wisdom.text), np.uint8)
            file[WISDOM].attrs["sha256"] = np.bytes_(state.wisdom.digest)
        for name in sorted(state.fields):
            place = domain.place_of(name)
            add_distributed(file, name, place.shape, place.dtype)
        if history is not None:
            _add_history(file, history)

    small = sum(column.nbytes for column in history.columns.values()) if history is not None else 0
    small += len(state.wisdom.text)
    here = [name for name in sorted(state.fields) if domain.place_of(name) is domain]
    with filling(path, domain, lay_out, small) as writer:
        for name in here:
            writer.write_array(name, domain.layouts[0], state.fields[name])
    # Fields that lie elsewhere may have other active ranks, and each of these must write in each piece.
    for name in sorted(state.fields.keys() - set(here)):
        place = domain.place_of(name)
        with adding(path, place) as writer:
            writer.write_array(name, place.layouts[0], state.fields[name])


@lru_cache(maxsize=4)
def _packed(text: str) -> bytes:
    """A text that every state of a run holds, compressed once."""
    return zlib.compress(text.encode())


def _add_attributes(file: h5py.File, name: str, values: Mapping[str, Any]) -> None:
    # In the order in which they are read back: files must not tell whether a run was resumed.
    file.create_group(name).attrs.update({key: attribute(values[key]) for key in sorted(values)})


def _add_history(file: h5py.File, history: RunHistory) -> None:
    for name in SAMPLES:
        _add_attributes(file, name, getattr(history, name))
    file.attrs["pairs"] = np.int64(history.pairs)
    file[SETTINGS] = np.frombuffer(json.dumps(history.settings).encode(), np.uint8)
    for name, column in history.columns.items():
        file[f"series/{name}"] = column.astype(column.dtype.newbyteorder("<"))


def attribute(value: str | float | Sequence[float]) -> Any:
    """A value as an attribute of a file. *Communication*: local."""
    return np.bytes_(value.encode()) if isinstance(value, str) else np.asarray(value, dtype=np.float64)
