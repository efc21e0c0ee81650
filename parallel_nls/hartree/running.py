"""The hierarchy as a run has it: an integrator of states, and a sampler of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from parallel_nls.contracts import State
from parallel_nls.diagnostics.monitor import Values
from parallel_nls.diagnostics.quantity import Quantity
from parallel_nls.hartree.certificates import wave_numbers
from parallel_nls.hartree.collisions import PartialTraces
from parallel_nls.hartree.densities import Densities, hilbert_schmidt, occupations_of_wavenumbers
from parallel_nls.hartree.hierarchy import Hierarchy
from parallel_nls.hartree.mixtures import overlaps_of, spectrum_of
from parallel_nls.hartree.quantities import LARGEST_OCCUPATIONS
from parallel_nls.hartree.spectrum import occupations, smallest_eigenvalue
from parallel_nls.hartree.symmetries import exchange_defect, hermiticity_defect
from parallel_nls.hartree.virial import LocalizedVirial, defect, energy, virial
from parallel_nls.integrators.compositions import Composition
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.spectral.tensor import RadialTensor

REPRESENTATION = "values"
_OUTER = 0.9


class HierarchyEquation:
    """What a run asks of an equation that is none of fields u.

    Attributes
    ----------
    name : str
        As a configuration calls it.
    conserved : tuple of str
        Trace and energy, under every closure.
    certifies_blow_up : bool
        Whether the blow-up theorems apply to its potential.
    """

    conserved: tuple[str, ...] = ("trace", "energy")

    def __init__(self, name: str, parameters: Mapping[str, str | float], certifies_blow_up: bool = False) -> None:
        self.name, self._parameters, self.certifies_blow_up = name, dict(parameters), certifies_blow_up

    def log_rate(self, peak: float) -> float:
        """Of the depth max|μ V*ρ| of the potential, which scales as 1/λ². *Communication*: local."""
        return math.log2(peak) if 0 < peak < math.inf else 0.0

    def parameters(self) -> Mapping[str, str | float]:
        """What else than the name tells it from another. *Communication*: local."""
        return self._parameters


class HierarchyIntegrator:
    """Advances states of a hierarchy by steps of a composition.

    Parameters
    ----------
    hierarchy : Hierarchy
        At its start.
    equation : HierarchyEquation
        Its name and parameters.
    scheme : Composition
        The splitting.

    Attributes
    ----------
    domain : RadialTensor
        Of γ⁽¹⁾.
    pairs : int
        Kinetic flows so far.

    Notes
    -----
    *Communication*: as `Hierarchy`.
    """

    def __init__(self, hierarchy: Hierarchy, equation: HierarchyEquation, scheme: Composition) -> None:
        self.hierarchy, self.equation, self.scheme = hierarchy, equation, scheme
        self.domain: RadialTensor = hierarchy.domains["gamma1"]
        self.pairs = 0

    def start(self) -> State:
        """The state at the start. *Communication*: local."""
        return State(0, 0, self.hierarchy.fields, 0.0, representation=REPRESENTATION)

    def advance(self, state: State, step: float, peak: RealArray | None = None, mend: bool = True) -> None:
        """Follow the solution for a time ``step``, in place; ticks and steps are not counted."""
        del peak, mend
        self.hierarchy.fields = state.fields
        self.hierarchy.advance(self.scheme, step)
        self.pairs += self.scheme.pairs

    def physical(self, state: State) -> ComplexArray:
        """The local share of γ⁽¹⁾, which an exact mixture makes anew. *Communication*: collective, one message then."""
        if "gamma1" in state.fields:
            return state.fields["gamma1"]
        self.hierarchy.fields = state.fields
        layout, mixture = self.domain.layouts[0], self.hierarchy.mixture
        share = self.domain.allocate(layout)
        mixture.fill(layout, share, self.hierarchy.waves())
        return share


class HierarchySampler:
    """Measures states of a hierarchy.

    Parameters
    ----------
    integrator : HierarchyIntegrator
        Of the states.
    quantities : sequence of Quantity
        What goes into the series: what is dear and in none of its families is not measured.
    localized : LocalizedVirial, optional
        The cut-off.
    backward : bool, optional
        Whether the states are followed to earlier times.

    Notes
    -----
    *Communication*: `measure` is collective, a few messages, and two exchanges of γ⁽²⁾ in pieces.
    """

    def __init__(
        self,
        integrator: HierarchyIntegrator,
        quantities: Sequence[Quantity],
        localized: LocalizedVirial | None,
        backward: bool = False,
    ) -> None:
        self.integrator, self.quantities, self._localized = integrator, tuple(quantities), localized
        self._backward = backward
        self.failures: dict[str, str] = {}

    def measure(self, state: State, time: float) -> Values:
        """Return all quantities of a state, the same numbers on every rank."""
        run = self.integrator.hierarchy
        run.fields = state.fields
        traces = run.partial_traces()
        found = run.densities(traces)
        values: Values = {"time": time, "finite": float(np.isfinite(found.kinetic) and np.isfinite(found.two).all())}
        values |= self._integrals(found, traces) | self._resolution(found)
        values["virial_time"] = self._virial_times(time)
        if any(quantity.family == "hierarchy" for quantity in self.quantities):
            values |= self._of_waves() if "gamma1" not in state.fields else self._of_operators(traces, state)
        return values

    def _integrals(self, found: Densities, traces: PartialTraces | None) -> Values:
        run = self.integrator.hierarchy
        interaction, axis = run.interaction, run.axis
        total, numbers = energy(found, interaction), virial(axis, found, interaction)
        potential, mass = total - 0.5 * found.kinetic, float(np.sum(found.one))
        levels, traced = [total], [mass]
        if traces is not None:
            # By the trace of the pair over its second particle: twice the energy, if it is admissible.
            kinetic = float(np.sum(occupations_of_wavenumbers(axis, traces.traced) * axis.k**2))
            levels.append(2 * (0.5 * kinetic + potential))
            traced.append(float(np.sum(found.two)))
        values: Values = {
            "mass": mass,
            "trace": np.array(traced),
            "energy": total,
            "energy_level": np.array(levels),
            "energy_scale": 0.5 * found.kinetic + abs(potential),
            "kinetic": found.kinetic,
            "variance": numbers.value,
            "variance_rate": numbers.rate,
            "variance_acceleration": numbers.acceleration,
            "virial_defect": defect(found, interaction),
        }
        if self._localized is not None:
            local = self._localized.numbers(found, interaction)
            values["localized_variance"], values["localized_variance_rate"] = local.value, local.rate
            values["localized_variance_acceleration"] = local.acceleration
            values["localized_terms"] = np.array(self._localized.terms(found, interaction))
        return values

    def _virial_times(self, time: float) -> RealArray:
        """When each wave of the exact mixture has collapsed, by what it is now; never, if no theorem says so."""
        run = self.integrator.hierarchy
        if not self.integrator.equation.certifies_blow_up:
            return np.full(len(run.mixture.weights), -math.inf if self._backward else math.inf)
        waves = run.waves()
        return time + np.array([wave_numbers(run.axis, run.interaction, wave, self._backward)[1] for wave in waves])

    def _resolution(self, found: Densities) -> Values:
        axis = self.integrator.hierarchy.axis
        density, spectrum = np.abs(found.one) / axis.amplitude**2, np.abs(found.occupied)
        outer = spectrum[axis.k >= _OUTER * axis.k[-1]].max()
        largest = max(found.center, float(density.max()))
        return {
            "sup_norm": math.sqrt(largest),
            "edge": math.sqrt(float(density[-1]) / largest),
            "spectral_tail": math.sqrt(float(outer / spectrum.max())),
        }

    def _of_waves(self) -> Values:
        """Eigenvalues of γ⁽¹⁾ of the exact mixture: those of the matrix of √p_i √p_j ⟨φ_i, φ_j⟩."""
        mixture, points = self.integrator.hierarchy.mixture, len(self.integrator.hierarchy.axis.r)
        roots = np.sqrt(mixture.weights)[:, None] * self.integrator.hierarchy.waves()
        purity, largest = spectrum_of(overlaps_of(roots), min(LARGEST_OCCUPATIONS, points))
        return {"purity": purity, "occupations": largest}

    def _of_operators(self, traces: PartialTraces | None, state: State) -> Values:
        run = self.integrator.hierarchy
        gamma1 = run.gamma1()
        eigenvalues = occupations(gamma1, self.integrator.domain)
        smallest = [float(eigenvalues[-1])]
        values: Values = {
            "purity": hilbert_schmidt(gamma1) ** 2,
            "occupations": eigenvalues[:LARGEST_OCCUPATIONS].copy(),
            "closure_error": np.array(run.closure_errors()),
            "hermiticity": hilbert_schmidt(gamma1 - gamma1.conj().T),
        }
        if traces is not None:
            doubles, gamma2 = run.domains["gamma2"], state.fields["gamma2"]
            smallest.append(smallest_eigenvalue(doubles, gamma2))
            values["hermiticity"] = hermiticity_defect(doubles, gamma2)
            values["bosonic_symmetry"] = exchange_defect(doubles, gamma2)
            values["admissibility"] = hilbert_schmidt(traces.traced - gamma1)
        return values | {"min_eigenvalue": np.array(smallest)}

    def recall(self, values: Mapping[str, float | RealArray]) -> None:
        """Nothing goes on from the last sample. *Communication*: local."""
        del values

    def close(self) -> None:
        """Give communicators back. *Communication*: collective over the active ranks."""
        for name, domain in self.integrator.hierarchy.domains.items():
            if name != "gamma1":  # that of the run, which closes it
                domain.close()
        self.integrator.hierarchy.mixture.close()
