"""The quantities of a series: name, shape, family, formula and source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quantity:
    """One dataset of series.h5.

    Attributes
    ----------
    name, family : str
        Dataset name, and the configured family that brings it.
    width : int
        0 for a number a row, else components a row.
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
_PLANE = 2

QUANTITIES = (
    Quantity("mass", "conserved", 0, "mass", "∫|u|² dx", "Noether, phase rotation"),
    Quantity("energy", "conserved", 0, "energy", "½∫|∇u|² dx − ¼∫|u|⁴ dx", "Noether, time translation"),
    Quantity("momentum", "conserved", _PLANE, "momentum", "Im∫ū∇u dx", "Noether, space translation"),
    Quantity("variance", "virial", 0, "variance", "∫|x|²|u|² dx", "Glassey 1977"),
    Quantity("variance_rate", "virial", 0, "rate of the variance", "4 Im∫ū x·∇u dx", "Glassey 1977"),
    Quantity(
        "virial_residual",
        "virial",
        0,
        "residual of the virial identity",
        "(d/dt variance_rate − 16 energy)/|16 energy|, seven-row differences of order 6",
        "Glassey 1977: d²/dt² ∫|x|²|u|² = 16 E",
    ),
    Quantity("sup_norm", "resolution", 0, "largest modulus", "max|u|", "on the grid"),
    Quantity("sup_position", "resolution", _PLANE, "place of the largest modulus", "argmax|u|", "on the grid"),
    Quantity(
        "spectral_tail",
        "resolution",
        _PLANE,
        "spectral tail on each axis",
        "max|û| over |k_a| ≥ 0.9 max|k_a|, relative to max|û|",
        "resolution guard",
    ),
    Quantity("distance_l2", "distance", 0, "distance to the bubbles", "‖u − ΣS_k‖₂", _CSZ),
    Quantity("distance_h1", "distance", 0, "distance to the bubbles", "(‖u − ΣS_k‖₂² + ‖∇(u − ΣS_k)‖₂²)^½", _CSZ),
    Quantity("distance_sigma", "distance", 0, "distance to the bubbles", "H¹ distance + ‖x(u − ΣS_k)‖₂", _CSZ),
)


def selected(families: tuple[str, ...]) -> tuple[Quantity, ...]:
    """Quantities of the named families, in the order of the files. *Communication*: local."""
    return tuple(q for q in QUANTITIES if q.family in families)
