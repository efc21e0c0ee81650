"""Small and read-only file systems for one case, and what stands in for them where mounting is not permitted."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MOUNTED = "mounted read-only"
"""By what means a disk refuses; by others it is permissions."""
# A folder becomes read-only only at a moment at which no file in it is open for writing.
BUSY = "busy"
LONGEST_BUSY = 10.0


def _call(*command: object) -> None:
    """Run a command, again and again while the folder is busy.

    Raises
    ------
    OSError
        If it fails.
    """
    begin = time.monotonic()
    while True:
        result = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
        if result.returncode == 0:
            return
        if BUSY not in result.stderr or time.monotonic() - begin > LONGEST_BUSY:
            raise OSError(f"{' '.join(map(str, command))}: {result.stderr.strip()}")


@functools.cache
def can_mount() -> bool:
    """Whether this user may mount file systems here."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder), 2**20):
                return True
        except OSError:
            return False


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[None]:
    """Context in which a file system in memory of so many bytes is at a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    _call("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder)
    try:
        yield
    finally:
        _call("umount", folder)


def enlarge(folder: Path, size: int) -> None:
    """Give the file system at a folder so many bytes."""
    _call("mount", "-o", f"remount,size={size}", folder)


@contextmanager
def read_only(folder: Path) -> Iterator[str]:
    """Context in which nothing new can be written into a folder; it says by what means.

    A mount hides the folder from the names that are opened from now on; files that are open go on being written.
    """
    begin: tuple[str, ...]
    end: tuple[str, ...]
    if can_mount():
        _call("mount", "--bind", folder, folder)
        means, begin, end = MOUNTED, ("mount", "-o", "remount,ro,bind"), ("umount",)
    elif os.geteuid() == 0:
        means, begin, end = "made immutable by chattr", ("chattr", "+i"), ("chattr", "-i")
    else:
        means, begin, end = "write permission taken away", ("chmod", "a-w"), ("chmod", "u+w")
    try:
        _call(*begin, folder)
        yield means
    finally:
        _call(*end, folder)


def used(folder: Path) -> int:
    """Bytes that the files of a folder take, in whole blocks."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def free(folder: Path) -> int:
    """Bytes that can still be written at a folder."""
    return shutil.disk_usage(folder).free
