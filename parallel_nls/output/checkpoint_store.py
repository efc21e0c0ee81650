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

from mpi4py import MPI

from parallel_nls.contracts import State, StoredDomain
from parallel_nls.errors import StorageError, UnreadableError, UserError
from parallel_nls.output.checkpoint import Identity, RunHistory, write_state
from parallel_nls.output.checkpoint_checks import check_contents, holds_all_but_field
from parallel_nls.output.durable_files import remove_own
from parallel_nls.output.hdf5_files import check_version
from parallel_nls.output.manifest import Manifest, check_sealed, manifest_of, read_manifest, seal
from parallel_nls.output.parallel_hdf5 import holds_array
from parallel_nls.output.refusals import Refusals, flush_all, stored_by_root
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.output.run_record import RunRecord, read_record, recovered, refuse_foreign
from parallel_nls.parallel.consensus import from_root

_NAME = re.compile(r"state_(\d{8,})\.h5", re.ASCII)
_SAME_TIME = 1e-9  # relative


@dataclass(frozen=True)
class Found:
    """The newest good checkpoint of a run, if there is one, with its manifest; and what is wrong with newer ones.

    ``record`` tells which run it is, None of one without a name; ``remarks`` say where that is known from elsewhere
    than run.json.
    """

    path: Path | None
    manifest: Manifest | None
    distrusted: Mapping[Path, str]
    record: RunRecord | None = None
    remarks: tuple[str, ...] = ()


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
    record : RunRecord or None
        Of which run, as manifests repeat it.
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
        record: RunRecord | None = None,
    ) -> None:
        self.paths, self.domain, self.identity, self.slots = paths, domain, identity, slots
        self.distrusted = set(distrusted)
        self.seconds, self.record = seconds, record

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
            before this one are kept. A LostDirectoryError: the directory is another's by now.
        """
        begin = clock.monotonic()
        comm, path = self.domain.comm, self.paths.checkpoint(state.steps)
        stored_by_root(comm, path, lambda: remove_own(manifest_of(path)))
        self.distrusted.discard(path)
        write_state(path, self.domain, state, self.identity, history)
        flush_all(comm, [*fields, self.paths.fields], missing_ok=True)
        flush_all(comm, [path], forget=True)
        self._read_back(path, state, history)
        seconds = round(clock.monotonic() - begin, 3)
        known = {} if self.record is None else self.record.facts()
        where = {"steps": state.steps, "ticks": state.ticks}
        seal(comm, path, {**where, "write_seconds": seconds, **facts, **known})
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
                remove_own(manifest_of(path))
                remove_own(path)
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
        (path for path in paths.checkpoints.iterdir() if _NAME.fullmatch(path.name)), key=steps_of, reverse=True
    )


def steps_of(path: Path) -> int:
    """After how many steps a checkpoint was written, by its file's name; -1 of other names. *Communication*: local."""
    name = _NAME.fullmatch(path.name)
    return int(name[1]) if name else -1


def find_checkpoint(comm: MPI.Intracomm, paths: RunPaths, unreadable: Mapping[Path, str] | None = None) -> Found:
    """Find the newest good checkpoint of a run.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks; each verifies a part.
    paths : RunPaths
        The run directory.
    unreadable : mapping of Path to str, optional
        Checkpoints that have turned out to be unreadable, and why.

    Returns
    -------
    Found
        The same on every rank.

    Raises
    ------
    StorageError
        On every rank: the file system does not give a file out, which may be good.
    UserError
        On every rank: a checkpoint is that of another run, or of a later version.

    Notes
    -----
    *Communication*: collective.
    """
    record, remarks = stored_by_root(comm, paths.record, lambda: _whose(paths))
    distrusted = dict(unreadable or {})
    for path in stored_by_root(comm, paths.checkpoints, lambda: _without_folders(stored_checkpoints(paths))):
        if path in distrusted:
            continue
        verdict = _verdict(comm, paths, path, record)
        if isinstance(verdict, Manifest):
            return Found(path, verdict, distrusted, record, remarks)
        distrusted[path] = verdict
    return Found(None, None, distrusted, record, remarks)


def _without_folders(stored: list[Path]) -> list[Path]:
    """The checkpoints, none of which may be a folder: that would have to go for the next one, and may hold anything."""
    for path in (name for state in stored for name in (state, manifest_of(state))):
        if path.is_dir():
            raise UserError(f"{path} is a folder in the place of a checkpoint; take it away, then resume")
    return stored


def _whose(paths: RunPaths) -> tuple[RunRecord | None, tuple[str, ...]]:
    """Which run it is, and what is to be said of how that is known."""
    record = read_record(paths)
    if isinstance(record, RunRecord):
        return record, ()
    found = recovered(paths, (each for path in stored_checkpoints(paths) if isinstance(each := _tried(path), Manifest)))
    if record is None and found is None:
        return None, ()
    what = record or f"{paths.record} is missing"
    return found, (f"warning: {what}; it is written anew" if found is not None else f"warning: {what}",)


def _tried(path: Path) -> Manifest | str:
    try:
        return read_manifest(path)
    except OSError as error:
        return str(error)


def _verdict(comm: MPI.Intracomm, paths: RunPaths, path: Path, record: RunRecord | None) -> Manifest | str:
    """The manifest of a good checkpoint of this run, otherwise what is wrong with it; the same on every rank."""
    try:
        manifest = check_sealed(comm, path)
        if isinstance(manifest, str):
            return manifest
        # Checksums tell what was written, not by whom: anybody can compute them.
        objection = from_root(comm, lambda: _objection(paths, path, manifest, record))
    except UnreadableError as error:
        return f"the disk does not give it back ({error})"
    return objection or manifest


def _objection(paths: RunPaths, path: Path, manifest: Manifest, record: RunRecord | None) -> str | None:
    """What is wrong with a checkpoint whose bytes are those of its manifest; of rank 0."""
    if manifest.steps != steps_of(path):
        return f"it is that of step {manifest.steps}"
    check_version(manifest.format_version, manifest_of(path))
    refuse_foreign(path, manifest, record)
    try:
        steps, ticks, time = check_contents(path)
    except UserError as error:
        return f"it is no checkpoint of a run: {error}"
    reached = manifest.time if time is None else time
    if (steps, ticks) != (manifest.steps, manifest.ticks) or abs(reached - manifest.time) > _SAME_TIME * max(
        1.0, abs(reached)
    ):
        return "its manifest tells another moment than it holds"
    older = [_tried(other) for other in stored_checkpoints(paths) if steps_of(other) < manifest.steps]
    if any(isinstance(other, Manifest) and other.run == manifest.run and other.ticks >= ticks for other in older):
        return "it is not later than a checkpoint of fewer steps"
    return None
