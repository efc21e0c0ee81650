"""Checksums of the stored fields: RUN/fields/fields.jsonl, a line for each field, in the order in which they came.

Lines are added when a checkpoint is written, for the fields since the one before, when these are on the disk. The
manifest of the checkpoint holds length and checksum of the list. So a field that is damaged, missing or exchanged is
known, and so is a list that is. Fields that are newer than the last checkpoint need no line: resume computes them anew.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

from mpi4py import MPI
from pydantic import Field

from parallel_nls.config.stored_json import Count, DamagedError, Digest, Finite, StoredDocument, parse_json
from parallel_nls.errors import StorageError
from parallel_nls.output.durable_files import require_own
from parallel_nls.output.manifest import PIECE, FieldsSeal, checksums, piece_sums, sum_of
from parallel_nls.output.paraview_grids import Snapshot
from parallel_nls.output.refusals import stored_by_root
from parallel_nls.parallel.consensus import from_root
from parallel_nls.schedules import shown_time

_OTHER, _GONE = "holds other bytes than were written", "is missing"


class FieldSum(StoredDocument):
    """A line of the list.

    Attributes
    ----------
    file : str
        Name of the file.
    steps, time
        Steps since the start, and simulated time.
    bytes, sha256
        Length, and checksum by `sum_of`.

    Notes
    -----
    *Communication*: local.
    """

    file: Annotated[str, Field(pattern=r"^field_[0-9]{8,}\.h5$")]
    steps: Count
    time: Finite
    bytes: Count
    sha256: Digest

    def trouble(self, what: str) -> str:
        """A line that says what is wrong with the field. *Communication*: local."""
        return f"stored field {self.file} (time {shown_time(self.time, 10)}) {what}"


def parse_sums(content: bytes) -> list[FieldSum]:
    """The lines of a list; DamagedError if one is none. A last line without an end does not count.

    *Communication*: local.
    """
    return [parse_json(line, FieldSum) for line in content.split(b"\n")[:-1]]


class FieldSums:
    """The list of one run.

    Parameters
    ----------
    path : Path
        The file.
    content : bytes, optional
        What it holds so far, the same on every rank.

    Notes
    -----
    *Communication*: `add` and `troubles` are collective over the ranks that are given.
    """

    def __init__(self, path: Path, content: bytes = b"") -> None:
        self.path = path
        self._lines, self._length, self._digest = parse_sums(content), len(content), hashlib.sha256(content)

    def seal(self) -> dict[str, object]:
        """What a manifest says of the list as it is now. *Communication*: local."""
        return {"bytes": self._length, "sha256": self._digest.hexdigest()}

    def add(self, comm: MPI.Intracomm, snapshots: Sequence[Snapshot]) -> None:
        """Add fields, which are on the disk.

        Raises
        ------
        StorageError
            On every rank: the file system refuses.
        """
        lines = []
        for snapshot in snapshots:
            size, pieces = checksums(comm, self.path.with_name(snapshot.file))
            about = {"file": snapshot.file, "steps": snapshot.steps, "time": snapshot.time}
            lines.append(json.dumps({**about, "bytes": size, "sha256": sum_of(pieces)}) + "\n")
        content = "".join(lines).encode()
        if not content:
            return
        stored_by_root(comm, self.path, lambda: self._append(content))
        self._lines += parse_sums(content)
        self._length += len(content)
        self._digest.update(content)

    def _append(self, content: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe would wait for ever
        require_own()
        descriptor = os.open(self.path, flags, 0o666)
        try:
            os.ftruncate(descriptor, self._length)
            os.lseek(descriptor, self._length, os.SEEK_SET)
            with open(descriptor, "wb", closefd=False) as file:
                file.write(content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def troubles(self, comm: MPI.Intracomm) -> list[str]:
        """What is wrong with the fields of the list: each rank reads a part of each. The same on every rank."""
        sizes = from_root(comm, lambda: [_size(self.path.with_name(line.file)) for line in self._lines])
        return [
            line.trouble(what)
            for line, size in zip(self._lines, sizes, strict=True)
            if (what := self._trouble(comm, line, size)) is not None
        ]

    def _trouble(self, comm: MPI.Intracomm, line: FieldSum, size: int | None) -> str | None:
        if size != line.bytes:
            return _GONE if size is None else _OTHER
        try:
            _, pieces = checksums(comm, self.path.with_name(line.file))
        except StorageError as error:
            return f"cannot be read: {error}"
        return None if sum_of(pieces) == line.sha256 else _OTHER


def local_troubles(path: Path, most: int) -> tuple[list[str], int]:
    """What is wrong with the fields of a list, by one process.

    Parameters
    ----------
    path : Path
        The list; a missing one is that of a run that has none.
    most : int
        Bytes that are read, at most; of further fields only the length is looked at.

    Returns
    -------
    list of str, int
        The troubles, and how many fields were not read.

    Notes
    -----
    *Communication*: local.
    """
    try:
        lines = parse_sums(path.read_bytes()) if path.is_file() else []
    except (OSError, DamagedError) as error:
        return [f"the list of checksums {path} {error}"], 0
    return _looked_at(path.parent, lines, most)


def _looked_at(folder: Path, lines: Sequence[FieldSum], most: int) -> tuple[list[str], int]:
    found, unread = [], 0
    for line in lines:
        size = _size(folder / line.file)
        if size != line.bytes:
            found.append(line.trouble(_GONE if size is None else _OTHER))
        elif size > most:
            unread += 1
        else:
            most -= size
            found += [line.trouble(what) for what in _compared(folder / line.file, line)]
    return found, unread


def _compared(path: Path, line: FieldSum) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            same = sum_of(piece_sums(file, 0, -(-line.bytes // PIECE))) == line.sha256
    except OSError as error:
        yield f"cannot be read ({error.strerror})"
        return
    if not same:
        yield _OTHER


def _size(path: Path) -> int | None:
    """Length of a file; None where there is none."""
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None


def known_content(path: Path, seal: FieldsSeal | None) -> bytes | None:
    """The list as it was when a checkpoint was written; None: it is damaged. Of a run without lists: empty.

    Raises
    ------
    OSError
        If the file system does not give it out.

    Notes
    -----
    *Communication*: local; of rank 0.
    """
    if seal is None or seal.bytes == 0:
        return b""
    try:
        content = path.read_bytes()[: seal.bytes] if path.is_file() else b""
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return None
    if len(content) != seal.bytes or hashlib.sha256(content).hexdigest() != seal.sha256:
        return None
    try:
        parse_sums(content)
    except DamagedError:
        return None
    return content
