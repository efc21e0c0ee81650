"""From names in a configuration to a mixture of Hartree waves in the plane."""

from __future__ import annotations

import math

import numpy as np
from mpi4py import MPI

from parallel_nls.config import Configuration, HartreeEquation, MixtureInitial
from parallel_nls.contracts import State
from parallel_nls.diagnostics.integration import mass_of
from parallel_nls.errors import UserError
from parallel_nls.hartree.admissibility import check_admissibility
from parallel_nls.hartree.certificates import Certificate
from parallel_nls.hartree.plane_equation import HartreeWave
from parallel_nls.hartree.plane_interaction import PlaneInteraction, scattered
from parallel_nls.hartree.plane_kernel import PlaneKernel
from parallel_nls.hartree.plane_running import PlaneMixture, PlaneMixtureEquation
from parallel_nls.hartree.plane_sampling import PlaneMixtureSampler
from parallel_nls.hartree.quantities import plane_quantities
from parallel_nls.hartree.thresholds import GaussianComponent
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.parallel.consensus import from_root
from parallel_nls.profiles.gaussian import Gaussian
from parallel_nls.profiles.placing import place
from parallel_nls.running.assembly.initial import place_initial
from parallel_nls.running.assembly.potentials import check_values, make_potential
from parallel_nls.running.sources import Sources, local_sources
from parallel_nls.spectral.box import FourierDomain

__all__ = ["make_plane_mixture", "make_plane_sampler", "plane_certificate", "start_plane_mixture"]


def make_plane_mixture(config: Configuration, comm: MPI.Intracomm, sources: Sources) -> PlaneMixture:
    """What advances a mixture.

    Parameters
    ----------
    config : Configuration
        Its equation, grid, scheme, and the weights of its initial data.
    comm : MPI.Comm
        Over which the grid is distributed.
    sources : Sources
        With the texts of its files.

    Raises
    ------
    UserError
        On every rank, if V cannot be convolved on this grid.

    Notes
    -----
    *Communication*: collective.
    """
    section, grid = config.equation, config.grid
    if not isinstance(section, HartreeEquation):
        raise ValueError(f"{section.name} is no equation of waves of a mixture")
    (n0, n1), (l0, l1) = grid.points, grid.length
    whole: list[PlaneKernel] = []

    def convolve() -> None:
        """On rank 0 alone, which hands to each what it needs."""
        potential = make_potential(section, sources)
        check_values(potential, math.hypot(l0, l1))
        whole.append(PlaneKernel.of(potential, (n0, n1), (l0, l1)))

    from_root(comm, convolve, "the potential")
    domain = FourierDomain(comm, grid.points, grid.length)
    own = scattered(domain, whole.pop() if whole else None)
    wave = HartreeWave(domain, PlaneInteraction(domain, own), section.coupling)
    initial = config.initial
    weights = [part.weight for part in initial.components] if isinstance(initial, MixtureInitial) else [1.0]
    equation = PlaneMixtureEquation(section.name, section.parameters())
    return PlaneMixture(SplitStep(wave, composition(config.time.scheme)), wave, equation, np.array(weights))


def start_plane_mixture(config: Configuration, mixture: PlaneMixture, sources: Sources) -> State:
    """The waves of the initial data, each of norm 1, at rest.

    Parameters
    ----------
    config, sources : Configuration, Sources
        Its section [initial], and the text of the user's function, if there is one.
    mixture : PlaneMixture
        Its buffers are overwritten.

    Raises
    ------
    UserError
        On every rank: a file or a function gives no wave on this grid, or one that is 0.

    Notes
    -----
    *Communication*: collective.
    """
    initial, split, fields = config.initial, mixture.split, {}
    for number, name in enumerate(mixture.names):
        if isinstance(initial, MixtureInitial):
            part = initial.components[number]
            height = 1 / (math.sqrt(math.pi) * part.width)
            profile = Gaussian(height, part.width, part.center or (), part.chirp, part.boost or ())
            place(profile, mixture.domain, config.time.start, split.spare)
        else:
            place_initial(config, mixture.domain, split.spare, sources)
        state = split.start()
        mass = mass_of(split, state)
        if not (math.isfinite(mass) and mass > 0):
            what = f"initial.components.{number}" if isinstance(initial, MixtureInitial) else f"initial.{initial.kind}"
            raise UserError(f"{what}: a wave of the norm {math.sqrt(mass):g} on the grid; give another")
        state.field[...] *= 1 / math.sqrt(mass)
        fields[name] = state.field
    return State(0, 0, fields, 0.0)


def plane_certificate(config: Configuration) -> Certificate:
    """What the blow-up theorems say of a mixture of Gaussian waves in the plane: its potential, and its energy.

    Raises
    ------
    UserError
        If the initial data are others, whose energy is not known without a run.

    Notes
    -----
    *Communication*: local.
    """
    section, initial = config.equation, config.initial
    if not isinstance(section, HartreeEquation) or not isinstance(initial, MixtureInitial):
        raise UserError(
            f'initial.kind = "{initial.kind}": in the plane hypotheses of kind = "mixture" are checked; run it instead'
        )
    potential = make_potential(section, local_sources(config))
    energies = []
    for part in initial.components:
        alone = GaussianComponent(part.width, part.chirp)
        moving = 0.5 * sum(k * k for k in part.boost or ())
        energies.append(part.weight * (alone.energy(potential, config.equation.dimension, section.coupling) + moving))
    admissible = check_admissibility(potential, section.dimension, section.coupling)
    return Certificate(admissible, math.fsum(energies), (config.time.never,) * len(energies), config.time.backward)


def make_plane_sampler(config: Configuration, mixture: PlaneMixture) -> PlaneMixtureSampler:
    """What measures a mixture. *Communication*: local."""
    quantities = plane_quantities(len(mixture.weights))
    wanted = tuple(quantity for quantity in quantities if quantity.family in config.diagnostics.families)
    return PlaneMixtureSampler(mixture, wanted)
