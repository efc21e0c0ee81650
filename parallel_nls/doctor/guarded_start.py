"""A start of MPI that this program survives: MPI ends the process in which it cannot start."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TypeVar

from parallel_nls.running.signals import hand_signals_over

Started = TypeVar("Started")


def start_guarded(start: Callable[[], Started]) -> Started:
    """Start MPI in a child process, which goes on as the program; the parent only waits for its end.

    Parameters
    ----------
    start : callable
        Starts MPI; it may raise, and it may end the process.

    Returns
    -------
    object
        What ``start`` returned, in the child. The parent leaves with the exit code of the child.

    Raises
    ------
    RuntimeError
        In the parent, which goes on instead: the child ended within ``start``.

    Notes
    -----
    *Communication*: local. Launchers know a rank by its environment and its user, not by its process.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            return start()
        finally:
            os.write(writing, b".")
    os.close(writing)
    hand_signals_over(child)
    survived = os.read(reading, 1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if survived:
        os._exit(code if code >= 0 else 128 - code)
    raise RuntimeError(f"the process ended with code {code} while it started MPI; see what MPI itself says above")
