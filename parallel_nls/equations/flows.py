"""Exact flows: the linear one, diagonal in Fourier space, and the phase rotation by a power of |u|.

A flow hands the engine a block kernel for a time τ. The kernel also multiplies by ``scale``, the normalisation of the
transform that follows it, which costs nothing there.
"""

from __future__ import annotations

from functools import lru_cache
from math import pi

import numpy as np

from parallel_nls.contracts import Completed, Domain, Flow
from parallel_nls.equations.rotations import largest_density, rotate_cubic, rotate_power, rotate_quintic
from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.trigonometry import quadratic_angle, quadratic_phases
from parallel_nls.numerics.turns import CHUNK, turn, turn_scratch
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.kinds import as_box, as_line
from parallel_nls.spectral.line import LineDomain
from parallel_nls.spectral.separable import SeparableKernel
from parallel_nls.spectral.sweeps import Block, BlockKernel


@kernel
def multiply_folded(block: ComplexArray, numbers: IndexArray, n: int, columns: int, turns: float, scale: float) -> None:
    """û(b, j) ← scale · û(b, j) · e^{2πi·turns·m²}, m the harmonic numbers(b) + columns·j of a line of n points."""
    angles, scratch = np.empty(CHUNK), turn_scratch()
    for b in range(numbers.size):
        for first in range(0, block.shape[1], CHUNK):
            part = block[b, first : first + CHUNK]
            for j in range(part.size):
                m = numbers[b] + float(columns) * (first + j)
                angles[j] = quadratic_angle(turns, m if 2.0 * m < n else m - n)
            turn(part, angles[: part.size], scale, scratch)


class LocalKick:
    """A phase flow whose potential at a point is known there: nothing has to be prepared."""

    def prepare(self, completed: Completed) -> None:
        """Nothing to prepare. *Communication*: local."""


class PowerPhase(LocalKick):
    """u_t = iσ|u|^p u, solved exactly by u ← u·e^{iστ|u|^p} since |u| does not change.

    Parameters
    ----------
    power : float
        p.
    sign : float, optional
        σ: 1 focuses, -1 defocuses.

    Attributes
    ----------
    is_uniform : bool
        That it acts alike at all points, and does not ask where they are.

    Notes
    -----
    Acts in physical space. *Communication*: local.
    """

    is_uniform = True

    def __init__(self, power: float, sign: float = 1.0) -> None:
        self.power, self.sign = float(power), sign

    def kernel(self, tau: float, scale: float, peak: RealArray | None = None) -> BlockKernel:
        """Block kernel for a time ``tau`` (dimensionless), times ``scale``; ``peak[0]`` collects max|u|² if given."""
        time = self.sign * tau

        def rotate(block: ComplexArray, _lines: Block) -> None:
            """Rotate the phases of one block."""
            if peak is not None:
                peak[0] = largest_density(block, peak[0])
            if self.power == 2:
                rotate_cubic(block, time, scale)
            elif self.power == 4:
                rotate_quintic(block, time, scale)
            else:
                rotate_power(block, time, scale, 0.5 * self.power)

        return rotate


class FreeSchroedinger:
    """u_t = iΔu in a plane or box, solved exactly by û ← û·e^{-iτ|k|²}.

    Parameters
    ----------
    domain : FourierDomain
        The box.
    axis : int
        Axis along which the engine sweeps in spectral form; lines are numbered over the other axes.

    Notes
    -----
    Acts on Fourier coefficients. *Communication*: local.
    """

    def __init__(self, domain: FourierDomain, axis: int) -> None:
        self.axis = axis
        self._harmonics = [domain.harmonics(a) for a in range(len(domain.shape))]
        # k² = 2π·(2π/L²)·m²
        self._turns = [2 * pi / extent**2 for extent in domain.length]
        self._kernels = lru_cache(maxsize=64)(self._compute_kernel)

    def _compute_kernel(self, tau: float, scale: float) -> SeparableKernel:
        """The propagator as a factor along a line times a factor for each global line."""
        across = np.array([scale], dtype=np.complex128)
        for axis in range(len(self._harmonics)):
            if axis != self.axis:
                across = np.multiply.outer(across, self._phases(tau, axis)).ravel()
        return SeparableKernel(self._phases(tau, self.axis), across)

    def _phases(self, tau: float, axis: int) -> ComplexArray:
        phases = np.empty(self._harmonics[axis].size, dtype=np.complex128)
        quadratic_phases(-tau * self._turns[axis], self._harmonics[axis], phases)
        return phases

    def kernel(self, tau: float, scale: float) -> BlockKernel:
        """Block kernel for a time ``tau`` (dimensionless), times ``scale``."""
        return self._kernels(tau, scale)


class FreeSchroedingerLine:
    """u_t = iu_xx on a folded line, solved exactly by û ← û·e^{-iτk²}; no table, the phases are computed in the block.

    Parameters
    ----------
    domain : LineDomain
        The line.

    Notes
    -----
    Acts on Fourier coefficients of columns. *Communication*: local.
    """

    def __init__(self, domain: LineDomain) -> None:
        self._points, self._columns = domain.points[0], domain.shape[1]
        self._turns = 2 * pi / domain.length[0] ** 2

    def kernel(self, tau: float, scale: float) -> BlockKernel:
        """Block kernel for a time ``tau`` (dimensionless), times ``scale``."""

        def propagate(block: ComplexArray, lines: Block) -> None:
            """Multiply one block by the propagator."""
            multiply_folded(block, lines.numbers, self._points, self._columns, -tau * self._turns, scale)

        return propagate


def free_schroedinger(domain: Domain) -> Flow:
    """The flow of i u_t = −Δu on a domain. *Communication*: local."""
    if domain.row_places.folded:
        return FreeSchroedingerLine(as_line(domain))
    return FreeSchroedinger(as_box(domain), axis=0)
