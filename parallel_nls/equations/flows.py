"""Exact flows: the linear one, diagonal in Fourier space, and the phase rotation by |u|².

A flow hands the engine a block kernel for a time τ. The kernel also multiplies by ``scale``, the normalisation of the
transform that follows it, which costs nothing there.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from parallel_nls.compiled import fused_multiply_add as fma
from parallel_nls.compiled import kernel
from parallel_nls.equations.trigonometry import sine_cosine, unit_phases
from parallel_nls.spectral.domain import FourierDomain
from parallel_nls.spectral.sweeps import Block, BlockKernel


@kernel
def rotate_cubic(block: NDArray[np.complex128], tau: float, scale: float) -> None:
    """Rotate u ← scale · u·e^{iτ|u|²} on a block."""
    flat = block.reshape(block.size)
    for j in range(flat.size):
        u = flat[j]
        s, c = sine_cosine(tau * fma(u.real, u.real, u.imag * u.imag))
        s *= scale
        c *= scale
        flat[j] = complex(fma(u.real, c, -(u.imag * s)), fma(u.real, s, u.imag * c))


@kernel
def multiply_separable(
    block: NDArray[np.complex128],
    along: NDArray[np.complex128],
    across: NDArray[np.complex128],
    numbers: NDArray[np.int64],
) -> None:
    """û(b, j) ← û(b, j) · across(numbers(b)) · along(j)."""
    for b in range(numbers.size):
        factor = across[numbers[b]]
        for j in range(along.size):
            p = along[j]
            re = fma(p.real, factor.real, -(p.imag * factor.imag))
            im = fma(p.real, factor.imag, p.imag * factor.real)
            u = block[b, j]
            block[b, j] = complex(fma(u.real, re, -(u.imag * im)), fma(u.real, im, u.imag * re))


class CubicPhase:
    """u_t = i|u|²u, solved exactly by u ← u·e^{iτ|u|²} since |u| does not change.

    Notes
    -----
    Acts in physical space. *Communication*: local.
    """

    def kernel(self, tau: float, scale: float) -> BlockKernel:
        """Block kernel for a time ``tau`` (dimensionless), times ``scale``."""

        def rotate(block: NDArray[np.complex128], _lines: Block) -> None:
            """Rotate the phases of one block."""
            rotate_cubic(block, tau, scale)

        return rotate


class FreeSchroedinger:
    """u_t = iΔu, solved exactly by û ← û·e^{-iτ|k|²}.

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
        self._squares = [domain.wavenumbers(a) ** 2 for a in range(len(domain.shape))]
        self._tables = lru_cache(maxsize=64)(self._compute_tables)

    def _compute_tables(self, tau: float, scale: float) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """The propagator as a factor along a line times a factor for each global line."""
        along = self._phases(tau, self.axis)
        across = np.array([scale], dtype=np.complex128)
        for axis in range(len(self._squares)):
            if axis != self.axis:
                across = np.multiply.outer(across, self._phases(tau, axis)).ravel()
        return along, across

    def _phases(self, tau: float, axis: int) -> NDArray[np.complex128]:
        phases = np.empty(self._squares[axis].size, dtype=np.complex128)
        unit_phases(-tau * self._squares[axis], phases)
        return phases

    def kernel(self, tau: float, scale: float) -> BlockKernel:
        """Block kernel for a time ``tau`` (dimensionless), times ``scale``."""
        along, across = self._tables(tau, scale)

        def propagate(block: NDArray[np.complex128], lines: Block) -> None:
            """Multiply one block by the propagator."""
            multiply_separable(block, along, across, lines.numbers)

        return propagate
