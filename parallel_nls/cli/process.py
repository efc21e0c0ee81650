"""The life of the process behind a command: ranks, MPI, signals, the end."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn

from parallel_nls.cli.streams import complain
from parallel_nls.errors import DEFECT, INTERRUPTED, STORAGE
from parallel_nls.running.plain_output import let_go_of_output
from parallel_nls.running.signals import catch_signals, ignore_signals

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

_RANK_VARIABLES = ("OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID")


def launcher_rank() -> int:
    """Rank by the launcher's variables, known without MPI_Init."""
    numbers = (os.environ.get(name, "") for name in _RANK_VARIABLES if name in _own_variables())
    return next((int(number) for number in numbers if number.isdecimal()), 0)


def _own_variables() -> tuple[str, ...]:
    """Those that a launcher has set for this process; SLURM's may be left in a shell that no srun has started."""
    return _RANK_VARIABLES if "SLURM_STEP_ID" in os.environ else _RANK_VARIABLES[:-1]


@contextmanager
def loading() -> Iterator[None]:
    """Import modules within: what they make is there to stay, and is not looked through for garbage all the time.

    *Communication*: local.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()
            gc.enable()


def process_age() -> float:
    """Seconds since this process was started. *Communication*: local."""
    import psutil

    return float(max(time.time() - psutil.Process().create_time(), 0.0))


def without_mpi() -> None:
    """Let h5py be imported without starting MPI: this command is for one process."""
    import mpi4py

    mpi4py.rc.initialize = False
    mpi4py.rc.finalize = False


def world() -> Intracomm:
    """All ranks of a job, which from here on only notes the signals that ask it to end.

    Refused are processes that a launcher has started together, and that know nothing of each other.
    """
    catch_signals()
    # Of Open MPI 4, unused here: it ends a job whose files have paths of more than about 210 characters.
    os.environ.setdefault("OMPI_MCA_sharedfp", "^lockedfile")
    import mpi4py

    mpi4py.rc.initialize = False
    from mpi4py import MPI

    from parallel_nls.running.communicator import refuse_strangers

    refuse_strangers()
    return MPI.COMM_WORLD


def finish(code: int) -> NoReturn:
    """Leave together: every rank finalizes MPI before any of them exits.

    The first to exit with another code than 0 makes some launchers signal the rest, whose own codes must stand.
    """
    ignore_signals()
    try:
        sys.stdout.flush()
    except OSError:  # its reader has left, or the disk is full
        let_go_of_output()
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    module = sys.modules.get("mpi4py.MPI")
    if module is not None and module.Is_initialized() and not module.Is_finalized():
        module.COMM_WORLD.Barrier()
        module.Finalize()
    if code == STORAGE:
        # The HDF5 library would try once more to write what the disk has refused, and fail in its own way.
        os._exit(code)
    sys.exit(code)


def end_all_ranks(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """After an uncaught exception on one rank: show where, and end the job; the others would wait for ever."""
    code = DEFECT
    if issubclass(kind, KeyboardInterrupt):
        code = INTERRUPTED
        complain("interrupted; what a run has written so far can be read and plotted")
    else:
        with contextlib.suppress(OSError):
            traceback.print_exception(kind, error, trace)
            sys.stderr.flush()
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    module = sys.modules.get("mpi4py.MPI")
    if module is not None and module.Is_initialized() and not module.Is_finalized() and module.COMM_WORLD.size > 1:
        module.COMM_WORLD.Abort(code)
    os._exit(code)
