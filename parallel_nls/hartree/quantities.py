"""What is measured of density matrices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from parallel_nls.diagnostics import identities
from parallel_nls.diagnostics.differences import Rows
from parallel_nls.diagnostics.quantity import AXIS, NUMBER, Dimension, Quantity
from parallel_nls.numerics.arrays import RealArray

BULUT = "Bulut, Negative energy blowup results for the focusing Hartree hierarchy"
LEVEL = Dimension("level")
TERM = Dimension("term", ("II", "III", "IV"))
OCCUPATION = Dimension("occupation")
WAVE = Dimension("wave")
LARGEST_OCCUPATIONS = 6


def _local_size(rows: Rows, near: slice) -> RealArray:
    size: RealArray = np.abs(rows["localized_variance_rate"][near]) + rows["mass"][near]
    return size


# Relative to the moduli of the terms of 16E, which do not cancel.
VIRIAL = replace(identities.VIRIAL, scale=lambda rows, row, _: 16 * rows["energy_scale"][row], terms=None)
LOCALIZED_VIRIAL = replace(
    VIRIAL,
    quantity="localized_virial_residual",
    label="localized virial",
    function="localized_variance_rate",
    right="localized_variance_acceleration",
    size=_local_size,
)

_QUANTITIES = (
    Quantity("trace", "conserved", (LEVEL,), "traces of γ⁽ᵏ⁾", "Tr γ⁽ᵏ⁾", BULUT, "absolute"),
    Quantity("energy", "conserved", NUMBER, "energy", "½Tr(−Δγ⁽¹⁾) + (μ/4)∫V γ⁽²⁾", f"{BULUT}, (4.2)", "relative"),
    Quantity(
        "energy_level",
        "conserved",
        (LEVEL,),
        "energy by k particles, k times the energy if γ⁽²⁾ is admissible",
        "k(½Tr(−Δ₁γ⁽ᵏ⁾) + (μ/4)∫V γ⁽²⁾)",
        f"{BULUT}, Remark 4.2",
    ),
    Quantity("kinetic", "virial", NUMBER, "square of the gradient", "Tr(−Δγ⁽¹⁾)", BULUT, tabulated=True),
    Quantity("variance", "virial", NUMBER, "variance", "∫|x|²γ⁽¹⁾(x, x)", f"{BULUT}, Proposition 5.1"),
    Quantity("variance_rate", "virial", NUMBER, "rate of the variance", "4 Im ∫ x·∇γ⁽¹⁾", f"{BULUT}, Proposition 5.1"),
    Quantity(
        "variance_acceleration",
        "virial",
        NUMBER,
        "acceleration of the variance",
        "8Tr(−Δγ⁽¹⁾) − 4μ∫x·∇V γ⁽²⁾",
        f"{BULUT}, Proposition 5.1",
    ),
    Quantity(
        "virial_residual",
        "virial",
        NUMBER,
        "residual of the virial identity",
        "(d/dt variance_rate − variance_acceleration)/s, s = 8Tr(−Δγ⁽¹⁾) + 4|μ∫V γ⁽²⁾|",
        "seven-row differences of order 6",
        derivation=VIRIAL,
    ),
    Quantity(
        "virial_defect",
        "virial",
        NUMBER,
        "defect of the hypothesis",
        "4∫(V + ½(x−y)·∇V)γ⁽²⁾",
        f"{BULUT}, (1.6)",
        parts="kinetic",
    ),
    Quantity(
        "virial_time",
        "virial",
        (WAVE,),
        "time before which each wave of the exact mixture has collapsed; infinite: none, or the theorems do not apply",
        "t + (−V₁' − √(V₁'² − 32EV₁))/(16E), of each wave",
        f"{BULUT}, Theorems 1.1 and 1.2",
    ),
    Quantity(
        "sup_norm", "resolution", NUMBER, "root of the largest density", "max γ⁽¹⁾(x, x)^½", "on the grid, and at r = 0"
    ),
    Quantity(
        "spectral_tail",
        "resolution",
        NUMBER,
        "spectral tail",
        "max γ̂⁽¹⁾(k, k)^½ over k ≥ 0.9 max k, relative to the largest",
        "resolution guard",
    ),
    Quantity(
        "edge",
        "resolution",
        NUMBER,
        "density at the end of the axis",
        "(density at the last point, relative to the largest)^½",
        "on the grid",
    ),
    Quantity("purity", "hierarchy", NUMBER, "purity", "Tr (γ⁽¹⁾)²", "quantum statistics"),
    Quantity(
        "occupations",
        "hierarchy",
        (OCCUPATION,),
        "largest eigenvalues of γ⁽¹⁾",
        "λ_j(γ⁽¹⁾)",
        "natural occupations",
        parts="occupations",
    ),
    Quantity(
        "min_eigenvalue",
        "hierarchy",
        (LEVEL,),
        "smallest eigenvalue of γ⁽ᵏ⁾ on symmetric functions",
        "min ⟨ψ, γ⁽ᵏ⁾ψ⟩, ψ symmetric, ‖ψ‖ = 1",
        "positivity; Lanczos for γ⁽²⁾",
        parts="occupations",
    ),
    Quantity(
        "admissibility",
        "hierarchy",
        NUMBER,
        "distance to admissibility",
        "‖Tr₂γ⁽²⁾ − γ⁽¹⁾‖",
        f"{BULUT}, (D)",
        parts="trace",
    ),
    Quantity(
        "hermiticity", "hierarchy", NUMBER, "distance to the adjoint", "‖γ⁽ᴷ⁾ − γ⁽ᴷ⁾*‖", f"{BULUT}, (A)", parts="trace"
    ),
    Quantity(
        "bosonic_symmetry",
        "hierarchy",
        NUMBER,
        "distance to symmetry",
        "‖γ⁽²⁾ − γ⁽²⁾ with both particles exchanged‖",
        f"{BULUT}, (B)",
        parts="trace",
    ),
    Quantity(
        "closure_error",
        "hierarchy",
        (LEVEL,),
        "distance to the exact mixture",
        "‖γ⁽ᵏ⁾ − Σ p_j |φ_j⟩⟨φ_j|^⊗k‖",
        "Hilbert and Schmidt",
        tabulated=True,
        parts="trace",
    ),
)
_LOCALIZED = (
    Quantity(
        "localized_variance", "virial", NUMBER, "localized variance", "∫ψ_R γ⁽¹⁾(x, x)", f"{BULUT}, Proposition 5.2"
    ),
    Quantity("localized_variance_rate", "virial", NUMBER, "its rate", "2 Im ∫ ∇ψ_R·∇γ⁽¹⁾", f"{BULUT}, Proposition 5.2"),
    Quantity(
        "localized_variance_acceleration",
        "virial",
        NUMBER,
        "its acceleration",
        "4∫∂_r²ψ_R ∂_r∂_r'γ⁽¹⁾ − ∫Δ²ψ_R γ⁽¹⁾ − 2μ∫∇ψ_R·∇V γ⁽²⁾",
        f"{BULUT}, Proposition 5.2, Lemma 5.3",
    ),
    Quantity(
        "localized_virial_residual",
        "virial",
        NUMBER,
        "residual of the localized virial identity",
        "(d/dt localized_variance_rate − localized_variance_acceleration)/s, s as of virial_residual",
        "seven-row differences of order 6",
        derivation=LOCALIZED_VIRIAL,
    ),
    Quantity(
        "localized_terms", "virial", (TERM,), "terms of the localized identity", "(II), (III), (IV)", f"{BULUT}, (6.6)"
    ),
)


def hierarchy_quantities(level: int, points: int, waves: int, solved: bool, localized: bool) -> tuple[Quantity, ...]:
    """What is measured at a level K, with shapes.

    Parameters
    ----------
    level, points, waves : int
        K, points of the axis, and J of the mixture.
    solved : bool
        Whether density matrices are solved for, and not made of waves.
    localized : bool
        Whether a cut-off is given.

    Notes
    -----
    *Communication*: local.
    """
    sizes = {LEVEL: level, TERM: len(TERM.labels), OCCUPATION: min(LARGEST_OCCUPATIONS, points), WAVE: waves}
    alone = {"bosonic_symmetry", "admissibility"} if level == 1 else set()
    alone |= set() if solved else {"closure_error", "hermiticity", "min_eigenvalue"}
    found = [quantity for quantity in _QUANTITIES if quantity.name not in alone] + list(_LOCALIZED if localized else ())
    return tuple(replace(q, shape=tuple(sizes[axis] for axis in q.dimensions)) for q in found)


PLANE_LEVELS = 3
"""Density matrices whose traces and energies are told of a mixture in the plane, which has all of them."""
# Those of operators that are solved for, and that of theorems which hold for no potential in the plane.
_NOT_IN_THE_PLANE = (
    "min_eigenvalue", "admissibility", "hermiticity", "bosonic_symmetry", "closure_error", "virial_time",
)  # fmt: skip
_IN_THE_PLANE = (
    Quantity("momentum", "conserved", (AXIS,), "momentum", "Im ∫ ∇γ⁽¹⁾(x, x)", "translation in space", "absolute"),
    Quantity(
        "wave_energy",
        "hierarchy",
        (WAVE,),
        "energy of each wave",
        "½∫|∇φ_j|² + (μ/4)∬V(x−y)|φ_j(x)|²|φ_j(y)|²",
        f"{BULUT}, (4.2) of one wave",
    ),
)
_OTHERWISE: dict[str, Any] = {
    "energy_level": {"formula": "k Σ p_j ‖φ_j‖^(2k−2) E_j"},
    "sup_norm": {"source": "on the grid"},
    "spectral_tail": {
        "dimensions": (AXIS,),
        "formula": "max|φ̂_j| over |k_a| ≥ 0.9 max|k_a|, relative to max|φ̂_j|, of the worst wave",
    },
    "edge": {
        "long_name": "density at the edge of the box",
        "formula": "(density next to the edge on any axis, relative to the largest)^½",
    },
}


def plane_quantities(waves: int) -> tuple[Quantity, ...]:
    """What is measured of a mixture of J waves in the plane, with shapes. *Communication*: local."""
    sizes = {LEVEL: PLANE_LEVELS, OCCUPATION: LARGEST_OCCUPATIONS, WAVE: waves, AXIS: 2}
    found = [replace(q, **_OTHERWISE.get(q.name, {})) for q in _QUANTITIES if q.name not in _NOT_IN_THE_PLANE]
    return tuple(replace(q, shape=tuple(sizes[axis] for axis in q.dimensions)) for q in (*found, *_IN_THE_PLANE))


HIERARCHY_QUANTITIES = (*_QUANTITIES, *_LOCALIZED, *_IN_THE_PLANE)
