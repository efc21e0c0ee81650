"""The life of the process behind a command: ranks, MPI, signals, the end."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn

from parallel_nls.cli.streams import complain
from parallel_nls.errors import BAD_INPUT, DEFECT, INTERRUPTED, RESUMABLE, STORAGE, Interrupted, LibraryError, UserError
from parallel_nls.running.plain_output import let_go_of_output
from parallel_nls.running.signals import (
    answer_signals,
    ignore_signals,
    interrupting_signal,
    promised,
    remove_temporary,
    signal_name,
    wait_for_others,
)

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

_ending = threading.Lock()
_FOR_RANK_0 = 0.15  # seconds; with PATIENCE less than the one that Open MPI has with ranks that it ends
_FOR_MESSAGE = 0.1  # seconds in which a launcher that is ending itself passes it on
_END = 30.0  # seconds in which a process that is ending has ended
_LOOKS = 20
_TOLD = 20817  # a tag that no other message has

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

    Raises
    ------
    LibraryError
        If a library cannot be read, or mapped into the memory that is left.

    Notes
    -----
    *Communication*: local.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    except (OSError, ImportError) as error:
        if isinstance(error, ImportError) and (error.path or ".py").endswith(".py"):
            raise  # not its file, but what is in it, or that there is none
        text = (
            f"a library cannot be loaded ({error}); see that its file can be read, and how much memory ulimit -v leaves"
        )
        raise LibraryError(text) from None
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
    """All ranks of a job.

    Refused are processes that a launcher has started together, and that know nothing of each other.
    """
    folder = Path(os.environ.get("TMPDIR") or "/")
    if folder.exists() and not folder.is_dir():
        raise UserError(f"TMPDIR = {str(folder)!r} is no folder, which MPI needs; set it to one, or unset it")
    # Of Open MPI 4, unused here: it ends a job whose files have paths of more than about 210 characters.
    os.environ.setdefault("OMPI_MCA_sharedfp", "^lockedfile")
    import mpi4py

    mpi4py.rc.initialize = False
    from mpi4py import MPI

    from parallel_nls.running.communicator import refuse_strangers

    refuse_strangers()
    return MPI.COMM_WORLD


def answer() -> None:
    """Answer signals from now on, and tell in one line what threads of a user fail by. *Communication*: local."""
    answer_signals(end_by_signal)
    sys.unraisablehook = _tell_unraisable
    threading.excepthook = _tell_thread


@contextmanager
def ending_by_signals() -> Iterator[None]:
    """Within, whatever is raised once a signal has interrupted the main thread ends all ranks by that signal.

    A library that was interrupted while it was loading may have made another error of it.

    Notes
    -----
    *Communication*: local.
    """
    try:
        yield
    except BaseException:
        if number := interrupting_signal():
            end_by_signal(number)
        raise


def _tell_unraisable(found: sys.UnraisableHookArgs) -> None:
    if not isinstance(found.exc_value, Interrupted):  # of which the thread that waits for signals knows
        complain(f"{found.exc_type.__name__} where nobody can be told: {found.exc_value}")


def _tell_thread(found: threading.ExceptHookArgs) -> None:
    if found.exc_type is not SystemExit:
        complain(f"a thread has failed by {found.exc_type.__name__}: {found.exc_value}")


def end_by_signal(number: int) -> NoReturn:
    """End all ranks on a signal: one of them says so, and the others would wait for it for ever.

    Exit code 75 where the same command, or resume, goes on as if nothing had been; 130 after Ctrl-C where there is
    nothing to go on with.

    Notes
    -----
    *Communication*: local; called by the main thread, or by that which waits for signals.
    """
    if not _ending.acquire(blocking=False):
        time.sleep(2 * _END)  # the other thread is at it
    wait_for_others()
    remedy = promised()
    code = INTERRUPTED if number == signal.SIGINT and remedy is None else RESUMABLE
    comm = _connected()
    told = _is_told(comm)
    if not told and launcher_rank() != 0:
        time.sleep(_FOR_RANK_0)  # which says it for all, if it has received it as well
        told = _is_told(comm)
    if not told and _is_first_to_tell(comm):
        text = f"parallel-nls: {signal_name(number)} was received; {remedy or 'nothing is left half done'}\n"
        with contextlib.suppress(OSError):
            os.write(2, text.encode())  # the main thread may be holding the stream
    remove_temporary()
    if comm is not None and comm.size > 1 and not told:
        time.sleep(_FOR_MESSAGE)
        comm.Abort(code)
    os._exit(code)  # where another rank ends the job, without a word


def _connected() -> Intracomm | None:
    """All ranks of the job, as long as they can exchange messages."""
    module = sys.modules.get("mpi4py.MPI")
    return None if module is None or not module.Is_initialized() or module.Is_finalized() else module.COMM_WORLD


def end_alone(text: str, code: int) -> NoReturn:
    """End all ranks by what perhaps this one alone has met: the others would wait for it for ever.

    Parameters
    ----------
    text : str
        What it has met; said by rank 0, or by this rank if rank 0 has not ended the job meanwhile.
    code : int
        The exit code.

    Notes
    -----
    *Communication*: local.
    """
    rank, comm = launcher_rank(), _connected()
    if rank != 0:
        time.sleep(_FOR_RANK_0)
    complain(text if rank == 0 else f"rank {rank} on {socket.gethostname()}: {text}")
    if comm is not None and comm.size > 1:
        time.sleep(_FOR_MESSAGE)
        comm.Abort(code)
    finish(code)


def _may_speak(comm: Intracomm | None) -> bool:
    """Whether this thread may exchange messages with other ranks."""
    if comm is None or comm.size == 1:
        return False
    from mpi4py import MPI

    return MPI.Query_thread() >= MPI.THREAD_MULTIPLE or threading.current_thread() is threading.main_thread()


def _is_told(comm: Intracomm | None) -> bool:
    """Whether another rank says why all end, and ends them; a launcher signals these as well."""
    if comm is None or not _may_speak(comm):
        return False
    from mpi4py import MPI

    for _ in range(_LOOKS):  # the first one may only move messages along
        if comm.Iprobe(MPI.ANY_SOURCE, _TOLD):
            return True
        time.sleep(1e-3)
    return False


def _is_first_to_tell(comm: Intracomm | None) -> bool:
    """Whether this rank is to say why all end; it tells the others that it does."""
    if comm is None or comm.size == 1:
        return launcher_rank() == 0
    if not _may_speak(comm):
        return True
    from mpi4py import MPI

    for rank in range(comm.size):
        comm.Isend([bytearray(1), MPI.BYTE], rank, _TOLD)
    return True


def finish(code: int) -> NoReturn:
    """Leave together: every rank finalizes MPI before any of them exits.

    The first to exit with another code than 0 makes some launchers signal the rest, whose own codes must stand.
    """
    ignore_signals()
    for stream, descriptor in ((sys.stdout, 1), (sys.stderr, 2)):
        try:
            stream.flush()
        except OSError:  # its reader has left, or the disk is full: the interpreter would try again, and end by 120
            let_go_of_output(descriptor)
    comm = _connected()
    if comm is not None:
        comm.Barrier()
        sys.modules["mpi4py.MPI"].Finalize()
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread() and not thread.daemon]
    guard = sys.modules.get("parallel_nls.user_code.process_state")
    if code == STORAGE or others or (guard is not None and guard.ProcessState.used):
        # Threads of a user would be waited for, and what they have left for the end would run. The HDF5 library would
        # try once more to write what the disk has refused, and fail in its own way.
        os._exit(code)
    sys.exit(code)


def end_all_ranks(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """After an uncaught exception on one rank: show where, and end the job; the others would wait for ever."""
    code = DEFECT
    if isinstance(error, Interrupted):
        end_by_signal(error.number)
    if issubclass(kind, KeyboardInterrupt):
        code = INTERRUPTED
        complain("interrupted; what a run has written so far can be read and plotted")
    elif issubclass(kind, MemoryError):
        code = BAD_INPUT
        where = traceback.extract_tb(trace)[-1:]
        place = f" at {Path(where[0].filename).name}, line {where[0].lineno}" if where else ""
        complain(f"no memory is left{place}; run on more nodes or with fewer points; what was stored stays good")
    else:
        with contextlib.suppress(OSError):
            traceback.print_exception(kind, error, trace)
            sys.stderr.flush()
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    comm = _connected()
    if comm is not None and comm.size > 1:
        comm.Abort(code)
    os._exit(code)
