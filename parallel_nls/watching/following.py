"""What `parallel-nls watch` does: looks at a run until it ends."""

from __future__ import annotations

import shutil
import sys
import time as clock
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from signal import SIGINT

from parallel_nls.config.toml_text import quoted_argument
from parallel_nls.errors import DONE, Interrupted, StorageError, UserError
from parallel_nls.results.files import find_run
from parallel_nls.results.run_log import progress_of
from parallel_nls.running.plain_output import let_go_of_output, on_terminal, printable
from parallel_nls.running.progress import duration
from parallel_nls.schedules import shown_time
from parallel_nls.watching.observation import Observation, Observer
from parallel_nls.watching.picture import Line, chosen, draw

__all__ = ["watch"]

_PLAIN_SIZE = 100, 60  # characters where no terminal says
_STYLES = {"title": "bold", "state": "cyan", "notice": "yellow", "": ""}
_FEW = 4  # quantities on a plain line


def watch(path: str | Path, quantities: Sequence[str] | None = None, *, once: bool = False, every: float = 2.0) -> int:
    """Follow a run until it ends.

    Parameters
    ----------
    path : str or Path
        The run directory.
    quantities : sequence of str, optional
        Names of datasets of series.h5 to draw.
    once : bool
        Whether to look once only.
    every : float
        Seconds between two looks.

    Returns
    -------
    int
        0: the run has ended, however that was, or the watcher was interrupted, or nobody reads any more.

    Raises
    ------
    UserError
        If there is no run, or no such quantity.
    StorageError
        If the output takes no more.

    Notes
    -----
    On a terminal a picture that renews itself; elsewhere a line for each new row and message. *Communication*: local.
    """
    observer = Observer(find_run(path))
    look = observer.look()
    _require(look, quantities)
    try:
        with _output_may_end():
            if once:
                _print_lines(draw(look, quantities, _now(), _size()))
            elif on_terminal():
                _follow_on_terminal(observer, look, quantities, every)
            else:
                _follow_in_lines(observer, look, quantities, every)
    except KeyboardInterrupt:  # where a program of Python calls this
        pass
    except Interrupted as signal:
        if signal.number != SIGINT:
            raise
    return DONE


def _now() -> datetime:
    return datetime.now()


def _size() -> tuple[int, int]:
    columns, lines = shutil.get_terminal_size(_PLAIN_SIZE) if on_terminal() else _PLAIN_SIZE
    return columns, lines


@contextmanager
def _output_may_end() -> Iterator[None]:
    """End quietly when the reader has left; say so when a disk is full."""
    try:
        yield
    except BrokenPipeError:
        let_go_of_output()
    except OSError as error:
        let_go_of_output()
        raise StorageError(f"the standard output cannot be written ({error.strerror}); send it elsewhere") from None


def _require(look: Observation, quantities: Sequence[str] | None) -> None:
    """Refuse names that the series does not have."""
    lacking = [name for name in quantities or () if look.rows and name not in look.columns]
    if lacking:
        known = ", ".join(name for name in look.columns if name not in ("time", "step"))
        raise UserError(f"quantity {quoted_argument(lacking[0])}: not in the series of this run; there are: {known}")


def _looks(observer: Observer, first: Observation, every: float) -> Iterator[Observation]:
    """Yield looks until the run has ended; one without a job counts twice, since a job may just be beginning."""
    look, gone = first, 0
    while True:
        yield look
        gone = 0 if look.state.may_go_on else gone + 1
        if gone and (look.state.kind != "killed" or gone > 1):
            return
        clock.sleep(every)
        look = observer.look()


def _print_lines(lines: Sequence[Line]) -> None:
    encoding = sys.stdout.encoding or "ascii"
    for line in lines:
        sys.stdout.write(_plain(line.text, encoding).rstrip() + "\n")
    sys.stdout.flush()


def _plain(text: str, encoding: str) -> str:
    """Text for an output that may know no braille: a dot then stands for a character with dots."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join("." if "\u2800" < one <= "\u28ff" else " " if one == "\u2800" else one for one in text)
    return text


def _follow_on_terminal(observer: Observer, first: Observation, quantities: Sequence[str] | None, every: float) -> None:
    """Draw a picture that renews itself, and leave the last one."""
    from rich.live import Live
    from rich.text import Text

    from parallel_nls.running.lasting_console import LastingConsole

    def picture(look: Observation) -> Text:
        """The lines with their colours; one line fewer than the terminal has, so that it does not scroll."""
        columns, rows = _size()
        lines = draw(look, quantities, _now(), (columns - 1, rows - 1))
        return Text("\n").join(Text(line.text, style=_STYLES[line.role], no_wrap=True) for line in lines)

    with Live(picture(first), console=LastingConsole(), auto_refresh=False, transient=False) as live:
        for look in _looks(observer, first, every):
            live.update(picture(look), refresh=True)


def _follow_in_lines(observer: Observer, first: Observation, quantities: Sequence[str] | None, every: float) -> None:
    """Write what is new since the look before: messages, and the last row if there are new ones."""
    title = first.config.title or first.paths.root.resolve().name
    _print_lines([Line(printable(f"{title}: {first.state.text}"))])
    said, rows = 0, 0
    for look in _looks(observer, first, every):
        fresh = [line for line in look.lines[said:] if progress_of([line]) is None]
        lines = [Line(printable(line.text)) for line in fresh]
        if look.rows > rows:
            lines.append(Line(_row(look, quantities)))
        said, rows = len(look.lines), max(rows, look.rows)
        _print_lines(lines)
    _print_lines([Line(printable(look.state.text))] if look.state.kind == "killed" else [])


def _row(look: Observation, quantities: Sequence[str] | None) -> str:
    """The last row on one line."""
    shown = chosen(look, quantities)[: None if quantities else _FEW]
    values = "".join(f"  {one.name} = {one.last(one.values[-1])}" for one in shown)
    left = look.seconds_left(_now())
    told = "" if left is None else f"  left {'more than ' if left[1] else ''}{duration(left[0])}"
    symbol = look.config.equation.time_symbol
    time, step = (look.columns[name].values[-1] for name in ("time", "step"))
    return f"{symbol} = {shown_time(time, 8)}  step {step}{values}{told}"
