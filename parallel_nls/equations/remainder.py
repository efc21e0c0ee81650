"""What a solution has besides the sum of exact waves: the remainder equation of multi-bubbles and multi-solitons.

With W = ΣW_k, z = u − W and f(u) = |u|^{4/d}u the critical equation reads

    i z_s + Δz + f(z) + c(W, z) + H = 0,      c(A, B) = f(A+B) − f(A) − f(B),      H = f(W) − Σf(W_k)

(Cao, Su & Zhang, (5.1)), and the same with R = v − ΣS_k in the blow-up frame. c is evaluated by monomials that do not
cancel, and the waves with the relative accuracy of their tails: where z is 1e-60, so is what drives it, to 15 digits.
W and H are functions of time and place. They have no periodic images, and are never transformed apart from z.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from parallel_nls.contracts import Domain, Profile
from parallel_nls.equations.nls import NLS
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import inlined, kernel
from parallel_nls.profiles.pointwise import contiguous
from parallel_nls.spectral.sweeps import Block, BlockKernel
from parallel_nls.spectral.transforms import WIDTH

Waves = Callable[[float], Sequence[Profile]]


@inlined
def quintic_coupling(a: complex, b: complex) -> complex:
    """c(A, B) = f(A+B) − f(A) − f(B) of f = |·|⁴·, on the line: no term cancels another."""
    ac, bc = a.conjugate(), b.conjugate()
    both = ac + bc
    return complex(
        a * a * a * (bc * (2.0 * ac + bc)) + 3.0 * a * b * (a + b) * (both * both) + b * b * b * (ac * (ac + 2.0 * bc))
    )


@inlined
def cubic_coupling(a: complex, b: complex) -> complex:
    """c(A, B) of f = |·|²·, in the plane: no term cancels another."""
    ac, bc = a.conjugate(), b.conjugate()
    return complex(a * a * bc + 2.0 * (a * ac).real * b + 2.0 * (b * bc).real * a + b * b * ac)


@kernel
def fill_source(line: bool, waves: ComplexArray, b: int, total: ComplexArray, driving: ComplexArray) -> None:
    """W and H = Σ_{k≥2} c(W_1 + … + W_{k−1}, W_k) along one row: loops without branches, which several points share."""
    for j in range(waves.shape[2]):
        total[j] = waves[0, b, j]
        driving[j] = 0.0
    for k in range(1, waves.shape[0]):
        if line:
            for j in range(waves.shape[2]):
                wave = complex(waves[k, b, j])
                driving[j] += quintic_coupling(complex(total[j]), wave)
                total[j] += wave
        else:
            for j in range(waves.shape[2]):
                wave = complex(waves[k, b, j])
                driving[j] += cubic_coupling(complex(total[j]), wave)
                total[j] += wave


@kernel
def fill_rate(line: bool, total: ComplexArray, driving: ComplexArray, field: ComplexArray, rate: ComplexArray) -> None:
    """f(z) + c(W, z) + H along one row, which may be z itself."""
    if line:
        for j in range(field.size):
            z = complex(field[j])
            density = z.real * z.real + z.imag * z.imag
            rate[j] = z * (density * density) + quintic_coupling(complex(total[j]), z) + driving[j]
    else:
        for j in range(field.size):
            z = complex(field[j])
            density = z.real * z.real + z.imag * z.imag
            rate[j] = z * density + cubic_coupling(complex(total[j]), z) + driving[j]


@kernel
def replace_by_rate(block: ComplexArray, count: int, line: bool, waves: ComplexArray, scale: float) -> None:
    """Replace z by scale·i[f(z) + c(W, z) + H] in the first rows of a block."""
    total, driving = np.empty(block.shape[1], np.complex128), np.empty(block.shape[1], np.complex128)
    for b in range(count):
        row = block[b]
        fill_source(line, waves, b, total, driving)
        fill_rate(line, total, driving, row, row)
        for j in range(row.size):
            row[j] = complex(-scale * row[j].imag, scale * row[j].real)


@kernel
def follow_source(
    block: ComplexArray,
    count: int,
    line: bool,
    waves: tuple[ComplexArray, ComplexArray, ComplexArray],
    sizes: tuple[float, float],
) -> None:
    """Follow z_s = i[f(z) + c(W, z) + H] by a step of the classical Runge–Kutta method, and scale, at every point.

    Parameters
    ----------
    block : ndarray, complex128, (at least count, n)
        Rows z; changed in place.
    count : int
        Rows that hold a line.
    line : bool
        Whether f = |·|⁴·, else |·|²·.
    waves : tuple of ndarray, (waves, at least count, n)
        At the start, the middle and the end of the step.
    sizes : (float, float)
        Step, and scale.
    """
    step, scale = sizes
    n = block.shape[1]
    total, driving, argument, rate, increment = np.empty((5, n), np.complex128)
    for b in range(count):
        row = block[b]
        for stage in range(4):
            if stage == 0:
                fill_source(line, waves[0], b, total, driving)
            elif stage == 1:
                fill_source(line, waves[1], b, total, driving)
            elif stage == 3:
                fill_source(line, waves[2], b, total, driving)
            fill_rate(line, total, driving, argument if stage > 0 else row, rate)
            share = step if stage == 2 else 0.5 * step
            weight = 2.0 if stage in (1, 2) else 1.0
            for j in range(n):
                k = 1j * rate[j]
                increment[j] = weight * k + (increment[j] if stage > 0 else 0.0)
                argument[j] = row[j] + share * k
        for j in range(n):
            row[j] = scale * (row[j] + (step / 6.0) * increment[j])


@kernel
def source_sums(count: int, line: bool, waves: ComplexArray, table: RealArray) -> None:
    """M = max of |Re H| and |Im H|, and Σ|H/M|², of each row: squares of H alone may be too small for a number."""
    total, driving = np.empty(waves.shape[2], np.complex128), np.empty(waves.shape[2], np.complex128)
    for b in range(count):
        fill_source(line, waves, b, total, driving)
        largest = 0.0
        for j in range(driving.size):
            largest = max(largest, abs(driving[j].real), abs(driving[j].imag))
        summed = 0.0
        if largest > 0.0:
            for j in range(driving.size):
                re, im = driving[j].real / largest, driving[j].imag / largest
                summed += re * re + im * im
        table[0, b] = largest
        table[1, b] = summed


class RemainderEquation:
    """The equation of the remainder, as its integrators and a run ask for it.

    Parameters
    ----------
    domain : Domain
        A line or a plane.
    waves : sequence of Profile
        W_k, or S_k; at least one, of which alone H = 0, without periodic images.
    parameters : mapping
        What tells it from another, for checkpoints: which waves they are, and in which frame.

    Attributes
    ----------
    name : str
        That of the equation of u.
    conserved : tuple of str
        Nothing: mass and energy are those of u.
    whole : NLS
        The equation of u, on the same domain.

    Notes
    -----
    *Communication*: local.
    """

    name = NLS.name
    conserved: tuple[str, ...] = ()

    def __init__(
        self, domain: Domain, waves: Sequence[Profile], parameters: Mapping[str, str | float | Sequence[float]]
    ) -> None:
        self.domain, self.waves, self._parameters = domain, tuple(waves), dict(parameters)
        self.whole = NLS(domain)
        shape = (3, len(self.waves), WIDTH, domain.shape[1])
        self._blocks: ComplexArray = np.zeros(shape, dtype=np.complex128)

    @property
    def on_line(self) -> bool:
        """Whether f = |·|⁴·. *Communication*: local."""
        return self.domain.dimension == 1

    def rate(self, time: float, scale: float) -> BlockKernel:
        """Block kernel that replaces z by scale·i[f(z) + c(W, z) + H] at a time. *Communication*: local."""

        def act(block: ComplexArray, lines: Block) -> None:
            """Act on one block of rows."""
            replace_by_rate(block, lines.count, self.on_line, self._waves_at(time, lines), scale)

        return act

    def source_flow(self, times: tuple[float, float, float], step: float, scale: float) -> BlockKernel:
        """Block kernel that follows z_s = i[f(z) + c(W, z) + H] for a step, and scales. *Communication*: local.

        Parameters
        ----------
        times : (float, float, float)
            Start, middle and end of the step.
        step, scale : float
            Its length, and a factor.
        """

        def act(block: ComplexArray, lines: Block) -> None:
            """Act on one block of rows."""
            first, middle, last = (self._waves_at(time, lines, place) for place, time in enumerate(times))
            follow_source(block, lines.count, self.on_line, (first, middle, last), (step, scale))

        return act

    def source_table(self, time: float, lines: Block) -> RealArray:
        """`source_sums` of a block of rows, (2, count). *Communication*: local."""
        table = np.zeros((2, lines.count))
        source_sums(lines.count, self.on_line, self._waves_at(time, lines), table)
        return table

    def log_rate(self, peak: float) -> float:
        """As of the equation of u. *Communication*: local."""
        return self.whole.log_rate(peak)

    def parameters(self) -> Mapping[str, str | float | Sequence[float]]:
        """What tells it from another. *Communication*: local."""
        return self._parameters

    def _waves_at(self, time: float, lines: Block, place: int = 0) -> ComplexArray:
        """Each wave at the points of a block of rows, (waves, 32, n); valid until the next call for this place."""
        blocks: ComplexArray = self._blocks[place]
        coordinates = contiguous(self.domain.block_coordinates(lines))
        for block, wave in zip(blocks, self.waves, strict=True):
            block[: lines.count] = 0
            wave.add_to(block, time, coordinates)
        return blocks
