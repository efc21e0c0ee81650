"""Signals that ask a run to end: noted when they come, looked at between two steps.

A handler only notes the first signal; nothing is interrupted, and a second one changes nothing. The ranks of a run
agree on what any of them has received.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["catch_signals", "catching_signals", "ignore_signals", "received_signal", "signal_name"]

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP, signal.SIGXCPU)
"""What launchers and schedulers send ahead of the end; Ctrl-C, a closed terminal, the limit of CPU time."""

_received: list[int] = []


def _note(number: int, _frame: FrameType | None) -> None:
    _received.append(number)


def catch_signals() -> None:
    """Note signals from now on instead of ending by them, to the end of this process. *Communication*: local."""
    for number in SIGNALS:
        if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
            continue  # nohup: the terminal may go
        signal.signal(number, _note)
        signal.siginterrupt(number, False)  # no system call of a library fails by a signal


def ignore_signals() -> None:
    """Let nothing end this process any more that asks it to end: it is ending. *Communication*: local."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def catching_signals() -> Iterator[None]:
    """Note signals instead of ending by them, in the main thread of a process; elsewhere do nothing.

    Within another such context it changes nothing. On leaving the outermost one all is as before, and forgotten.

    Notes
    -----
    *Communication*: local; every rank catches what it receives.
    """
    outermost = signal.getsignal(signal.SIGTERM) is not _note
    if threading.current_thread() is not threading.main_thread() or not outermost:
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    catch_signals()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _received.clear()


def received_signal() -> int:
    """The first signal that this process has received, 0 without one. *Communication*: local."""
    return _received[0] if _received else 0


def signal_name(number: int) -> str:
    """SIGTERM and so on. *Communication*: local."""
    return signal.Signals(number).name
