"""A closed hierarchy on the ranks of a communicator, with the exact mixture that it starts from beside it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from mpi4py import MPI

from parallel_nls.arguments import communicator, number, whole
from parallel_nls.errors import ArgumentError, UserError
from parallel_nls.hartree.closures import CLOSURES
from parallel_nls.hartree.collisions import PartialTraces
from parallel_nls.hartree.densities import Densities, hilbert_schmidt, squares
from parallel_nls.hartree.flows import TwoFlows
from parallel_nls.hartree.interaction import ClosedInteraction, MeanField, whole_diagonal, whole_matrix
from parallel_nls.hartree.mixtures import Mixture, one_particle_matrix
from parallel_nls.hartree.pair_interaction import PairInteraction
from parallel_nls.integrators.compositions import Composition
from parallel_nls.integrators.interrupts import interrupted_between_steps
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.spectral.radial import RadialAxis
from parallel_nls.spectral.tensor import RadialTensor

MEAN_FIELD = "mean-field"
"""The closure γ⁽²⁾ = γ⁽¹⁾γ⁽¹⁾ of level 1; all others belong to level 2."""
EXACT = "exact"
"""No closure: the waves alone, of which γ⁽¹⁾ and γ⁽²⁾ are made where they are asked for."""
_SUM, _NORM = 1e-12, 1e-8  # by which the sum of weights, and the norm of a wave, may miss 1


class Hierarchy:
    """γ⁽¹⁾, at level 2 with γ⁽²⁾, and the Hartree waves whose mixture they are at the start.

    Parameters
    ----------
    comm : MPI.Comm
        Any communicator.
    axis : RadialAxis
        Where.
    interaction : PairInteraction
        V and μ.
    closure : str
        "mean-field" at level 1; "zero", "product", "symmetrised-product" or "cumulant" at level 2; "exact": no density
        matrix is solved for, the waves are.
    weights : sequence of float, (J,)
        p_j, of sum 1.
    waves : ndarray, (J, n)
        The values v_j at the start, each of norm 1; or all of them 0, where fields are read that a run has stored.

    Raises
    ------
    UserError
        If there is no such closure, weights are negative or do not sum to 1, there is not one wave of the axis for each
        of them, or a wave has another norm.

    Attributes
    ----------
    time : float
        Simulated time, dimensionless.
    fields : dict of str to ndarray
        Local shares of gamma1, of gamma2 at level 2, and of waves; of the exact mixture waves alone.

    Notes
    -----
    What rests between steps is the fields themselves; once something has ended a step in its midst, an ArgumentError is
    all that they and the methods give. *Communication*: construction and all methods are collective.
    """

    def __init__(
        self,
        comm: MPI.Intracomm,
        axis: RadialAxis,
        interaction: PairInteraction,
        closure: str,
        weights: RealArray,
        waves: ComplexArray,
    ) -> None:
        communicator("comm", comm)
        known = (EXACT, MEAN_FIELD, *CLOSURES)
        if closure not in known:
            raise UserError(f'closure = "{closure}": unknown; there are {", ".join(known)}')
        self._weights = np.asarray(weights, dtype=np.float64)
        if not (np.all(self._weights >= 0) and abs(float(np.sum(self._weights)) - 1) <= _SUM):
            shown = ", ".join(f"{weight:g}" for weight in self._weights)
            raise UserError(f"the weights {shown} must not be negative, and sum to 1")
        waves = _checked_waves(waves, (len(self._weights), len(axis.r)))
        self.comm, self.axis, self.interaction, self.time = comm, axis, interaction, 0.0
        self._within_step = False
        self.mixture = Mixture(comm, axis, self._weights, interaction.average, interaction.strength)
        levels = (1, 2) if closure in CLOSURES else (1,)
        self.domains = {f"gamma{level}": RadialTensor(comm, axis, level) for level in levels}
        solved = {} if closure == EXACT else self.domains
        self.fields = {name: domain.allocate(domain.layouts[0]) for name, domain in solved.items()}
        for name, domain in solved.items():
            self.mixture.fill(domain.layouts[0], self.fields[name], waves)
        self.fields["waves"] = self.mixture.allocate(self.mixture.layout)
        self.fields["waves"][...] = waves[self.mixture.layout.local_region]
        others = {name: domain for name, domain in self.domains.items() if name != "gamma1"}
        self.domains["gamma1"].companions = {**others, "waves": self.mixture}
        self._closed = self._flow_of(closure)
        self._flows = TwoFlows(self._kinetic, self._interact)

    @property
    def fields(self) -> dict[str, ComplexArray]:
        """Local shares by name; see the class. *Communication*: local.

        Raises
        ------
        ArgumentError
            If they were left within a step.
        """
        if self._within_step:
            raise ArgumentError(
                "this hierarchy was interrupted within a step, and what it holds is a solution at no time; make "
                "another one"
            )
        return self._fields

    @fields.setter
    def fields(self, fields: dict[str, ComplexArray]) -> None:
        """Go on with others. *Communication*: local."""
        self._fields = fields

    def _flow_of(self, closure: str) -> MeanField | ClosedInteraction | None:
        if closure == EXACT:
            return None
        average, strength = self.interaction.average, self.interaction.strength
        if closure == MEAN_FIELD:
            return MeanField(self.domains["gamma1"], average, strength)
        domains = self.domains["gamma1"], self.domains["gamma2"]
        return ClosedInteraction(*domains, average, strength, CLOSURES[closure])

    def _kinetic(self, fields: Mapping[str, ComplexArray], tau: float) -> None:
        for name, domain in self.domains.items():
            if name in fields:
                domain.kinetic(fields[name], tau)
        self.mixture.kinetic(fields["waves"], tau)

    def _interact(self, fields: Mapping[str, ComplexArray], tau: float) -> None:
        if isinstance(self._closed, MeanField):
            self._closed(fields["gamma1"], tau)
        elif self._closed is not None:
            self._closed(fields["gamma1"], fields["gamma2"], tau)
        self.mixture.interaction(fields["waves"], tau)

    def advance(self, scheme: Composition, step: float, steps: int = 1) -> None:
        """Follow hierarchy and mixture by so many steps of a scheme, which must suit any two flows at level 2.

        Raises
        ------
        UserError
            If the step is not finite, there are less than no steps, or the scheme is of Nyström type at level 2, where
            it would lose its order.
        KeyboardInterrupt
            After a whole step, from which it may go on; of several ranks, and the second time, at once.
        """
        if scheme.needs_quadratic and isinstance(self._closed, ClosedInteraction):
            raise UserError(
                f'scheme = "{scheme.name}": of Nyström type, which does not suit the interaction at level 2; choose '
                "kahan-li6, kahan-li8 or a scheme of order 4"
            )
        step, steps = number("step", step), whole("steps", steps)
        if steps < 0:
            raise ArgumentError(f"steps = {steps}: must be at least 0; a negative step goes back")
        start, fields = self.time, self.fields
        with interrupted_between_steps(self.comm.size == 1) as look:
            for taken in range(1, steps + 1):
                self._within_step = True
                self._flows.advance(fields, scheme, step)
                self.time = start + taken * step
                self._within_step = False
                look()

    def gamma1(self) -> ComplexArray:
        """The whole matrix γ⁽¹⁾, (n, n), on every rank."""
        if "gamma1" not in self.fields:
            return one_particle_matrix(self._weights, self.waves())
        return whole_matrix(self.comm, self.domains["gamma1"].layouts[0], self.fields["gamma1"])

    def density(self) -> RealArray:
        """γ⁽¹⁾(r, r), (n,), on every rank."""
        if "gamma1" not in self.fields:
            return np.asarray(squares(self.waves(), self._weights))
        return whole_diagonal(self.domains["gamma1"], self.fields["gamma1"])

    def partial_traces(self) -> PartialTraces | None:
        """Of γ⁽²⁾ where it is solved for, the same on every rank."""
        return PartialTraces.of(self.domains["gamma2"], self.fields["gamma2"]) if "gamma2" in self.fields else None

    def densities(self, traces: PartialTraces | None = None) -> Densities:
        """Of the hierarchy, the same on every rank; γ⁽²⁾ of mean field is the product.

        Parameters
        ----------
        traces : PartialTraces, optional
            Of γ⁽²⁾, if they are known.
        """
        if "gamma1" not in self.fields:
            return self.exact_densities()
        gamma1, traces = self.gamma1(), traces or self.partial_traces()
        one = gamma1.diagonal().real
        two = one[:, None] * one[None, :] if traces is None else traces.densities
        return Densities.of_operators(self.axis, gamma1, two)

    def waves(self) -> ComplexArray:
        """The waves of the exact mixture, (J, n), on every rank."""
        return self.mixture.whole(self.fields["waves"])

    def exact_densities(self) -> Densities:
        """Of the exact mixture."""
        return Densities.of_waves(self.axis, self._weights, self.waves())

    def closure_errors(self) -> tuple[float, ...]:
        """‖γ⁽ᵏ⁾ − Σ p_j |φ_j⟩⟨φ_j|^{⊗k}‖ in the norm of Hilbert and Schmidt, k = 1 … K."""
        waves, solved = self.waves(), [name for name in self.domains if name in self.fields]
        return tuple(self.mixture.distance(self.domains[name].layouts[0], self.fields[name], waves) for name in solved)

    def admissibility(self) -> float:
        """‖Tr₂γ⁽²⁾ − γ⁽¹⁾‖ in the norm of Hilbert and Schmidt; 0 of products."""
        traces = self.partial_traces()
        return 0.0 if traces is None else hilbert_schmidt(traces.traced - self.gamma1())

    def close(self) -> None:
        """Give communicators back."""
        for domain in self.domains.values():
            domain.close()
        self.mixture.close()


def _checked_waves(waves: ComplexArray, shape: tuple[int, int]) -> ComplexArray:
    """Waves of norm 1, one for each weight; a closure of others would not be one of γ⁽¹⁾ = Tr₂γ⁽²⁾."""
    try:
        found = np.asarray(waves, np.complex128)
    except (TypeError, ValueError):
        found = np.zeros(0, np.complex128)
    if found.shape != shape:
        raise ArgumentError(f"waves is no array of {shape}; give {shape[0]} waves, one a weight, of {shape[1]} values")
    for place, norm in enumerate(np.linalg.norm(found, axis=1)):
        if found.any() and not abs(norm - 1) <= _NORM:
            raise ArgumentError(f"waves[{place}] has the norm {norm:.6g}; divide it by that: all of them have norm 1")
    return found
