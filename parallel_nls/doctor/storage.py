"""The way of the data: a small array through the writer of the runs into a file, and back on other ranks."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from parallel_nls.config import counted
from parallel_nls.doctor.checks import Check, Seen, Situation
from parallel_nls.doctor.findings import Finding, ok, problem, warning
from parallel_nls.errors import StorageError
from parallel_nls.numerics.arrays import ComplexArray

SHAPE = (1024, 512)
BYTES = 16 * SHAPE[0] * SHAPE[1]
SLOW = 2e6
"""Bytes a second below which a run waits for its files rather than for its processors."""
_NAME = "check"
# With a problem under one of these titles the trial would fail, or, with two MPI libraries, end the process.
_NEEDED = ("MPI", "HDF5", "folder", "free space", "file size limit")


@dataclass(frozen=True)
class Passage:
    """How the array came through: whether this rank read what was written, seconds for both ways, or a refusal."""

    same: bool = False
    writing: float = 0.0
    reading: float = 0.0
    refusal: str = ""


def look_at_storage(situation: Situation) -> Passage | None:
    """Write rows and read columns, so that every rank reads what all have written; None where it would fail.

    Notes
    -----
    *Communication*: collective.
    """
    from parallel_nls.spectral.box import FourierDomain

    if situation.comm is None or situation.scratch is None or situation.has_problem(_NEEDED):
        return None
    domain = FourierDomain(situation.comm, SHAPE, (1.0, 1.0))
    try:
        return _pass_through(situation, domain)
    except StorageError as refusal:
        return Passage(refusal=str(refusal))
    finally:
        domain.close()


def _numbers(region: tuple[slice, ...]) -> ComplexArray:
    """Numbers that differ at all places of the array."""
    rows, columns = np.ogrid[region]
    numbers: ComplexArray = rows + 1j * columns
    return numbers


def _pass_through(situation: Situation, domain: Any) -> Passage:
    """Seconds for the way to the disk, and for the way back from it."""
    from parallel_nls.output.parallel_hdf5 import add_distributed, filling, read_arrays
    from parallel_nls.output.refusals import Refusals, flush_all

    rows, columns = domain.layouts[0], domain.layouts[-1]
    path = situation.scratch / "array.h5"  # type: ignore[operator]
    begin = time.monotonic()
    with filling(path, domain, lambda file: add_distributed(file, _NAME, SHAPE, domain.dtype)) as writer:
        writer.write_array(_NAME, rows, _numbers(rows.local_region))
    flush_all(domain.comm, [path], forget=True)
    written = time.monotonic()
    back = domain.allocate(columns)
    refusals = Refusals(domain.comm, path)
    read_arrays(path, columns, {_NAME: back}, refusals)
    refusals.settle()
    same = bool(np.array_equal(back, _numbers(columns.local_region)))
    domain.comm.Barrier()
    return Passage(same, written - begin, time.monotonic() - written)


def judge_storage(situation: Situation, everyone: Sequence[Seen]) -> Iterator[Finding]:
    """The same bits on all ranks, at some speed. *Communication*: local."""
    here: Passage | None = everyone[0].fact
    if here is None:
        yield warning("not tried, because of the problems above", "mend them, then ask again")
        return
    wrong = [seen for seen in everyone if not seen.fact.same]
    if here.refusal:
        yield problem(here.refusal, "look at free space, quota and mount of the folder")
    elif wrong:
        found = f"rank {wrong[0].rank} ({wrong[0].host}) read other numbers than were written"
        yield problem(found, "use another file system; if its kind is nfs, one that is made for parallel writing")
    else:
        speeds = f"written at {_speed(here.writing)}, read at {_speed(here.reading)}"
        found = f"{BYTES >> 20} MiB by {counted(situation.size, 'rank')}, the same bits: {speeds}"
        slow = BYTES / here.writing < SLOW
        yield warning(found, "store fields and checkpoints seldom, or use a faster file system") if slow else ok(found)


def _speed(seconds: float) -> str:
    return f"{BYTES / max(seconds, 1e-9) / 1e6:.3g} MB/s"


CHECKS = (Check("write and read", look_at_storage, judge_storage, needs_mpi=True),)
