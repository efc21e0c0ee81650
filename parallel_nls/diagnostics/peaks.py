"""The largest |u|² of a distributed field, also between its points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np
from mpi4py import MPI

from parallel_nls.contracts import Domain, State
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.numerics.arrays import ComplexArray, IndexArray
from parallel_nls.numerics.between_points import REACH, largest_between
from parallel_nls.parallel.consensus import from_root
from parallel_nls.spectral.sweeps import Block

__all__ = ["peak_between_points"]


def peak_between_points(integrator: SplitStep, state: State) -> float:
    """max|u|² over space, as far as the points tell it, the same bits on any number of ranks.

    Parameters
    ----------
    integrator : SplitStep
        Completes the state; its spare buffer may be overwritten.
    state : State
        Kept.

    Returns
    -------
    float
        NaN or infinity where the field is not finite.

    Notes
    -----
    *Communication*: collective: the largest point of each rank, and what lies around the largest of all.
    """
    domain = integrator.domain
    largest: tuple[float, tuple[int, ...]] = (-1.0, ())

    def look(block: ComplexArray, lines: Block) -> None:
        """Find the largest of a block, of several the first."""
        nonlocal largest
        densities = np.abs(block[: lines.count]).astype(np.float64) ** 2
        where = np.unravel_index(int(np.argmax(densities)), densities.shape)
        numbers = (np.broadcast_to(part, densities.shape) for part in _numbers(domain, lines))
        found = float(densities[where]), tuple(int(part[where]) for part in numbers)
        if not found[0] <= largest[0]:
            largest = found

    integrator.completed(state).visit(look)
    everywhere = [one for one in domain.comm.allgather(largest) if one[1]]
    # NaN is the largest of all; of equal points the one of the lowest number.
    peak, place = max(everywhere, key=lambda one: (not np.isfinite(one[0]), one[0], [-n for n in one[1]]))
    if not np.isfinite(peak):
        return float(peak)
    patch = np.zeros((2 * REACH + 1,) * len(place), dtype=np.complex128)

    def collect(block: ComplexArray, lines: Block) -> None:
        """Put what is near into its places."""
        apart = [
            _images(numbers, place[axis], domain.points[axis], axis in domain.even)
            for axis, numbers in enumerate(_numbers(domain, lines))
        ]
        _fill(patch, block[: lines.count], apart)

    integrator.completed(state).visit(collect)
    # Each place is one rank's, so that the order of the sum is no matter.
    domain.comm.Allreduce(MPI.IN_PLACE, patch)
    return from_root(domain.comm, lambda: largest_between(patch))


def _numbers(domain: Domain, lines: Block) -> list[IndexArray]:
    """Numbers of the points of a block along each axis, from 0 at the lowest point that is held; to be broadcast."""
    found = []
    for axis, x in enumerate(domain.block_coordinates(lines)):
        low = 0.5 if axis in domain.even else -domain.points[axis] / 2
        found.append(np.rint(x / domain.spacing[axis] - low).astype(np.int64))
    return found


def _fill(patch: ComplexArray, values: ComplexArray, apart: Iterable[Sequence[IndexArray]]) -> None:
    """Put values into the patch, by how far they and their images are from its middle along each axis."""
    for offsets in product(*apart):
        inside = np.logical_and.reduce(np.broadcast_arrays(*(abs(offset) <= REACH for offset in offsets)))
        if inside.any():
            patch[tuple(np.broadcast_to(offset, values.shape)[inside] + REACH for offset in offsets)] = values[inside]


def _images(numbers: IndexArray, place: int, points: int, even: bool) -> list[IndexArray]:
    """How far points are from a place, and their images in the other periods and, of even fields, beyond the origin."""
    period = 2 * points if even else points
    images = (numbers, -1 - numbers) if even else (numbers,)
    turns = range(-(REACH // period) - 2, REACH // period + 3)
    all_of_them = [image - place + turn * period for image, turn in product(images, turns)]
    return [offset for offset in all_of_them if (abs(offset) <= REACH).any()]
