"""The directory of a sweep: where everything is, and how far each member has come, as its files tell."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parallel_nls.config import load_configuration
from parallel_nls.errors import DONE, STOPPED, UserError
from parallel_nls.output.checkpoint_store import stored_checkpoints
from parallel_nls.output.durable_files import fresh_name
from parallel_nls.output.run_paths import SWEEP_FILE, RunPaths
from parallel_nls.results.files import read_summary
from parallel_nls.studies.sweep.plan import member_name


@dataclass(frozen=True)
class SweepPaths:
    """Where everything of a sweep is.

    Attributes
    ----------
    root : Path
        The directory of the sweep.

    Notes
    -----
    *Communication*: local.
    """

    root: Path

    @property
    def sweep(self) -> Path:
        """The sweep file, complete."""
        return self.root / SWEEP_FILE

    @property
    def index(self) -> Path:
        """Numbers and values of the members."""
        return self.root / "members.csv"

    @property
    def table(self) -> Path:
        """How each member ended."""
        return self.root / "summary.csv"

    @property
    def document(self) -> Path:
        """The same for programs."""
        return self.root / "summary.json"

    @property
    def stop(self) -> Path:
        """A file that a user makes to end all jobs of the sweep."""
        return self.root / "stop"

    @property
    def jobs(self) -> Path:
        """Folder of the jobs that work on the sweep."""
        return self.root / ".jobs"

    def member(self, number: int) -> RunPaths:
        """The run directory of a member."""
        return RunPaths(self.root / member_name(number))


def summary_of(paths: RunPaths) -> dict[str, Any] | None:
    """Return how a member ended; None while it goes on, or when it was killed. *Communication*: local."""
    try:
        return read_summary(paths) if paths.summary.exists() else None
    except UserError:  # it vanished, or was damaged: the checkpoints tell where to go on
        return None


def time_symbol_of(paths: RunPaths) -> str | None:
    """What the time of a member is called; None where its configuration cannot be read. *Communication*: local."""
    try:
        return load_configuration(str(paths.config), with_files=False).equation.time_symbol
    except UserError:
        return None


def is_finished(paths: RunPaths) -> bool:
    """Whether nothing is left to do for a member: it came to its stop, or to a limit. *Communication*: local."""
    summary = summary_of(paths)
    return summary is not None and summary["exit_code"] in (DONE, STOPPED)


def is_begun(paths: RunPaths) -> bool:
    """Whether a member has something to go on from. *Communication*: local."""
    return bool(stored_checkpoints(paths))


def clear(paths: RunPaths) -> None:
    """Take away what a member left that was killed before its first checkpoint; its lock must be held.

    Raises
    ------
    OSError
        If the file system refuses.

    Notes
    -----
    *Communication*: local.
    """
    for path in (paths.config, paths.record, *paths.sources, paths.series, paths.summary, paths.log):
        path.unlink(missing_ok=True)
        fresh_name(path).unlink(missing_ok=True)  # of a job that was killed ahead of its renaming
    for folder in (paths.fields, paths.checkpoints):
        if folder.exists():
            shutil.rmtree(folder)
