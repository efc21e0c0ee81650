"""Writes a run directory: every method is called by all ranks, rank 0 writes what is small."""

from __future__ import annotations

import contextlib
import json
import resource
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls.contracts import State, StoredDomain
from parallel_nls.diagnostics.differences import Rows
from parallel_nls.diagnostics.quantity import Quantity
from parallel_nls.errors import Interrupted, StorageError, UserError, as_typed, unwritable
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.output.checkpoint import Identity, RunHistory
from parallel_nls.output.checkpoint_store import CheckpointStore
from parallel_nls.output.durable_files import fresh_name, make_last, refuse_link, replace_file, require_own
from parallel_nls.output.field_index import FieldIndex
from parallel_nls.output.field_sums import FieldSums
from parallel_nls.output.fields import U, write_field
from parallel_nls.output.meaning import Meaning
from parallel_nls.output.paraview_grids import Snapshot
from parallel_nls.output.refusals import flush_all, stored_by_root
from parallel_nls.output.run_lock import RunLock, how_to_remove
from parallel_nls.output.run_paths import FORMAT_VERSION, RunPaths
from parallel_nls.output.run_record import new_record_text
from parallel_nls.output.series import SeriesWriter
from parallel_nls.parallel.consensus import from_root
from parallel_nls.parallel.sharing import counted_twice

Result = TypeVar("Result")


def create_run(
    comm: MPI.Intracomm,
    root: Path,
    config_text: str,
    extra_files: Mapping[str, str] | None = None,
    lock: RunLock | None = None,
    sums: Mapping[str, str] | None = None,
) -> RunPaths:
    """Create an empty run directory with its config.toml.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks.
    root : Path
        The directory; it may exist if it is empty.
    config_text : str
        The complete configuration.
    extra_files : mapping of str to str, optional
        Texts to write beside it by file name, for instance the source of the function of the initial data.
    lock : RunLock, optional
        Taken as soon as there is a directory, before anything is written into it.
    sums : mapping of str to str, optional
        Checksums that run.json holds besides those of the texts.

    Raises
    ------
    UserError
        If the directory is not empty, cannot be written, or belongs to another job; nothing is left behind then.
    StorageError
        If the disk is full or does not answer.

    Notes
    -----
    *Communication*: collective, one broadcast.
    """
    paths, sources = RunPaths(root), extra_files or {}

    def create() -> RunPaths:
        """Name the run, and make its directory; config.toml comes last: with it there is a run."""
        texts = {**sources, paths.record.name: new_record_text(sources, sums), paths.config.name: config_text}
        return _create(paths, texts, lock)

    return from_root(comm, create)


def refuse_used(comm: MPI.Intracomm, root: Path, lock: RunLock | None = None) -> None:
    """Refuse a run directory that is not empty or cannot be made, before any work is done for it.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks.
    root : Path
        The directory.
    lock : RunLock, optional
        Of this job, which may hold it already.

    Raises
    ------
    UserError
        The same on every rank; of a directory where a job works it names that job.

    Notes
    -----
    *Communication*: collective, one broadcast.
    """
    from_root(comm, lambda: _probe(root, lock))


def _probe(root: Path, lock: RunLock | None) -> None:
    """Refuse as `refuse_used` does; that it can be made is seen by making it, and taking it away again."""
    _refuse_used(root, lock)
    missing = [folder for folder in (root, *root.parents) if not folder.exists()]
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(root, error) from None
    finally:
        for folder in missing:
            with contextlib.suppress(OSError):
                folder.rmdir()


def refuse_links(paths: RunPaths) -> None:
    """Refuse a run directory whose folders lie elsewhere: what is written there would be another's.

    Raises
    ------
    UserError
        If one of them is a link.

    Notes
    -----
    *Communication*: local.
    """
    for folder in _folders(paths):
        refuse_link(folder)


def _refuse_used(root: Path, lock: RunLock | None) -> None:
    refuse_links(RunPaths(root))
    try:
        used = {path.name for path in root.iterdir()} if root.exists() else set()
        empty = not any(any(folder.iterdir()) for folder in _folders(RunPaths(root)) if folder.is_dir())
    except OSError as error:
        raise _unusable(root, error) from None
    if used <= {path.name for path in _beginnings(RunPaths(root))} and empty:
        return
    where = f"run directory {str(root)!r} is not empty"
    own = lock is not None and lock.is_held
    other = f"give another with --output, or {'remove it first' if own else how_to_remove(root)}"
    resumed = f"go on with it by: parallel-nls resume {as_typed(root)}; or " if "config.toml" in used else ""
    raise UserError(f"{where}; {resumed}{other}")


def _folders(paths: RunPaths) -> tuple[Path, ...]:
    return paths.fields, paths.checkpoints


def _beginnings(paths: RunPaths) -> tuple[Path, ...]:
    """What a job that was killed while it made a run directory may have left there."""
    sources = paths.sources
    texts = (*sources, paths.record)
    return (*_folders(paths), paths.lock, *texts, *(fresh_name(path) for path in (*texts, paths.config)))


def _unusable(root: Path, error: OSError) -> UserError | StorageError:
    return unwritable(f"run directory {str(root)!r}", error, "give another with --output", elsewhere=False)


def _create(paths: RunPaths, texts: Mapping[str, str], lock: RunLock | None) -> RunPaths:
    _refuse_used(paths.root, lock)
    wanted = (*reversed(paths.root.parents), paths.root, paths.fields, paths.checkpoints)
    missing: list[Path] = []
    written: list[Path] = []
    try:
        missing += [folder for folder in wanted if not folder.exists()]
        paths.root.mkdir(parents=True, exist_ok=True)
        if lock is not None:
            lock.take()
            _refuse_used(paths.root, lock)
        for folder in (paths.fields, paths.checkpoints):
            folder.mkdir(exist_ok=True)
        for name, text in texts.items():
            written.append(paths.root / name)
            replace_file(written[-1], text.encode())
        for folder in missing:
            make_last(folder.parent)
    except (OSError, Interrupted) as error:
        with contextlib.suppress(OSError):
            for path in written:
                path.unlink(missing_ok=True)
        if lock is not None:
            lock.release()
        # What others have put there meanwhile stays.
        for folder in reversed(missing):
            with contextlib.suppress(OSError):
                folder.rmdir()
        if isinstance(error, Interrupted):
            raise
        raise _unusable(paths.root, error) from None
    return paths


class RunWriter:
    """Writes series, fields, checkpoints and the summary of one run.

    Parameters
    ----------
    paths : RunPaths
        The run directory of `create_run`, or of a run that goes on.
    domain : FourierDomain or LineDomain
        The grid.
    quantities : sequence of Quantity
        Columns of the series.
    store : CheckpointStore
        Of this run.
    columns : mapping of str to ndarray, optional
        On rank 0 the rows so far.
    snapshots : sequence of Snapshot, optional
        On every rank the fields so far.
    meshes : sequence of str, optional
        The complex meshes of a stored field: u, or the waves of a mixture.
    sums : FieldSums, optional
        Checksums of the fields so far.
    meaning : Meaning, optional
        What is solved for in place of u, and what time is.

    Raises
    ------
    StorageError
        From any method, on every rank: the file system refuses.
    LostDirectoryError
        From any method that writes, on every rank, ahead of it: the directory is no longer this job's.

    Attributes
    ----------
    quantities : tuple of Quantity
        Columns of the series.
    last_row : int
        Steps at the last of the rows to begin with, -1 without any.

    Notes
    -----
    *Communication*: collective over all ranks.
    """

    def __init__(
        self,
        paths: RunPaths,
        domain: StoredDomain,
        quantities: Sequence[Quantity],
        store: CheckpointStore,
        columns: Mapping[str, NDArray[np.generic]] | None = None,
        snapshots: Sequence[Snapshot] = (),
        meshes: Sequence[str] = U,
        sums: FieldSums | None = None,
        meaning: Meaning | None = None,
    ) -> None:
        self._meaning = meaning or Meaning()
        self._sums = sums or FieldSums(paths.sums)
        self._index = FieldIndex(paths.index, domain.dtype, meshes)
        self.paths, self.domain, self.store, self.comm = paths, domain, store, domain.comm
        self.quantities = tuple(quantities)
        self.snapshots = list(snapshots)
        self._series: SeriesWriter | None = None
        self._unflushed: list[Snapshot] = []

        def open_series() -> int:
            """Write the rows so far; returns the steps at the last one."""
            self._series = SeriesWriter(paths.series, quantities, columns or None, self._meaning)
            return int(columns["step"][-1]) if columns else -1

        if self.snapshots:
            self._write_index()
        self.last_row = stored_by_root(self.comm, paths.series, open_series)

    def change_grid(self, domain: StoredDomain, identity: Identity) -> None:
        """Write fields and checkpoints of another grid from here on. *Communication*: local."""
        self.domain = self.store.domain = domain
        self.store.identity = identity

    def write_row(
        self,
        time: float,
        step: int,
        values: Mapping[str, float | RealArray],
        judge: Callable[[Rows], Result],
    ) -> Result:
        """Append one row to the series; returns what ``judge``, on rank 0, makes of all rows."""

        def append() -> Result:
            """Write, then look."""
            require_own()
            self._on_root.append(time, step, values)
            return judge(self._on_root.table.rows())

        return stored_by_root(self.comm, self.paths.series, append)

    def judge(self, judge: Callable[[Rows], Result]) -> Result:
        """What ``judge``, on rank 0, makes of the rows so far; the same on every rank."""
        return from_root(self.comm, lambda: judge(self._on_root.table.rows()))

    @property
    def _on_root(self) -> SeriesWriter:
        if self._series is None:
            raise ValueError("rank 0 alone has the series")
        return self._series

    def write_field(
        self,
        field: NDArray[np.complexfloating],
        steps: int,
        time: float,
        step_size: float,
        waves: Mapping[str, NDArray[np.complexfloating]] | None = None,
    ) -> None:
        """Store the field after so many steps, the last of ``step_size``, unless it is there, and renew the index."""
        if self.snapshots and self.snapshots[-1].steps == steps:
            return
        from_root(self.comm, require_own)
        path = self.paths.field(steps)
        write_field(path, self.domain, field, steps, time, step_size, waves, self._meaning)
        self.snapshots.append(Snapshot.of(self.domain, steps, time, path.name))
        self._unflushed.append(self.snapshots[-1])
        stored_by_root(self.comm, self.paths.index, lambda: self._index.append(self.snapshots))

    def _write_index(self) -> None:
        """Put the index of the fields in its final form."""
        stored_by_root(self.comm, self.paths.index, lambda: self._index.write(self.snapshots))

    def write_checkpoint(self, state: State, history: RunHistory, facts: Mapping[str, object]) -> None:
        """Store the resting state and the run so far; never one that is not finite: the caller looks first."""
        from_root(self.comm, require_own)
        columns = {} if self._series is None else self._series.table.measured()
        flush_all(self.comm, [self.paths.fields / snapshot.file for snapshot in self._unflushed])
        self._sums.add(self.comm, self._unflushed)
        self._unflushed.clear()
        self.store.write(state, replace(history, columns=columns), {**facts, "fields": self._sums.seal()}, [])

    def finish(self, summary: Mapping[str, object]) -> None:
        """Put the series into its final form and write summary.json, with the peak memory of every rank."""
        from_root(self.comm, require_own)
        # What ranks share is resident in each of them; a megabyte beside a program of 200 is not looked for.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - counted_twice(least=2**20)
        peaks = self.comm.gather(peak)
        if self.snapshots:
            self._write_index()
        stored_by_root(self.comm, self.paths.series, lambda: self._on_root.close())  # noqa: PLW0108  (other ranks have none)
        document = {
            "format_version": FORMAT_VERSION,
            **summary,
            "peak_memory_bytes": peaks,
        }
        text = json.dumps(document, indent=2, allow_nan=False) + "\n"
        stored_by_root(self.comm, self.paths.summary, lambda: replace_file(self.paths.summary, text.encode()))

    def abandon(self) -> None:
        """Let go of the files after the file system has refused one. *Communication*: local."""
        if self._series is not None:
            self._series.abandon()
