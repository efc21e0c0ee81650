"""What is measured of solutions of the half-wave equation."""

from __future__ import annotations

import numpy as np

from parallel_nls.diagnostics.differences import Rows
from parallel_nls.diagnostics.identities import Identity
from parallel_nls.diagnostics.quantity import AXIS, NUMBER, Dimension, Quantity
from parallel_nls.numerics.arrays import RealArray

LI = "Li, Blowup dynamics for inhomogeneous mass critical half-wave equation"
ENERGY_TERM = Dimension(
    "term",
    (
        "pair",
        "profile",
        "mass",
        "gradient",
        "bilaplacian",
        "virial",
        "slope",
        "psi",
        "parameters",
        "cubic",
    ),
)


def _moduli(rows: Rows, row: int, stop: int) -> RealArray:  # noqa: ARG001
    return np.asarray(np.abs(rows["generalized_energy_terms"][row]).sum())


def _energy_size(rows: Rows, near: slice) -> RealArray:
    # J_A is quadratic in ε̃, and the rounding of ε̃ is that of u.
    remainder = rows["remainder_l2"][near] + rows["remainder_half"][near]
    size: RealArray = np.sqrt(rows["mass"][near]) * remainder / rows["scale"][near]
    return size


ENERGY_IDENTITY = Identity(
    "energy_identity",
    "(4.9)",
    "generalized_energy",
    "generalized_energy_rate",
    1.0,
    _moduli,
    _energy_size,
    ("generalized_energy_terms", "mass", "remainder_l2", "remainder_half", "scale"),
)

HALF_WAVE_QUANTITIES = (
    Quantity("mass", "conserved", NUMBER, "mass", "∫|u|² dx", "Noether, phase rotation", "relative"),
    Quantity(
        "energy",
        "conserved",
        NUMBER,
        "energy",
        "½‖D^½u‖² − ¼∫k|u|⁴ dx",
        "Noether, time translation",
        "relative",
        parts="half_derivative",
    ),
    Quantity("momentum", "conserved", (AXIS,), "momentum", "Im∫ū∂_xu dx", "Noether, for k = 1", "absolute"),
    Quantity("sup_norm", "resolution", NUMBER, "largest modulus", "max|u|", "on the grid, and at 0"),
    Quantity(
        "spectral_tail",
        "resolution",
        (AXIS,),
        "the last tenth of the coefficients",
        "its largest modulus, relative to that of all",
        "resolution guard",
    ),
    Quantity("half_derivative", "conserved", NUMBER, "square of half a derivative", "‖D^½u‖²", "Noether"),
    Quantity(
        "left_behind",
        "resolution",
        NUMBER,
        "mass that moving frames left behind",
        "Σ changes of ∫|u|²",
        "-",
        parts="mass",
    ),
    Quantity("frame", "resolution", NUMBER, "scale of the moving frame", "Λ of y = x/Λ", "-"),
    Quantity(
        "scale",
        "half-wave",
        NUMBER,
        "λ of the profile",
        "u = λ^−½(Q_P + ε)(x/λ)e^{iγ}",
        f"{LI}, (3.1), (3.4)",
        tabulated=True,
    ),
    Quantity("b", "half-wave", NUMBER, "b of the profile", "P = (b, λ)", f"{LI}, (3.1), (3.4)"),
    Quantity("phase", "half-wave", NUMBER, "γ of the profile", "continuous in time", f"{LI}, (3.1), (3.4)"),
    Quantity("remainder_l2", "half-wave", NUMBER, "size of the remainder", "‖ε‖₂", f"{LI}, (3.1)"),
    Quantity("remainder_half", "half-wave", NUMBER, "half a derivative of the remainder", "‖D^½ε‖₂", f"{LI}, (3.1)"),
    Quantity(
        "modulation_defect",
        "half-wave",
        NUMBER,
        "distance to the modulation equations",
        "max(|λ_s/λ + b|, |b_s + b²/2|, |γ_s − 1|), s = ∫dt/λ",
        f"{LI}, (3.21)",
    ),
    Quantity(
        "excess_mass",
        "half-wave",
        NUMBER,
        "mass beyond that of the ground state",
        "∫|u|² − ‖Q‖²",
        "critical mass",
        parts="mass",
    ),
    Quantity(
        "law_time",
        "half-wave",
        NUMBER,
        "time of blow-up by the refined law",
        "t + ∫₀^λ dλ'/b(λ', E), b_s = −b²/2 + c₄b⁴ + c_λλ²",
        "refined modulation law",
        tabulated=True,
        steady=True,
    ),
    Quantity(
        "generalized_energy",
        "functionals",
        NUMBER,
        "localized energy J_A of the remainder",
        "½‖D^½ε̃‖² + ‖ε̃‖²/(2λ) − ∫k[F(u) − F(Q̃) − F'(Q̃)·ε̃] + ½b(ε̃, Bε̃)",
        f"{LI}, (4.8)",
    ),
    Quantity(
        "generalized_energy_rate", "functionals", NUMBER, "its derivative by its terms", "dJ_A/dt", f"{LI}, (4.9)"
    ),
    Quantity(
        "generalized_energy_terms",
        "functionals",
        (ENERGY_TERM,),
        "terms of its derivative",
        "those of (4.9) in its order, with k', and what is of higher order there",
        f"{LI}, (4.9)",
    ),
    Quantity(
        "energy_identity",
        "functionals",
        NUMBER,
        "residual of the identity for the localized energy",
        "(d/dt generalized_energy − generalized_energy_rate)/Σ|terms|",
        "seven-row differences of order 6",
        derivation=ENERGY_IDENTITY,
    ),
)

EXPANDED_IN_BOXES = ("mass", "energy", "half_derivative", "scale", "b", "phase")
"""What a periodic box of length L changes by c/L² + O(L^{−3})."""
