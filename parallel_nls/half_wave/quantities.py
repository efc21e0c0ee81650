"""What is measured of solutions of the half-wave equation."""

from __future__ import annotations

from parallel_nls.diagnostics.quantity import AXIS, NUMBER, Quantity

LI = "Li, Blowup dynamics for inhomogeneous mass critical half-wave equation"

HALF_WAVE_QUANTITIES = (
    Quantity("mass", "conserved", NUMBER, "mass", "∫|u|² dx", "Noether, phase rotation", "relative"),
    Quantity("energy", "conserved", NUMBER, "energy", "½‖D^½u‖² − ¼∫k|u|⁴ dx", "Noether, time translation", "relative"),
    Quantity("momentum", "conserved", (AXIS,), "momentum", "Im∫ū∂_xu dx", "Noether, for k = 1", "absolute"),
    Quantity("sup_norm", "resolution", NUMBER, "largest modulus", "max|u|", "on the grid"),
    Quantity(
        "spectral_tail",
        "resolution",
        (AXIS,),
        "the last tenth of the coefficients",
        "its largest modulus, relative to that of all",
        "resolution guard",
    ),
    Quantity("half_derivative", "conserved", NUMBER, "square of half a derivative", "‖D^½u‖²", "Noether"),
    Quantity("left_behind", "resolution", NUMBER, "mass that moving frames left behind", "Σ changes of ∫|u|²", "-"),
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
        "excess_mass", "half-wave", NUMBER, "mass beyond that of the ground state", "∫|u|² − ‖Q‖²", "critical mass"
    ),
    Quantity(
        "law_time",
        "half-wave",
        NUMBER,
        "time of blow-up by the refined law",
        "t + ∫₀^λ dλ'/b(λ', E), b_s = −b²/2 + c₄b⁴ + c_λλ²",
        "refined modulation law",
        tabulated=True,
    ),
)

EXPANDED_IN_BOXES = ("mass", "energy", "half_derivative", "scale", "b", "phase")
"""What a periodic box of length L changes by c/L² + O(L^{−3})."""
