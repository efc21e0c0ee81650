"""From the integrals of a sample at parameters that are nearly right to those at the parameters of the decomposition.

Where the bubbles are foreseen to within 1e-8, one pass over all points that count does: with its integrals F at the
expected parameters p₀, and F_c over few points,

    F(p) = F(p₀) + F_c(p) - F_c(p₀)

up to what few points miss of a change of a bubble, some 1e-5 of it. The conditions are among the integrals; steps of
lone bubbles take them to 0 (defect correction).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from parallel_nls.bubbles.fit.conditions import conditions
from parallel_nls.bubbles.fit.lone_bubbles import lone_step
from parallel_nls.bubbles.functional_sums import GRADIENT, MASS, OF_FIELD
from parallel_nls.bubbles.functionals import Functionals
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.numerics.arrays import RealArray

FORESEEN = 2.5e3
"""Times the conditions that are enough: if the last fit was missed by less, the next one is corrected in this way."""
SPACING = 0.4
"""Distance of the few points, in scales λ."""
FEWER = 4
"""Times fewer than the points that count the few must be, before they save anything."""
_MOST = 4  # passes over few points

Coarse = Callable[[Sequence[Parameters]], Sequence[RealArray]]
"""Integrals over few points at each of some parameters; collective."""


class Corrected(NamedTuple):
    """A decomposition found in this way.

    Attributes
    ----------
    parameters : Parameters
        Where the conditions hold.
    integrals : ndarray
        There.
    residual : float
        The largest condition.
    passes : int
        Over few points.
    sees_remainder : bool
        Whether R is more than what was corrected of it: if not, its norms are to be summed once more.
    """

    parameters: Parameters
    integrals: RealArray
    residual: float
    passes: int
    sees_remainder: bool


def correct(
    expected: Parameters, integrals: RealArray, longest: float, enough: float, coarse: Coarse
) -> Corrected | None:
    """The decomposition near parameters that are nearly right.

    Parameters
    ----------
    expected : Parameters
        Those.
    integrals : ndarray
        Of `functional_sums` there, over all points that count.
    longest : float
        The largest scaled change that is made.
    enough : float
        Largest condition with which it is done.
    coarse : callable
        Gives integrals over few points.

    Returns
    -------
    Corrected or None
        None if it is farther than this; the same on every rank.

    Notes
    -----
    *Communication*: that of ``coarse``, which is called up to four times.
    """
    parameters, found, base = expected, integrals, None
    for passes in range(_MOST + 1):
        values = conditions(parameters, Functionals.of(parameters, found).pairings)
        residual = float(np.max(np.abs(values)))
        if residual <= enough:
            return Corrected(parameters, found, residual, passes, _sees_remainder(integrals, found))
        parameters = parameters.changed(lone_step(parameters, values))
        if not float(np.max(np.abs(parameters.change_from(expected)))) <= longest:
            return None
        if base is None:
            base, now = coarse((expected, parameters))
        else:
            (now,) = coarse((parameters,))
        found = integrals + (now - base)
    return None


def _sees_remainder(before: RealArray, after: RealArray) -> bool:
    norms = [len(after) - OF_FIELD + which for which in (MASS, GRADIENT)]
    return bool((np.abs(after - before)[norms] <= after[norms]).all())
