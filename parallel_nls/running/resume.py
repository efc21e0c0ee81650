"""What a run comes back to: its last good checkpoint, and whether the configuration still belongs to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mpi4py import MPI

from parallel_nls.config import Configuration, load_configuration
from parallel_nls.config.differences import changed_settings
from parallel_nls.config.reading import read_document
from parallel_nls.errors import DONE, UserError, as_typed
from parallel_nls.output.checkpoint import RunHistory
from parallel_nls.output.checkpoint_reading import read_history
from parallel_nls.output.checkpoint_store import find_checkpoint
from parallel_nls.output.durable_files import remove_own, replace_file
from parallel_nls.output.field_sums import FieldSums, known_content, parse_sums
from parallel_nls.output.manifest import Manifest
from parallel_nls.output.paraview_grids import Snapshot
from parallel_nls.output.refusals import stored_by_root
from parallel_nls.output.run_lock import RunLock
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.output.run_record import (
    RunRecord,
    new_record_text,
    read_record,
    record_text,
    refuse_changed,
    refuse_other_file,
)
from parallel_nls.output.run_writer import refuse_links
from parallel_nls.parallel.consensus import from_root
from parallel_nls.results.fields import read_stored_field
from parallel_nls.results.files import find_run, read_series, read_summary
from parallel_nls.running.sources import Sources, initial_sums, stored_sources
from parallel_nls.schedules import TICKS, shown_time

NO_LOCKS = "warning: this file system has no locks; see that no other job uses the run"
_FIELD = re.compile(r"field_(\d+)\.h5")


@dataclass
class ResumePoint:
    """What a run comes back to, the same on every rank.

    Attributes
    ----------
    config : Configuration
        Of the run, with the new stop if there is one.
    sources : mapping of str to str
        The Python files of the run, as they ran, by name.
    state : Path or None
        The checkpoint; None: back to the beginning.
    manifest : Manifest or None
        Of the checkpoint.
    record : RunRecord or None
        Which run it is; None: one from before they had names.
    history : RunHistory or None
        The run up to the checkpoint.
    distrusted : tuple of Path
        Newer checkpoints that are damaged.
    snapshots : tuple of Snapshot
        The fields up to the checkpoint.
    sums : FieldSums or None
        Their checksums.
    remarks : list of str
        What the user should know.
    ended : str or None
        That there is nothing to go on with, in words.
    sums_of_files : mapping of str to str
        Of a run that begins anew: checksums of files that it reads, as run.json has them.
    """

    config: Configuration
    sources: Sources
    remarks: list[str]
    state: Path | None = None
    manifest: Manifest | None = None
    record: RunRecord | None = None
    history: RunHistory | None = None
    distrusted: tuple[Path, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    sums: FieldSums | None = None
    ended: str | None = None
    sums_of_files: Mapping[str, str] = field(default_factory=dict)


def find_resume_point(
    comm: MPI.Intracomm,
    paths: RunPaths,
    lock: RunLock,
    until: float | None,
    unreadable: Mapping[Path, str] | None = None,
) -> ResumePoint:
    """Find what a run comes back to; nothing is changed but the lock.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks.
    paths : RunPaths
        The run directory.
    lock : RunLock
        Taken once it is known that there is a run.
    until : float or None
        A new stop, which replaces that of config.toml.
    unreadable : mapping of Path to str, optional
        Checkpoints that have turned out to be unreadable, and why.

    Returns
    -------
    ResumePoint
        The same on every rank, but for the rows of the history.

    Raises
    ------
    UserError, StorageError
        As of `runner.resume`.

    Notes
    -----
    *Communication*: collective.
    """
    back = from_root(comm, lambda: _open(paths, lock, until))
    found = find_checkpoint(comm, paths, unreadable)
    back.state, back.manifest, back.distrusted = found.path, found.manifest, tuple(found.distrusted)
    back.record, back.remarks = found.record, [*back.remarks, *found.remarks]
    if found.record is not None:
        refuse_changed(paths, found.record, back.sources, begins_anew=found.path is None)
    back.remarks += [f"checkpoint {path.name} cannot be used: {why}" for path, why in found.distrusted.items()]
    if found.path is None:
        back.remarks.append("warning: there is no good checkpoint; the run starts again from the beginning")
    else:
        back.history = read_history(found.path, comm)
        _check_settings(paths, back.config, back.history)
        back.history.settings = back.config.settings()  # with the keys that came later
        if back.distrusted:
            back.remarks.append(f"warning: going back to checkpoint {found.path.name}")
    # By rank 0 alone: on another node the file system may not show the same files yet.
    back.ended = from_root(comm, lambda: _ended(paths, back, until))
    if back.ended is None and found.path is None:
        back.sums_of_files = initial_sums(back.config, comm)
        refuse_other_file(found.record, back.config.initial.data_file, back.sums_of_files)
    return back


def prepare_directory(comm: MPI.Intracomm, paths: RunPaths, back: ResumePoint) -> None:
    """Make the directory of a run ready to go on: from here on nothing refuses any more.

    Parameters
    ----------
    comm, paths
        As of `find_resume_point`.
    back : ResumePoint
        Gets its snapshots, and remarks about damaged ones.

    Raises
    ------
    StorageError
        On every rank: the file system refuses.

    Notes
    -----
    *Communication*: collective; all ranks read the fields.
    """
    snapshots, remarks, known = stored_by_root(comm, paths.root, lambda: _prepare_directory(paths, back))
    back.snapshots, back.remarks = tuple(snapshots), back.remarks + remarks
    back.sums = FieldSums(paths.sums, known or b"")
    if known is None:
        back.sums.add(comm, snapshots)
        return
    back.remarks += [f"warning: {trouble}; {_remedy(paths)}" for trouble in back.sums.troubles(comm)]


def _remedy(paths: RunPaths) -> str:
    """Against a stored field that is lost."""
    return f"put it back from a copy, or compute it again: parallel-nls run {as_typed(paths.config)} --output NEW"


def _open(paths: RunPaths, lock: RunLock, until: float | None) -> ResumePoint:
    """Look at the directory, take its lock, and read the configuration."""
    find_run(paths.root)
    refuse_links(paths)
    remarks = [] if lock.take() else [NO_LOCKS]
    if "checkpoint" not in read_document(str(paths.config))[0] and not any(paths.checkpoints.glob("*.json")):
        raise UserError(
            f"the run in {paths.root} was written by a version that stored nothing to go on from; "
            f"start it again: parallel-nls run {as_typed(paths.config)} --output RUN"
        )
    config = load_configuration(str(paths.config), with_files=False)
    if until is not None:
        config = _until(paths, config, until)
    return ResumePoint(config, stored_sources(paths, config), remarks)


def _until(paths: RunPaths, config: Configuration, until: float) -> Configuration:
    """The configuration with another stop, on the same side of the start."""
    start, stop = config.time.start, config.time.stop
    if not (until - start) * (stop - start) > 0:
        way = "later" if stop > start else "earlier"
        raise UserError(f"--until {until!r}: the run goes from time.start = {start!r} to {stop!r}; give a {way} time")
    config.frames.index(until, "--until")  # else the message would offer another step as well
    return load_configuration(str(paths.config), [f"time.stop={until!r}"], with_files=False)


def _check_settings(paths: RunPaths, config: Configuration, history: RunHistory) -> None:
    """Refuse a configuration that would lead to other data than those that are there."""
    changed = changed_settings(config, history.settings)
    if changed:
        raise UserError(
            f"{paths.config} and the checkpoints of the run disagree: {'; '.join(changed)}; "
            "undo the change, or start a new run with it"
        )


def _ended(paths: RunPaths, back: ResumePoint, until: float | None) -> str | None:
    """Whether there is nothing left to do; a stop that the run has passed is refused."""
    last, symbol = back.config.frames.count * TICKS, back.config.equation.time_symbol
    if back.manifest is not None:
        ticks, reached = back.manifest.ticks, f"{symbol} = {shown_time(back.manifest.time)}"
        if ticks > last:
            given = f"time.stop = {back.config.time.stop!r}" if until is None else f"--until {until!r}"
            raise UserError(f"{given}: the run has come to {reached} already; give a later time")
        if ticks < last:
            return None
    elif until is not None:
        return None
    try:
        end = read_summary(paths) if paths.summary.exists() else None
    except UserError:  # a damaged one is written anew
        return None
    if end is None or end["exit_code"] != DONE:
        return None
    if back.manifest is not None and not _has_series(paths):
        back.remarks.append("warning: series.h5 is missing or damaged; it is written anew from the checkpoint")
        return None
    stop = f"{symbol} = {shown_time(end['end_time'])}"
    return f"the run in {paths.root} is finished: it came to its stop {stop}; to go on, give --until T"


def _has_series(paths: RunPaths) -> bool:
    try:
        return bool(read_series(paths))
    except UserError:
        return False


def _prepare_record(paths: RunPaths, back: ResumePoint) -> None:
    """Write run.json where it is missing or damaged, and its content is known; a run that begins anew gets a name."""
    known = read_record(paths)
    if isinstance(known, RunRecord):
        return
    if back.record is not None:
        replace_file(paths.record, record_text(back.record.run, back.record.sources).encode())
    elif back.state is None:
        replace_file(paths.record, new_record_text(back.sources, back.sums_of_files).encode())


def _prepare_directory(paths: RunPaths, back: ResumePoint) -> tuple[list[Snapshot], list[str], bytes | None]:
    """Write the new stop, and take away what is newer than the checkpoint.

    Returns the fields, what is amiss, and the list of their checksums, None if it is damaged.
    """
    lost = not paths.fields.exists()
    for folder in (paths.fields, paths.checkpoints):
        folder.mkdir(exist_ok=True)
    text = back.config.complete_toml()
    if text != paths.config.read_text(encoding="utf-8"):
        replace_file(paths.config, text.encode())
    _prepare_record(paths, back)
    remove_own(paths.summary)
    if paths.stop.is_file():
        remove_own(paths.stop)
    steps = back.manifest.steps if back.manifest is not None else -1
    listed = paths.sums.is_file()
    known = known_content(paths.sums, back.manifest.fields if back.manifest is not None else None)
    if known or listed:
        # Ahead of the fields: it names none that is not there.
        replace_file(paths.sums, known or b"")
    snapshots, remarks = [], []
    if known is None:
        remarks.append(f"warning: {_without_list(paths, listed, lost)}")
    summed = {line.file for line in parse_sums(known or b"")}
    for path in sorted(paths.fields.iterdir(), key=lambda path: (len(path.name), path.name)):
        name = _FIELD.fullmatch(path.name)
        if name is None:
            continue
        if int(name[1]) > steps:
            remove_own(path)
            continue
        try:
            stored = read_stored_field(path)
            points, origin, spacing = zip(*((a.points, a.low, a.spacing) for a in stored.held_axes()), strict=True)
            snapshots.append(Snapshot(stored.steps, stored.time, path.name, points, origin, spacing, stored.nodes()))
        except UserError as error:
            if path.name not in summed:  # else its checksum tells
                remarks.append(f"warning: a stored field is damaged, and left as it is: {error}")
    return snapshots, remarks, known


def _without_list(paths: RunPaths, listed: bool, lost: bool) -> str:
    """What is missing where the checksums of the fields are not known."""
    if lost:
        stored = "with all fields that the run had stored; those to come are stored in a new one"
        return f"the folder {paths.fields} is missing, {stored}; {_remedy(paths)}"
    state = "damaged" if listed else "missing"
    return f"{paths.sums} is {state}; the checksums of the fields are taken from them as they are"
