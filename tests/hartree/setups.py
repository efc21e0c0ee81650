"""Waves and potentials that tests of the hierarchy share."""

from __future__ import annotations

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls.hartree.densities import Densities
from parallel_nls.hartree.mixtures import Mixture
from parallel_nls.hartree.pair_interaction import PairInteraction
from parallel_nls.hartree.potentials import Gaussian, SoftenedPower
from parallel_nls.integrators.compositions import composition
from parallel_nls.spectral.radial import RadialAxis

Complex = NDArray[np.complex128]
Real = NDArray[np.float64]


def gaussian_wave(axis: RadialAxis, width: float, chirp: float = 0.0) -> Complex:
    """The values v of φ = (πs²)^{−d/4} exp(−r²/(2s²) + icr²)."""
    scale = (np.pi * width**2) ** (-axis.dimension / 4)
    wave: Complex = axis.amplitude * scale * np.exp(-(axis.r**2) / (2 * width**2) + 1j * chirp * axis.r**2)
    return wave


def softened(axis: RadialAxis) -> PairInteraction:
    """Of V = 6/(q² + 1/4), μ = −1."""
    return PairInteraction.of(SoftenedPower(6.0, 2.0, 0.5), axis, -1.0)


def gaussian_potential(axis: RadialAxis) -> PairInteraction:
    """Of V = 8·exp(−q²), μ = −1."""
    return PairInteraction.of(Gaussian(8.0, 1.0), axis, -1.0)


class Waves:
    """A mixture in this process that can be followed in time.

    Parameters
    ----------
    axis, interaction
        Where, and V.
    weights : sequence of float
        p_j.
    start : ndarray, (J, n)
        The waves.
    """

    def __init__(self, axis: RadialAxis, interaction: PairInteraction, weights: Real, start: Complex) -> None:
        self.axis, self.interaction = axis, interaction
        self.mixture = Mixture(MPI.COMM_SELF, axis, weights, interaction.average, interaction.strength)
        self.waves = self.mixture.allocate(self.mixture.layout)
        self.waves[...] = start

    def advance(self, tau: float, steps: int, scheme: str) -> Densities:
        """Follow for a time, and return the densities there."""
        table = composition(scheme)
        for _ in range(steps):
            for i, stage in enumerate(table.stages):
                flow = self.mixture.interaction if i % 2 == table.drift_first else self.mixture.kinetic
                flow(self.waves, stage * tau / steps)
        return self.densities

    @property
    def densities(self) -> Densities:
        """As they are."""
        return Densities.of_waves(self.axis, self.mixture.weights, self.waves)
