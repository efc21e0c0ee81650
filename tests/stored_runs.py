"""Run directories with numbers of the test's own, for what only reads them: stored in milliseconds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import ArrayLike

from parallel_nls.config import load_configuration
from parallel_nls.output.run_paths import FORMAT_VERSION, RunPaths
from tests.support import PLAIN

SMALL = (PLAIN, "grid.points=[32,24]", "grid.length=[40,30]", "time.start=-2.0", "time.stop=-1.5", "time.step=0.05")
"""Overrides of one_bubble: ten steps."""


def store_run(
    root: Path, columns: Mapping[str, ArrayLike] | None, *overrides: str, example: str = "one_bubble"
) -> Path:
    """A run directory with a configuration and a series, `step` and `time` among the columns, of a run without end.

    Parameters
    ----------
    root : Path
        A folder to be made.
    columns : mapping or None
        Rows by name; None: there is no series.
    *overrides : str
        As after --set, of the example.
    """
    paths = RunPaths(root)
    for folder in (paths.fields, paths.checkpoints):
        folder.mkdir(parents=True)
    given = (*SMALL, *overrides) if example == "one_bubble" else overrides
    paths.config.write_text(load_configuration(example, given).complete_toml(), encoding="utf-8")
    if columns is not None:
        write_series(paths, columns)
    return root


def write_series(paths: RunPaths, columns: Mapping[str, ArrayLike]) -> None:
    """Write series.h5 anew."""
    with h5py.File(paths.series, "w") as file:
        file.attrs["format_version"] = np.bytes_(FORMAT_VERSION)
        for name, values in columns.items():
            file.create_dataset(name, data=np.asarray(values, dtype="i8" if name == "step" else "f8"))


def end_run(root: Path, exit_code: int = 0, **values: Any) -> None:
    """Write a summary: the run has ended."""
    document = {
        "format_version": FORMAT_VERSION,
        "end_time": -1.5,
        "end_reason": "stop time reached",
        "exit_code": exit_code,
        "steps": 10,
        "pairs": 20,
        "wall_seconds": 0.5,
        "jobs": 1,
        "peak_memory_bytes": [10**8],
        **values,
    }
    RunPaths(root).summary.write_text(json.dumps(document), encoding="utf-8")


def rows(times: ArrayLike, **columns: ArrayLike) -> dict[str, ArrayLike]:
    """Columns of a series at these times, ten steps in all."""
    found = np.asarray(times, dtype=float)
    return {"time": found, "step": np.round((found + 2.0) / 0.05), **columns}
