"""The command line: parallel-nls run · resume · sweep · plot · info · decompose · examples · doctor."""

from __future__ import annotations

import argparse
import contextlib
import io
import math
import os
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from parallel_nls import __version__
from parallel_nls.config import (
    configuration_name,
    describe_resources,
    example_names,
    example_text,
    load_configuration,
)
from parallel_nls.errors import BAD_INPUT, DEFECT, DONE, INTERRUPTED, STORAGE, StorageError, UserError
from parallel_nls.interruption import catch_signals, ignore_signals

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

_NUMBER = re.compile(r"-(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_LARGEST = 1e50  # numbers whose squares and quotients are numbers, too
_RANK_VARIABLES = ("OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID")


class _Parser(argparse.ArgumentParser):
    def _print_message(self, message: str, file: Any = None) -> None:
        """Print help and version once, not once a rank."""
        if _launcher_rank() == 0:
            super()._print_message(message, file)

    def error(self, message: str) -> NoReturn:
        """Turn a wrong command line into the one message of all bad input."""
        raise UserError(f"{message}; see {self.prog} --help")


def _launcher_rank() -> int:
    """Rank by the launcher's variables, known without MPI_Init."""
    return next((int(os.environ[name]) for name in _RANK_VARIABLES if name in os.environ), 0)


def _without_mpi() -> None:
    """Let h5py be imported without starting MPI: this command is for one process."""
    import mpi4py

    mpi4py.rc.initialize = False
    mpi4py.rc.finalize = False


def _write(text: str) -> None:
    if _launcher_rank() == 0:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")


def _run(arguments: argparse.Namespace) -> int:
    overrides = arguments.set or []
    if arguments.dry_run:
        config = load_configuration(arguments.config, overrides)
        _write(describe_resources(config, arguments.ranks or 1))
        return DONE
    _refuse_ranks(arguments)
    comm = _world()
    from parallel_nls.parallel.consensus import from_root
    from parallel_nls.runner import run

    config = from_root(comm, lambda: load_configuration(arguments.config, overrides))
    root = Path(arguments.output or Path("runs") / configuration_name(arguments.config))
    return run(config, comm, root).exit_code


def _resume(arguments: argparse.Namespace) -> int:
    comm = _world()
    from parallel_nls.runner import resume

    return resume(comm, Path(arguments.run), arguments.until).exit_code


def _sweep(arguments: argparse.Namespace) -> int:
    from parallel_nls.config.sweep_plan import load_sweep

    if arguments.dry_run:
        from parallel_nls.config.sweep_resources import describe_sweep

        _write(describe_sweep(load_sweep(arguments.sweep, arguments.output), arguments.ranks or 1))
        return DONE
    _refuse_ranks(arguments)
    comm = _world()
    from parallel_nls.parallel.consensus import from_root
    from parallel_nls.studies.sweep import run_sweep

    return run_sweep(from_root(comm, lambda: load_sweep(arguments.sweep, arguments.output)), comm)


def _refuse_ranks(arguments: argparse.Namespace) -> None:
    if arguments.ranks is not None:
        raise UserError(f"--ranks {arguments.ranks} belongs to --dry-run; start a run by mpirun -n {arguments.ranks}")


def _world() -> Intracomm:
    """All ranks of a job, which from here on only notes the signals that ask it to end.

    Refused are processes that a launcher has started together, and that know nothing of each other.
    """
    catch_signals()
    import mpi4py

    mpi4py.rc.initialize = False
    from mpi4py import MPI

    from parallel_nls.parallel.launcher import is_connected, processes_started

    count = processes_started()
    # Without its launcher, Open MPI would end the process with a page of its own.
    alone = count > 1 and MPI.get_vendor()[0] == "Open MPI" and not is_connected()
    if not alone and not MPI.Is_initialized():
        MPI.Init_thread()
    if alone or MPI.COMM_WORLD.size == 1 < count:
        raise UserError(
            f"{count} processes were started, and each of them is alone: their launcher does not speak to this MPI; "
            "use srun --mpi=pmix (srun --mpi=list tells what there is), or this MPI's own mpirun; "
            "parallel-nls doctor says more"
        )
    return MPI.COMM_WORLD


def _plot(arguments: argparse.Namespace) -> int:
    _without_mpi()
    from parallel_nls.output.plots import plot_run

    if _launcher_rank() == 0:
        for path in plot_run(Path(arguments.run)):
            _write(str(path))
    return DONE


def _info(arguments: argparse.Namespace) -> int:
    _without_mpi()
    from parallel_nls.output.reader import describe_run

    _write(describe_run(Path(arguments.run)))
    return DONE


def _decompose(arguments: argparse.Namespace) -> int:
    comm = _world()
    from parallel_nls.decompose.command import decompose
    from parallel_nls.decompose.request import Request

    outcome = decompose(
        comm,
        Request(
            field=Path(arguments.field),
            count=arguments.bubbles,
            centers=tuple(arguments.center or ()),
            blowup_time=arguments.blowup_time,
            cutoff=arguments.cutoff,
            direction=arguments.direction,
            json=None if arguments.json is None else Path(arguments.json),
        ),
    )
    _write(outcome.text)
    if outcome.failure is not None and comm.rank == 0:
        sys.stdout.flush()
        sys.stderr.write(f"parallel-nls: no decomposition was found: {outcome.failure}\n")
    return outcome.exit_code


def _examples(arguments: argparse.Namespace) -> int:
    _write(example_text(arguments.name) if arguments.name else "\n".join(example_names()))
    return DONE


def _doctor(arguments: argparse.Namespace) -> int:
    from parallel_nls.doctor.examination import examine
    from parallel_nls.doctor.guard import start_guarded
    from parallel_nls.doctor.report_text import describe

    def start() -> Intracomm:
        """Start MPI, which is one of the things that may go wrong."""
        from mpi4py import MPI

        return MPI.COMM_WORLD

    report = examine(lambda: start_guarded(start), Path(arguments.folder), first=_launcher_rank() == 0)
    watched = sys.stdout.isatty() and "OMPI_COMM_WORLD_RANK" not in os.environ
    _write(describe(report, on_terminal=watched))
    return report.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="parallel-nls", description="How nonlinear Schrödinger waves collapse, on any number of ranks."
    )
    parser.add_argument("--version", action="version", version=f"parallel-nls {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    def add(name: str, function: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        """Add one command."""
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(function=function)
        return command

    run = add("run", _run, "run a configuration (under mpirun or srun for several ranks)")
    run.add_argument("config", help="a TOML file, or the name of an example")
    run.add_argument("--output", metavar="RUN", help="run directory (default: runs/<name of the configuration>)")
    run.add_argument("--set", action="append", metavar="KEY=VALUE", help="override one key, e.g. time.stop=-0.1")
    run.add_argument("--dry-run", action="store_true", help="check only; say memory, steps and sizes")
    run.add_argument("--ranks", type=_positive, help="ranks that --dry-run reckons with (default: 1)")
    resume = add("resume", _resume, "go on with a run that was left or killed, with the same bits on any ranks")
    resume.add_argument("run", metavar="RUN", help="run directory")
    resume._negative_number_matcher = _NUMBER  # argparse itself takes -1e-3 for an option
    resume.add_argument("--until", type=float, metavar="T", help="another stop than time.stop, which it replaces")
    sweep = add("sweep", _sweep, "run, or go on with, a grid of configurations, each in a run directory of its own")
    sweep.add_argument("sweep", metavar="SWEEP.toml", help="what the members share, and what they vary")
    sweep.add_argument("--output", metavar="RUN", help="directory of the sweep (default: runs/<name of the file>)")
    sweep.add_argument("--dry-run", action="store_true", help="check only; say members, groups, memory and sizes")
    sweep.add_argument("--ranks", type=_positive, help="ranks that --dry-run reckons with (default: 1)")
    add("plot", _plot, "draw the figures of a run").add_argument("run", metavar="RUN")
    add("info", _info, "say how a run ended").add_argument("run", metavar="RUN")
    _add_decompose(add("decompose", _decompose, "decompose a stored field into bubbles (also under mpirun)"))
    add("examples", _examples, "list the examples, or print one").add_argument("name", nargs="?")
    doctor = add("doctor", _doctor, "say whether this installation and this machine will run well (also under mpirun)")
    doctor.add_argument("folder", metavar="FOLDER", nargs="?", default=".", help="where output goes (default: here)")
    return parser


def _add_decompose(command: argparse.ArgumentParser) -> None:
    command.add_argument("field", metavar="FIELD.h5", help="a stored field, as RUN/fields/field_00000000.h5")
    command._negative_number_matcher = _NUMBER
    places = command.add_mutually_exclusive_group()
    places.add_argument(
        "--bubbles", type=_positive, metavar="K", help="take the K highest peaks of |u| (default: the run's bubbles)"
    )
    places.add_argument(
        "--center", type=_vector, action="append", metavar="X[,Y]", help="where a bubble is; once for each bubble"
    )
    command.add_argument("--blowup-time", type=_finite, metavar="T", help="(default: that of the run, if it has one)")
    command.add_argument("--cutoff", type=_size, metavar="A", help="A of χ_A, in scales (default: the run's, or 3)")
    command.add_argument(
        "--direction", type=_vector, metavar="X[,Y]", help="along which bubbles are told apart (default: the widest)"
    )
    command.add_argument("--json", metavar="OUT.json", help="a new file for all values")


def _finite(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not abs(number) <= _LARGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of a sensible size")
    return number


def _size(text: str) -> float:
    number = _finite(text)
    if not number >= 1 / _LARGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number greater than 0")
    return number


def _vector(text: str) -> tuple[float, ...]:
    return tuple(_finite(part) for part in text.split(","))


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive whole number")
    return int(text)


def _finish(code: int) -> NoReturn:
    """Leave together: every rank finalizes MPI before any of them exits.

    The first to exit with another code than 0 makes some launchers signal the rest, whose own codes must stand.
    """
    ignore_signals()
    try:
        sys.stdout.flush()
    except OSError:  # its reader has left, or the disk is full
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.stderr.flush()
    module = sys.modules.get("mpi4py.MPI")
    if module is not None and module.Is_initialized() and not module.Is_finalized():
        module.COMM_WORLD.Barrier()
        module.Finalize()
    if code == STORAGE:
        # The HDF5 library would try once more to write what the disk has refused, and fail in its own way.
        os._exit(code)
    sys.exit(code)


def _end_all_ranks(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """After an uncaught exception on one rank: show where, and end the job; the others would wait for ever."""
    code = DEFECT
    if issubclass(kind, KeyboardInterrupt):
        code = INTERRUPTED
        sys.stderr.write("parallel-nls: interrupted; what a run has written so far can be read and plotted\n")
    else:
        traceback.print_exception(kind, error, trace)
    sys.stderr.flush()
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
    module = sys.modules.get("mpi4py.MPI")
    if module is not None and module.Is_initialized() and not module.Is_finalized() and module.COMM_WORLD.size > 1:
        module.COMM_WORLD.Abort(code)
    os._exit(code)


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave with its exit code.

    0 done, 1 a defect, 2 bad input, 3 stopped early on purpose, 74 the file system refused, 75 stored, to be resumed.

    Notes
    -----
    *Communication*: ``run`` is collective over all ranks of the job. An exception on one rank ends the job.
    """
    sys.excepthook = _end_all_ranks
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no Greek letters gets question marks, not a traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        arguments = _parser().parse_args(argv)
        code = arguments.function(arguments)
    except (UserError, StorageError) as error:
        if _launcher_rank() == 0:
            sys.stderr.write(f"parallel-nls: {error}\n")
        code = BAD_INPUT if isinstance(error, UserError) else STORAGE
    _finish(code)
