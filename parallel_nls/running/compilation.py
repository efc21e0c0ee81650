"""A first run says why it takes a minute before its first step: its kernels are compiled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from parallel_nls.numerics.compiled import on_first_compilation
from parallel_nls.running.plain_output import PlainOutput

if TYPE_CHECKING:
    from parallel_nls.running.progress import Reporter

TEXT = "compiling code that is not in the cache yet: a first run takes up to a minute longer, later ones do not"


class CompilationNotice:
    """Says once that kernels are compiled, in the log too, which may be begun later.

    Parameters
    ----------
    active : bool
        Whether this is rank 0; on other ranks nothing is said.
    quiet : bool
        Whether only the log is written.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, active: bool, quiet: bool) -> None:
        self._active, self._quiet = active, quiet
        self._said = False
        self._reporter: Reporter | None = None

    def say(self) -> None:
        """Say it now."""
        self._said = True
        if self._reporter is not None:
            self._reporter.say(TEXT)
        elif self._active and not self._quiet:
            PlainOutput().say(TEXT)

    def follow(self, reporter: Reporter) -> None:
        """Let a reporter say it from here on; what was said before goes to its log."""
        self._reporter = reporter
        if self._said:
            reporter.note(TEXT)


@contextmanager
def noticing_compilation(active: bool, quiet: bool) -> Iterator[CompilationNotice]:
    """Say within the context, once, that kernels are compiled, if they are.

    Parameters
    ----------
    active, quiet
        As of `CompilationNotice`.

    Notes
    -----
    *Communication*: local.
    """
    notice = CompilationNotice(active, quiet)
    with on_first_compilation(notice.say):
        yield notice
