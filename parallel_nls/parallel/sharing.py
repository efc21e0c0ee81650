"""Whether ranks of a node share memory, and what of it is counted twice; without MPI, so that plans can use it."""

from __future__ import annotations

import os
import re
from mmap import mmap
from pathlib import Path
from weakref import WeakSet

from parallel_nls.errors import UserError

SETTING = "PARALLEL_NLS_SHARED_MEMORY"
NAME = "parallel_nls_rows"
"""Of the memory, for the system's lists."""
mappings = WeakSet[mmap]()
"""Of rows of a node, as long as this process has them."""
# A mapping of them in /proc/self/smaps: its resident memory, and its share of that, in kB; other lines lie between.
_OF_ROWS = re.compile(rf"/memfd:{NAME} .*\n(?:.*:.*\n)*?Rss: +(\d+) kB\n(?:.*:.*\n)*?Pss: +(\d+) kB\n")


def check_setting() -> None:
    """Refuse a value of the environment variable that is neither on nor off.

    Raises
    ------
    UserError
        With what it takes.

    Notes
    -----
    *Communication*: local.
    """
    value = os.environ.get(SETTING, "on")
    if value not in ("on", "off"):
        raise UserError(f'{SETTING} = "{value}": it takes "on" (the default) or "off"; unset it, or correct it')


def objection_to_sharing() -> str:
    """Why this process does not share memory; empty if it does.

    Raises
    ------
    UserError
        As `check_setting`.

    Notes
    -----
    *Communication*: local.
    """
    check_setting()
    if os.environ.get(SETTING) == "off":
        return f"{SETTING} = off"
    return "" if hasattr(os, "memfd_create") else "this system has no anonymous shared memory (memfd of Linux)"


def counted_twice(least: int = 0) -> int:
    """Bytes of resident memory of this process, in shared rows, that are also counted for the ranks that share them.

    Resident memory less this, added over the ranks, is what they hold together.

    Parameters
    ----------
    least : int, optional
        Bytes of shared rows below which nobody looks at them: 0 then.

    Notes
    -----
    *Communication*: local.
    """
    if sum(map(len, mappings)) < max(least, 1):
        return 0  # to know how much is resident takes the system milliseconds
    try:
        text = Path("/proc/self/smaps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return 1024 * sum(int(resident) - int(share) for resident, share in _OF_ROWS.findall(text))
