"""parallel-nls in which the n-th file call below a folder is the last one, or is refused.

    python scripts/faults/nth_call.py FOLDER NUMBER kill|refuse|count COUNT-FILE ARGUMENT…

Counted are the calls by which rank 0 opens, makes, renames, removes and writes through to the disk what lies below the
folder, by Python or by h5py. "kill": SIGKILL ahead of that call; "refuse": it fails with EIO; "count": all happen, and
their number is written into the file.
"""

from __future__ import annotations

import atexit
import errno
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

EVENTS = ("open", *(f"os.{name}" for name in ("rename", "remove", "mkdir", "rmdir", "truncate", "link", "listdir")))


class Calls:
    """Counts file calls, and does at one of them what was asked for."""

    def __init__(self, folder: str, number: int, how: str) -> None:
        self.folder, self.number, self.how = os.path.realpath(folder), number, how
        self.count = 0

    def note(self, path: object) -> None:
        """Count a call, if it is about a file below the folder."""
        if not isinstance(path, str | bytes | os.PathLike):
            return
        if not os.path.abspath(os.fsdecode(path)).startswith(self.folder):  # noqa: PTH100  (pathlib would be counted)
            return
        self.count += 1
        if self.count == self.number and self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.count == self.number and self.how == "refuse":
            raise OSError(errno.EIO, os.strerror(errno.EIO), os.fsdecode(path))

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """What the interpreter tells of calls of Python."""
        if event in EVENTS and arguments:
            self.note(arguments[0])

    def watch_hdf5(self) -> None:
        """Count the files that h5py opens as well."""
        import h5py

        made = h5py.File.__init__

        def opened(file: Any, name: Any, *arguments: Any, **options: Any) -> None:
            """Open a file."""
            if options.get("driver") != "core":
                self.note(name)
            made(file, name, *arguments, **options)

        h5py.File.__init__ = opened

    def watch_sync(self) -> None:
        """Count what is written through to the disk."""
        sync = os.fsync

        def synced(fd: Any) -> None:
            """Write through."""
            self.note(os.readlink(f"/proc/self/fd/{fd}"))  # noqa: PTH115  (a name, not a path)
            sync(fd)

        os.fsync = synced


def main(argv: Sequence[str]) -> None:
    """Become parallel-nls, with this one thing different."""
    folder, number, how, report, *arguments = argv
    if os.environ.get("OMPI_COMM_WORLD_RANK", "0") == "0":
        calls = Calls(folder, int(number), how)
        import mpi4py

        mpi4py.rc.initialize = False
        calls.watch_hdf5()
        calls.watch_sync()
        sys.addaudithook(calls.hear)
        if how == "count":
            atexit.register(lambda: Path(report).write_text(str(calls.count), encoding="utf-8"))
    from parallel_nls.cli import main as parallel_nls

    parallel_nls(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
