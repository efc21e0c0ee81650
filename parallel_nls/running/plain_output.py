"""Lines of text for whoever reads the output of a run, which ends no run when it takes no more."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path


def on_terminal() -> bool:
    """Whether a person watches: mpirun gives its ranks a pseudo-terminal, so its own output decides.

    *Communication*: local.
    """
    if sys.stdout is None or not sys.stdout.isatty():
        return False
    if "OMPI_COMM_WORLD_RANK" not in os.environ:
        return True
    try:
        return str(Path(f"/proc/{os.getppid()}/fd/1").readlink()).startswith(("/dev/pts", "/dev/tty"))
    except OSError:
        return False


def printable(text: str) -> str:
    """The text with its control characters written out: a title must not move the cursor of who reads it.

    Characters of file names that are no UTF-8 become question marks. *Communication*: local.
    """
    known = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(one if one.isprintable() or one in "\n\t" else repr(one)[1:-1] for one in known)


def let_go_of_output(descriptor: int = 1) -> None:
    """Send what is still written to nobody: the reader has left, the other ranks have not. *Communication*: local."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def say_that_output_ended(error: OSError) -> None:
    """Tell once, on the standard error, that messages are no longer written; not where their reader has left.

    *Communication*: local.
    """
    if not isinstance(error, BrokenPipeError):
        with contextlib.suppress(OSError):
            sys.stderr.write(f"parallel-nls: the output takes no more ({error.strerror}); this goes on in silence\n")


class PlainOutput:
    """Lines as they are, where nobody watches: without the library that draws on terminals, which takes long to load.

    Attributes
    ----------
    quiet : bool
        Whether nothing is written.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self) -> None:
        self.quiet = False

    def say(self, text: str) -> None:
        """Write a line; where the output takes no more, as on a full disk, go on in silence, after one word of it."""
        if self.quiet:
            return
        try:
            sys.stdout.write(f"{printable(text)}\n")
            sys.stdout.flush()
        except OSError as error:
            self.quiet = True
            let_go_of_output()
            say_that_output_ended(error)
