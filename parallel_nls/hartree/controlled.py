"""Steps of a hierarchy whose lengths are chosen by their errors."""

from __future__ import annotations

import math

import numpy as np

from parallel_nls.contracts import State
from parallel_nls.hartree.collisions import everywhere
from parallel_nls.hartree.depth_steps import DepthSteps
from parallel_nls.hartree.running import HierarchyIntegrator
from parallel_nls.integrators.compositions import Composition
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.ordered_products import weighted
from parallel_nls.parallel.reduction import ordered_sum
from parallel_nls.spectral.pencils import Place

__all__ = ["HierarchySteps", "relative_distance"]


_PAIR = 4  # axes of an operator of two particles


@kernel
def add_squares(one: ComplexArray, other: ComplexArray, sums: RealArray) -> None:
    """Add Σ_cd |A(a, c; b, d)|² and Σ_cd |A − B|² of each own (a, b), in the order of c and d."""
    for a in range(one.shape[0]):
        for c in range(one.shape[1]):
            for b in range(one.shape[2]):
                for d in range(one.shape[3]):
                    z, w = one[a, c, b, d], one[a, c, b, d] - other[a, c, b, d]
                    sums[0, a, b] += z.real * z.real + z.imag * z.imag
                    sums[1, a, b] += w.real * w.real + w.imag * w.imag


def relative_distance(place: Place, one: ComplexArray, other: ComplexArray) -> float:
    """‖A − B‖/‖A‖ in the norm of Hilbert and Schmidt, of waves or of operators, the same on every rank.

    Parameters
    ----------
    place : Place
        Where both lie.
    one, other : ndarray
        Local shares of A and B; kept.

    Notes
    -----
    One number for each place on the axes that may be cut, whichever ranks have them. *Communication*: collective, one
    message.
    """
    layout = place.layouts[0]
    own, cut = layout.local_region, (0, 2) if len(layout.shape) == _PAIR else (0,)
    sums = np.zeros((2, *(layout.shape[axis] for axis in cut)), np.complex128)
    if one.size:
        shape = one.shape if len(cut) > 1 else (*one.shape, 1, 1)
        found = np.zeros((2, shape[0], shape[2]))
        add_squares(one.reshape(shape), other.reshape(shape), found)
        sums[(slice(None), *(own[axis] for axis in cut))] = found if len(cut) > 1 else found[:, :, 0]
    size, apart = everywhere(layout.grid.comm, sums).real
    return math.sqrt(ordered_sum(apart.ravel()) / ordered_sum(size.ravel()))


class HierarchySteps(DepthSteps):
    """`ControlledSteps` of a hierarchy.

    Parameters
    ----------
    integrator : HierarchyIntegrator
        Takes them.

    Notes
    -----
    1/λ² of the error model is the depth max|μ V*ρ| of the potential of the whole density, which scales as it does
    whatever the potential. *Communication*: a step adds one message to what it needs itself, a distance one for each
    density matrix.
    """

    def __init__(self, integrator: HierarchyIntegrator) -> None:
        super().__init__(integrator.equation)
        self.integrator, self.scheme = integrator, integrator.scheme
        self.epsilon = float(np.finfo(np.float64).eps)
        axis = integrator.hierarchy.axis
        self._least = 1.0 / axis.radius**2  # where nothing attracts

    scheme: Composition

    def twin(self) -> State:
        """Another state of the same shape. *Communication*: local."""
        return self.integrator.start().copied()

    def begin(self, state: State) -> None:
        """Measure the depth. *Communication*: collective."""
        state.control.peak = self._depth(state)

    def advance(self, state: State, step: float, mend: bool = True) -> None:
        """Follow for a time, and note the depth at its end. *Communication*: collective."""
        self.integrator.advance(state, step, mend=mend)
        state.control.peak = self._depth(state)

    def distance(self, state: State, other: State) -> float:
        """The largest relative distance of waves and density matrices. *Communication*: collective."""
        domain = self.integrator.domain
        return max(
            relative_distance(domain.place_of(name), field, other.fields[name]) for name, field in state.fields.items()
        )

    def unfollowed(self, other: State, step: float) -> float:  # noqa: ARG002
        """Nothing is set apart. *Communication*: local."""
        return 0.0

    def _depth(self, state: State) -> float:
        run = self.integrator.hierarchy
        run.fields = state.fields
        found = weighted(run.interaction.average, run.density())
        depth = float(np.max(np.abs(run.interaction.strength * found)))
        return max(depth, self._least) if math.isfinite(depth) else math.inf
