"""The index of the fields is whole after every byte that is written, and costs no more for later fields."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.errors import StorageError
from parallel_nls.output import durable_files, field_index
from parallel_nls.output.field_index import FieldIndex
from parallel_nls.output.field_sums import FieldSums
from parallel_nls.output.paraview_grids import Snapshot

SNAPSHOTS = [Snapshot(n, n / 7, f"field_{n:08d}.h5", (20, 22), (-5.0, -5.5), (0.5, 0.5)) for n in range(60)]


def entries(path: Path) -> list[str]:
    """What a reader finds, each without its blanks."""
    grids = ET.parse(path).getroot().findall("Domain/Grid/Grid")
    return ["".join(ET.tostring(grid, encoding="unicode").split()) for grid in grids]


@contextmanager
def watched(look: Callable[[], None]) -> Iterator[None]:
    """Within, every write into a file comes byte by byte, and somebody looks after each."""
    write = os.pwrite

    def slowly(descriptor: int, content: bytes, place: int) -> int:
        """As a job that is killed in the middle."""
        for index in range(len(content)):
            write(descriptor, content[index : index + 1], place + index)
            look()
        return len(content)

    with mock.patch.object(os, "pwrite", slowly):
        yield


@pytest.mark.parametrize("meshes", [("u",), ("wave1", "wave2")])
def test_it_grows_and_ends_as_if_it_had_been_written_at_once(tmp_path: Path, meshes: tuple[str, ...]) -> None:
    """Whatever its room: entries in order after each field, and in the end the same bytes."""
    path, other = tmp_path / "fields.xmf", tmp_path / "whole.xmf"
    index = FieldIndex(path, np.complex128, meshes)
    FieldIndex(other, np.complex128, meshes).write(SNAPSHOTS)
    whole = entries(other)
    for count in range(1, len(SNAPSHOTS) + 1):
        index.append(SNAPSHOTS[:count])
        assert entries(path) == whole[:count]
    index.write(SNAPSHOTS)
    assert path.read_bytes() == other.read_bytes()
    index.append([*SNAPSHOTS, SNAPSHOTS[0]])
    assert len(entries(path)) == len(SNAPSHOTS) + 1


def test_a_killed_job_leaves_all_entries_or_all_but_the_last(tmp_path: Path) -> None:
    """After every single byte."""
    path = tmp_path / "fields.xmf"
    index = FieldIndex(path, np.complex64)
    index.append(SNAPSHOTS[:1])
    seen = set()

    def look() -> None:
        """Read it as ParaView does."""
        seen.add(len(entries(path)))

    with watched(look):
        index.append(SNAPSHOTS[:2])
    assert seen == {1, 2}


def test_what_is_written_grows_as_the_fields_do(tmp_path: Path) -> None:
    """The whole file is put anew a few times only."""
    index, times = FieldIndex(tmp_path / "fields.xmf", np.complex128), 0
    put = durable_files.replace_file

    def counted(path: Path, content: bytes) -> None:
        """Count them."""
        nonlocal times
        times += 1
        put(path, content)

    with mock.patch.object(field_index, "replace_file", counted):
        for count in range(1, len(SNAPSHOTS) + 1):
            index.append(SNAPSHOTS[:count])
    assert times <= 4


@pytest.mark.parametrize("name", ["fields.xmf", "fields.jsonl"])
def test_a_pipe_in_the_place_of_a_list_is_refused(tmp_path: Path, name: str) -> None:
    """Nobody reads from it: to open it would take for ever."""
    path = tmp_path / name
    index, sums = FieldIndex(path, np.complex128, ("u",)), FieldSums(path)
    index.append(SNAPSHOTS[:1])
    (tmp_path / SNAPSHOTS[0].file).write_bytes(b"u")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises((OSError, StorageError), match="No such device"):
        index.append(SNAPSHOTS[:2]) if name.endswith("xmf") else sums.add(MPI.COMM_SELF, SNAPSHOTS[:1])
