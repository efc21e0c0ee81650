"""Commands, each in a child of one process that has loaded the libraries, but neither started MPI nor loaded it."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from tests.conftest import ROOT

MPI_MODULE = "mpi4py.MPI"
# What several commands import, and takes long; none of it may know of MPI.
LIBRARIES = (
    "parallel_nls.config.configuration", "parallel_nls.numerics.compiled", "matplotlib.backends.backend_agg",
    "matplotlib.figure", "PIL.PngImagePlugin",
)  # fmt: skip


@dataclass(frozen=True)
class End:
    """How a command ended: exit code, what it said, whether it had started MPI, and what it left in its folder."""

    code: int
    output: str
    messages: str
    mpi_started: bool
    left: list[str]


def run_each(commands: Mapping[str, Sequence[str]]) -> dict[str, End]:
    """Run each command line of parallel-nls by itself, in an empty folder; how each ended."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.cli.in_children"],
        cwd=ROOT,
        input=json.dumps({name: list(command) for name, command in commands.items()}),
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    return {name: End(**end) for name, end in json.loads(done.stdout).items()}


def obey(arguments: list[str]) -> NoReturn:
    """Run a command, and end this process with its exit code; its last line says whether MPI was started."""
    from parallel_nls import cli

    code: object = None
    try:
        cli.main(arguments)
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        module = sys.modules.get(MPI_MODULE)
        started = module is not None and module.Is_initialized()
        sys.stdout.write(f"{started}\n")
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code if isinstance(code, int) else 1)


def in_a_child(arguments: list[str]) -> End:
    """Fork, run the command there in an empty folder, and wait for it."""
    with tempfile.TemporaryDirectory() as place:
        texts, folder = [Path(place, name) for name in ("output", "messages")], Path(place, "folder")
        folder.mkdir()
        child = os.fork()
        if child == 0:
            os.chdir(folder)
            for stream, path in zip((sys.stdout, sys.stderr), texts, strict=True):
                os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), stream.fileno())
            obey(arguments)
        _, status = os.waitpid(child, 0)
        output, messages = (path.read_text(encoding="utf-8") for path in texts)
        *lines, started = output.splitlines(keepends=True)
        left = sorted(path.name for path in folder.iterdir())
        return End(os.waitstatus_to_exitcode(status), "".join(lines), messages, started == "True\n", left)


def without_mpi(what: str) -> None:
    """End this process if it has loaded MPI or HDF5, which children would then only seem to do without."""
    if MPI_MODULE in sys.modules or "h5py" in sys.modules:
        sys.exit(f"{what} has loaded MPI or HDF5")


def main() -> None:
    """Read the commands from the standard input, and print how they ended as JSON."""
    # What all commands import, and takes long.
    from parallel_nls.cli import parser

    parser.make_parser()
    without_mpi("the command line alone")
    for library in LIBRARIES:
        import_module(library)
    without_mpi("what draws, compiles or checks a configuration")
    gc.freeze()  # what is loaded stays: no child looks through it for garbage
    commands = json.load(sys.stdin)
    ends = {name: vars(in_a_child(arguments)) for name, arguments in commands.items()}
    sys.stdout.write(json.dumps(ends) + "\n")


if __name__ == "__main__":
    main()
