"""Ctrl-C, or "interrupt" of a notebook, while something in memory advances: it waits until a step is done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["interrupted_between_steps"]


@contextmanager
def interrupted_between_steps(alone: bool) -> Iterator[Callable[[], None]]:
    """Note a SIGINT that would be a KeyboardInterrupt, for the caller to raise where its work is whole.

    A second one raises it at once.

    Parameters
    ----------
    alone : bool
        Whether this process is the only one: several would be interrupted after different steps.

    Yields
    ------
    callable
        Raises the KeyboardInterrupt, if there is one.

    Notes
    -----
    In other threads than the main one, and where somebody else handles SIGINT, nothing changes. *Communication*: local.
    """
    in_main = threading.current_thread() is threading.main_thread()
    if not (alone and in_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler):
        yield lambda: None
        return
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        """A step may be long: who asks twice does not want to wait."""
        if received:
            signal.default_int_handler(number, frame)
        received.append(number)

    def look() -> None:
        """Between two steps."""
        if received:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, note)
    try:
        yield look
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    look()
