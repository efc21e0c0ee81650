"""The quantities of a series: name, shape, family, formula and source."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Quantity:
    """One dataset of series.h5.

    Attributes
    ----------
    name, family : str
        Dataset name, and the configured family that brings it.
    width : int
        0 for a number a row, else components a row: one for each space dimension.
    long_name, formula, source : str
        Attributes of the dataset.
    """

    name: str
    family: str
    width: int
    long_name: str
    formula: str
    source: str


_CSZ = "Cao, Su & Zhang, On uniqueness of multi-bubble blow-up solutions and multi-solitons"
_DISTANCE = "distance to the sum R of bubbles or solitary waves"
_PER_AXIS = -1  # replaced by the dimension of the run
_STEPS = "steps"  # the family of adaptive runs; not configured

QUANTITIES = (
    Quantity("mass", "conserved", 0, "mass", "∫|u|² dx", "Noether, phase rotation"),
    Quantity("energy", "conserved", 0, "energy", "½∫|∇u|² dx − 1/(p+2)·∫|u|^{p+2} dx", "Noether, time translation"),
    Quantity("momentum", "conserved", _PER_AXIS, "momentum", "Im∫ū∇u dx", "Noether, space translation"),
    Quantity("variance", "virial", 0, "variance", "∫|x|²|u|² dx", "Glassey 1977"),
    Quantity("variance_rate", "virial", 0, "rate of the variance", "4 Im∫ū x·∇u dx", "Glassey 1977"),
    Quantity(
        "virial_residual",
        "virial",
        0,
        "residual of the virial identity",
        "(d/dt variance_rate − a)/|a|, a = 8‖∇u‖² − 4dp/(p+2)·∫|u|^{p+2} dx (16·energy for p = 4/d)",
        "Glassey 1977: d²/dt² ∫|x|²|u|² = a; seven-row differences of order 6",
    ),
    Quantity("sup_norm", "resolution", 0, "largest modulus", "max|u|", "on the grid"),
    Quantity("sup_position", "resolution", _PER_AXIS, "place of the largest modulus", "argmax|u|", "on the grid"),
    Quantity(
        "spectral_tail",
        "resolution",
        _PER_AXIS,
        "spectral tail on each axis",
        "max|û| over |k_a| ≥ 0.9 max|k_a|, relative to max|û|",
        "resolution guard",
    ),
    Quantity("distance_l2", "distance", 0, _DISTANCE, "‖u − R‖₂", _CSZ),
    Quantity("distance_h1", "distance", 0, _DISTANCE, "(‖u − R‖₂² + ‖∇(u − R)‖₂²)^½", _CSZ),
    Quantity("distance_sigma", "distance", 0, _DISTANCE, "H¹ distance + ‖x(u − R)‖₂", _CSZ),
    Quantity("step_size", _STEPS, 0, "length of the last step", "F/2^m, negative backward in time", "error control"),
    Quantity(
        "error_estimate",
        _STEPS,
        0,
        "accumulated error estimate",
        "Σ over steps of the estimated local error ‖δu‖₂/‖u‖₂",
        "error control",
    ),
)


def selected(families: tuple[str, ...], dimension: int, adaptive: bool = False) -> tuple[Quantity, ...]:
    """Quantities of a series.

    Parameters
    ----------
    families : tuple of str
        The configured families.
    dimension : int
        Of space: the width of quantities with a component for each axis.
    adaptive : bool
        Whether steps are chosen by error control: then step_size and error_estimate belong to every series.

    Returns
    -------
    tuple of Quantity
        In the order of the files.

    Notes
    -----
    *Communication*: local.
    """
    wanted = {*families, _STEPS} if adaptive else set(families)
    chosen = (quantity for quantity in QUANTITIES if quantity.family in wanted)
    return tuple(replace(q, width=dimension) if q.width == _PER_AXIS else q for q in chosen)
