"""Columns that are multiplied by factors where they lie: eight side by side, without being brought into a block.

Coefficients are never in order, only the factors are put into theirs; see `fast_fourier.columns`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from weakref import WeakKeyDictionary

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, IndexArray
from parallel_nls.spectral.crossings import Crossing, gather_crossings, scatter_crossings
from parallel_nls.spectral.fast_fourier.plans import ColumnPlan
from parallel_nls.spectral.fast_fourier.radices import LANES
from parallel_nls.spectral.gains import LineGain, measured_pair_gain
from parallel_nls.spectral.separable import SeparableKernel
from parallel_nls.spectral.sweeps import Block
from parallel_nls.spectral.transforms import FourierTransform, LineTransform, aligned_zeros
from parallel_nls.spectral.wisdom import KERNELS

Places = Sequence[tuple[ComplexArray, Crossing]]


class DirectColumns:
    """Transforms, multiplies and transforms back columns of one length.

    Parameters
    ----------
    transform : FourierTransform
        Of such a column, by our kernels.

    Notes
    -----
    Bits of a column depend on this column alone. *Communication*: local.
    """

    def __init__(self, transform: FourierTransform) -> None:
        self._transform, self._plan = transform, _plan(transform.length)
        self._few = aligned_zeros((transform.length, LANES))
        self._factors = WeakKeyDictionary[SeparableKernel, ComplexArray]()

    @property
    def gain(self) -> LineGain:
        """What a pair adds by rounded constants; see `gains`."""
        return _gain(self._transform.length)

    def __call__(self, places: Places, addresses: IndexArray, kernel: SeparableKernel, block: Block) -> None:
        """Multiply the coefficients of a block of columns, unnormalised, in place.

        Parameters
        ----------
        places : sequence of (ndarray, Crossing)
            Where the columns lie.
        addresses : ndarray of int64
            Those of `addresses_of` the places.
        kernel : SeparableKernel
            Factors.
        block : Block
            Which columns.
        """
        along, across = self._along(kernel), kernel.across[block.numbers]
        whole = block.count - block.count % LANES
        if whole:
            self._plan(addresses, block.first * _BYTES, along, across[:whole])
        if whole < block.count:
            rest = Block(block.first + whole, block.count - whole, block.numbers[whole:], block.lines)
            self._multiply_few(places, rest, along, across[whole:])

    def _multiply_few(self, places: Places, rest: Block, along: ComplexArray, across: ComplexArray) -> None:
        """The last columns, fewer than eight, on a copy."""
        lines, few = self._transform.first, self._few
        gather_crossings(places, rest, lines)
        few[...] = lines[:LANES].T
        own = few.ctypes.data + few.strides[0] * np.arange(len(few))
        self._plan(own, 0, along, np.concatenate([across, np.zeros(LANES - rest.count)]))
        lines[: rest.count] = few[:, : rest.count].T
        scatter_crossings(lines, rest, places)

    def _along(self, kernel: SeparableKernel) -> ComplexArray:
        """Factors along a column in the order of coefficients; kept as long as the kernel is."""
        if kernel not in self._factors:
            self._factors[kernel] = np.empty_like(kernel.along)
            self._factors[kernel][self._plan.order] = kernel.along
        return self._factors[kernel]


_BYTES = np.dtype(np.complex128).itemsize


def direct_columns(transform: LineTransform) -> DirectColumns | None:
    """For columns of such a transform; None where they are not transformed by our kernels alone.

    Notes
    -----
    *Communication*: local.
    """
    if isinstance(transform, FourierTransform) and transform.wisdom == KERNELS and transform.twiddles is None:
        return DirectColumns(transform)
    return None


def addresses_of(places: Places, length: int) -> IndexArray:
    """Where in memory each position of a rank's first column lies.

    Notes
    -----
    *Communication*: local.
    """
    found = np.empty(length, np.int64)
    for array, (_, offset, stride, (first, end)) in places:
        found[first:end] = array.ctypes.data + _BYTES * (offset + stride * np.arange(end - first))
    return found


@cache
def _plan(length: int) -> ColumnPlan:
    return ColumnPlan(length)


@cache
def _gain(length: int) -> LineGain:
    """Measured once."""
    plan, order = _plan(length), np.ones(length, np.complex128)

    def pair(columns: ComplexArray) -> None:
        """There and back, in place, unnormalised."""
        addresses = columns.ctypes.data + columns.strides[0] * np.arange(length)
        plan(addresses, 0, order, np.ones(columns.shape[1], np.complex128))

    return measured_pair_gain(pair, length)
