"""Whether ranks of a node share memory, and what of it is counted twice; without MPI, so that plans can use it."""

from __future__ import annotations

import os
from pathlib import Path

from parallel_nls.errors import UserError

SETTING = "PARALLEL_NLS_SHARED_MEMORY"
NAME = "parallel_nls_rows"
"""Of the memory, for the system's lists."""


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


def counted_twice() -> int:
    """Bytes of resident memory of this process, in shared rows, that are also counted for the ranks that share them.

    Resident memory less this, added over the ranks, is what they hold together.

    Notes
    -----
    *Communication*: local.
    """
    mark = f"/memfd:{NAME} "
    try:
        # To know how much of each mapping is resident takes the system far longer than to name them.
        if mark not in Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace"):
            return 0
        text = Path("/proc/self/smaps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    total, inside = 0, False
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if not word.endswith(":"):
            inside = mark in line
        elif inside and word in ("Rss:", "Pss:"):
            total += (1 if word == "Rss:" else -1) * 1024 * int(rest.split()[0])
    return total
