"""Signals that ask a process to end: answered at once, or, while a run has something to store, noted.

A handler only notes what comes. Where nothing is at stake, as while initial data are evaluated, it raises `Interrupted`
in the main thread, which then ends the command; if that is in a long call of a library and hears nothing, a thread that
waits for signals ends it a moment later. Within `noting_signals` nothing is interrupted: the loop of a run looks
between two steps, and the ranks agree on what any of them has received.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from parallel_nls.errors import Interrupted

__all__ = [
    "SIGNALS",
    "answer_signals",
    "catch_signals",
    "catching_signals",
    "hand_signals_over",
    "ignore_signals",
    "is_noting",
    "noting_signals",
    "promised",
    "promising",
    "received_signal",
    "remove_temporary",
    "removing",
    "signal_name",
]

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP, signal.SIGXCPU)
"""What launchers and schedulers send ahead of the end; Ctrl-C, a closed terminal, the limit of CPU time."""
PATIENCE = 1.0
"""Seconds that the main thread has to end by itself, before the thread that waits for signals does it."""

Ending = Callable[[int], None]
Telling = Callable[[str], None]


class _Watch:
    """What this process does about signals.

    Attributes
    ----------
    received : list of int
        What has come.
    ending : callable or None
        Ends the process on a signal, from any thread; None where signals are only noted.
    noting : list
        One entry for each context that only notes: what tells that a signal has come, if anything.
    promises : list of str
        How to go on after an end at once, the last one of which holds.
    raised : bool
        Whether the main thread has been interrupted: a second signal must not interrupt how it tidies up.
    temporary : list of Path
        Folders that go with the process.
    """

    def __init__(self) -> None:
        self.received: list[int] = []
        self.ending: Ending | None = None
        self.noting: list[Telling | None] = []
        self.raised = False
        self.promises: list[str] = []
        self.told = False
        self.writing: int | None = None
        self.temporary: list[Path] = []

    @property
    def at_once(self) -> bool:
        """Whether a signal ends what goes on."""
        return self.ending is not None and not self.noting


_watch = _Watch()


def _note(number: int, _frame: FrameType | None) -> None:
    _watch.received.append(number)
    if _watch.at_once and not _watch.raised:
        _watch.raised = True
        raise Interrupted(number)


def catch_signals() -> None:
    """Note signals from now on instead of ending by them, to the end of this process. *Communication*: local."""
    for number in SIGNALS:
        if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
            continue  # nohup: the terminal may go
        signal.signal(number, _note)
        signal.siginterrupt(number, False)  # no system call of a library fails by a signal


def answer_signals(ending: Ending) -> None:
    """End by a signal from now on, at any moment but within `noting_signals`.

    Parameters
    ----------
    ending : callable
        Ends the process by the number of a signal. Called by a thread of its own if the main thread, in which
        `Interrupted` is raised, has not ended the process by then.

    Notes
    -----
    *Communication*: local; for the main thread of a program, once in its life.
    """
    _watch.ending = ending
    catch_signals()
    if _watch.writing is not None:
        return
    reading, _watch.writing = os.pipe()
    os.set_blocking(_watch.writing, False)
    signal.set_wakeup_fd(_watch.writing, warn_on_full_buffer=False)
    threading.Thread(target=_wait_for_signals, args=(reading,), name="signals", daemon=True).start()
    os.register_at_fork(after_in_child=_forget)


def _wait_for_signals(reading: int) -> None:
    """Hear of a signal when it comes, whatever the main thread is doing; ends with the process."""
    while received := os.read(reading, 1):
        number = received[0]
        if number not in SIGNALS or _watch.ending is None:
            continue
        if _watch.noting:
            tells, _watch.told = () if _watch.told else tuple(_watch.noting), True
            for tell in tells:
                if tell is not None:
                    tell(signal_name(number))
            continue
        time.sleep(PATIENCE)
        if _watch.at_once:
            _watch.ending(number)


def _forget() -> None:
    """In a child that is no rank, as code of a user makes them: signals do there what they do in any program."""
    if _watch.ending is None:
        return
    _watch.ending, _watch.writing = None, None
    _watch.received.clear()
    signal.set_wakeup_fd(-1)
    for number in SIGNALS:
        if signal.getsignal(number) is _note:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def hand_signals_over(child: int) -> None:
    """Pass on to a child what comes, which goes on as the program; the terminal reaches it itself.

    *Communication*: local.
    """

    def pass_on(number: int, _frame: FrameType | None) -> None:
        """Pass it on; the child may be gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)

    _watch.ending = None
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, pass_on)


def ignore_signals() -> None:
    """Let nothing end this process any more that asks it to end: it is ending. *Communication*: local."""
    _watch.ending = None
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def noting_signals(tell: Telling | None = None) -> Iterator[None]:
    """Only note signals within: there is something that can be stored, and somebody who looks.

    Parameters
    ----------
    tell : callable, optional
        Says at once, by its name, that a signal has come; called by another thread than the main one.

    Notes
    -----
    *Communication*: local.
    """
    _watch.noting.append(tell)
    try:
        yield
    finally:
        _watch.noting.pop()


def is_noting() -> bool:
    """Whether signals are only noted at this moment, by `noting_signals`. *Communication*: local."""
    return bool(_watch.noting)


@contextmanager
def promising(remedy: str) -> Iterator[None]:
    """Within, what goes on can be gone on with after a signal, as the remedy says. *Communication*: local."""
    before = _watch.promises
    _watch.promises = [*before, remedy]
    try:
        yield
    except Interrupted:
        raise  # with the promise, which is to be told
    except BaseException:
        _watch.promises = before
        raise
    _watch.promises = before


@contextmanager
def removing(folder: Path) -> Iterator[None]:
    """Remove a folder of temporary files at the end, also if a signal ends the process before.

    *Communication*: local; for one rank.
    """
    _watch.temporary.append(folder)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _watch.temporary.remove(folder)


def remove_temporary() -> None:
    """Remove what `removing` holds: this process ends, whatever its main thread waits for. *Communication*: local."""
    for folder in _watch.temporary:
        shutil.rmtree(folder, ignore_errors=True)


def promised() -> str | None:
    """How to go on after a signal, if there is something to go on with. *Communication*: local."""
    return _watch.promises[-1] if _watch.promises else None


@contextmanager
def catching_signals() -> Iterator[None]:
    """Note signals instead of ending by them, in the main thread of a process; elsewhere do nothing.

    Within another such context, and in a program that answers signals, it changes nothing. On leaving the outermost one
    all is as before, and forgotten.

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
        _watch.received.clear()
        _watch.ending, _watch.raised, _watch.told = None, False, False


def received_signal() -> int:
    """The first signal that this process has received, 0 without one. *Communication*: local."""
    return _watch.received[0] if _watch.received else 0


def signal_name(number: int) -> str:
    """SIGTERM and so on. *Communication*: local."""
    return signal.Signals(number).name
