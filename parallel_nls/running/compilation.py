"""What a job says before it has a log: what it does, and why it takes a minute before its first step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING

from parallel_nls.numerics.code_cache import on_first_compilation, while_compiling
from parallel_nls.running.plain_output import PlainOutput
from parallel_nls.running.signals import answering_at_once

if TYPE_CHECKING:
    from parallel_nls.running.progress import Reporter

TEXT = "compiling code that is not in the cache yet: a first run takes up to a minute longer, later ones do not"


class Notices:
    """Lines that are said at once, and written into the log when it is begun.

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
        self._said: list[str] = []
        self._reporter: Reporter | None = None

    def say(self, text: str) -> None:
        """Say it now."""
        if self._reporter is not None:
            self._reporter.say(text)
            return
        self._said.append(text)
        if self._active and not self._quiet:
            PlainOutput().say(text)

    def follow(self, reporter: Reporter) -> None:
        """Let a reporter say it from here on; what was said before goes to its log."""
        self._reporter = reporter
        for text in self._said:
            reporter.note(text)


def telling_of_compilation(tell: Callable[[str], object]) -> AbstractContextManager[None]:
    """Tell within the context, once, that kernels are compiled, if they are, and why they cannot be kept, if so.

    *Communication*: local.
    """
    return on_first_compilation(lambda: tell(TEXT), tell)


@contextmanager
def noticing_compilation(active: bool, quiet: bool) -> Iterator[Notices]:
    """Say within the context what `telling_of_compilation` tells, at once and in the log.

    Parameters
    ----------
    active, quiet
        As of `Notices`.

    Notes
    -----
    *Communication*: local.
    """
    notices = Notices(active, quiet)
    with telling_of_compilation(notices.say):
        yield notices


@contextmanager
def answering_while_compiling() -> Iterator[None]:
    """Answer signals at once, where they are only noted, as long as code is compiled: it may take a minute.

    *Communication*: local.
    """
    spans = list[ExitStack]()

    def begin() -> None:
        """One may come within another; what has been noted before ends the process here."""
        spans.append(ExitStack())
        spans[-1].enter_context(answering_at_once())

    with while_compiling(begin, lambda: spans.pop().close()):
        yield
