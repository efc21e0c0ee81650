"""Which runs a path stands for: a run directory for itself, the directory of a sweep or a study for all of its runs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from parallel_nls.errors import UserError, as_typed
from parallel_nls.output.run_paths import SWEEP_FILE, RunPaths
from parallel_nls.results.files import find_run

__all__ = ["is_sweep", "refuse_twice", "runs_of"]


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


def refuse_twice(paths: Iterable[RunPaths]) -> None:
    """Raise UserError if a run is given twice, by whatever path. *Communication*: local."""
    roots = [one.root.resolve() for one in paths]
    if len(set(roots)) < len(roots):
        raise UserError("a run is given twice; give each run once")
