"""Densities over space: what a user integrates, and the gradient that densities are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parallel_nls.contracts import State
from parallel_nls.diagnostics.monitor import Monitor, Sample, Values
from parallel_nls.diagnostics.passes import Keep, Passes
from parallel_nls.diagnostics.quantity import NUMBER, Quantity
from parallel_nls.equations.elementwise import fill_squares
from parallel_nls.equations.point_functions import check_pointwise, real_values, row_sums, whole_block
from parallel_nls.errors import UserError
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.parallel.consensus import common_verdict
from parallel_nls.parallel.reduction import Reducer, ordered_sum
from parallel_nls.spectral.sweeps import Block
from parallel_nls.spectral.transforms import WIDTH
from parallel_nls.user_code.source import BadResult, told

OwnDensity = Callable[..., RealArray]
"""``density(u, gradient, x)``, in the plane ``density(u, gradient, x, y)``: a real number at each point.

u, x and y have one shape; ``gradient`` has one axis more, its first, for the d derivatives.
"""


class DensityMonitor(Monitor):
    """The integral of a density of u, ∇u and x over space.

    Parameters
    ----------
    passes : Passes
        Over fields of the equation.
    density : callable
        As of `OwnDensity`; its value at a point must depend on that point alone.
    quantity : Quantity
        A number.
    again : callable, optional
        The same density of another run of its file, by default itself.

    Notes
    -----
    *Communication*: construction and `tables` are local.
    """

    takes_gradient = True

    name = "density"

    def __init__(
        self, passes: Passes, density: OwnDensity, quantity: Quantity, again: OwnDensity | None = None
    ) -> None:
        self.passes, self.density, self.quantities = passes, density, (quantity,)
        self._again = again
        self.name = f"diagnostic {quantity.name}"
        self.lines = passes.lines[:1]
        self._checked = False

    def tables(self, sample: Sample) -> list[RealArray]:
        """Sums over rows; at the first sample the density is tried with fewer points as well.

        Raises
        ------
        BadResult
            If the density does not give a real number for each point, from that point alone.
        """
        table = np.zeros((1, len(sample.spare)))
        domain = self.passes.equation.domain
        shape = (WIDTH, domain.shape[1])

        def measure(block: ComplexArray, gradient: Sequence[ComplexArray], lines: Block) -> None:
            """Sum over one block of rows."""
            coordinates = [whole_block(x, shape[1]) for x in domain.block_coordinates(lines)]
            # One derivative on the line, which is along the rows.
            slopes = np.stack([_filled(part, lines.count) for part in gradient[-domain.dimension :]])
            u = _filled(block, lines.count)
            if not self._checked:
                check_pointwise(self.density, shape, u, slopes, *coordinates, again=self._again)
            row_sums(self._mean_of_images(shape, u, slopes, *coordinates), table[0, lines.lines])

        self.passes.visit_gradient(sample.completed, sample.spare, measure)
        self._checked = True
        return [table]

    def _mean_of_images(
        self, shape: tuple[int, int], u: ComplexArray, gradient: ComplexArray, *places: RealArray
    ) -> RealArray:
        """The density at a point, where the field is even the mean over its mirror images."""
        even = self.passes.equation.domain.even
        if not even:
            return real_values(self.density, shape, u, gradient, *places)
        total = np.zeros(shape)
        for signs in product(*((1.0, -1.0) if axis in even else (1.0,) for axis in range(len(places)))):
            mirrored = np.stack([sign * slope for sign, slope in zip(signs, gradient, strict=True)])
            there = [sign * place for sign, place in zip(signs, places, strict=True)]
            total += real_values(self.density, shape, u, mirrored, *there)
        total /= 2 ** len(even)
        return total

    def values(self, tables: Sequence[RealArray], sample: Sample) -> Values:  # noqa: ARG002
        """The integral, by the trapezoidal rule. *Communication*: local."""
        ((sums,),) = tables
        return {self.quantities[0].name: self.passes.equation.domain.cell * ordered_sum(sums)}


def _filled(block: ComplexArray, count: int) -> ComplexArray:
    """A copy of a block in double precision, the rows behind the last one like it."""
    whole: ComplexArray = np.array(block, dtype=np.complex128)
    whole[count:] = whole[count - 1]
    return whole


def gradient_of(passes: Passes, sample: Sample) -> ComplexArray:
    """∇u, (d, local rows, row length).

    Parameters
    ----------
    passes : Passes
        Over fields of the equation.
    sample : Sample
        Its spare buffer is overwritten.

    Notes
    -----
    *Communication*: collective, one transpose or two.
    """
    dimension = passes.equation.domain.dimension
    found: ComplexArray = np.zeros((dimension, *sample.spare.shape), dtype=sample.spare.dtype)
    sample.fill_spare(passes, Keep.SLOPES)

    def keep(_block: ComplexArray, gradient: Sequence[ComplexArray], lines: Block) -> None:
        """Keep the derivatives of one block of rows."""
        for own, part in zip(found, gradient[-dimension:], strict=True):
            own[lines.lines] = part[: lines.count]

    passes.visit_gradient(sample.completed, sample.spare, keep)
    return found


def integral_of(passes: Passes, sample: Sample, density: OwnDensity) -> float:
    """∫ of a density of u, ∇u and x over space, as a `DensityMonitor` measures it.

    Parameters
    ----------
    passes : Passes
        Over fields of the equation.
    sample : Sample
        Its spare buffer is overwritten.
    density : callable
        As of `OwnDensity`.

    Raises
    ------
    UserError
        On every rank: it gives no real number for each point from that point alone, or raises.

    Notes
    -----
    *Communication*: collective, a transpose or two, and two messages.
    """
    name = getattr(density, "__name__", "the density")
    monitor = DensityMonitor(passes, density, Quantity(name, "own", NUMBER, name, name, name))
    sample.fill_spare(passes, Keep.SLOPES)
    tables, cause = list[RealArray](), None
    try:
        tables = monitor.tables(sample)
    except Exception as error:  # noqa: BLE001  (the caller's own code)
        cause = error
    try:
        common_verdict(passes.equation.domain.comm, _objection(name, cause))
    except UserError as error:
        raise error from cause
    return float(monitor.values(Reducer(passes.equation.domain.comm, monitor.lines).gather(tables), sample)[name])


def _objection(name: str, error: Exception | None) -> str | None:
    """What a function of the user did in place of giving numbers."""
    return None if error is None else str(error) if isinstance(error, BadResult) else f"{name} raises {told(error)}"


def integral(passes: Passes, density: NDArray[Any]) -> float:
    """∫ of a real density over space, the same bits on any number of ranks; where fields are even it is taken to be.

    Parameters
    ----------
    passes : Passes
        Over fields of the equation.
    density : ndarray, (local rows, row length)
        Real, on this rank's points.

    Notes
    -----
    *Communication*: collective, one message.
    """
    domain, table = passes.equation.domain, np.zeros((1, len(density)))
    row_sums(np.ascontiguousarray(density, dtype=np.float64), table[0])
    ((sums,),) = Reducer(domain.comm, passes.lines[:1]).gather([table])
    return domain.cell * ordered_sum(sums)


def mass_of(integrator: SplitStep, state: State) -> float:
    """∫|u|² of a state, the same bits on any number of ranks.

    Parameters
    ----------
    integrator : SplitStep
        Completes the state; its spare buffer may be overwritten.
    state : State
        Kept.

    Notes
    -----
    *Communication*: collective, one message.
    """
    domain, rows = integrator.domain, (integrator.domain.layouts[0], 1)
    table = np.zeros((1, len(state.field)))
    squares = np.empty((WIDTH, domain.shape[1]))

    def look(block: ComplexArray, lines: Block) -> None:
        """Sum over one block of rows."""
        fill_squares(block, squares)
        row_sums(squares, table[0, lines.lines])

    integrator.completed(state).visit(look)
    ((sums,),) = Reducer(domain.comm, [rows]).gather([table])
    return domain.cell * ordered_sum(sums)
