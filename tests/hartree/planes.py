"""Hartree waves in the plane that tests share: Gaussians on a box, the density of one, mixtures of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from mpi4py import MPI

from parallel_nls.contracts import State
from parallel_nls.hartree.kernels import RadialPotential
from parallel_nls.hartree.plane_equation import HartreeWave
from parallel_nls.hartree.plane_interaction import PlaneInteraction, scattered
from parallel_nls.hartree.plane_kernel import PlaneKernel
from parallel_nls.hartree.plane_running import PlaneMixture, PlaneMixtureEquation
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.profiles.gaussian import Gaussian
from parallel_nls.profiles.placing import place
from parallel_nls.spectral.box import FourierDomain

Pair = tuple[float, float]


class Wave(NamedTuple):
    """φ = (√π w)^{-1} exp(−|x−c|²/(2w²) + i·chirp|x−c|² + i·boost·(x−c)), of norm 1."""

    weight: float = 1.0
    width: float = 1.0
    center: Pair = (0.0, 0.0)
    boost: Pair = (0.0, 0.0)
    chirp: float = 0.0

    @property
    def profile(self) -> Gaussian:
        """As a profile."""
        return Gaussian(1 / (np.sqrt(np.pi) * self.width), self.width, self.center, self.chirp, self.boost)


def mixture_of(
    comm: MPI.Intracomm,
    potential: RadialPotential,
    waves: Sequence[Wave],
    points: tuple[int, int],
    length: Pair,
    scheme: str = "blanes-moan-rkn4",
) -> tuple[PlaneMixture, State]:
    """A mixture at its start, μ = −1."""
    domain = FourierDomain(comm, points, length)
    whole = PlaneKernel.of(potential, points, length) if comm.rank == 0 else None
    wave = HartreeWave(domain, PlaneInteraction(domain, scattered(domain, whole)), -1.0)
    split = SplitStep(wave, composition(scheme))
    weights = np.array([one.weight for one in waves])
    mixture = PlaneMixture(split, wave, PlaneMixtureEquation("hartree", {}), weights)
    fields = {}
    for name, one in zip(mixture.names, waves, strict=True):
        place(one.profile, domain, 0.0, split.spare)
        fields[name] = split.start().field
    return mixture, State(0, 0, fields, 0.0)
