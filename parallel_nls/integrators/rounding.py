"""Rounding with a fixed sign, taken out of a run again: normalisations, constants of transforms, and the mass.

Errors of chance grow with the square root of the number of transform pairs. What has a sign grows with the number, and
turns phases with its square: 7e-17 of the mass a pair, over 35000 pairs, moved two solitons by 2e-11. There are three:

- 1/N is rounded. Two factors, for rows and for columns, are chosen so that together they are right.
- Transforms add what their rounded constants make of a field; see `spectral.gains`. Every 64 pairs it is taken off.
- Phases of kicks are rounded too, which for a wave of one modulus has one sign. The mass, which every kick and drift
  keeps, is brought back to what it was, if it has left by no more than rounding can explain.
"""

from __future__ import annotations

from functools import cache, cached_property
from math import nextafter

import numpy as np

from parallel_nls.contracts import DriftSweep, Equation, StepMemory
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import fused_multiply_add as fma
from parallel_nls.numerics.compiled import kernel
from parallel_nls.parallel.reduction import Reducer, ordered_sum
from parallel_nls.spectral.gains import LineGain, add_gain
from parallel_nls.spectral.sweeps import Block, BlockKernel
from parallel_nls.spectral.transforms import WIDTH, LineTransform

CADENCE = 64  # pairs after which a correction is due: above the rounding of a number, and no jump that differences show
NEIGHBOURS = 64  # numbers next to 1/N_a among which a factor is looked for
A_PAIR_ADDS = 0.1
"""Units of rounding of relative L² error that a pair adds; measured, see docs/verification.md."""


@kernel
def add_parts(rows: ComplexArray, along: RealArray, across: RealArray, extra: RealArray, times: float) -> None:
    """Add to u what is u·times·(along(j) + across(b) + extra(b, j)), with one rounding; ``extra`` may be empty."""
    for b in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            part = along[j] + across[b]
            if extra.size > 0:
                part += extra[b, j]
            part *= times
            u = rows[b, j]
            rows[b, j] = complex(fma(u.real, part, u.real), fma(u.imag, part, u.imag))


@kernel
def mass_sums(field: ComplexArray, sums: RealArray) -> None:
    """Σ|u|² of each row, in index order."""
    for b in range(field.shape[0]):
        total = 0.0
        for j in range(field.shape[1]):
            u = complex(field[b, j])
            total += fma(u.real, u.real, u.imag * u.imag)
        sums[b] = total


@cache
def balanced_factors(rows: float, columns: float) -> tuple[float, float]:
    """Two numbers next to 1/rows and 1/columns whose product is 1/(rows · columns) as exactly as there are.

    Parameters
    ----------
    rows, columns : float
        Normalisations, whole numbers.

    Returns
    -------
    tuple of float
        The two; exact for powers of two.

    Notes
    -----
    *Communication*: local.
    """
    best, found = np.inf, (1 / rows, 1 / columns)
    up = down = 1 / rows
    for _ in range(NEIGHBOURS):
        for first in (up, down):
            second = 1 / (rows * columns) / first
            for candidate in (second, nextafter(second, 0.0), nextafter(second, np.inf)):
                miss = abs(_product_error(first, candidate, rows * columns))
                if miss < best:
                    best, found = miss, (first, candidate)
        up, down = nextafter(up, np.inf), nextafter(down, 0.0)
    return found


def _product_error(first: float, second: float, points: float) -> float:
    """Return first · second · points − 1, exactly rounded: floating point numbers are fractions of whole ones."""
    numerator, denominator = 1, 1
    for value in (first, second, points):
        over, under = value.as_integer_ratio()
        numerator, denominator = numerator * over, denominator * under
    return (numerator - denominator) / denominator


class _Parts:
    """A gain, its couplings apart in real and imaginary part."""

    def __init__(self, gain: LineGain, couplings: ComplexArray) -> None:
        self.opposite, self._distances = gain.opposite, gain.distances
        self._re, self._im = np.ascontiguousarray(couplings.real), np.ascontiguousarray(couplings.imag)

    def added_to(self, kernel: BlockKernel, times: float) -> BlockKernel:
        """A kernel behind which the gain is added so many times."""

        def act(block: ComplexArray, lines: Block) -> None:
            """Run the kernel, and add."""
            kernel(block, lines)
            add_gain(block[: lines.count], self._distances, self._re, self._im, times)

        return act


class RoundingCorrection:
    """Takes out of a field what rounding has added with a fixed sign.

    Parameters
    ----------
    equation : Equation
        Its domain, and whether its mass is conserved.
    rows : LineTransform
        That of rows.
    columns : DriftSweep
        That of columns, as the drift of the equation sweeps them.

    Attributes
    ----------
    scales : tuple of float
        What kicks and drifts multiply by for the transforms of rows and columns: together 1/N.

    Notes
    -----
    *Communication*: `hold_mass` is collective, one message; the rest is local.
    """

    def __init__(self, equation: Equation, rows: LineTransform, columns: DriftSweep) -> None:
        domain = equation.domain
        self._equation, self._rows, self._columns = equation, rows, columns
        self.scales = balanced_factors(rows.normalisation, columns.normalisation)
        self._excess = _product_error(*self.scales, rows.normalisation * columns.normalisation)
        self._numbers = domain.layouts[0].line_numbers(1)
        self._holds_mass = "mass" in equation.conserved
        self._epsilon = float(np.finfo(domain.dtype).eps)
        self._reducer = Reducer(domain.comm, [(domain.layouts[0], 1)])

    @cached_property
    def _gains(self) -> tuple[_Parts, _Parts]:
        rows, columns = self._rows.gain, self._columns.gain(self._equation.drift.kernel(1.0, 1.0))
        return _Parts(rows, rows.couplings), _Parts(columns, columns.couplings.conj())

    def mend(self, field: ComplexArray, pairs: int) -> None:
        """Take off a resting field what pairs have added to it there, but for `values` and `coefficients`."""
        along, across = self._gains[0].opposite + self._excess, self._gains[1].opposite[self._numbers]
        twiddles = self._columns.transform.twiddles
        nothing = np.empty((0, 0))
        for first in range(0, len(field), WIDTH):
            lines = slice(first, first + WIDTH)
            extra = nothing if twiddles is None else twiddles.gain(self._numbers[lines])
            add_parts(field[lines], along, across[lines], extra, -float(pairs))

    def on_values(self, kernel: BlockKernel, pairs: int) -> BlockKernel:
        """A kick that also takes off what pairs have added among the values of a row."""
        return self._gains[0].added_to(kernel, -float(pairs))

    def on_coefficients(self, kernel: BlockKernel, pairs: int) -> BlockKernel:
        """A drift that also takes off what pairs have added among the coefficients of a column."""
        return self._gains[1].added_to(kernel, -float(pairs))

    def hold_mass(self, field: ComplexArray, memory: StepMemory, pairs: int) -> None:
        """Bring the mass of a resting field back, unless it has left by more than a unit of rounding a pair.

        What leaves faster is no rounding: it stays, and the mass is held where it is then.
        """
        if not self._holds_mass:
            return
        mass = self._mass(field)
        change = memory.mass / mass - 1 if mass > 0 and memory.mass > 0 else np.inf
        if abs(change) < 0.5 * self._epsilon:
            return  # half of it would change no number
        if abs(change) <= self._epsilon * pairs:
            nothing = np.zeros(field.shape[1]), np.zeros(len(field)), np.empty((0, 0))
            add_parts(field, nothing[0] + 0.5 * change, *nothing[1:], 1.0)
        else:
            memory.mass = mass

    def note_mass(self, field: ComplexArray, memory: StepMemory) -> None:
        """Note the mass to be held, if none is known."""
        if self._holds_mass and memory.mass == 0:
            memory.mass = self._mass(field)

    def _mass(self, field: ComplexArray) -> float:
        sums = np.zeros((1, len(field)))
        mass_sums(field, sums[0])
        (table,) = self._reducer.gather([sums])
        return ordered_sum(table[0])
