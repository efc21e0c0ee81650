"""What a user sees while a run goes on: a bar on a terminal, plain lines elsewhere, and log.txt in any case."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Mapping
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from parallel_nls.numerics.compile_clock import working_clock
from parallel_nls.running.plain_output import PlainOutput, on_terminal, printable
from parallel_nls.running.remaining import Remaining
from parallel_nls.schedules import shown_time

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from parallel_nls.running.lasting_console import LastingConsole

SECONDS_BETWEEN_LINES = 60.0
# A run's first minute is looked at most.
SECONDS_OF_FIRST_LINES = (5.0, 10.0, 20.0, 40.0)


class _LogFile(logging.FileHandler):
    def _open(self) -> TextIOWrapper:
        """Open it for appending; a link in its place goes, and what it leads to stays as it is."""
        path = Path(self.baseFilename)
        if path.is_symlink():
            path.unlink()
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        return open(os.open(path, flags, 0o666), "a", encoding="utf-8")  # noqa: PTH123  (a descriptor has no path)

    def handleError(self, record: logging.LogRecord) -> None:
        """Do without a line that the disk does not take: the run itself says what is wrong with the disk."""

    def close(self) -> None:
        """Close the file, whatever the disk still refuses."""
        with contextlib.suppress(OSError):
            super().close()


def duration(seconds: float) -> str:
    """Return a duration as h:mm:ss. *Communication*: local."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"


def _watched_console() -> LastingConsole:
    # Only somebody at a terminal needs rich, on rank 0.
    from parallel_nls.running.lasting_console import LastingConsole

    return LastingConsole()


def _started_bar(console: Console, total: int, done: int) -> tuple[Progress, TaskID]:
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    bar = Progress(*columns, console=console)
    task = bar.add_task("", total=total, completed=done)
    bar.start()
    return bar, task


class Reporter:
    """Log file and progress of rank 0; on other ranks every method does nothing.

    Parameters
    ----------
    path : Path
        log.txt.
    total : int
        Frames of the whole run.
    active : bool
        Whether this is rank 0.
    done : float
        Frames done before, of a run that is resumed.
    quiet : bool
        Whether only the log is written.
    height : str
        What the height of a peak is called.
    symbol : str
        What the time is called.

    Notes
    -----
    Used as a context. *Communication*: local; clocks never decide anything here but what is shown.
    """

    def __init__(
        self,
        path: Path,
        total: int,
        active: bool,
        done: float = 0.0,
        quiet: bool = False,
        height: str = "sup|u|",
        symbol: str = "t",
    ) -> None:
        self.total, self.active, self.done, self.quiet = total, active, done, quiet
        self.height, self.symbol = height, symbol
        self._begin = self._last = time.monotonic()
        self._remaining = Remaining(total)
        self._waits = list(SECONDS_OF_FIRST_LINES)
        self._bar: Progress | None = None
        if not active:
            return
        self._console = _watched_console() if not quiet and on_terminal() else None
        self.output = self._console or PlainOutput()
        self.output.quiet = quiet
        self._logger = logging.getLogger(f"parallel_nls.{path}")
        self._logger.setLevel(logging.INFO)
        self._logger.propagate = False
        handler: logging.Handler = logging.NullHandler()
        with contextlib.suppress(OSError):  # without a log a run is as good
            handler = _LogFile(path, encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(asctime)s  %(message)s", "%Y-%m-%d %H:%M:%S"))
        self._logger.addHandler(handler)

    def __enter__(self) -> Self:
        """Start the bar where the output is a terminal."""
        if self.active and self._console is not None:
            self._bar, self._task = _started_bar(self._console, self.total, int(self.done))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the bar and close the log."""
        if self._bar is not None:
            self._bar.stop()
        if self.active:
            for handler in list(self._logger.handlers):
                handler.close()
                self._logger.removeHandler(handler)

    def restart(self) -> None:
        """Steps take another time from here on: what is known of them tells no longer how long the rest takes."""
        self._remaining = Remaining(self.total)

    def say(self, text: str) -> None:
        """Write a line to the log and to the output."""
        if self.active:
            self._logger.info(printable(text))
            self.output.say(text)

    def note(self, text: str) -> None:
        """Write a line to the log alone."""
        if self.active:
            self._logger.info(printable(text))

    def step(
        self, steps: int, frames: float, simulated: float, values: Mapping[str, object], scale: float = 1.0
    ) -> None:
        """Show that so many steps and frames are done; plain lines appear once a minute, in the first one more often.

        Parameters
        ----------
        steps : int
            Steps taken.
        frames : float
            Frames done, of the total.
        simulated : float
            Simulated time.
        values : mapping
            The last sample.
        scale : float
            λ, along which a tolerance steps; 1 where steps are all alike.
        """
        if not self.active:
            return
        now, working = time.monotonic(), working_clock()
        self._remaining.note(working, frames, scale)
        due = now - self._begin >= self._waits[0] if self._waits else now - self._last >= SECONDS_BETWEEN_LINES
        if self._bar is None and not due:
            return
        left = self._left(working, frames, scale)
        description = (
            f"{self.symbol} = {shown_time(simulated)}  {self.height} = {values.get('sup_norm', float('nan')):.6g}"
        )
        if self._bar is not None:
            self._bar.update(self._task, completed=frames, description=f"{left}  {description}  {steps} steps")
        if due and self.done < frames < self.total:
            done = f"step {steps} of {self.total}" if steps == frames else f"{frames / self.total:.1%}, step {steps}"
            line = f"{done}  {description}  elapsed {duration(now - self._begin)}  {left}".rstrip()
            self._logger.info(line)
            if self._bar is None:
                self.output.say(line)
            self._last = now
            self._waits = [wait for wait in self._waits if wait > now - self._begin]

    def _left(self, working: float, frames: float, scale: float) -> str:
        """The time left as a text; nothing as long as it is not known."""
        found = self._remaining.seconds(working, frames, scale)
        if found is None:
            return ""
        seconds, least = found
        return f"left {'more than ' if least else ''}{duration(seconds)}"
