"""Where messages of a run go, whatever becomes of the output."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from rich.console import Console

from parallel_nls.running.plain_text import printable


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


class LastingConsole(Console):
    """Where messages go: colours on a terminal, plain text elsewhere; an output that takes no more ends no run.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self) -> None:
        super().__init__(force_terminal=on_terminal())

    def on_broken_pipe(self) -> None:
        """Go on in silence: the reader of the output has left, the other ranks have not."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def say(self, text: str) -> None:
        """Write a line; where the output takes no more, as on a full disk, go on in silence, after one word of it."""
        try:
            self.print(printable(text), highlight=False, markup=False, soft_wrap=True)
        except OSError as error:
            self.on_broken_pipe()
            with contextlib.suppress(OSError):
                sys.stderr.write(
                    f"parallel-nls: the output takes no more ({error.strerror}); this goes on in silence\n"
                )
