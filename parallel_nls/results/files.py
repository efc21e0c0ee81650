"""Reading the files of a run directory, serially: versions, summary, series.

A file that a run still writes can be read as well: rows are complete on disk before the next one is computed. Of the
last one, which may just be on its way, what is not there yet is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Annotated, Any

import h5py
from numpy.typing import NDArray
from pydantic import Field

from parallel_nls.arguments import path_of
from parallel_nls.catalogue import CONSERVED, EVERYWHERE, NOT_CONSERVED, QUANTITIES
from parallel_nls.config.spelling import nearest
from parallel_nls.config.stored_json import Count, DamagedError, Finite, Seconds, StoredDocument, read_json
from parallel_nls.errors import UserError, as_typed
from parallel_nls.output import stored_values
from parallel_nls.output.dimension_scales import SCALE_ATTRIBUTES
from parallel_nls.output.hdf5_files import check_stored, check_version, open_hdf5
from parallel_nls.output.run_lock import holder_of
from parallel_nls.output.run_paths import SWEEP_FILE, RunPaths
from parallel_nls.results.run_log import read_log, refusal_in

_ORDER = ("time", "step", *dict.fromkeys(quantity.name for quantity in (*QUANTITIES, *EVERYWHERE)))

# Of a run without a summary, by whether a job holds its lock, which on another machine cannot be told.
_UNENDED = {True: "is still running", False: "was killed", None: "is still running, or was killed"}
_ROWLESS = {
    True: ("is starting", ""),
    False: ("ended before its first row", "; go on with"),
    None: ("is starting, or ended before its first row", "; if it was killed, go on with"),
}


@dataclass(frozen=True)
class Column:
    """One quantity of a series: values with time as first axis, and its texts (long_name, formula, source)."""

    values: NDArray[Any]
    attributes: dict[str, str]


class _Certificate(StoredDocument):
    statement: str


class _Doubt(StoredDocument):
    rows: Count
    told_rows: Count
    told: Finite
    largest: Finite
    within: Finite


class _Summary(StoredDocument):
    """What readers of summary.json count on; there is more."""

    format_version: str
    end_time: Finite
    end_reason: str
    exit_code: Annotated[int, Field(ge=0, le=255)]
    steps: Count
    pairs: Count
    wall_seconds: Seconds
    compiling_seconds: Seconds = 0.0
    peak_memory_bytes: Annotated[list[int], Field(min_length=1)]
    jobs: Count = 1
    error_estimate: float | None = None
    drift: dict[str, float | None] = Field(default_factory=dict)
    scales: dict[str, Finite] = Field(default_factory=dict)
    identity_doubts: dict[str, _Doubt | None] = Field(default_factory=dict)
    certificate: _Certificate | None = None


def find_run(path: str | Path) -> RunPaths:
    """Paths of an existing run directory.

    Parameters
    ----------
    path : str or Path
        The run directory.

    Returns
    -------
    RunPaths
        Where its files are.

    Raises
    ------
    UserError
        If there is no such directory, or no run in it.

    Notes
    -----
    *Communication*: local.
    """
    root = path_of("path", path, "a run directory")
    try:
        if not root.exists():
            raise UserError(f"there is no run directory {str(root)!r}{_nearest_run(root)}")
        if not root.is_dir():
            raise UserError(f"{str(root)!r} is a file; give the run directory")
        paths = RunPaths(root)
        if (root / SWEEP_FILE).is_file():
            raise UserError(_told_of_sweep(root))
        if not paths.config.is_file():
            raise UserError(f"{str(root)!r} is no run directory: it holds no config.toml")
        return paths
    except OSError as error:
        raise UserError(f"{str(root)!r} cannot be read ({error.strerror}); give the run directory") from None


def _told_of_sweep(root: Path) -> str:
    """What to give in place of the directory of a sweep, of which members that failed have none."""
    members = [path.name for path in root.glob("member_*") if (path / "config.toml").is_file()]
    first = min(members, key=lambda name: (len(name), name), default=None)
    one = f"give one of them, as {root / first}" if first is not None else "none of them is there yet"
    table = "; a table of all is in summary.csv there" if (root / "summary.csv").is_file() else ""
    again = f"parallel-nls sweep {as_typed(root / SWEEP_FILE)}"
    return f"{str(root)!r} is a sweep of several runs; {one}{table}; go on with all by: {again}"


def _nearest_run(root: Path) -> str:
    """The end of a message: the run beside a path, or below runs/ as by default, whose name is most like it."""
    folders = Path("runs"), root.parent
    found = (path for folder in folders for path in folder.glob("*") if RunPaths(path).config.is_file())
    there = {path.name: path for path in found}
    near = nearest(root.name, there) if there else None
    return "" if near is None else f"; did you mean {str(there[near])!r}?"


def read_summary(paths: RunPaths) -> dict[str, Any]:
    """summary.json.

    Raises
    ------
    UserError
        If the run has none because it still goes on, was killed or was ended by the disk; or if it is not readable.
    """
    try:
        document = read_json(paths.summary, _Summary)
    except FileNotFoundError:
        raise UserError(
            f"run {str(paths.root)!r} has no summary.json: it {_unended(paths)}; "
            "its series and fields so far can be read"
        ) from None
    except OSError as error:
        raise UserError(f"{paths.summary} cannot be read ({error.strerror})") from None
    except DamagedError as error:
        raise UserError(f"{paths.summary} cannot be read: it {error}") from None
    check_version(document.format_version, paths.summary)
    return document.model_dump(exclude_unset=True)


def _unended(paths: RunPaths) -> str:
    """What becomes of a run without a summary, as far as its lock and the end of its log tell."""
    held = holder_of(paths.lock)[0]
    refused = None if held is not False else refusal_in(read_log(paths))
    return _UNENDED[held] if refused is None else f"was ended by the disk: {refused}"


def read_series(paths: RunPaths) -> dict[str, Column]:
    """All quantities of series.h5, cut to the rows that every one of them has.

    Parameters
    ----------
    paths : RunPaths
        From `find_run`.

    Returns
    -------
    dict
        `time`, `step` and the quantities of the run, by name, families together.

    Raises
    ------
    UserError
        If the file is missing, damaged or too new.

    Notes
    -----
    *Communication*: local.
    """
    if not paths.series.exists() and paths.summary.exists():
        raise UserError(
            f"run {str(paths.root)!r} has ended, and its series.h5 is missing: put it back, or have it written anew "
            f"from the last checkpoint: parallel-nls resume {as_typed(paths.root)}"
        )
    if not paths.series.exists():
        told, resume = _ROWLESS[holder_of(paths.lock)[0]]
        remedy = f"{resume}: parallel-nls resume {as_typed(paths.root)}" if resume else ""
        raise UserError(f"run {str(paths.root)!r} has no row yet: it {told}{remedy}")
    with open_hdf5(paths.series) as file:
        if not {"time", "step"} <= set(file):
            raise KeyError("no time, no step")
        check_stored(file, paths.series)
        found = names_of(file)
        for name in found:
            if not stored_values.dataset(file, name, dimensions=1 if name in ("time", "step") else None).shape:
                raise ValueError(f"{name} has no rows")
        rows = min(len(file[name]) for name in found)
        if rows and (isnan(file["time"][rows - 1]) or file["step"][rows - 1] < 0):
            rows -= 1  # it is just being written, or its job was killed meanwhile
        names = [name for name in _ORDER if name in found]
        names += [name for name in found if name not in names]
        return {name: Column(file[name][:rows], _texts(file[name])) for name in names}


def _texts(dataset: h5py.Dataset) -> dict[str, str]:
    """Attributes, without those by which dimensions are named."""
    return {key: str(dataset.attrs[key]) for key in dataset.attrs if key not in SCALE_ATTRIBUTES}


def scales_of(paths: RunPaths) -> dict[str, float]:
    """Of conserved numbers the moduli of the parts that they are the sum of, at the start; none before the end.

    Raises
    ------
    UserError
        If summary.json is damaged.

    Notes
    -----
    *Communication*: local.
    """
    return dict(read_summary(paths).get("scales", {})) if paths.summary.exists() else {}


def conserved_of(name: str, column: Column) -> str | None:
    """How the drift of a quantity is told: "relative", "absolute", or None. *Communication*: local."""
    kind = column.attributes.get("conserved", CONSERVED.get(name))
    return None if kind == NOT_CONSERVED else kind


def names_of(series: h5py.File) -> list[str]:
    """The columns of an open series, without the labels of dimensions. *Communication*: local."""
    return [name for name, item in series.items() if name == "time" or not getattr(item, "is_scale", False)]


def is_own(name: str) -> bool:
    """Whether a column is a user's own quantity. *Communication*: local."""
    return name not in _ORDER
