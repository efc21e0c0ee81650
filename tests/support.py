"""What tests of distributed arrays share: global reference arrays, gathering small fields, digests of bits."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from math import prod
from typing import Any, TypeVar, cast

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls.config import Configuration, load_configuration
from parallel_nls.numerics.code_cache import REMEDY
from parallel_nls.parallel.layout import Layout
from parallel_nls.running.compilation import TEXT
from parallel_nls.running.remainder_simulation import RemainderSimulation

Field = NDArray[np.complex128]
Number = TypeVar("Number", bound=np.generic)


def random_field(shape: Sequence[int], seed: int = 0) -> Field:
    """Complex normal numbers, the same on every rank; their size spans six decades."""
    generator = np.random.default_rng(seed)
    real, imaginary = generator.standard_normal((2, *shape))
    field: Field = (real + 1j * imaginary) * 10.0 ** generator.uniform(-3, 3, size=tuple(shape))
    return field


def local_part(layout: Layout, whole: NDArray[Number]) -> NDArray[Number]:
    """Share of a global array that this rank owns, as an array of its own."""
    return whole[layout.local_region].copy()


def gather_field(layout: Layout, local: NDArray[Number]) -> NDArray[Number]:
    """The whole of a small array, on every rank of the layout's communicator."""
    whole = np.full(layout.shape, np.nan, dtype=local.dtype)
    for rank, part in enumerate(layout.grid.comm.allgather(local)):
        whole[layout.region(rank)] = part
    return whole


def digest(*arrays: NDArray[Any]) -> str:
    """A hash of shapes and bits; it tells -0 from 0."""
    parts = [repr(array.shape).encode() + np.ascontiguousarray(array).tobytes() for array in arrays]
    return hashlib.sha256(b"|".join(parts)).hexdigest()


def process_grids(ranks: int, slots: int) -> list[tuple[int, ...]]:
    """All process grids of so many slots that fit on so many ranks, some of which may stay idle."""
    return [dims for dims in product(range(1, ranks + 1), repeat=slots) if prod(dims) <= ranks]


@contextmanager
def parts_of(comm: MPI.Intracomm, counts: Collection[int]) -> Iterator[dict[int, MPI.Intracomm]]:
    """Sub-communicators of the first ``count`` ranks, for those ``counts`` that have this one; at the end all wait."""
    parts: dict[int, MPI.Intracomm] = {}
    for count in sorted(counts):
        part = comm.Split(0 if comm.rank < count else MPI.UNDEFINED, comm.rank)
        if comm.rank < count:
            parts[count] = cast(MPI.Intracomm, part)
    yield parts
    wait_for_all(comm)
    for part in parts.values():
        part.Free()


def wait_for_all(comm: MPI.Intracomm) -> None:
    """A barrier whose early ranks sleep: those that wait in MPI take the cores from one that still computes."""
    request = comm.Ibarrier()
    while not request.Test():
        time.sleep(0.002)


PLAIN = "diagnostics.families=['conserved','virial','resolution','distance']"
"""An override: measure without the modulation analysis."""


def besides_compiling(errors: str) -> str:
    """What a command says on the standard error, but for the lines that are due where its kernels are not kept yet."""
    return "".join(line for line in errors.splitlines(keepends=True) if TEXT not in line and REMEDY not in line)


def small_run(*overrides: str) -> Configuration:
    """Two bubbles on a small grid, 40 steps, with overrides as after --set."""
    common = (
        PLAIN,
        "grid.points=[64,60]",
        "grid.length=[16.0,15.0]",
        "time.step=0.0025",
        "time.stop=-0.4",
        "limits.spectral_tail=off",
        "diagnostics.every={steps=10}",
        "output.fields_every={steps=20}",
    )
    return load_configuration("two_bubbles", [*common, *overrides])


def small_bubbles_on_line(*overrides: str) -> Configuration:
    """Two bubbles on a line of 600 points, 40 steps, with overrides as after --set."""
    line = (
        "equation.dimension=1",
        "grid.points=[600]",
        "grid.length=[20.0]",
        "initial={kind='bubbles', bubbles=[{center=-2.0}, {center=2.0, frequency=1.2}]}",
    )
    return small_run(*line, *overrides)


def small_line(*overrides: str) -> Configuration:
    """Two solitary waves on a line of 3000 points with a tolerance, 8 frames, with overrides as after --set."""
    common = (
        "grid.points=3000",
        "time.stop=0.16",
        "diagnostics.every={steps=2}",
        "output.fields_every={steps=4}",
        "time.frame=0.02",
        "time.tolerance=1e-8",
        "time.scheme=blanes-moan-rkn4",
    )
    return load_configuration("two_solitons_1d", [*common, *overrides])


def small_remainder(start: float, stop: float, step: float, *overrides: str) -> Configuration:
    """The remainder of two bubbles on the line, ω = 1, with overrides as after --set."""
    times = (f"time.start={start!r}", f"time.stop={stop!r}", f"time.step={step!r}", "diagnostics.every={steps=1}")
    return load_configuration("remainder_1d", [*times, "initial.bubbles.1.frequency=1.0", *overrides])


def remainder_at(start: float, stop: float, step: float, *overrides: str) -> RemainderSimulation:
    """`small_remainder` at its start, on one rank."""
    return RemainderSimulation(small_remainder(start, stop, step, *overrides), MPI.COMM_SELF)


DECOMPOSED = "diagnostics.families=['remainder', 'resolution', 'modulation']"
"""Of a remainder all that can be measured, as after --set."""
PLANE_OF_REMAINDER = (
    "equation.dimension=2", "initial.bubbles.0.center=[-2.0,0.0]", "initial.bubbles.1.center=[2.0,1.0]",
    "limits.spectral_tail=off",
)  # fmt: skip
"""Overrides that bring it into the plane; points and length are missing."""
