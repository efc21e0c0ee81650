"""A clock that charges every moment to exactly one part of a run.

Parts lie in groups. What is begun within another part interrupts it; so the seconds of all parts add up to the whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

REST = "rest"


class Part(NamedTuple):
    """What time is charged to.

    Attributes
    ----------
    group, name : str
        As the report calls them; the name may be `REST`.
    open : bool
        Whether finer parts of the same group are told apart within.
    """

    group: str
    name: str
    open: bool = False


class Clock:
    """Charges time to parts.

    Parameters
    ----------
    first : Part
        What goes on first, until it is replaced by `turn_to`.
    before : float, optional
        Seconds of it that are over.
    now : callable, optional
        Gives seconds.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, first: Part, before: float = 0.0, now: Callable[[], float] = time.perf_counter) -> None:
        self._now, self._stack = now, [first]
        self._since = now()
        self._seconds = {first[:2]: before}

    def begin(self, part: Part) -> None:
        """From now on time is charged to a part, until the matching `end`."""
        self._charge()
        self._stack.append(part)

    def end(self) -> None:
        """Go on with what the part interrupted."""
        self._charge()
        self._stack.pop()

    def turn_to(self, part: Part) -> None:
        """Replace what goes on when no other part does."""
        self._charge()
        self._stack[0] = part

    @contextmanager
    def charging(self, part: Part) -> Iterator[None]:
        """Charge the context to a part."""
        self.begin(part)
        try:
            yield
        finally:
            self.end()

    @property
    def present(self) -> Part:
        """What time is charged to now."""
        return self._stack[-1]

    def seconds(self) -> dict[tuple[str, str], float]:
        """Seconds of every part so far, by group and name; their sum is all that has passed."""
        self._charge()
        return dict(self._seconds)

    def _charge(self) -> None:
        now, key = self._now(), self._stack[-1][:2]
        self._seconds[key] = self._seconds.get(key, 0.0) + now - self._since
        self._since = now
