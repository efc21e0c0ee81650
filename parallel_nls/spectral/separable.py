"""Multiplying the coefficients of columns by a factor along a column times one for each column."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.numerics.compiled import fused_multiply_add as fma
from parallel_nls.numerics.compiled import lean_kernel
from parallel_nls.spectral.sweeps import Block


@lean_kernel
def _multiply_line(line: ComplexArray, along_re: RealArray, along_im: RealArray, factor: complex) -> None:
    """û(j) ← û(j) · factor · along(j)."""
    for j in range(line.size):
        re = fma(along_re[j], factor.real, -(along_im[j] * factor.imag))
        im = fma(along_re[j], factor.imag, along_im[j] * factor.real)
        u = line[j]
        line[j] = complex(fma(u.real, re, -(u.imag * im)), fma(u.real, im, u.imag * re))


@lean_kernel
def multiply_separable(block: ComplexArray, along: RealArray, across: ComplexArray, numbers: IndexArray) -> None:
    """û(b, j) ← û(b, j) · across(numbers(b)) · along(j), along as its real and its imaginary parts, (2, length)."""
    for b in range(numbers.size):
        _multiply_line(block[b], along[0], along[1], across[numbers[b]])


class SeparableKernel:
    """A block kernel that multiplies by factors: a sweep that knows of them need not bring coefficients into order.

    Parameters
    ----------
    along : ndarray, complex128, (length,)
        Of each coefficient of a line.
    across : ndarray, complex128
        Of each global line.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, along: ComplexArray, across: ComplexArray) -> None:
        self.along, self.across = along, across

    @cached_property
    def _parts(self) -> RealArray:
        return np.array([self.along.real, self.along.imag])

    def __call__(self, block: ComplexArray, lines: Block) -> None:
        """Multiply one block."""
        multiply_separable(block, self._parts, self.across, lines.numbers)
