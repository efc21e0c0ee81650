"""Whether a checkpoint holds what it should: what was to be written, or at all what a run writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parallel_nls.contracts import State
from parallel_nls.errors import UserError
from parallel_nls.output import stored_values
from parallel_nls.output.checkpoint import Identity, RunHistory
from parallel_nls.output.checkpoint_reading import read_all_but_fields
from parallel_nls.output.hdf5_files import open_hdf5
from parallel_nls.schedules import TICKS


def check_contents(path: Path) -> tuple[int, int, float | None]:
    """Look at all of a checkpoint of a run but its fields, whatever its checksums say.

    Parameters
    ----------
    path : Path
        A checkpoint whose bytes are those that were written.

    Returns
    -------
    tuple of int, int, float or None
        Steps, ticks, and the simulated time that they mean, as far as the file tells.

    Raises
    ------
    UserError
        If it holds something else than a run's checkpoint, or its rows are not in order.

    Notes
    -----
    *Communication*: local; of rank 0.
    """
    head, history = read_all_but_fields(path, {})
    columns = history.columns
    with open_hdf5(path) as file:
        stored = file["identity"].attrs if "identity" in file else {}
        time = None
        if {"start", "frame"} <= set(stored):
            start, frame = (stored_values.real_number(stored, name) for name in ("start", "frame"))
            time = start + frame * head["ticks"] / TICKS
        if columns:
            _check_rows(columns, head["steps"])
    return head["steps"], head["ticks"], time


def _check_rows(columns: Mapping[str, NDArray[np.generic]], steps: int) -> None:
    """Refuse rows out of order, or later than the state."""
    times, counts = (np.asarray(columns[name]) for name in ("time", "step"))
    if times.ndim != 1 or counts.ndim != 1 or counts.dtype.kind not in "iu" or not np.isfinite(times).all():
        raise ValueError("time and step of its series are no numbers, one a row")
    change = np.diff(times)
    ordered = (change > 0).all() or (change < 0).all()
    if not ordered or not (np.diff(counts) > 0).all() or (len(counts) and not 0 <= counts[0] <= counts[-1] <= steps):
        raise ValueError("its series are out of order")


def holds_all_but_field(path: Path, identity: Identity, state: State, history: RunHistory) -> bool:
    """Whether a checkpoint holds what was to be written, but for the field itself.

    Parameters
    ----------
    path, identity, state, history
        As for `write_state`.

    Returns
    -------
    bool
        False also if the file cannot be made out.

    Notes
    -----
    *Communication*: local; of rank 0.
    """
    try:
        head, stored = read_all_but_fields(path, identity)
    except UserError:
        return False
    mine = [state.ticks, state.steps, state.pending, asdict(state.control), state.wisdom.text, *_parts(history)]
    control = asdict(head["control"])
    found = [head["ticks"], head["steps"], head["pending"], control, head["wisdom"].text, *_parts(stored)]
    return all(map(_is_same, mine, found))


def _parts(history: RunHistory) -> list[Any]:
    settings = json.loads(json.dumps(history.settings))
    return [settings, history.first, history.last, history.pairs, dict(history.columns)]


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values have the same bits, NaN included."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_is_same(one[key], other[key]) for key in one)
    if isinstance(one, (list, str)) or one is None:
        return bool(one == other)
    return np.asarray(one).tobytes() == np.asarray(other, dtype=np.asarray(one).dtype).tobytes()
