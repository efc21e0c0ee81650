"""A mixture of Hartree waves in the plane as a run has it: an integrator of its states, steps of chosen lengths.

The state holds the waves, each as a field alone would rest. They are followed one after the other: each moves alone.
"""

from __future__ import annotations

import math

import numpy as np
from mpi4py import MPI

from parallel_nls.contracts import State, StepMemory
from parallel_nls.contracts.state import FIELD
from parallel_nls.equations.rotations import density
from parallel_nls.hartree.depth_steps import DepthSteps
from parallel_nls.hartree.plane_equation import HartreeWave
from parallel_nls.hartree.running import HierarchyEquation
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.parallel.reduction import Reducer, ordered_sum
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.kinds import as_box
from parallel_nls.spectral.pencils import allocate_resident

__all__ = ["PlaneMixture", "PlaneMixtureEquation", "PlaneMixtureSteps"]


@kernel
def add_squares(wave: ComplexArray, weight: float, total: RealArray) -> None:
    """Add weight·|φ|² at every point."""
    for i in range(wave.shape[0]):
        for j in range(wave.shape[1]):
            total[i, j] += weight * density(wave[i, j])


class PlaneMixtureEquation(HierarchyEquation):
    """What a run asks of the equation of a mixture in the plane."""

    conserved = ("trace", "energy", "momentum")


class PlaneMixture:
    """Advances states of J waves by steps of a composition; a `Stepper`.

    Parameters
    ----------
    split : SplitStep
        Of one wave; it has the buffers in which all are followed.
    wave : HartreeWave
        Its equation.
    equation : PlaneMixtureEquation
        Name and parameters.
    weights : ndarray, (J,)
        p_j, of sum 1.

    Attributes
    ----------
    names : tuple of str
        Of the fields of a state: wave1, …
    waves : dict of str to ndarray
        The waves themselves, where `physical` or a sample has put them.

    Notes
    -----
    *Communication*: of each wave as `SplitStep`, and a `ColumnSweep` each time that a kick looks at it.
    """

    def __init__(self, split: SplitStep, wave: HartreeWave, equation: PlaneMixtureEquation, weights: RealArray) -> None:
        self.split, self.wave, self.equation, self.weights = split, wave, equation, weights
        self.domain: FourierDomain = as_box(wave.domain)
        self.scheme = split.scheme
        self.names = tuple(f"wave{number}" for number in range(1, len(weights) + 1))
        self.waves = {name: self.domain.allocate(self.domain.layouts[0]) for name in self.names}
        # Σ|û|² at rest of a wave of norm 1, which rounding must not change: of all waves the same number.
        self._mass = 1 / (self.domain.cell * self.domain.shape[1])

    @property
    def pairs(self) -> int:
        """Transform pairs of all waves so far. *Communication*: local."""
        return self.split.pairs

    @pairs.setter
    def pairs(self, value: int) -> None:
        """Go on from those of a run before. *Communication*: local."""
        self.split.pairs = value

    def alone(self, state: State, name: str) -> State:
        """One wave as a state of its own, in the same array. *Communication*: local."""
        memory = StepMemory(unmended=state.control.unmended, mass=self._mass)
        return State(state.ticks, state.steps, {FIELD: state.fields[name]}, state.pending, memory)

    def advance(self, state: State, step: float, peak: RealArray | None = None, mend: bool = True) -> None:
        """Follow all waves for a time ``step``, in place; see `SplitStep.advance`."""
        pending, unmended = state.pending, state.control.unmended
        for name in self.names:
            wave = self.alone(state, name)
            self.split.advance(wave, step, peak, mend)
            pending, unmended = wave.pending, wave.control.unmended
        state.pending, state.control.unmended = pending, unmended

    def physical(self, state: State) -> ComplexArray:
        """The root of the density ρ = γ⁽¹⁾(x, x), of one wave φ; and the waves in ``waves``; until the next call."""
        for name in self.names:
            self.waves[name][...] = self.split.physical(self.alone(state, name))
        if len(self.names) == 1:
            return self.waves[self.names[0]]
        self.split.spare[...] = np.sqrt(self.density())
        return self.split.spare

    def density(self) -> RealArray:
        """Σ p_j|φ_j|² of what is in ``waves``, on this rank's points. *Communication*: local."""
        total = np.zeros(self.domain.layouts[0].local_shape)
        for weight, name in zip(self.weights, self.names, strict=True):
            add_squares(self.waves[name], weight, total)
        return total

    def close(self) -> None:
        """Give communicators and MPI types back, not the domain, which the run closes. *Communication*: collective."""
        self.wave.interaction.close()


class PlaneMixtureSteps(DepthSteps):
    """`ControlledSteps` of a mixture in the plane.

    Parameters
    ----------
    mixture : PlaneMixture
        Takes them.

    Notes
    -----
    1/λ² of the error model is the greatest depth max|μ V*|φ_j|²| of all waves, which scales as it does whatever the
    potential. *Communication*: a step adds one number to what it needs itself, a distance one message a wave.
    """

    def __init__(self, mixture: PlaneMixture) -> None:
        super().__init__(mixture.equation)
        self.mixture, self.scheme = mixture, mixture.scheme
        domain = mixture.domain
        self.epsilon = float(np.finfo(domain.dtype).eps)
        self._reducer = Reducer(domain.comm, [(domain.layouts[0], 1)])
        self._least = 1.0 / max(domain.length) ** 2  # where nothing attracts

    def twin(self) -> State:
        """Another state of the same shape. *Communication*: collective."""
        domain = self.mixture.domain
        return State(0, 0, {name: allocate_resident(domain) for name in self.mixture.names}, 0.0)

    def begin(self, state: State) -> None:
        """Measure the depth. *Communication*: collective."""
        kick = self.mixture.wave.kick
        kick.depth = 0.0
        for name in self.mixture.names:
            self.mixture.split.completed(self.mixture.alone(state, name)).visit(kick.kernel(0.0, 1.0))
        state.control.peak = self._depth()

    def advance(self, state: State, step: float, mend: bool = True) -> None:
        """Follow for a time, and note the depth on the way. *Communication*: collective."""
        self.mixture.wave.kick.depth = 0.0
        self.mixture.advance(state, step, mend=mend)
        state.control.peak = self._depth()

    def distance(self, state: State, other: State) -> float:
        """The largest ‖φ − ψ‖₂/‖φ‖₂ of all waves; ``other`` is used up. *Communication*: collective."""
        found = []
        for name in self.mixture.names:
            one, two = self.mixture.alone(state, name), self.mixture.alone(other, name)
            (sums,) = self._reducer.gather([self.mixture.split.difference(one, two)])
            found.append(math.sqrt(ordered_sum(sums[1]) / ordered_sum(sums[0])))
        return float(np.max(found))

    def unfollowed(self, other: State, step: float) -> float:  # noqa: ARG002
        """Nothing is set apart. *Communication*: local."""
        return 0.0

    def _depth(self) -> float:
        depth = self.mixture.wave.kick.depth
        found = np.array([max(depth, self._least) if math.isfinite(depth) else math.inf])
        self.mixture.domain.comm.Allreduce(MPI.IN_PLACE, found, MPI.MAX)
        return float(found[0])
