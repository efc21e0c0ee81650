"""Which runs a path stands for: a run directory for itself, the directory of a sweep or a study for all of its runs."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path

from parallel_nls.errors import UserError, as_typed
from parallel_nls.output.run_paths import SWEEP_FILE, RunPaths
from parallel_nls.results.files import find_run

__all__ = ["absent_members", "failed_members", "is_sweep", "refuse_twice", "runs_of"]


def is_sweep(path: str | Path) -> bool:
    """Whether a directory is that of a sweep, or of a study of several runs. *Communication*: local."""
    return (Path(path) / SWEEP_FILE).is_file()


def runs_of(path: str | Path) -> tuple[RunPaths, ...]:
    """The runs of a directory.

    Parameters
    ----------
    path : str or Path
        A run directory, or that of a sweep or a study.

    Returns
    -------
    tuple of RunPaths
        Of a sweep the members that have begun, in their order.

    Raises
    ------
    UserError
        If there is no run.

    Notes
    -----
    *Communication*: local.
    """
    root = Path(path)
    if not is_sweep(root):
        return (find_run(root),)
    folders = (folder for folder in root.glob("member_*") if (folder / "config.toml").is_file())
    members = tuple(RunPaths(folder) for folder in sorted(folders, key=lambda one: (len(one.name), one.name)))
    if not members:
        raise UserError(
            f"sweep {str(root)!r} has no run yet; begin it by: parallel-nls sweep {as_typed(root / SWEEP_FILE)}"
        )
    return members


def failed_members(root: Path) -> dict[str, str]:
    """Why members of a sweep failed, by name, as its last table tells; empty where there is none yet.

    Notes
    -----
    *Communication*: local.
    """
    try:
        rows = json.loads((root / "summary.json").read_text(encoding="utf-8"))["members"]
        return {f"member_{row['member']:04d}": str(row["reason"]) for row in rows if row["status"] == "failed"}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def absent_members(root: Path) -> dict[str, str]:
    """The members of a sweep that have no run, by name, and why each has none, as far as that is known.

    Notes
    -----
    *Communication*: local.
    """
    try:
        with (root / "members.csv").open(encoding="utf-8", newline="") as file:
            numbers = [int(row["member"]) for row in csv.DictReader(file)]
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return {}
    failed, names = failed_members(root), (f"member_{number:04d}" for number in numbers)
    return {
        name: f"failed: {failed[name]}" if name in failed else "not begun"
        for name in names
        if not (root / name / "config.toml").is_file()
    }


def refuse_twice(paths: Iterable[RunPaths]) -> None:
    """Raise UserError if a run is given twice, by whatever path. *Communication*: local."""
    roots = [one.root.resolve() for one in paths]
    if len(set(roots)) < len(roots):
        raise UserError("a run is given twice; give each run once")
