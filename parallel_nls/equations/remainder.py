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
from parallel_nls.numerics.compiled import kernel
from parallel_nls.profiles.pointwise import contiguous
from parallel_nls.spectral.sweeps import Block, BlockKernel
from parallel_nls.spectral.transforms import WIDTH

Waves = Callable[[float], Sequence[Profile]]


@kernel
def coupling(line: bool, a: complex, b: complex) -> complex:
    """c(A, B) = f(A+B) − f(A) − f(B), f = |·|⁴· on the line, |·|²· in the plane: no term cancels another."""
    ac, bc = a.conjugate(), b.conjugate()
    if line:
        both = ac + bc
        return complex(
            a * a * a * (bc * (2.0 * ac + bc))
            + 3.0 * a * b * (a + b) * (both * both)
            + b * b * b * (ac * (ac + 2.0 * bc))
        )
    return complex(a * a * bc + 2.0 * (a * ac).real * b + 2.0 * (b * bc).real * a + b * b * ac)


@kernel
def source(line: bool, waves: ComplexArray, b: int, j: int) -> tuple[complex, complex]:
    """W and H = Σ_{k≥2} c(W_1 + … + W_{k−1}, W_k) at one point."""
    total, driving = complex(waves[0, b, j]), 0j
    for k in range(1, waves.shape[0]):
        wave = complex(waves[k, b, j])
        driving += coupling(line, total, wave)
        total += wave
    return total, driving


@kernel
def nonlinear_part(line: bool, waves: ComplexArray, b: int, j: int, z: complex) -> complex:
    """f(z) + c(W, z) + H at one point."""
    total, driving = source(line, waves, b, j)
    density = z.real * z.real + z.imag * z.imag
    own = z * (density * density if line else density)
    return complex(own + coupling(line, total, z) + driving)


@kernel
def replace_by_rate(block: ComplexArray, count: int, line: bool, waves: ComplexArray, scale: float) -> None:
    """Replace z by scale·i[f(z) + c(W, z) + H] in the first rows of a block."""
    for b in range(count):
        for j in range(block.shape[1]):
            rate = nonlinear_part(line, waves, b, j, complex(block[b, j]))
            block[b, j] = complex(-scale * rate.imag, scale * rate.real)


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
    first, middle, last = waves
    for b in range(count):
        for j in range(block.shape[1]):
            z = complex(block[b, j])
            k1 = 1j * nonlinear_part(line, first, b, j, z)
            k2 = 1j * nonlinear_part(line, middle, b, j, z + 0.5 * step * k1)
            k3 = 1j * nonlinear_part(line, middle, b, j, z + 0.5 * step * k2)
            k4 = 1j * nonlinear_part(line, last, b, j, z + step * k3)
            block[b, j] = scale * (z + (step / 6.0) * (k1 + 2.0 * (k2 + k3) + k4))


@kernel
def source_sums(count: int, line: bool, waves: ComplexArray, table: RealArray) -> None:
    """M = max of |Re H| and |Im H|, and Σ|H/M|², of each row: squares of H alone may be too small for a number."""
    for b in range(count):
        largest = 0.0
        for j in range(waves.shape[2]):
            _, driving = source(line, waves, b, j)
            largest = max(largest, abs(driving.real), abs(driving.imag))
        total = 0.0
        if largest > 0.0:
            for j in range(waves.shape[2]):
                _, driving = source(line, waves, b, j)
                re, im = driving.real / largest, driving.imag / largest
                total += re * re + im * im
        table[0, b] = largest
        table[1, b] = total


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
