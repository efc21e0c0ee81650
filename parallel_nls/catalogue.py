"""What runs measure and solve: the quantities of every family, and the equations, by their names.

The one list that knows all wings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from parallel_nls.bubbles.deviations.quantities import DEVIATION_QUANTITIES
from parallel_nls.bubbles.quantities import BUBBLE_QUANTITIES
from parallel_nls.bubbles.remainder_norms import REMAINDER_QUANTITIES
from parallel_nls.contracts import Equation
from parallel_nls.diagnostics.identities import VIRIAL, VIRIAL_OF_TERMS, Identity
from parallel_nls.diagnostics.quantity import AXIS, BUBBLE, CSZ, LARGEST, NUMBER, Quantity
from parallel_nls.equations import NLS, DefocusingNLS, GrossPitaevskii
from parallel_nls.half_wave.quantities import HALF_WAVE_QUANTITIES
from parallel_nls.hartree.quantities import HIERARCHY_QUANTITIES

__all__ = [
    "CONSERVED",
    "DEVIATION_QUANTITIES",
    "DIFFERENCED",
    "DIGITS",
    "DISTANCE_QUANTITIES",
    "EQUATIONS",
    "EVERYWHERE",
    "FIELD_QUANTITIES",
    "GRID_QUANTITIES",
    "HALF_WAVE_QUANTITIES",
    "HIERARCHY_QUANTITIES",
    "IDENTITIES",
    "NOT_CONSERVED",
    "OF_NUMERICS",
    "OTHER_SYSTEMS",
    "PARTS",
    "QUANTITIES",
    "REMAINDER_QUANTITIES",
    "RESIDUALS",
    "RESONANCE_QUANTITIES",
    "STEADY",
    "STEP_QUANTITIES",
    "TERMS",
    "fitting",
    "of_equation",
    "selected",
]

EQUATIONS = {equation.name: equation for equation in (NLS, GrossPitaevskii, DefocusingNLS)}
"""Of fields in a box."""
OTHER_SYSTEMS = ("hartree", "hartree-hierarchy", "half-wave")

_DISTANCE = "distance to the sum R of bubbles or solitary waves"
_VECTOR = (AXIS,)
_STEPS = "steps"  # the family of adaptive runs; not configured
_GRID = "grid"  # that of runs that refine their grid; not configured

FIELD_QUANTITIES = (
    Quantity("mass", "conserved", NUMBER, "mass", "∫|u|² dx", "Noether, phase rotation", "relative"),
    Quantity(
        "energy",
        "conserved",
        NUMBER,
        "energy",
        "½∫|∇u|² dx − 1/(p+2)·∫|u|^{p+2} dx",
        "Noether, time translation",
        "relative",
        parts="energy",
    ),
    Quantity(
        "momentum",
        "conserved",
        _VECTOR,
        "momentum",
        "Im∫ū∇u dx",
        "Noether, space translation",
        "absolute",
        parts="momentum",
    ),
    Quantity("variance", "virial", NUMBER, "variance", "∫|x|²|u|² dx", "Glassey 1977"),
    Quantity("variance_rate", "virial", NUMBER, "rate of the variance", "4 Im∫ū x·∇u dx", "Glassey 1977"),
    Quantity(
        "virial_residual",
        "virial",
        NUMBER,
        "residual of the virial identity",
        "(d/dt variance_rate − a)/|a|, a = 8‖∇u‖² − 4dp/(p+2)·∫|u|^{p+2} dx (16·energy for p = 4/d)",
        "Glassey 1977: d²/dt² ∫|x|²|u|² = a; seven-row differences of order 6",
        derivation=VIRIAL,
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
        parts=LARGEST,
    ),
    Quantity(
        "edge",
        "resolution",
        NUMBER,
        "largest modulus at the edge of the box",
        "max|u| over the points next to the edge on any axis, relative to max|u|",
        "on the grid",
        parts=LARGEST,
    ),
)

RESONANCE_QUANTITIES = (
    Quantity(
        "resonance_gain",
        "resolution",
        NUMBER,
        "gain of rounding by resonance with the step, at most",
        "exp∫|⟨Φ'u²⟩|·c_m dt, c_m = |Σ_j a_j e^{2πi m s_j}| the largest that the grid meets, ω(k)h = mπ",
        "Lakoba, arXiv 1008.4974; |Φ'u²| = (p/2)|u|^p",
    ),
)

DISTANCE_QUANTITIES = (
    Quantity("distance_l2", "distance", NUMBER, _DISTANCE, "‖u − R‖₂", CSZ),
    Quantity("distance_h1", "distance", NUMBER, _DISTANCE, "(‖u − R‖₂² + ‖∇(u − R)‖₂²)^½", CSZ),
    Quantity("distance_sigma", "distance", NUMBER, _DISTANCE, "H¹ distance + ‖x(u − R)‖₂", CSZ),
)

STEP_QUANTITIES = (
    Quantity(
        "step_size", _STEPS, NUMBER, "length of the last step", "F/2^m, negative backward in time", "error control"
    ),
    Quantity(
        "error_estimate",
        _STEPS,
        NUMBER,
        "accumulated error estimate",
        "Σ over steps of the estimated local error ‖δu‖₂/‖u‖₂, rounding included",
        "error control",
        digits=2,
    ),
)

GRID_QUANTITIES = (Quantity("grid_points", _GRID, _VECTOR, "points of the grid on each axis", "N", "counted"),)
"""Of a run that refines its grid: on which one a row was measured."""

QUANTITIES = (
    *FIELD_QUANTITIES,
    *RESONANCE_QUANTITIES,
    *DISTANCE_QUANTITIES,
    *BUBBLE_QUANTITIES,
    *STEP_QUANTITIES,
    *GRID_QUANTITIES,
)
EVERYWHERE = (*DEVIATION_QUANTITIES, *REMAINDER_QUANTITIES, *HALF_WAVE_QUANTITIES, *HIERARCHY_QUANTITIES, *QUANTITIES)
"""Those of all systems; of a name that several have the last one counts."""
CONSERVED = {q.name: q.conserved for q in EVERYWHERE if q.conserved is not None}
"""How the drift of each quantity is told that is conserved, unless an equation says otherwise."""
PARTS = {q.name: q.parts for q in EVERYWHERE if q.parts is not None}
"""Of what size the parts of each quantity are that cancel in it; β is told by phases, which are rounded as 1 is."""
DIFFERENCED = {q.name: q.parameter for q in EVERYWHERE if q.parameter is not None}
"""Of what is λ² times derivatives by seven rows the parameter whose rounding it has at the least."""
TERMS = {q.name: q.total for q in EVERYWHERE if q.total is not None}
"""What each quantity of several numbers adds up to, so that it is rounded alike."""
STEADY = frozenset(q.name for q in EVERYWHERE if q.steady)
"""Those that would be the same at all rows, were they exact."""
DIGITS = {q.name: q.digits for q in EVERYWHERE if q.digits is not None}
"""How many digits of each quantity that is an estimate tell anything."""
RESIDUALS = {q.name: q.derivation for q in EVERYWHERE if isinstance(q.derivation, Identity)}
"""The identities of which each quantity is the residual."""
NOT_CONSERVED = "no"
"""In a series, of a quantity that is conserved by other equations."""
OF_NUMERICS = frozenset(
    {
        "step", "step_size", "error_estimate", "resonance_gain", "spectral_tail", "edge", "sup_position",
        "frame", "grid_points", "left_behind", "orthogonality", "fit_passes", "hermiticity", "bosonic_symmetry",
        *RESIDUALS,
    }
)  # fmt: skip
"""What tells of the computation rather than of the solution: residuals of exact identities, steps, frames of reference,
and which point of the grid is the highest."""
IDENTITIES = tuple(q.derivation for q in QUANTITIES if isinstance(q.derivation, Identity))


def of_equation(equation: Equation) -> tuple[Quantity, ...]:
    """The quantities of a field, as an equation has them.

    What it does not conserve belongs to the family "virial"; without a virial identity there is no residual, and
    `variance_rate` is a rate for ω = |k|² alone.

    Parameters
    ----------
    equation : Equation
        Whose fields are measured.

    Notes
    -----
    *Communication*: local.
    """
    missing = {"variance_rate", "virial_residual"} if not equation.quadratic else set()
    missing |= set() if equation.has_virial else {"virial_residual"}
    found = []
    for quantity in FIELD_QUANTITIES:
        if quantity.name in missing:
            continue
        if quantity.conserved and quantity.name not in equation.conserved:
            quantity = replace(quantity, family="virial", conserved=None)
        if quantity.derivation is VIRIAL and equation.has_variance_scale:
            quantity = replace(quantity, derivation=VIRIAL_OF_TERMS)
        found.append(replace(quantity, formula=equation.formulas.get(quantity.name, quantity.formula)))
    return tuple(found)


def fitting(quantities: Sequence[Quantity], dimension: int, bubbles: int = 0) -> tuple[Quantity, ...]:
    """Quantities with their shapes.

    Parameters
    ----------
    quantities : sequence of Quantity
        Whose dimensions are an axis of space, a bubble, or of a known length.
    dimension : int
        Of space: the length of vectors.
    bubbles : int, optional
        How many bubbles the solution is decomposed into.

    Notes
    -----
    *Communication*: local.
    """
    sizes = {AXIS: dimension, BUBBLE: bubbles}

    def shape(quantity: Quantity) -> tuple[int, ...]:
        """Lengths of its dimensions."""
        return tuple(sizes.get(axis, len(axis.labels)) for axis in quantity.dimensions)

    return tuple(replace(quantity, shape=shape(quantity)) for quantity in quantities)


def selected(families: Sequence[str], dimension: int, adaptive: bool = False, bubbles: int = 0) -> tuple[Quantity, ...]:
    """Quantities of a series of the nonlinear Schrödinger equation.

    Parameters
    ----------
    families : sequence of str
        The configured families.
    dimension, bubbles : int
        As of `fitting`; bubbles at least 1 with families that have a number for each.
    adaptive : bool, optional
        Whether steps are chosen by error control: then step_size and error_estimate belong to every series.

    Returns
    -------
    tuple of Quantity
        In the order of the files, with their shapes.

    Notes
    -----
    *Communication*: local.
    """
    wanted = {*families, _STEPS} if adaptive else set(families)
    return tuple(quantity for quantity in fitting(QUANTITIES, dimension, bubbles) if quantity.family in wanted)
