"""A whole run: one Simulation, its run directory, its progress, its end; begun anew or resumed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from mpi4py import MPI

from parallel_nls.arguments import path_of
from parallel_nls.config import Configuration
from parallel_nls.diagnostics.guards import AXIS_EDGE, BOX_EDGE, Guards
from parallel_nls.errors import (
    DONE,
    ArgumentError,
    LostDirectoryError,
    StorageError,
    UnreadableError,
    UserError,
    as_typed,
)
from parallel_nls.output import parallel_hdf5
from parallel_nls.output.checkpoint import RunHistory
from parallel_nls.output.checkpoint_store import CheckpointStore
from parallel_nls.output.durable_files import guarding, remove_own
from parallel_nls.output.meaning import Meaning
from parallel_nls.output.refusals import stored_by_root
from parallel_nls.output.run_lock import RunLock
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.output.run_record import RunRecord, read_record
from parallel_nls.output.run_writer import RunWriter, create_run, refuse_used
from parallel_nls.output.series_table import misshapen
from parallel_nls.parallel.consensus import from_root
from parallel_nls.running.assembly import series_quantities
from parallel_nls.running.communicator import check_run, default_communicator
from parallel_nls.running.compilation import Notices, noticing_compilation
from parallel_nls.running.loop import RunLoop, RunOutcome
from parallel_nls.running.opening import AnySimulation, open_simulation
from parallel_nls.running.plain_output import PlainOutput
from parallel_nls.running.progress import Reporter
from parallel_nls.running.provenance import gather_provenance
from parallel_nls.running.resume import NO_LOCKS, ResumePoint, find_resume_point, prepare_directory
from parallel_nls.running.signals import catching_signals, is_sharing, noting_signals, promising, storing_at_the_end
from parallel_nls.running.sources import Sources, initial_sums
from parallel_nls.running.stop_requests import StopRequests
from parallel_nls.running.stored_grid import on_grid_of
from parallel_nls.running.summary import Jobs, conclusion, introduction, summary, too_few_rows
from parallel_nls.schedules import TICKS
from parallel_nls.spectral.wisdom import planning_by

if TYPE_CHECKING:
    from parallel_nls.running.profiling.profile import Profile

_GO_ON = "go on with: parallel-nls resume {}"


def run(
    config: Configuration,
    comm: MPI.Intracomm | None = None,
    root: Path | str = "",
    stop_files: Sequence[Path] = (),
    lock: RunLock | None = None,
    quiet: bool = False,
    profile: Profile | None = None,
) -> RunOutcome:
    """Run a configuration into a new run directory.

    Parameters
    ----------
    config : Configuration
        From `load_configuration`.
    comm : MPI.Comm, optional
        All ranks that take part; by default those of the job, without a launcher this process.
    root : Path or str
        Run directory, missing or empty; it must be given.
    stop_files : sequence of Path, optional
        Files that end the run when they appear, besides RUN/stop.
    lock : RunLock, optional
        Of the run directory; it may be taken already, and is given back at the end.
    quiet : bool, optional
        Whether messages and progress go to log.txt alone.
    profile : Profile, optional
        Times this job, for summary.json and the log; no bit of the run depends on it.

    Returns
    -------
    RunOutcome
        The same on every rank; exit code 75 if the run was asked to leave, and can be resumed.

    Raises
    ------
    UserError
        Before the first step, on every rank: too little memory, directory not usable.
    StorageError
        On every rank: the file system refuses; what was stored before stays good.

    Notes
    -----
    *Communication*: collective. Signals are caught meanwhile, in a process's main thread.
    """
    check_run(config, comm)
    if not str(root):
        raise ArgumentError(f"root = {root!r}: is no run directory; give one, as run(config, root='runs/mine')")
    comm, root = default_communicator() if comm is None else comm, path_of("root", root, "a run directory")
    paths = RunPaths(root)
    with _watching(paths, lock, comm, quiet, profile) as (held, watch):
        refuse_used(comm, root, held)
        watch.say(introduction(config, comm.size, root))
        simulation = watch.open(config)
        with _closing(simulation):
            create_run(comm, root, config.complete_toml(), simulation.sources, held, initial_sums(config, comm))
            remarks = [] if held.granted else [NO_LOCKS]
            with promising(_GO_ON.format(as_typed(root))):
                return _drive(simulation, paths, held, stop_files, None, remarks, watch)


def resume(
    comm: MPI.Intracomm,
    root: Path,
    until: float | None = None,
    stop_files: Sequence[Path] = (),
    lock: RunLock | None = None,
    quiet: bool = False,
    profile: Profile | None = None,
) -> RunOutcome:
    """Go on with a run from its last good checkpoint, with the same bits, on any number of ranks.

    Parameters
    ----------
    comm, root, stop_files, lock, quiet, profile
        As for `run`; the run directory holds a run that was left, killed, or is to go further.
    until : float, optional
        Another stop than the configured one, which it replaces.

    Returns
    -------
    RunOutcome
        The same on every rank. A run that has ended already is left as it is.

    Raises
    ------
    UserError
        Before the first step, on every rank: no run there, another job works on it, or configuration and data disagree.
    StorageError
        On every rank: the file system refuses.

    Notes
    -----
    *Communication*: collective, as `run`.
    """
    paths = RunPaths(root)
    with promising(_GO_ON.format(as_typed(root))), _watching(paths, lock, comm, quiet, profile) as (held, watch):
        back, simulation = _reopened(comm, paths, held, until, watch)
        if simulation is None:
            ended = str(back.ended)
            with Reporter(paths.log, back.config.frames.count, comm.rank == 0, quiet=quiet) as reporter:
                for line in (*back.remarks, ended) if back.distrusted else (ended,):
                    reporter.say(line)
            return RunOutcome(DONE, ended, {})
        with _closing(simulation):
            _check_state(comm, simulation, back)
            prepare_directory(comm, paths, back)
            return _drive(simulation, paths, held, stop_files, back, back.remarks, watch)


def _reopened(
    comm: MPI.Intracomm, paths: RunPaths, lock: RunLock, until: float | None, watch: _Watch
) -> tuple[ResumePoint, AnySimulation | None]:
    """What a run comes back to, and the run in memory; None: there is nothing to go on with.

    A disk may lose what it has just given out for its checksums: then the checkpoint before is taken.
    """
    unreadable: dict[Path, str] = {}
    while True:
        back = find_resume_point(comm, paths, lock, until, unreadable)
        if back.ended is not None:
            return back, None
        try:
            config = on_grid_of(back.config, comm, back.state)
            watch.say(introduction(config, comm.size, paths.root, back.manifest))
            return back, watch.open(config, back.state, back.sources)
        except UnreadableError as error:
            if back.state is None:
                raise
            unreadable[back.state] = f"the disk does not give it back ({error})"


def _check_state(comm: MPI.Intracomm, simulation: AnySimulation, back: ResumePoint) -> None:
    """Refuse a checkpoint that no run has written: checksums do not tell, since anybody can compute them.

    Raises
    ------
    UserError
        On every rank: numbers that are not finite, or rows of other quantities than those of the run.
    """
    if back.state is None:
        return
    if not simulation.is_finite():
        raise UserError(f"{back.state} holds numbers that are not finite, as no run stores; take it away, then resume")
    quantities = series_quantities(simulation.config, simulation.sampler)
    columns = back.history.columns if back.history is not None else {}
    wrong = from_root(comm, lambda: misshapen(quantities, columns))
    if wrong is not None:
        raise UserError(f"{back.state} is no checkpoint of this run: {wrong}; take it away, then resume")


@dataclass(frozen=True)
class _Watch:
    """Who looks at a job besides its loop: ``comm`` is that of its messages, timed where there is a profile."""

    comm: MPI.Intracomm
    quiet: bool
    notice: Notices
    profile: Profile | None

    def say(self, text: str) -> None:
        """Say at once what the job does, in the log too, once there is one."""
        self.notice.say(text)

    def open(self, config: Configuration, state: Path | None = None, sources: Sources | None = None) -> AnySimulation:
        """The run in memory."""
        simulation = open_simulation(config, self.comm, state, sources)
        if self.profile is not None:
            self.profile.opened(simulation)
        return simulation

    def found(self) -> dict[str, object]:
        """What the summary holds besides. *Communication*: collective, where there is a profile."""
        return {} if self.profile is None else {"profile": self.profile.gather(self.comm)}

    def lines(self, found: Mapping[str, Any]) -> list[str]:
        """The same in the log. *Communication*: local."""
        return [] if self.profile is None else self.profile.table(found["profile"])


@contextmanager
def _watching(
    paths: RunPaths, lock: RunLock | None, comm: MPI.Intracomm, quiet: bool, profile: Profile | None
) -> Iterator[tuple[RunLock, _Watch]]:
    """All that holds while a job goes on: signals are caught, the lock is to be taken, and others look on."""
    timed = nullcontext(comm) if profile is None else profile.watching(comm)
    notices = noticing_compilation(comm.rank == 0, quiet)
    with catching_signals(), _locked(comm, paths, lock) as held, notices as notice, timed as messages:
        yield held, _Watch(messages, quiet, notice, profile)


@contextmanager
def _locked(comm: MPI.Intracomm, paths: RunPaths, lock: RunLock | None) -> Iterator[RunLock]:
    """A lock, to be taken within; given back in any case. A refusal of the file system gets its remedy.

    Rank 0, which holds the lock, tells all ranks one that comes of a lost directory from the others.
    """
    lock = lock or RunLock(paths.lock)
    try:
        with guarding(lock.require):
            yield lock
    except LostDirectoryError:
        raise
    except StorageError as error:
        again = f"go on with: parallel-nls resume {as_typed(paths.root)}"
        remedy = again if from_root(comm, lambda: _is_begun(paths, lock)) else "type the same again"
        raise StorageError(f"{error}; make room or mend it there, then {remedy}") from None
    finally:
        lock.release()


def _is_begun(paths: RunPaths, lock: RunLock) -> bool:
    """Whether there is a run to be resumed; of a directory that was lost just now the error says so."""
    lock.require()
    return paths.config.exists()


@contextmanager
def _closing(simulation: AnySimulation) -> Iterator[None]:
    """Give the communicators back at the end, and after an error of all ranks; after a defect of one the job ends.

    Whatever transform is first needed within is planned as those of the simulation are.
    """
    try:
        with planning_by(simulation.plans.wisdom):
            yield
    except (UserError, StorageError):
        simulation.close()
        raise
    simulation.close()


def _drive(
    simulation: AnySimulation,
    paths: RunPaths,
    lock: RunLock,
    stop_files: Sequence[Path],
    back: ResumePoint | None,
    remarks: Sequence[str],
    watch: _Watch,
) -> RunOutcome:
    """Everything between the run directory and the end; ``back`` is what a resumed run comes back to."""
    config, comm = simulation.config, simulation.comm
    limits = config.wall_limit_seconds, config.checkpoint_seconds
    stop_requests = StopRequests(comm, (paths.stop, *stop_files), *limits, lock)
    jobs = Jobs(back.manifest if back else None, gather_provenance(comm, simulation.plans.wisdom, simulation.exchange))
    done = simulation.state.ticks / TICKS
    total, names = simulation.frames.count, (config.equation.height, config.equation.time_symbol)
    with Reporter(paths.log, total, comm.rank == 0, done, watch.quiet, *names) as reporter:
        watch.notice.follow(reporter)
        if comm.size > 1 and not parallel_hdf5.is_parallel():
            reporter.say("warning: this h5py is serial: rank 0 writes for all, slowly; parallel-nls doctor says more")
        for line in [*remarks, *simulation.remarks, *jobs.remarks()]:
            reporter.say(line)
        writer = _writer(simulation, paths, back)
        for line in too_few_rows(config, writer.quantities):
            reporter.say(line)
        try:
            loop = _loop(simulation, writer, reporter, stop_requests, jobs, back)
            with noting_signals(_telling(reporter, watch.quiet and comm.rank == 0)), storing_at_the_end():
                if back is None or back.history is None:
                    loop.begin()
                outcome = loop.advance()
                found = watch.found()
                writer.finish(summary(simulation, outcome, loop, jobs) | found)
                stored_by_root(comm, paths.stop, lambda: remove_own(paths.stop) if paths.stop.is_file() else None)
        except Exception as error:
            writer.abandon()
            if isinstance(error, StorageError) and not isinstance(error, LostDirectoryError):
                reporter.note(f"ended: {error}")  # for whoever finds a run without a summary, if there is room for it
            raise
        for line in [*watch.lines(found), *conclusion(simulation, outcome, jobs, paths.root)]:
            reporter.say(line)
    return outcome


def _telling(reporter: Reporter, aloud: bool) -> Callable[[str], None]:
    """What says at once that a signal has come; ``aloud`` where the reporter is quiet, and nobody else will say it."""
    aloud = aloud and not is_sharing()

    def tell(name: str) -> None:
        """Say it."""
        text = f"{name} was received: the run leaves after this step"
        reporter.say(text)
        if aloud:
            PlainOutput().say(text)

    return tell


def _loop(
    simulation: AnySimulation,
    writer: RunWriter,
    reporter: Reporter,
    stop_requests: StopRequests,
    jobs: Jobs,
    back: ResumePoint | None,
) -> RunLoop:
    """The loop where the run was left, or at its begin, of which nothing is stored yet."""
    config = simulation.config
    epsilon = float(np.finfo(simulation.domain.dtype).eps)
    edge = AXIS_EDGE if config.grid.space == "radius" else BOX_EDGE
    critical, declared = config.equation.is_critical, config.equation.source_file
    guards = Guards(writer.quantities, config.limits.identity, epsilon, critical, edge, declared)
    parts = simulation, writer, reporter, stop_requests, guards
    if back is not None and back.history is not None:
        simulation.integrator.pairs = back.history.pairs
        simulation.recall(back.history.last)
        return RunLoop(*parts, back.history, jobs.facts, simulation.state.steps, writer.last_row)
    first = simulation.measure()
    return RunLoop(*parts, RunHistory(config.settings(), first, first), jobs.facts)


def _writer(simulation: AnySimulation, paths: RunPaths, back: ResumePoint | None) -> RunWriter:
    """The writer of a new run, or of one that goes on."""
    config, domain = simulation.config, simulation.domain
    distrusted = back.distrusted if back else ()
    seconds = back.manifest.write_seconds if back and back.manifest else 0.0
    known = stored_by_root(simulation.comm, paths.record, lambda: read_record(paths))
    record = known if isinstance(known, RunRecord) else None
    slots = config.checkpoint.slots
    store = CheckpointStore(paths, domain, simulation.identity, slots, distrusted, seconds, record)
    quantities = series_quantities(config, simulation.sampler)
    columns = back.history.columns if back and back.history else None
    snapshots, sums = (back.snapshots, back.sums) if back else ((), None)
    meaning = Meaning.of(config.equation)
    return RunWriter(paths, domain, quantities, store, columns, snapshots, simulation.meshes, sums, meaning)
