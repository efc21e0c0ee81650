"""The checkpoints of a run: written, flushed, read back, sealed; the newest ones kept; the newest good one found.

A checkpoint counts from the moment at which its manifest appears, and the ones before it go only then. So a run that
ends at any moment leaves at least one good checkpoint behind, once it has had one.
"""

from __future__ import annotations

import re
import time as clock
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mpi4py import MPI

from parallel_nls.contracts import State, StoredDomain
from parallel_nls.errors import StorageError
from parallel_nls.output.checkpoint import Identity, RunHistory, holds_all_but_field, write_state
from parallel_nls.output.durable_files import Refusals, flush_all, stored_by_root
from parallel_nls.output.manifest import check_sealed, manifest_of, seal
from parallel_nls.output.parallel_hdf5 import holds_array
from parallel_nls.output.run_paths import RunPaths

_NAME = re.compile(r"state_(\d{8,})\.h5")


@dataclass(frozen=True)
class Found:
    """The newest good checkpoint of a run, if there is one, with its manifest; and what is wrong with newer ones."""

    path: Path | None
    manifest: Mapping[str, Any]
    distrusted: Mapping[Path, str]


class CheckpointStore:
    """Writes the checkpoints of one run.

    Parameters
    ----------
    paths : RunPaths
        The run directory.
    domain : Domain
        The line or plane.
    identity : mapping
        What the states belong to.
    slots : int
        How many are kept.
    distrusted : iterable of Path
        Checkpoints of a resumed run that were found damaged; they go when there is a new good one.

    Attributes
    ----------
    seconds : float
        The longest that a write has taken on the clock, of this rank; to begin with, what a manifest tells.

    Notes
    -----
    *Communication*: `write` is collective over all ranks.
    """

    def __init__(
        self,
        paths: RunPaths,
        domain: StoredDomain,
        identity: Identity,
        slots: int,
        distrusted: Iterable[Path] = (),
        seconds: float = 0.0,
    ) -> None:
        self.paths, self.domain, self.identity, self.slots = paths, domain, identity, slots
        self.distrusted = set(distrusted)
        self.seconds = seconds

    def write(self, state: State, history: RunHistory, facts: Mapping[str, object], fields: Iterable[Path]) -> None:
        """Store a state and the history that led to it; never one that is not finite: the caller looks first.

        Parameters
        ----------
        state, history
            Kept.
        facts : mapping
            What the manifest says besides, of rank 0: plain values by name.
        fields : iterable of Path
            Files written since the last checkpoint: they are made to last first, since this one counts on them.

        Raises
        ------
        StorageError
            On every rank: the file system refuses, or gives back other bits than it was given. The checkpoints
            before this one are kept.
        """
        begin = clock.monotonic()
        comm, path = self.domain.comm, self.paths.checkpoint(state.steps)
        stored_by_root(comm, path, lambda: manifest_of(path).unlink(missing_ok=True))
        self.distrusted.discard(path)
        write_state(path, self.domain, state, self.identity, history)
        flush_all(comm, [*fields, self.paths.fields], missing_ok=True)
        flush_all(comm, [path], forget=True)
        self._read_back(path, state, history)
        seconds = round(clock.monotonic() - begin, 3)
        seal(comm, path, {"steps": state.steps, "ticks": state.ticks, "write_seconds": seconds, **facts})
        stored_by_root(comm, self.paths.checkpoints, self._prune)
        self.seconds = max(self.seconds, clock.monotonic() - begin)

    def _read_back(self, path: Path, state: State, history: RunHistory) -> None:
        """Compare what the disk holds with what was to be written."""
        comm = self.domain.comm
        same = stored_by_root(comm, path, lambda: holds_all_but_field(path, self.identity, state, history))
        refusals = Refusals(comm, path)
        with refusals.noted():
            for name, field in state.fields.items():
                same = same and holds_array(path, self.domain.place_of(name).layouts[0], name, field)
        refusals.settle()
        if not comm.allreduce(same, MPI.LAND):
            raise StorageError(f"{path}: the file system gives back other bits than were written; check the disk")

    def _prune(self) -> None:
        """Keep the newest that count; remove older ones, what was never completed, and what is known to be damaged."""
        stored = stored_checkpoints(self.paths)
        good = [path for path in stored if manifest_of(path).exists() and path not in self.distrusted]
        for path in stored:
            if path not in good[: self.slots]:
                manifest_of(path).unlink(missing_ok=True)
                path.unlink()
        self.distrusted.clear()


def stored_checkpoints(paths: RunPaths) -> list[Path]:
    """Files of checkpoints, good or not, the newest first; files of other names are the user's. *Communication*: local.

    Raises
    ------
    OSError
        If the folder cannot be read, which does not mean that it is empty.
    """
    if not paths.checkpoints.exists():
        return []
    return sorted(
        (path for path in paths.checkpoints.iterdir() if _NAME.fullmatch(path.name)), key=_steps, reverse=True
    )


def _steps(path: Path) -> int:
    name = _NAME.fullmatch(path.name)
    return int(name[1]) if name else -1


def find_checkpoint(comm: MPI.Intracomm, paths: RunPaths) -> Found:
    """Find the newest good checkpoint of a run.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks; each verifies a part.
    paths : RunPaths
        The run directory.

    Returns
    -------
    Found
        The same on every rank.

    Raises
    ------
    StorageError
        On every rank: the file system does not give a file out, which may be good.

    Notes
    -----
    *Communication*: collective.
    """
    distrusted: dict[Path, str] = {}
    for path in stored_by_root(comm, paths.checkpoints, lambda: stored_checkpoints(paths)):
        verdict = check_sealed(comm, path)
        if not isinstance(verdict, str) and verdict["steps"] == _steps(path):
            return Found(path, verdict, distrusted)
        distrusted[path] = verdict if isinstance(verdict, str) else f"it is that of step {verdict['steps']}"
    return Found(None, {}, distrusted)
