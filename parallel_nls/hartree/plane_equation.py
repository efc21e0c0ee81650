"""The Hartree equation i u_t + Δu = μ(V*|u|²)u of one wave in the plane, in whose phase the whole wave takes part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from parallel_nls.contracts import Completed, Coupling, Domain
from parallel_nls.equations.elementwise import fill_squares, rotate_by
from parallel_nls.equations.point_functions import row_sums
from parallel_nls.equations.rotations import largest_density
from parallel_nls.equations.split_equation import SplitEquation
from parallel_nls.hartree.plane_interaction import PlaneInteraction
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.spectral.sweeps import Block, BlockKernel
from parallel_nls.spectral.transforms import WIDTH

__all__ = ["HartreeWave", "NonlocalPhase"]


class NonlocalPhase:
    """u_t = −iμ(V*|u|²)u, solved exactly by u ← u·e^{−iμτV*|u|²}: |u| does not change; a `Kick`.

    Parameters
    ----------
    interaction : PlaneInteraction
        V * |u|².
    strength : float
        μ.

    Attributes
    ----------
    depth : float
        max|μ V*|u|²| over this rank's points, of all kicks since it was set to 0.

    Notes
    -----
    A kernel acts by the field that was prepared last. *Communication*: `prepare` is collective, a `ColumnSweep`.
    """

    def __init__(self, interaction: PlaneInteraction, strength: float) -> None:
        self.interaction, self.strength, self.depth = interaction, strength, 0.0
        self._rates = np.zeros((WIDTH, interaction.domain.shape[1]))

    def prepare(self, completed: Completed) -> None:
        """Convolve |u|², which a pending kick leaves as it is."""
        self.interaction.look(completed)

    def kernel(self, tau: float, scale: float, peak: RealArray | None = None) -> BlockKernel:
        """Block kernel for a time ``tau``, times ``scale``; see `contracts.Kick`."""

        def rotate(block: ComplexArray, lines: Block) -> None:
            """Turn the phases of one block."""
            if peak is not None:
                peak[0] = largest_density(block, peak[0])
            self.interaction.values(lines, self._rates)
            # max passes over NaN, which the field tells.
            self.depth = max(self.depth, abs(self.strength) * float(np.abs(self._rates).max()))
            rotate_by(block, self._rates, -self.strength * tau, scale)

        return rotate


class _NonlocalDensity:
    """(μ/4)|u|²·V*|u|², by the field that was prepared last; a `Density`."""

    def __init__(self, interaction: PlaneInteraction, strength: float) -> None:
        self._interaction, self._share = interaction, 0.25 * strength
        self._squares, self._values = (np.zeros((WIDTH, interaction.domain.shape[1])) for _ in range(2))

    def fill(self, block: ComplexArray, lines: Block, sums: RealArray) -> None:
        """Write the sum over each row; see `contracts.Density`."""
        fill_squares(block, self._squares)
        self._interaction.values(lines, self._values)
        row_sums(self._share * self._squares * self._values, sums[: lines.count])


class HartreeWave(SplitEquation):
    """i u_t + Δu = μ(V*|u|²)u on a plane that holds u; an `Equation`.

    Parameters
    ----------
    domain : Domain
        A plane.
    interaction : PlaneInteraction
        V * |u|² there.
    strength : float
        μ; −1: V ≥ 0 attracts.

    Notes
    -----
    Energy ½∫|∇u|² + (μ/4)∬V(x−y)|u(x)|²|u(y)|². Its second derivative of the variance is not an integral over space of
    what is known at a point, and is taken by who measures it. *Communication*: local.
    """

    name = "hartree"
    conserved = ("mass", "energy", "momentum")

    def __init__(self, domain: Domain, interaction: PlaneInteraction, strength: float) -> None:
        super().__init__(domain)
        self.interaction, self.strength = interaction, strength

    @cached_property
    def kick(self) -> NonlocalPhase:
        """The flow of i u_t = μ(V*|u|²)u."""
        return NonlocalPhase(self.interaction, self.strength)

    @cached_property
    def density(self) -> _NonlocalDensity:
        """Of (μ/4)∬V|u|²|u|²."""
        return _NonlocalDensity(self.interaction, self.strength)

    @cached_property
    def coupling(self) -> Coupling | None:
        """Not known: small waves are coupled over distances too."""
        return None

    def parameters(self) -> Mapping[str, str | float | Sequence[float]]:
        """Nothing but the name: who makes it knows the potential. *Communication*: local."""
        return {}
