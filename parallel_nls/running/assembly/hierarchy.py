"""From names in a configuration to the objects of the Hartree hierarchy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mpi4py import MPI

from parallel_nls.config import Configuration, HartreeHierarchyEquation, RadialHartreeEquation
from parallel_nls.errors import UserError
from parallel_nls.hartree.admissibility import check_admissibility
from parallel_nls.hartree.certificates import Certificate, certify
from parallel_nls.hartree.cutoff import VirialCutoff
from parallel_nls.hartree.hierarchy import EXACT, Hierarchy
from parallel_nls.hartree.kernels import RadialPotential
from parallel_nls.hartree.pair_interaction import PairInteraction
from parallel_nls.hartree.quantities import hierarchy_quantities
from parallel_nls.hartree.running import HierarchyEquation, HierarchyIntegrator, HierarchySampler
from parallel_nls.hartree.virial import LocalizedVirial
from parallel_nls.integrators.compositions import composition
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.parallel.consensus import from_root
from parallel_nls.running.assembly.potentials import check_values, make_potential
from parallel_nls.running.assembly.waves import Waves, starting_waves, stored_mixture
from parallel_nls.running.sources import Sources, local_sources
from parallel_nls.spectral.radial import PlaneRadius, RadialAxis, SpaceRadius

__all__ = [
    "Ingredients",
    "certificate_by",
    "certificate_of",
    "ingredients_of",
    "make_hierarchy",
    "make_hierarchy_sampler",
]


@dataclass(frozen=True)
class Ingredients:
    """What a hierarchy is made of."""

    potential: RadialPotential
    axis: RadialAxis
    interaction: PairInteraction
    mixture: Waves
    start: float
    backward: bool

    def certificate(self) -> Certificate:
        """What the blow-up theorems say. *Communication*: local."""
        return certify(self.potential, self.axis, self.interaction, *self.mixture, self.start, self.backward)


def axis_of(config: Configuration) -> RadialAxis:
    """The axis of [grid]. *Communication*: local."""
    (points,), radius = config.grid.points, config.grid.length[0]
    return SpaceRadius(points, radius) if config.equation.dimension == 3 else PlaneRadius(points, radius)


def ingredients_of(config: Configuration, sources: Sources, begins: bool = True) -> Ingredients:
    """Axis, potential and waves of a configuration.

    Parameters
    ----------
    config, sources : Configuration, Sources
        With the texts of its files.
    begins : bool, optional
        Whether the initial data are needed; else waves are 0, of the weights that the run stored.

    Raises
    ------
    UserError
        If it is of another equation, the potential cannot be had on the axis, or files give no waves; or if a
        certificate is asked for where there is none.

    Notes
    -----
    *Communication*: local; of rank 0, which tells the others.
    """
    section = config.equation
    if not isinstance(section, RadialHartreeEquation):
        raise UserError(f'equation.name = "{section.name}": hypotheses of Hartree equations alone are checked')
    axis = axis_of(config)
    potential = make_potential(section, sources)
    check_values(potential, 2 * axis.radius)
    interaction = PairInteraction.of(potential, axis, section.coupling)
    stored = None if begins else stored_mixture(axis, sources)
    mixture = stored or starting_waves(config, axis, sources)
    found = Ingredients(potential, axis, interaction, mixture, config.time.start, config.time.backward)
    if config.virial.certificate and begins:
        certificate = found.certificate()
        if not certificate.holds:
            why = f"there is {certificate.statement()}; see parallel-nls check"
            raise UserError(f"virial.certificate = true: {why}, or set it to false")
    return found


def certificate_of(config: Configuration) -> Certificate:
    """What the blow-up theorems say of a configuration; raises as `ingredients_of`. *Communication*: local."""
    return ingredients_of(config, local_sources(config)).certificate()


def certificate_by(config: Configuration, sources: Sources, energy: float, times: RealArray) -> dict[str, Any]:
    """The certificate of a run, by its energy and the virial times of its waves, for JSON. *Communication*: local."""
    section = config.equation
    if not isinstance(section, RadialHartreeEquation):
        raise ValueError(f"{section.name} is no Hartree equation")
    potential = make_potential(section, sources)
    admissible = check_admissibility(potential, section.dimension, section.coupling)
    return Certificate.of(admissible, energy, times.tolist(), config.time.backward).document()


def make_hierarchy(
    config: Configuration, comm: MPI.Intracomm, sources: Sources, begins: bool = True
) -> HierarchyIntegrator:
    """What advances density matrices; raises on every rank as `ingredients_of`. *Communication*: collective."""
    section = config.equation
    closure = section.hierarchy.closure if isinstance(section, HartreeHierarchyEquation) else EXACT

    def matrices() -> tuple[PairInteraction, Waves, bool]:
        """One rank's for all: products of libraries may differ by the processor, and files are read once."""
        found = ingredients_of(config, sources, begins)
        admissible = check_admissibility(found.potential, found.axis.dimension, found.interaction.strength)
        return found.interaction, found.mixture, admissible.certifies_blow_up

    interaction, mixture, certifies = from_root(comm, matrices, "potential and initial data")
    hierarchy = Hierarchy(comm, axis_of(config), interaction, closure, *mixture)
    equation = HierarchyEquation(section.name, section.parameters(), certifies)
    return HierarchyIntegrator(hierarchy, equation, composition(config.time.scheme))


def make_hierarchy_sampler(config: Configuration, integrator: HierarchyIntegrator) -> HierarchySampler:
    """What measures density matrices. *Communication*: local."""
    hierarchy, radius = integrator.hierarchy, config.virial.radius
    localized = None
    if radius is not None:
        localized = LocalizedVirial(hierarchy.axis, VirialCutoff(radius, hierarchy.axis.dimension))
    sizes = len(hierarchy.domains), len(hierarchy.axis.r), len(hierarchy.mixture.weights)
    quantities = hierarchy_quantities(*sizes, "gamma1" in hierarchy.fields, radius is not None)
    wanted = tuple(quantity for quantity in quantities if quantity.family in config.diagnostics.families)
    return HierarchySampler(integrator, wanted, localized, config.time.backward)
