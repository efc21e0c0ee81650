"""The ranks of a run for which nobody names a communicator."""

from __future__ import annotations

import resource
from math import inf

import psutil
from mpi4py import MPI

from parallel_nls.arguments import communicator
from parallel_nls.config import Configuration
from parallel_nls.errors import ArgumentError, UserError
from parallel_nls.running.launcher import is_connected, processes_started, without_a_warning_of_strangers

__all__ = ["check_run", "default_communicator", "refuse_strangers"]

_LEAST_MEMORY = 300 * 2**20  # bytes of addresses, of which Open MPI takes most for its libraries and for messages


def check_run(config: object, comm: object) -> None:
    """Refuse what is no configuration, or no communicator: arguments in another order, a name in their place.

    Raises
    ------
    ArgumentError
        It names the argument, and how to make one.

    Notes
    -----
    *Communication*: local.
    """
    if not isinstance(config, Configuration):
        remedy = f"load_configuration({config!r})" if isinstance(config, str) else "one of load_configuration"
        raise ArgumentError(f"config = {config!r}: is no configuration; give {remedy}")
    if comm is not None:
        communicator("comm", comm, ", or leave it out for all ranks")


def refuse_strangers() -> None:
    """Refuse processes that a launcher has started together, and that know nothing of each other.

    Raises
    ------
    UserError
        If they are, each with the same text.

    Notes
    -----
    *Communication*: local; starts MPI, unless it is known beforehand that it would end the process.
    """
    count = processes_started()
    # Without its launcher, Open MPI would end the process with a page of its own.
    alone = count > 1 and MPI.get_vendor()[0] == "Open MPI" and not is_connected()
    if not alone and not MPI.Is_initialized():
        _refuse_little_memory()
        with without_a_warning_of_strangers():
            MPI.Init_thread()
    if alone or MPI.COMM_WORLD.size == 1 < count:
        raise UserError(
            f"{count} processes were started, and each of them is alone: their launcher does not speak to this MPI; "
            "use srun --mpi=pmix (srun --mpi=list tells what there is), or this MPI's own mpirun; "
            "parallel-nls doctor says more"
        )


def _refuse_little_memory() -> None:
    """Refuse a limit of memory within which MPI cannot start: it would break down in its own way, or not start."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    room = inf if limit == resource.RLIM_INFINITY else limit - psutil.Process().memory_info().vms
    if room < _LEAST_MEMORY:
        raise UserError(
            f"ulimit -v leaves this process {max(room, 0) / 2**20:.0f} MiB of memory, and MPI takes "
            f"{_LEAST_MEMORY / 2**20:.0f} to start; raise the limit"
        )


def default_communicator() -> MPI.Intracomm:
    """All ranks of the job; of a process that was started alone, itself.

    Raises
    ------
    UserError
        As of `refuse_strangers`.

    Notes
    -----
    *Communication*: local.
    """
    refuse_strangers()
    return MPI.COMM_WORLD if MPI.COMM_WORLD.size > 1 else MPI.COMM_SELF
