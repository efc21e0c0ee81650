"""What the files of a run tell while its job goes on writing them."""

from __future__ import annotations

import time as clock
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from parallel_nls.config import Configuration, load_configuration
from parallel_nls.errors import UserError
from parallel_nls.output.checkpoint_store import stored_checkpoints
from parallel_nls.output.manifest import manifest_of, read_manifest
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.results.files import Column, read_series, scales_of
from parallel_nls.results.run_log import LogLine, Progress, progress_of, read_log
from parallel_nls.results.run_state import RunState, state_of_paths

__all__ = ["Checkpoint", "Observation", "Observer"]

_TRIES = 5
_PAUSE = 0.05  # seconds before a file is read again that was just being written


@dataclass(frozen=True)
class Checkpoint:
    """The newest checkpoint that counts: steps taken, simulated time, and when it was written, local time."""

    steps: int
    time: float
    written: datetime


@dataclass(frozen=True)
class Observation:
    """How a run stands, at one moment.

    Attributes
    ----------
    paths, config, state, lines
        Of the run, lines those of its log.
    columns : mapping
        The series; empty before the first row.
    checkpoint : Checkpoint or None
        The newest one.
    stale : str
        Why the series is that of an earlier moment; "" if it is not.
    scales : mapping
        Of conserved numbers the moduli of their parts, once the run has ended.
    """

    paths: RunPaths
    config: Configuration
    state: RunState
    lines: tuple[LogLine, ...]
    columns: Mapping[str, Column] = field(default_factory=dict)
    checkpoint: Checkpoint | None = None
    stale: str = ""
    scales: Mapping[str, float] = field(default_factory=dict)

    @property
    def progress(self) -> Progress | None:
        """What the job last said of how far it is."""
        return progress_of(self.lines)

    @property
    def rows(self) -> int:
        """How many rows the series has."""
        return len(self.columns["time"].values) if self.columns else 0

    @property
    def step(self) -> int | None:
        """Steps taken, by the last row or the log, whichever came later."""
        found = [int(self.columns["step"].values[-1])] if self.rows else []
        if self.state.may_go_on and self.progress is not None:
            found.append(self.progress.step)
        return max(found, default=None)

    @property
    def share(self) -> float | None:
        """How much of the simulated time is done, from 0 to 1."""
        found = []
        if self.rows:
            start, stop = self.config.time.start, self.config.time.stop
            found.append((float(self.columns["time"].values[-1]) - start) / (stop - start))
        if self.state.may_go_on and self.progress is not None:
            found.append(self.progress.share)
        return max(found, default=None)

    def seconds_left(self, now: datetime) -> tuple[float, bool] | None:
        """Seconds to the stop, as the job last said, and whether that is a bound from below; None if it is not known.

        Parameters
        ----------
        now : datetime
            Local time.
        """
        said = self.progress
        if said is None or said.seconds_left is None or not self.state.may_go_on:
            return None
        return max(said.seconds_left - (now - said.clock).total_seconds(), 0.0), said.at_least


class Observer:
    """Looks at a run again and again; what has not changed is not read again.

    Parameters
    ----------
    paths : RunPaths
        The run directory.

    Notes
    -----
    Nothing is written, and no lock is taken. A file that the job replaces or extends at this moment is read once more;
    if that does not help, what was read before stands. *Communication*: local.
    """

    def __init__(self, paths: RunPaths) -> None:
        self.paths = paths
        self._seen: object = None
        self._configured: object = None
        self._columns: Mapping[str, Column] = {}
        self._config: Configuration | None = None

    def look(self) -> Observation:
        """Read what is new.

        Raises
        ------
        UserError
            If the configuration cannot be read.
        """
        config = self._read_config()
        # The state ahead of the series: of a run that has ended by now all that follows is final.
        state = state_of_paths(self.paths, config.equation.time_symbol)
        stale = self._read_series()
        return Observation(
            self.paths,
            config,
            state,
            tuple(read_log(self.paths)),
            self._columns,
            newest_checkpoint(self.paths),
            stale,
            scales_of(self.paths),
        )

    def _read_config(self) -> Configuration:
        """The configuration, which a job that goes further than the one before it has written anew."""
        stamp = _stamp(self.paths.config)
        if self._config is None or stamp != self._configured:
            self._config, self._configured = load_configuration(str(self.paths.config), with_files=False), stamp
        return self._config

    def _read_series(self) -> str:
        """Read the rows so far; returns why they could not be read."""
        trouble = ""
        for attempt in range(_TRIES):
            stamp = _stamp(self.paths.series)
            if stamp is None or stamp == self._seen:
                return ""
            try:
                self._columns, self._seen = read_series(self.paths), stamp
            except UserError as error:
                trouble = str(error)
                if attempt < _TRIES - 1:
                    clock.sleep(_PAUSE)
            else:
                return ""
        return trouble


def _stamp(path: Path) -> object:
    """What changes when a file does; None if it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def newest_checkpoint(paths: RunPaths) -> Checkpoint | None:
    """The newest checkpoint with a whole manifest, which counts; None without one. *Communication*: local."""
    try:
        for path in stored_checkpoints(paths):
            manifest = read_manifest(path)
            if not isinstance(manifest, str):
                written = datetime.fromtimestamp(manifest_of(path).stat().st_mtime)
                return Checkpoint(manifest.steps, manifest.time, written)
    except (OSError, KeyError, ValueError, TypeError):  # it is just being replaced
        pass
    return None
