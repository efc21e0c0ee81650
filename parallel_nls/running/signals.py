"""Signals that ask a process to end: answered at once, or, while a run has something to store, noted.

A handler only notes what comes. Where nothing is at stake, as while initial data are evaluated, it raises `Interrupted`
in the main thread, which then ends the command; if that is in a long call of a library and hears nothing, a thread that
waits for signals ends it a moment later. Within `noting_signals` nothing is interrupted: the loop of a run looks
between two steps, and the ranks agree on what any of them has received. Where several runs share a job, as in a sweep,
whoever is interrupted waits for those of them that have something to store: `sharing_job`.
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
from typing import Protocol

from parallel_nls.errors import Interrupted

__all__ = [
    "SIGNALS",
    "JobShare",
    "answer_signals",
    "answering_at_once",
    "catch_signals",
    "catching_signals",
    "hand_signals_over",
    "ignore_signals",
    "interrupt_if_received",
    "interrupting_signal",
    "is_sharing",
    "noting_signals",
    "promised",
    "promising",
    "received_signal",
    "remove_temporary",
    "removing",
    "sharing_job",
    "signal_name",
    "storing_at_the_end",
    "wait_for_others",
]

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP, signal.SIGXCPU)
"""What launchers and schedulers send ahead of the end; Ctrl-C, a closed terminal, the limit of CPU time."""
PATIENCE = 0.3
"""Seconds that the main thread has to end by itself, before the thread that waits for signals does it."""

Ending = Callable[[int], None]
Telling = Callable[[str], None]


class JobShare(Protocol):
    """What a run tells the other runs of its job, and hears of them; all of it local, by any thread."""

    def tell(self, name: str) -> None:
        """Say at once, by its name, that a signal has come, which is only noted."""

    def mark(self, at_stake: bool) -> None:
        """Let the others know whether this run has something to store, or has it no more."""

    def wait(self) -> None:
        """Ask the others to leave, and wait until none of them has anything to store."""


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
        How to go on after an end at once, the first one of which holds: what is within a sweep goes on with it.
    raised : int
        The signal by which the main thread has been interrupted, 0 without one: a second one must not interrupt how it
        tidies up.
    temporary : list of Path
        Folders that go with the process.
    share : JobShare or None
        Of a job that is shared with other runs.
    """

    def __init__(self) -> None:
        self.received: list[int] = []
        self.ending: Ending | None = None
        self.noting: list[Telling | None] = []
        self.raised = 0
        self.promises: list[str] = []
        self.told = False
        self.writing: int | None = None
        self.temporary: list[Path] = []
        self.share: JobShare | None = None

    @property
    def at_once(self) -> bool:
        """Whether a signal ends what goes on."""
        return self.ending is not None and not self.noting


_watch = _Watch()


def _note(number: int, _frame: FrameType | None) -> None:
    _watch.received.append(number)
    if _watch.at_once and not _watch.raised:
        _watch.raised = number
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
            _tell_once(signal_name(number))
            continue
        time.sleep(PATIENCE)
        if _watch.at_once:
            _watch.ending(number)


def _tell_once(name: str) -> None:
    """Say that a signal has come which is only noted, unless that was said of another one."""
    if _watch.told:
        return
    _watch.told = True
    shared = [] if _watch.share is None else [_watch.share.tell]
    for tell in (*_watch.noting, *shared):
        if tell is not None:
            tell(name)


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


@contextmanager
def answering_at_once() -> Iterator[None]:
    """Within `noting_signals` and `storing_at_the_end`, end by a signal at once all the same: nothing is lost by it.

    *Communication*: local.
    """
    noting, _watch.noting = _watch.noting, []
    mark = _watch.share.mark if _watch.share is not None else lambda _: None
    mark(False)
    try:
        interrupt_if_received()
        yield
    finally:
        _watch.noting = noting
        mark(True)


@contextmanager
def storing_at_the_end() -> Iterator[None]:
    """Let other runs of the same job wait for what is done within, ahead of an end. *Communication*: local."""
    share = _watch.share
    if share is None:
        yield
        return
    share.mark(True)
    try:
        yield
    finally:
        share.mark(False)


@contextmanager
def sharing_job(share: JobShare) -> Iterator[None]:
    """Within, this process ends by a signal when nothing of the other runs of its job is at stake any more.

    Notes
    -----
    *Communication*: local.
    """
    _watch.share = share
    try:
        yield
    except Interrupted:
        share.wait()  # and keep it: the thread that waits for signals may be ending the process
        raise
    except BaseException:
        _watch.share = None
        raise
    _watch.share = None


def is_sharing() -> bool:
    """Whether other runs are in the same job, by `sharing_job`. *Communication*: local."""
    return _watch.share is not None


def wait_for_others() -> None:
    """Wait for what other runs of this job have at stake, ahead of its end. *Communication*: local."""
    if _watch.share is not None:
        _watch.share.wait()


def interrupt_if_received() -> None:
    """Raise what a signal raises where it is not only noted, if one has come and this process ends by signals.

    *Communication*: local; for the main thread.
    """
    if _watch.ending is not None and _watch.received and not _watch.raised:
        _watch.raised = _watch.received[0]
        raise Interrupted(_watch.raised)


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
    return _watch.promises[0] if _watch.promises else None


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
        _watch.ending, _watch.share, _watch.raised, _watch.told = None, None, 0, False


def received_signal() -> int:
    """The first signal that this process has received, 0 without one. *Communication*: local."""
    return _watch.received[0] if _watch.received else 0


def interrupting_signal() -> int:
    """The signal by which the main thread has been interrupted, 0 without one. *Communication*: local.

    What is raised behind it comes of that: libraries may make something else of `Interrupted`.
    """
    return _watch.raised


def signal_name(number: int) -> str:
    """SIGTERM and so on. *Communication*: local."""
    return signal.Signals(number).name
