"""What runs measure: the quantities of every family, those that follow from others, and the identities between them.

The one list that knows all wings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from parallel_nls.bubbles import modulation_equations
from parallel_nls.bubbles.identities import CURRENT, MASS
from parallel_nls.bubbles.quantities import BUBBLE_QUANTITIES
from parallel_nls.diagnostics.differences import Rows
from parallel_nls.diagnostics.identities import VIRIAL
from parallel_nls.diagnostics.quantity import AXIS, BUBBLE, CSZ, NUMBER, Quantity
from parallel_nls.numerics.arrays import RealArray

__all__ = ["DERIVED", "IDENTITIES", "QUANTITIES", "Derived", "Quantity", "selected"]

_DISTANCE = "distance to the sum R of bubbles or solitary waves"
_VECTOR = (AXIS,)
_STEPS = "steps"  # the family of adaptive runs; not configured

QUANTITIES = (
    Quantity("mass", "conserved", NUMBER, "mass", "∫|u|² dx", "Noether, phase rotation"),
    Quantity(
        "energy", "conserved", NUMBER, "energy", "½∫|∇u|² dx − 1/(p+2)·∫|u|^{p+2} dx", "Noether, time translation"
    ),
    Quantity("momentum", "conserved", _VECTOR, "momentum", "Im∫ū∇u dx", "Noether, space translation"),
    Quantity("variance", "virial", NUMBER, "variance", "∫|x|²|u|² dx", "Glassey 1977"),
    Quantity("variance_rate", "virial", NUMBER, "rate of the variance", "4 Im∫ū x·∇u dx", "Glassey 1977"),
    Quantity(
        "virial_residual",
        "virial",
        NUMBER,
        "residual of the virial identity",
        "(d/dt variance_rate − a)/|a|, a = 8‖∇u‖² − 4dp/(p+2)·∫|u|^{p+2} dx (16·energy for p = 4/d)",
        "Glassey 1977: d²/dt² ∫|x|²|u|² = a; seven-row differences of order 6",
    ),
    Quantity("sup_norm", "resolution", NUMBER, "largest modulus", "max|u|", "on the grid"),
    Quantity("sup_position", "resolution", _VECTOR, "place of the largest modulus", "argmax|u|", "on the grid"),
    Quantity(
        "spectral_tail",
        "resolution",
        _VECTOR,
        "spectral tail on each axis",
        "max|û| over |k_a| ≥ 0.9 max|k_a|, relative to max|û|",
        "resolution guard",
    ),
    Quantity("distance_l2", "distance", NUMBER, _DISTANCE, "‖u − R‖₂", CSZ),
    Quantity("distance_h1", "distance", NUMBER, _DISTANCE, "(‖u − R‖₂² + ‖∇(u − R)‖₂²)^½", CSZ),
    Quantity("distance_sigma", "distance", NUMBER, _DISTANCE, "H¹ distance + ‖x(u − R)‖₂", CSZ),
    *BUBBLE_QUANTITIES,
    Quantity(
        "step_size", _STEPS, NUMBER, "length of the last step", "F/2^m, negative backward in time", "error control"
    ),
    Quantity(
        "error_estimate",
        _STEPS,
        NUMBER,
        "accumulated error estimate",
        "Σ over steps of the estimated local error ‖δu‖₂/‖u‖₂",
        "error control",
    ),
)


def selected(
    families: tuple[str, ...], dimension: int, adaptive: bool = False, bubbles: int = 0
) -> tuple[Quantity, ...]:
    """Quantities of a series.

    Parameters
    ----------
    families : tuple of str
        The configured families.
    dimension : int
        Of space: the length of vectors.
    adaptive : bool, optional
        Whether steps are chosen by error control: then step_size and error_estimate belong to every series.
    bubbles : int, optional
        How many bubbles the solution is decomposed into; at least 1 with families that have a number for each.

    Returns
    -------
    tuple of Quantity
        In the order of the files, with their shapes.

    Notes
    -----
    *Communication*: local.
    """
    wanted = {*families, _STEPS} if adaptive else set(families)
    sizes = {AXIS: dimension, BUBBLE: bubbles}

    def shape(quantity: Quantity) -> tuple[int, ...]:
        """Lengths of its dimensions."""
        return tuple(sizes.get(axis, len(axis.labels)) for axis in quantity.dimensions)

    return tuple(replace(q, shape=shape(q)) for q in QUANTITIES if q.family in wanted)


IDENTITIES = (VIRIAL, MASS, CURRENT)


@dataclass(frozen=True)
class Derived:
    """A derived quantity.

    Attributes
    ----------
    needs : tuple of str
        Columns that it needs besides `time`. Those that are no quantities of the series, which then keeps them in
        memory and checkpoints alone, have a number for each component of the derived one.
    value : callable
        Its value at a row, from all rows of these columns. Rows more than three behind do not change it.
    """

    needs: tuple[str, ...]
    value: Callable[[Rows, int], RealArray]


# In the order in which they are derived: the defect is made of the parts.
DERIVED = {identity.quantity: Derived(identity.needs, identity.residual) for identity in IDENTITIES} | {
    "modulation_parts": Derived(modulation_equations.NAMES, modulation_equations.modulation_parts),
    "modulation_defect": Derived(("modulation_parts",), modulation_equations.modulation_defect),
}
