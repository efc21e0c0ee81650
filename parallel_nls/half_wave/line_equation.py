"""The half-wave equation on a periodic line,   i u_t = Du − k(x)|u|²u,   D = |ξ|: two exact flows of fields.

Conserved: mass ∫|u|² and energy ½‖D^{1/2}u‖² − ¼∫k|u|⁴; momentum where k = 1. Solutions decay as x^{−2} alone, so that
the box [−L/2, L/2) changes them by O(L^{−2}). Units are dimensionless: u(t, x) ↦ μ^{1/2}u(μt, μx) keeps the mass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from math import log2, pi
from typing import ClassVar

import numpy as np

from parallel_nls.contracts import Coupling, Density, Domain, Flow, Integrals, Kick
from parallel_nls.equations.couplings import PowerCoupling
from parallel_nls.equations.densities import PowerDensity
from parallel_nls.equations.flows import PowerPhase
from parallel_nls.equations.split_equation import SplitEquation
from parallel_nls.half_wave.ground_state import ground_state
from parallel_nls.half_wave.inhomogeneity import Homogeneous, Inhomogeneity
from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.numerics.compiled import fused_multiply_add as fma
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.turns import CHUNK, turn, turn_scratch
from parallel_nls.spectral.kinds import as_line
from parallel_nls.spectral.line import LineDomain
from parallel_nls.spectral.sweeps import Block, BlockKernel

_TABLES = 64  # of propagators that are kept
_CUBIC = 2.0


@kernel
def fill_turns(angle: float, multiples: RealArray, scale: float, out: ComplexArray) -> None:
    """Write scale·e^{i·angle·m} of all m."""
    angles, scratch = np.empty(CHUNK), turn_scratch()
    for first in range(0, out.size, CHUNK):
        part = out[first : first + CHUNK]
        for j in range(part.size):
            part[j] = 1.0
            angles[j] = angle * multiples[first + j]
        turn(part, angles[: part.size], scale, scratch)


@kernel
def multiply_moduli(
    block: ComplexArray,
    numbers: IndexArray,
    n: int,
    fine: ComplexArray,
    below: ComplexArray,
    above: ComplexArray,
) -> None:
    """û(b, j) ← û(b, j)·e^{−iτ|ξ|} at the harmonics m = numbers(b) + N_b·j of a line of n points.

    ``fine`` holds the phases of 0 … N_b − 1. Below n/2 that of m is this times the one of N_b·j; from there on the
    harmonic is m − n, whose modulus is n − N_b·j less numbers(b).
    """
    columns = fine.size
    for b in range(numbers.size):
        number = numbers[b]
        for j in range(block.shape[1]):
            lower = 2 * (number + columns * j) < n
            c = below[j] if lower else above[j]
            p, q = fine[number].real, fine[number].imag if lower else -fine[number].imag
            re = fma(c.real, p, -(c.imag * q))
            im = fma(c.real, q, c.imag * p)
            u = block[b, j]
            block[b, j] = complex(fma(u.real, re, -(u.imag * im)), fma(u.real, im, u.imag * re))


class FreeHalfWaves:
    """i u_t = Du on a folded line, solved exactly by û ← û·e^{−iτ|ξ|}.

    Parameters
    ----------
    domain : LineDomain
        The line.

    Notes
    -----
    Acts on Fourier coefficients of columns; angles |τξ| should stay below 2π·10⁹. *Communication*: local.
    """

    def __init__(self, domain: LineDomain) -> None:
        self._points, self._unit = domain.points[0], 2 * pi / domain.length[0]
        rows, columns = domain.shape
        self._fine = np.arange(float(columns))
        self._below = columns * np.arange(float(rows))
        self._tables = lru_cache(maxsize=_TABLES)(self._compute_tables)

    def _compute_tables(self, tau: float, scale: float) -> list[ComplexArray]:
        parts = (self._fine, 1.0), (self._below, scale), (self._points - self._below, scale)
        tables = [np.empty(multiples.size, dtype=np.complex128) for multiples, _ in parts]
        for table, (multiples, size) in zip(tables, parts, strict=True):
            fill_turns(-tau * self._unit, multiples, size, table)
        return tables

    def kernel(self, tau: float, scale: float) -> BlockKernel:
        """Block kernel for a time ``tau`` (dimensionless), times ``scale``."""
        fine, below, above = self._tables(tau, scale)

        def propagate(block: ComplexArray, lines: Block) -> None:
            """Multiply one block by the propagator."""
            multiply_moduli(block, lines.numbers, self._points, fine, below, above)

        return propagate


class HalfWaveLine(SplitEquation):
    """Flows and energy of i u_t = Du − k(x)|u|²u on a periodic line.

    Parameters
    ----------
    domain : LineDomain
        The line.
    k : Inhomogeneity, optional
        By default 1.
    described : str
        How a configuration calls k: what tells this equation from another.

    Notes
    -----
    *Communication*: local.
    """

    name = "half-wave"
    formulas: ClassVar[Mapping[str, str]] = {
        "energy": "½‖D^½u‖² − ¼∫k|u|⁴ dx",
        "momentum": "Im∫ū∂_xu dx",
    }

    def __init__(self, domain: Domain, k: Inhomogeneity | None = None, described: str = "1") -> None:
        super().__init__(domain)
        self.k: Inhomogeneity = Homogeneous() if k is None else k
        self._described, self._log_height = described, 2 * log2(ground_state().peak)
        self.conserved = ("mass", "energy", "momentum") if self._is_cubic else ("mass", "energy")

    @property
    def _is_cubic(self) -> bool:
        return isinstance(self.k, Homogeneous)

    @cached_property
    def drift(self) -> Flow:
        """The flow of i u_t = Du."""
        return FreeHalfWaves(as_line(self.domain))

    @cached_property
    def kick(self) -> Kick:
        """The flow of i u_t = −k|u|²u."""
        return PowerPhase(_CUBIC) if self._is_cubic else super().kick

    @cached_property
    def density(self) -> Density:
        """k|u|⁴."""
        return PowerDensity(_CUBIC) if self._is_cubic else super().density

    @cached_property
    def coupling(self) -> Coupling | None:
        """Of k|u|²."""
        return PowerCoupling(_CUBIC) if self._is_cubic else super().coupling

    def symbol(self, *wavenumbers: RealArray) -> RealArray:
        """|ξ|. *Communication*: local."""
        (xi,) = wavenumbers
        return np.abs(xi)

    def phase_rate(self, square: RealArray, *coordinates: RealArray) -> RealArray:
        """k|u|²; see `SplitEquation`. *Communication*: local."""
        return self.k.value(coordinates[0]) * square

    def potential(self, square: RealArray, *coordinates: RealArray) -> RealArray:
        """k|u|⁴. *Communication*: local."""
        return self.k.value(coordinates[0]) * square**2

    def energy(self, integrals: Integrals) -> float:
        """½‖D^{1/2}u‖² − ¼∫k|u|⁴. *Communication*: local."""
        return 0.5 * integrals.quadratic - 0.25 * integrals.potential

    def log_rate(self, peak: float) -> float:
        """log₂ 1/λ, λ = (Q(0)/sup|u|)²: steps follow the scale itself. *Communication*: local."""
        return log2(peak) - self._log_height

    def parameters(self) -> Mapping[str, str | float | Sequence[float]]:
        """What k is. *Communication*: local."""
        return {"inhomogeneity": self._described}
