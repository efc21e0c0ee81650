"""Flows and densities from real functions of |u|², x and k in numpy."""

from __future__ import annotations

import numpy as np

from parallel_nls.contracts import Completed, Domain
from parallel_nls.equations.point_functions import PointFunction, check_pointwise, real_values, row_sums, whole_block
from parallel_nls.equations.rotations import density, largest_density
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.turns import CHUNK, turn, turn_scratch
from parallel_nls.spectral.sweeps import Block, BlockKernel
from parallel_nls.spectral.transforms import WIDTH


@kernel
def fill_squares(block: ComplexArray, squares: RealArray) -> None:
    """|u|² at every point of a block."""
    flat, out = block.reshape(block.size), squares.reshape(squares.size)
    for j in range(flat.size):
        out[j] = density(flat[j])


@kernel
def rotate_by(block: ComplexArray, rates: RealArray, tau: float, scale: float) -> None:
    """Turn u ← scale · u·e^{iτ·rate} at every point of a block."""
    flat, turns = block.reshape(block.size), rates.reshape(rates.size)
    angles, scratch = np.empty(CHUNK), turn_scratch()
    for first in range(0, flat.size, CHUNK):
        part = flat[first : first + CHUNK]
        for j in range(part.size):
            angles[j] = tau * turns[first + j]
        turn(part, angles[: part.size], scale, scratch)


class RowPoints:
    """Calls a function of |u|² and x on blocks of rows.

    Parameters
    ----------
    domain : Domain
        Where.
    function : callable
        ``function(square, *coordinates)``.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, domain: Domain, function: PointFunction) -> None:
        self._domain, self._function, self._length = domain, function, domain.shape[1]

    def squares(self, block: ComplexArray) -> RealArray:
        """|u|² at the points of a block, (32, n)."""
        found = np.empty(block.shape)
        fill_squares(block, found)
        return found

    def shifted(self, block: ComplexArray, lines: Block, shift: float) -> RealArray:
        """What the function gives for (1 + shift)|u|² at the points of a block, (32, n)."""
        squares, *places = self._arguments(block, lines)
        return real_values(self._function, (WIDTH, self._length), squares * (1.0 + shift), *places)

    def _arguments(self, block: ComplexArray, lines: Block) -> list[RealArray]:
        squares = self.squares(block)
        squares[lines.count :] = squares[lines.count - 1]
        return [squares, *(whole_block(x, self._length) for x in self._domain.block_coordinates(lines))]

    def values(self, block: ComplexArray, lines: Block) -> RealArray:
        """What the function gives at the points of a block, (32, n)."""
        return real_values(self._function, (WIDTH, self._length), *self._arguments(block, lines))

    def check(self, block: ComplexArray, lines: Block, again: object = None) -> None:
        """Refuse a function of more than a point at a time, or another than that of ``again``, of the same class."""
        other = again._function if isinstance(again, RowPoints) else None
        check_pointwise(self._function, (WIDTH, self._length), *self._arguments(block, lines), again=other)


class PhaseRotation:
    """i u_t = −Φ(|u|², x)u, solved exactly by u ← u·e^{iτΦ}, since |u| does not change.

    Parameters
    ----------
    domain : Domain
        Where.
    rate : callable
        Φ, as ``rate(square, *coordinates)``.

    Notes
    -----
    Acts in physical space. *Communication*: local.
    """

    def __init__(self, domain: Domain, rate: PointFunction) -> None:
        self.points = RowPoints(domain, rate)

    def check(self, block: ComplexArray, lines: Block, again: object = None) -> None:
        """Refuse a rate of more than a point at a time. *Communication*: local."""
        self.points.check(block, lines, getattr(again, "points", None))

    def prepare(self, completed: Completed) -> None:
        """Nothing to prepare. *Communication*: local."""

    def kernel(self, tau: float, scale: float, peak: RealArray | None = None) -> BlockKernel:
        """Block kernel for a time ``tau``, times ``scale``; see `contracts.Kick`."""

        def rotate(block: ComplexArray, lines: Block) -> None:
            """Turn the phases of one block."""
            if peak is not None:
                peak[0] = largest_density(block, peak[0])
            rotate_by(block, self.points.values(block, lines), tau, scale)

        return rotate


class ElementwiseDensity:
    """A density G(|u|², x).

    Parameters
    ----------
    domain : Domain
        Where.
    function : callable
        G, as ``function(square, *coordinates)``.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, domain: Domain, function: PointFunction) -> None:
        self.points = RowPoints(domain, function)

    def check(self, block: ComplexArray, lines: Block, again: object = None) -> None:
        """Refuse a function of more than a point at a time. *Communication*: local."""
        self.points.check(block, lines, getattr(again, "points", None))

    def fill(self, block: ComplexArray, lines: Block, sums: RealArray) -> None:
        """Write the sum over each row; see `contracts.Density`."""
        row_sums(self.points.values(block, lines), sums[: lines.count])


class Dispersion:
    """i u_t = ω(D)u, solved exactly by û ← û·e^{-iτω(k)}; angles |τω| should stay below 2π·10⁹.

    Parameters
    ----------
    domain : Domain
        Where.
    symbol : callable
        ω, as ``symbol(*wavenumbers)``.

    Notes
    -----
    Acts on Fourier coefficients of columns. *Communication*: local.
    """

    def __init__(self, domain: Domain, symbol: PointFunction) -> None:
        self._domain, self._symbol, self._length = domain, symbol, domain.shape[0]

    def frequencies(self, lines: Block) -> RealArray:
        """ω at the coefficients of a block of columns, (32, column length). *Communication*: local."""
        return real_values(self._symbol, (WIDTH, self._length), *self._arguments(lines))

    def _arguments(self, lines: Block) -> list[RealArray]:
        return [whole_block(k, self._length) for k in self._domain.block_wavenumbers(lines)]

    def check(self, _block: ComplexArray, lines: Block, again: object = None) -> None:
        """Refuse a symbol that is no function of one wavenumber at a time. *Communication*: local."""
        other = again._symbol if isinstance(again, Dispersion) else None
        check_pointwise(self._symbol, (WIDTH, self._length), *self._arguments(lines), again=other)

    def kernel(self, tau: float, scale: float) -> BlockKernel:
        """Block kernel for a time ``tau`` (dimensionless), times ``scale``."""

        def propagate(block: ComplexArray, lines: Block) -> None:
            """Multiply one block by the propagator."""
            rotate_by(block, self.frequencies(lines), -tau, scale)

        return propagate
