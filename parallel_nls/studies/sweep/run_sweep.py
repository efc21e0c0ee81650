"""A sweep: the members share the ranks of a job in groups, and those of several jobs as well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from mpi4py import MPI

from parallel_nls.config import counted
from parallel_nls.errors import Interrupted, StorageError
from parallel_nls.output.durable_files import refused_as_error
from parallel_nls.parallel.consensus import from_root, on_all_ranks
from parallel_nls.parallel.nodes import ranks_on_node
from parallel_nls.planning.node import node_memory
from parallel_nls.running.compilation import telling_of_compilation
from parallel_nls.running.lasting_console import LastingConsole
from parallel_nls.running.plain_output import PlainOutput
from parallel_nls.running.signals import catching_signals, promising, removing, sharing_job
from parallel_nls.studies.sweep.folder import SweepPaths, is_finished
from parallel_nls.studies.sweep.group import Group
from parallel_nls.studies.sweep.job_folder import JobFolder, Presence
from parallel_nls.studies.sweep.opening import open_sweep, publish
from parallel_nls.studies.sweep.plan import SweepPlan
from parallel_nls.studies.sweep.resources import Shares, check_sweep_memory, share_out
from parallel_nls.studies.sweep.sharing import GroupShare
from parallel_nls.studies.sweep.table import collect_rows, csv_text, exit_code_of, json_text, print_rows


def run_sweep(plan: SweepPlan, comm: MPI.Intracomm, quantities: Sequence[str] = ()) -> int:
    """Run the members of a sweep that are not finished, each in a run directory of its own.

    Parameters
    ----------
    plan : SweepPlan
        From `load_sweep`, the same on every rank.
    comm : MPI.Comm
        All ranks of the job.
    quantities : sequence of str, optional
        Whose last values the table has, instead of those of any sweep.

    Returns
    -------
    int
        The same on every rank: 0 if all members came to their stop, 3 if any ended early or failed, 75 if any is left.

    Raises
    ------
    UserError
        On every rank, before anything is begun: too few ranks, too little memory, directory not usable.
    StorageError
        On every rank: the file system refuses; what was stored before stays good.

    Notes
    -----
    *Communication*: collective; the groups exchange no messages before the end. Signals are caught meanwhile, in a
    process's main thread.
    """
    shares = share_out(len(plan.members), plan.sweep.ranks, comm.size)
    _check_memory(plan, comm)
    host = _Host(plan, quantities)
    with catching_signals(), promising("go on by the same command"), host.leaving():
        job, members = from_root(comm, lambda: host.open(shares))
        # Any rank may be the one that ends the job: it takes the job's own folder away.
        with removing(job.path), _together(comm, job, shares) as share:
            refusal = _work(plan, comm, job, shares, members)
            share.wait_for_all()
            refusals = [text for text in comm.allgather(refusal) if text is not None]
            code = from_root(comm, host.close)
    if refusals:
        raise StorageError(f"{refusals[0]}; for all members: start the sweep again")
    return code


class _Host:
    """What rank 0 does for all: the directory, the first lines, the table."""

    def __init__(self, plan: SweepPlan, quantities: Sequence[str]) -> None:
        self.quantities = quantities
        self.plan, self.paths = plan, SweepPaths(Path(plan.sweep.output))
        self._presence: Presence | None = None

    def open(self, shares: Shares) -> tuple[JobFolder, int]:
        """Make the directory ready, and say what is going to be done; returns how many members are to be done, too."""
        presence = self._presence = open_sweep(self.plan)
        count = len(self.plan.members)
        done = sum(is_finished(self.paths.member(number)) for number in range(count))
        before = f", {done} finished before" if done else ""
        say(f"{counted(count, 'member')}{before}, {shares.text}, into {self.paths.root}")
        if not presence.has_locks:
            say("warning: this file system has no locks; see that no other job works on the sweep")
        return presence.folder, count - done

    @contextmanager
    def leaving(self) -> Iterator[None]:
        """Take this job's own folder away where a signal ends it within."""
        try:
            yield
        except Interrupted:
            if self._presence is not None:
                self._presence.leave()
            raise

    def close(self) -> int:
        """Write the table, and leave; returns the exit code."""
        presence = self._presence
        if presence is None:
            raise ValueError("rank 0 alone has opened the sweep")
        rows = collect_rows(self.plan, self.paths, presence.folder, self.quantities)
        print_rows(rows, LastingConsole())
        try:
            with refused_as_error(self.paths.table):
                publish(presence, self.paths.table, csv_text(rows))
                publish(presence, self.paths.document, json_text(rows))
        finally:
            presence.leave()
        code = exit_code_of(rows)
        say(f"table in {self.paths.table}")
        return code


def say(text: str) -> None:
    """Write a line to the output. *Communication*: local."""
    PlainOutput().say(text)


@contextmanager
def _together(comm: MPI.Intracomm, job: JobFolder, shares: Shares) -> Iterator[GroupShare]:
    """With other groups beside it, a group that is interrupted ends the job when these have stored their members."""
    share = GroupShare(comm, job, shares.ranks, say)
    with sharing_job(share) if shares.groups > 1 else nullcontext():
        yield share


def _check_memory(plan: SweepPlan, comm: MPI.Intracomm) -> None:
    """Refuse members that do not fit the nodes together."""
    on_node = ranks_on_node(comm)
    # Nodes may differ.
    on_all_ranks(comm, lambda: check_sweep_memory(plan, on_node, node_memory()))


def _work(plan: SweepPlan, comm: MPI.Intracomm, job: JobFolder, shares: Shares, members: int) -> str | None:
    """Let this rank's group take members; returns what the file system refuses to all of them."""
    group = comm.rank // shares.ranks
    part = comm.Split(group if group < shares.groups else MPI.UNDEFINED, comm.rank)
    if not isinstance(part, MPI.Intracomm) or part == MPI.COMM_NULL:
        return None
    with telling_of_compilation(say) if comm.rank == 0 else nullcontext():  # for all groups, which begin at once
        refusal = Group(part, plan, job, say, shares.groups, members).work()
    part.Free()
    return refusal
