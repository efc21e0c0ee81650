"""Real functions on a distributed box: Fourier multipliers, integrals in a fixed order, functions of the points.

A function is this rank's share of its values, float64, in the physical layout of a domain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from parallel_nls.contracts import Domain
from parallel_nls.equations.point_functions import real_values, whole_block
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.parallel.reduction import Reducer, ordered_sum
from parallel_nls.spectral.pencils import allocate_resident
from parallel_nls.spectral.sweeps import Block
from parallel_nls.spectral.transforms import WIDTH

Multiplier = list[RealArray]
"""A real function of the wavenumber on this rank's columns, a block of them each."""
PointFunction = Callable[..., RealArray]
"""``function(x)``, in the plane ``function(x, y)``: a real number at each point."""


@kernel
def multiply_rows(block: ComplexArray, factors: RealArray, scale: float) -> None:
    """Multiply the first rows of a block by real factors times ``scale``."""
    for b in range(factors.shape[0]):
        for j in range(factors.shape[1]):
            u, f = block[b, j], factors[b, j] * scale
            block[b, j] = complex(u.real * f, u.imag * f)


@kernel
def multiply_rows_by_i(block: ComplexArray, factors: RealArray, scale: float) -> None:
    """Multiply the first rows of a block by i times real factors times ``scale``."""
    for b in range(factors.shape[0]):
        for j in range(factors.shape[1]):
            u, f = block[b, j], factors[b, j] * scale
            block[b, j] = complex(-(u.imag * f), u.real * f)


@kernel
def raise_to(numbers: RealArray, exponent: float) -> None:
    """Replace every number ≥ 0 by a power of it."""
    flat = numbers.reshape(numbers.size)
    for j in range(flat.size):
        flat[j] = flat[j] ** exponent


def power_of(values: RealArray, exponent: float) -> RealArray:
    """|f|^exponent at every point. *Communication*: local."""
    found = np.array(np.abs(values), order="C")
    raise_to(found, exponent)
    return found


@kernel
def product_sums(one: RealArray, other: RealArray, sums: RealArray) -> None:
    """Sum of the products along each row, in index order."""
    for b in range(one.shape[0]):
        total = 0.0
        for j in range(one.shape[1]):
            total += one[b, j] * other[b, j]
        sums[b] = total


class RealFields:
    """Operations on real functions of a box.

    Parameters
    ----------
    domain : Domain
        A line or a plane in double precision.
    order : float
        s > 0 of the symbol |ξ|^s.

    Attributes
    ----------
    symbol : Multiplier
        |ξ|^s.

    Notes
    -----
    *Communication*: construction is collective.
    """

    def __init__(self, domain: Domain, order: float) -> None:
        self.domain, self.order = domain, float(order)
        self._rows, self._columns = domain.sweeps[0][0], domain.drift_sweep()
        self._scale = 1 / (self._rows.transform.normalisation * self._columns.normalisation)
        self._work = allocate_resident(domain)
        self._reducer = Reducer(domain.comm, [(domain.layouts[0], 1)])
        self._blocks = domain.sweeps[1][0].blocks
        self._first = {block.first: number for number, block in enumerate(self._blocks)}
        self.symbol: Multiplier = [self._powers(block) for block in self._blocks]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of this rank's share. *Communication*: local."""
        return self.domain.layouts[0].local_shape

    def zeros(self) -> RealArray:
        """The function 0. *Communication*: local."""
        return np.zeros(self.shape)

    def _powers(self, block: Block) -> RealArray:
        first, *others = (k * k for k in self.domain.block_wavenumbers(block))
        squares = np.broadcast_to(sum(others, start=first), (block.count, self.domain.shape[0]))
        return power_of(squares, self.order / 2)

    def multiplier(self, function: Callable[[RealArray], RealArray]) -> Multiplier:
        """A function of the symbol, of exact operations (+ − × ÷ √) alone. *Communication*: local."""
        return [function(values) for values in self.symbol]

    def _wavenumbers(self, axis: int) -> Multiplier:
        """The component k of an axis; the lone one of an even number of points makes ∂f imaginary, which is dropped."""
        found = [
            (self.domain.block_wavenumbers(block)[axis], (block.count, self.domain.shape[0])) for block in self._blocks
        ]
        return [np.ascontiguousarray(np.broadcast_to(k, shape)) for k, shape in found]

    def apply(self, multiplier: Multiplier, values: RealArray) -> RealArray:
        """m(D)f.

        Notes
        -----
        *Communication*: collective, two transposes.
        """
        return self._transformed(multiplier, values, multiply_rows)

    def derivative(self, values: RealArray, axis: int) -> RealArray:
        """∂f along an axis of space. *Communication*: collective, two transposes."""
        return self._transformed(self._wavenumbers(axis), values, multiply_rows_by_i)

    def slope(self, values: RealArray, axis: int) -> RealArray:
        """(f(x + h) − f(x − h))/2 of neighbours on an axis. *Communication*: collective, two transposes."""
        return self._transformed(self._by_turns(axis, np.sin), values, multiply_rows_by_i)

    def bend(self, values: RealArray, axis: int) -> RealArray:
        """f(x + h) − 2f(x) + f(x − h), by the same points. *Communication*: collective, two transposes."""
        return self.apply(self._by_turns(axis, lambda turn: -4 * np.sin(turn / 2) ** 2), values)

    def _by_turns(self, axis: int, function: Callable[[RealArray], RealArray]) -> Multiplier:
        """A function of kh, from a table, so that no bits depend on the shares."""
        n, length = self.domain.points[axis], self.domain.length[axis]
        table = function(2 * np.pi * np.arange(n) / n)
        return [table[np.rint(k * length / (2 * np.pi)).astype(int) % n] for k in self._wavenumbers(axis)]

    def _transformed(self, multiplier: Multiplier, values: RealArray, multiply: Callable[..., None]) -> RealArray:
        work = self._work
        work[...] = values

        def act(block: ComplexArray, lines: Block) -> None:
            """Multiply one block of coefficients."""
            multiply(block, multiplier[self._first[lines.first]], self._scale)

        self._rows(work, work, None, None, "forward")
        self._columns(work, act)
        self._rows(work, work, "backward", None, None)
        return np.ascontiguousarray(work.real)

    def inner(self, pairs: Sequence[tuple[RealArray, RealArray]]) -> list[float]:
        """∫fg of pairs (f, g), the same bits on any number of ranks. *Communication*: collective, one message."""
        table = np.zeros((len(pairs), self.shape[0]))
        for (one, other), sums in zip(pairs, table, strict=True):
            product_sums(one, other, sums)
        (found,) = self._reducer.gather([table])
        return [self.domain.cell * ordered_sum(sums) for sums in found]

    def integral(self, values: RealArray) -> float:
        """∫f. *Communication*: collective, one message."""
        return self.inner([(values, np.ones(self.shape))])[0]

    def extremes(self, values: RealArray) -> tuple[float, float]:
        """The least and the largest value. *Communication*: collective, one message."""
        mine = (float(values.min()), float(values.max())) if values.size else (np.inf, -np.inf)
        least, largest = zip(*self.domain.comm.allgather(mine), strict=True)
        return min(least), max(largest)

    def sampled(self, function: PointFunction) -> RealArray:
        """The values of a function of the points; each must depend on its own point alone. *Communication*: local."""
        values, length = self.zeros(), self.domain.shape[1]
        for block in self._rows.blocks:
            places = [whole_block(x, length) for x in self._places(block)]
            values[block.lines] = real_values(function, (WIDTH, length), *places)[: block.count]
        return values

    def _places(self, block: Block) -> list[RealArray]:
        shape = block.count, self.domain.shape[1]
        return [np.broadcast_to(x, shape) for x in self.domain.block_coordinates(block)]
