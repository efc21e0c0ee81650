"""Errors of a user's code in the middle of a run: noted where they come, raised where all ranks can raise them.

A rank whose part of the field makes the user's code fail must not leave the others waiting. It notes the error and puts
NaN where numbers should be; these spread to sums that all ranks share, and there all ranks ask who has noted what.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mpi4py import MPI

from parallel_nls.errors import UserError
from parallel_nls.parallel.consensus import common_verdict
from parallel_nls.user_code.source import RunningUserCode


class Failures:
    """What a user's code has failed by on this rank.

    Attributes
    ----------
    first : str or None
        The first error.

    Notes
    -----
    *Communication*: `settle` is collective, the rest is local.
    """

    def __init__(self) -> None:
        self.first: str | None = None

    def succeeds(self, path: Path, action: str, work: Callable[[], None]) -> bool:
        """Whether ``work``, which calls code of the file ``path``, raises nothing; otherwise its error is noted."""
        try:
            with RunningUserCode(path, action, often=True):
                work()
        except UserError as error:
            self.first = self.first or str(error)
            return False
        return True

    def settle(self, comm: MPI.Intracomm) -> None:
        """Raise what any rank has noted.

        Raises
        ------
        UserError
            On every rank, with the text of the lowest rank that has noted one.

        Notes
        -----
        *Communication*: collective, one message.
        """
        common_verdict(comm, self.first)
