"""Errors that a user can cause and the exit codes of the command line."""

from __future__ import annotations

DONE = 0
DEFECT = 1
BAD_INPUT = 2
STOPPED = 3
INTERRUPTED = 130


class UserError(Exception):
    """Bad input: one clear message that names the value and the remedy.

    The command line prints it once, on rank 0, and leaves with exit code 2. It is raised with the same
    text on every rank, so that no rank waits for another.
    """
