"""Lines of text for whoever reads the output of a run, which ends no run when it takes no more."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def on_terminal() -> bool:
    """Whether a person watches: mpirun gives its ranks a pseudo-terminal, so its own output decides.

    *Communication*: local.
    """
    if not sys.stdout.isatty():
        return False
    if "OMPI_COMM_WORLD_RANK" not in os.environ:
        return True
    try:
        return str(Path(f"/proc/{os.getppid()}/fd/1").readlink()).startswith(("/dev/pts", "/dev/tty"))
    except OSError:
        return False


def let_go_of_output() -> None:
    """Send what is still written to nobody: the reader has left, the other ranks have not. *Communication*: local."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
        """Write a line; where the output takes no more, as on a full disk, go on in silence."""
        if self.quiet:
            return
        try:
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()
        except OSError:
            self.quiet = True
            let_go_of_output()
