"""The simulated time that a file of initial data holds, for `time = "stored"` of [initial].

The only part of a configuration that looks into a file: when a run starts must be known before all else is checked.
"""

from __future__ import annotations

import zipfile
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from parallel_nls.config.stored_hdf5 import open_unlocked
from parallel_nls.config.toml_text import quoted
from parallel_nls.errors import UserError

__all__ = ["STORED", "with_stored_time"]

STORED = "stored"


def with_stored_time(document: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return a document in which the start of the run is that of its file, where [initial] says so.

    Parameters
    ----------
    document : dict
        As tomllib reads it.
    folder : Path
        From which relative paths in it are taken.

    Returns
    -------
    dict
        With ``time.start``, and without ``time`` in [initial]; as it is where nothing is asked for, or what is there is
        a mistake of its own.

    Raises
    ------
    UserError
        If the file holds no time, or ``time.start`` is another.

    Notes
    -----
    *Communication*: local.
    """
    initial, times = document.get("initial"), document.get("time", {})
    if not isinstance(initial, dict) or not isinstance(times, dict):
        return document
    parts: dict[str, Any] = {"initial": initial, "initial.remainder": initial.get("remainder")}
    for key, part in parts.items():
        if part is None or not _asks(part):
            continue
        path = (folder / part["file"]).absolute()
        if not path.is_file():
            continue  # a mistake of initial.file
        stored = _time_in(path, part.get("dataset"), key)
        if times.get("start", stored) != stored:
            raise UserError(
                f'time.start = {quoted(times["start"])}: {key}.time = "{STORED}" takes it from {path}, where it is '
                f"{stored!r}; remove one of the two"
            )
        document = {**document, "time": {**times, "start": stored}, "initial": _without_time(initial, key)}
    return document


def _asks(part: object) -> bool:
    """Return whether a table of initial data takes the time of its file."""
    return isinstance(part, dict) and part.get("time") == STORED and isinstance(part.get("file"), str)


def _without_time(initial: dict[str, Any], key: str) -> dict[str, Any]:
    if key == "initial":
        return {name: value for name, value in initial.items() if name != "time"}
    small = {name: value for name, value in initial["remainder"].items() if name != "time"}
    return {**initial, "remainder": small}


def _time_in(path: Path, dataset: object, key: str) -> float:
    """Return the time of a file.

    Of a stored field that of its iteration; in another HDF5 file an attribute ``time`` of the dataset or of a group
    around it, or a number of that name beside it; in an archive of numpy the array ``time``.
    """
    try:
        name = dataset if isinstance(dataset, str) else ""
        found = _in_archive(path) if path.suffix == ".npz" else _in_hdf5(path, name)
    except (OSError, KeyError, RuntimeError, ValueError, zipfile.BadZipFile) as error:
        raise UserError(f"{path} cannot be read ({error}); give another initial.file") from None
    if found is None or np.shape(found) not in ((), (1,)):
        raise UserError(f'{path} holds no time, which {key}.time = "{STORED}" asks for; remove it, and give time.start')
    time = float(np.reshape(found, ()))
    if not isfinite(time):
        raise UserError(f"{path} is damaged: its time is {time}")
    return time


def _in_archive(path: Path) -> Any:
    with np.load(path, allow_pickle=False) as archive:
        return archive["time"] if "time" in archive.files else None


def _in_hdf5(path: Path, dataset: str) -> Any:
    if path.suffix == ".npy":
        return None
    import h5py

    with open_unlocked(path) as file:
        group = file.get("data")
        if not dataset and isinstance(group, h5py.Group) and len(group) == 1:
            return group[next(iter(group))].attrs.get("time")
        node = file[dataset] if dataset else file
        while True:
            if "time" in node.attrs:
                return node.attrs["time"]
            beside = node.get("time") if isinstance(node, h5py.Group) else None
            if isinstance(beside, h5py.Dataset):
                return beside[()]
            if node.name == "/":
                return None
            node = node.parent
