"""What a command says, whatever its standard streams are: closed, full, or left by their reader."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator

from parallel_nls.errors import StorageError
from parallel_nls.running.plain_output import let_go_of_output, on_terminal, printable


def secure_streams() -> None:
    """Open the standard streams that are closed: else the next file of the program would get what is meant for them.

    A terminal that knows no Greek letters gets question marks, not a traceback. *Communication*: local.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(descriptor, "w", encoding="utf-8", closefd=False))  # noqa: SIM115
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def write_out(text: str) -> None:
    """Write a result to the standard output; a reader that has left is no error.

    Raises
    ------
    StorageError
        If the output takes no more, as on a full disk.

    Notes
    -----
    *Communication*: local.
    """
    try:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        let_go_of_output()
    except OSError as error:
        let_go_of_output()
        raise StorageError(
            f"the standard output cannot be written ({error.strerror}); send it to another place"
        ) from None


@contextlib.contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """What to call with how many parts of the work are done, and how many there are: a bar on a terminal alone.

    *Communication*: local.
    """
    if not on_terminal():
        yield lambda done, total: None  # noqa: ARG005
        return
    from rich.progress import Progress

    from parallel_nls.running.lasting_console import LastingConsole

    with Progress(console=LastingConsole(), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def complain(text: str) -> None:
    """Write one message to the standard error; where that takes nothing, the exit code alone tells.

    *Communication*: local.
    """
    with contextlib.suppress(OSError):
        sys.stderr.write(f"parallel-nls: {printable(text)}\n")
        sys.stderr.flush()
