"""parallel-nls in which the n-th file call below a folder is the last one, is refused, or brings a signal.

    python scripts/faults/nth_call.py FOLDER NUMBER HOW REPORT ARGUMENT…

Counted are the calls by which rank 0 opens, lists, makes, renames, removes and writes through to the disk what lies
below the folder, by Python or by h5py. HOW is "kill": SIGKILL ahead of that call; "refuse": it fails with EIO; "leave":
SIGTERM ahead of it; "count": all happen, and the file REPORT lists them; "survey": the folder REPORT.states has what
lay there ahead of each of them, too.
"""

from __future__ import annotations

import atexit
import errno
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, cast

LISTS = ("os.listdir", "os.scandir")
EVENTS = (
    "open",
    *(f"os.{name}" for name in ("rename", "remove", "mkdir", "rmdir", "truncate", "link", "symlink", "chmod")),
    *LISTS,
)
# Which argument of an event tells the folder that a relative name is of.
FOLDERS = {"os.rename": 2, "os.remove": 1, "os.mkdir": 2, "os.rmdir": 1, "os.chmod": 2}
PACKAGE = f"{os.sep}parallel_nls{os.sep}"


class Calls:
    """Counts file calls, and does at one of them what was asked for."""

    def __init__(self, folder: str, number: int, how: str) -> None:
        self.folder, self.number, self.how = os.path.realpath(folder), number, how
        self.count = 0
        self.keep: Callable[[str], str] | None = None
        self.noted: list[tuple[str, str, str, str]] | None = None
        self._looking = False

    def note(self, event: str, path: object, folder: object = -1) -> None:
        """Count a call, if it is about a file below the folder."""
        if self._looking or not isinstance(path, str | bytes | os.PathLike):
            return
        name = os.fsdecode(path)
        if isinstance(folder, int) and folder >= 0 and not os.path.isabs(name):  # noqa: PTH117
            name = os.path.join(_named(folder), name)  # noqa: PTH118
        name = os.path.abspath(name)  # noqa: PTH100  (pathlib would be counted)
        if name != self.folder and not name.startswith(self.folder + os.sep):
            return
        self.count += 1
        if self.noted is not None:
            self._looking = True
            state = "" if self.keep is None else self.keep(self.folder)
            self.noted.append((event, name.removeprefix(self.folder).lstrip(os.sep), _callers(), state))
            self._looking = False
        if self.count == self.number:
            self._act(name)

    def _act(self, name: str) -> None:
        if self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.how == "leave":
            os.kill(os.getpid(), signal.SIGTERM)
        if self.how == "refuse":
            raise OSError(errno.EIO, os.strerror(errno.EIO), name)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """What the interpreter tells of calls of Python."""
        if event in EVENTS and arguments:
            path, place = arguments[0], FOLDERS.get(event)
            if event in LISTS and isinstance(path, int):
                path = _named(path)
            self.note(event, path, -1 if place is None else arguments[place])

    def watch_hdf5(self) -> None:
        """Count the files that h5py opens as well."""
        import h5py

        made = h5py.File.__init__

        def opened(file: Any, name: Any, *arguments: Any, **options: Any) -> None:
            """Open a file."""
            if options.get("driver") != "core":
                self.note("h5py.File", name)
            made(file, name, *arguments, **options)

        h5py.File.__init__ = opened

    def watch_sync(self) -> None:
        """Count what is written through to the disk."""
        sync = os.fsync

        def synced(fd: Any) -> None:
            """Write through."""
            self.note("os.fsync", _named(fd))
            sync(fd)

        os.fsync = synced

    def report_to(self, path: Path) -> None:
        """List the calls from now on, into this file when the process ends; of a survey, keep the states, too."""
        self.noted = []
        if self.how == "survey":
            sys.path.append(str(Path(__file__).parents[2]))
            from scripts.faults.states import States

            self.keep = States(path.with_name(f"{path.name}.states")).keep

        def write() -> None:
            """Write it, and what lies there at the end."""
            self._looking = True
            end = "" if self.keep is None else self.keep(self.folder)
            path.write_text(json.dumps({"calls": self.noted, "end": end}), encoding="utf-8")

        atexit.register(write)


def _named(descriptor: int) -> str:
    """The name of what is open."""
    return os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115  (a name, not a path)


def _callers() -> str:
    """Where in the package a call comes from, the outermost place first."""
    found, frame = list[str](), cast("FrameType | None", sys._getframe())
    while frame is not None:
        if (place := frame.f_code.co_filename.rfind(PACKAGE)) >= 0:
            found.append(f"{frame.f_code.co_filename[place + len(PACKAGE) :]}:{frame.f_lineno}")
        frame = frame.f_back
    return " ".join(reversed(found))


def main(argv: Sequence[str]) -> None:
    """Become parallel-nls, with this one thing different."""
    folder, number, how, report, *arguments = argv
    if os.environ.get("OMPI_COMM_WORLD_RANK", "0") == "0":
        calls = Calls(folder, int(number), how)
        import mpi4py

        mpi4py.rc.initialize = False
        calls.watch_hdf5()
        calls.watch_sync()
        if how in ("count", "survey"):
            calls.report_to(Path(report))
        sys.addaudithook(calls.hear)
    from parallel_nls.cli import main as parallel_nls

    parallel_nls(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
