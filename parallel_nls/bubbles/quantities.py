"""The quantities of a solution that is decomposed into bubbles: families modulation, functionals, localized."""

from __future__ import annotations

from parallel_nls.bubbles.identities import CURRENT, MASS
from parallel_nls.bubbles.modulation_equations import DEFECT, PARTS
from parallel_nls.diagnostics.quantity import AXIS, BUBBLE, CSZ, NUMBER, Dimension, Quantity

PART = Dimension("part", ("scale", "chirp", "center", "boost", "phase"))
ENERGY_TERM = Dimension("energy_term", ("E0", "E1", "E2", "mass"))
LOCAL_TERM = Dimension("local_term", ("hessian", "power", "bilaplacian"))
_BUBBLES, _VECTORS = (BUBBLE,), (BUBBLE, AXIS)

BUBBLE_QUANTITIES = (
    Quantity("scale", "modulation", _BUBBLES, "scale of each bubble", "λ_k", f"{CSZ}, (2.2)"),
    Quantity("center", "modulation", _VECTORS, "center of each bubble", "α_k", f"{CSZ}, (2.2)"),
    Quantity("boost", "modulation", _VECTORS, "boost of each bubble", "β_k", f"{CSZ}, (2.2)"),
    Quantity("chirp", "modulation", _BUBBLES, "chirp of each bubble", "γ_k", f"{CSZ}, (2.2)"),
    Quantity("phase", "modulation", _BUBBLES, "phase of each bubble", "θ_k, continuous in time", f"{CSZ}, (2.2)"),
    Quantity(
        "orthogonality",
        "modulation",
        NUMBER,
        "largest defect of the orthogonality conditions",
        "max |condition|, of five for each bubble",
        f"{CSZ}, (2.3)",
    ),
    Quantity(
        "fit_passes",
        "modulation",
        NUMBER,
        "passes over the field that the decomposition took",
        "negative where it failed: then its other quantities are NaN",
        "counted",
    ),
    Quantity("remainder_l2", "modulation", NUMBER, "remainder in L²", "‖R‖₂, R = v − ΣU_k", f"{CSZ}, (2.1)"),
    Quantity("remainder_gradient", "modulation", NUMBER, "gradient of the remainder", "‖∇R‖₂", f"{CSZ}, (2.1)"),
    Quantity("remainder_size", "modulation", NUMBER, "size D", "‖R‖₂ + (T − t)‖∇R‖₂", f"{CSZ}, (2.54)"),
    Quantity(
        "localized_mass",
        "modulation",
        _BUBBLES,
        "localized mass M_k",
        "2Re∫R Ū_k Φ_k dx + ∫|R|²Φ_k dx",
        f"{CSZ}, (2.55)",
    ),
    Quantity(
        "modulation_parts",
        "modulation",
        (BUBBLE, PART),
        "parts of the modulation defect",
        "|λλ'+γ|, |λ²γ'+γ²|, |λα'−2β|, |λ²β'+γβ|, |λ²θ'−1−|β|²|",
        f"{CSZ}, section 2.2; seven-row differences of order 6",
        derivation=PARTS,
    ),
    Quantity(
        "modulation_defect",
        "modulation",
        _BUBBLES,
        "modulation defect Mod_k",
        "sum of its parts",
        f"{CSZ}, section 2.2",
        derivation=DEFECT,
    ),
    Quantity(
        "morawetz",
        "functionals",
        _BUBBLES,
        "functional of Morawetz type",
        "Im∫(∇χ_A)((x − α_k)/λ_k)·∇R R̄ Φ_k dx",
        f"{CSZ}, in (3.56), (3.103), (4.14)",
    ),
    Quantity("localized_remainder", "functionals", _BUBBLES, "localized remainder", "∫|R|²Φ_k dx", f"{CSZ}, (2.55)"),
    Quantity(
        "localized_virial",
        "functionals",
        NUMBER,
        "localized virial functional",
        "Σ ½ morawetz_k − γ_k/(4λ_k)·‖xQ‖₂²",
        f"{CSZ}, (3.56)",
    ),
    Quantity(
        "modified_localized_virial",
        "functionals",
        NUMBER,
        "modified localized virial functional",
        "Σ γ_k/(2λ_k)·morawetz_k − γ_k²/(8λ_k²)·‖xQ‖₂²",
        f"{CSZ}, (3.103)",
    ),
    Quantity(
        "generalized_energy",
        "functionals",
        NUMBER,
        "modified generalized energy",
        "½‖∇R‖₂² + Σ ½λ_k⁻²∫|R|²Φ_k − Re∫F(v) − F(U) − f(U)R̄ + Σ γ_k/(2λ_k)·morawetz_k",
        f"{CSZ}, (4.14)",
    ),
    Quantity(
        "energy_defect", "functionals", NUMBER, "energy beyond that of the bubbles", "E − ΣE(S_k)", f"{CSZ}, (3.108)"
    ),
    Quantity(
        "energy_expansion",
        "functionals",
        (ENERGY_TERM,),
        "terms of the energy in powers of the remainder",
        "E₀, E₁, E₂, −ΣM_k/(2λ_k²)",
        f"{CSZ}, (3.33)",
    ),
    Quantity(
        "energy_remainder",
        "functionals",
        NUMBER,
        "remainder of the expansion of the energy",
        "E − E₀ − E₁ − E₂ + ΣM_k/(2λ_k²)",
        f"{CSZ}, (3.33)",
    ),
    Quantity("local_mass", "localized", _BUBBLES, "local mass m_k", "∫|v|²Φ_k dx", f"{CSZ}, (3.14)"),
    Quantity("local_current", "localized", _BUBBLES, "local current J_k", "Im∫v̄∇v·∇Φ_k dx", f"{CSZ}, (3.14)"),
    Quantity(
        "local_terms",
        "localized",
        (BUBBLE, LOCAL_TERM),
        "terms of the local acceleration",
        "2Re∫∇²Φ_k(∇v, ∇v̄) dx, ∫ΔΦ_k|v|^{p+2} dx, ∫Δ²Φ_k|v|² dx",
        f"{CSZ}, (3.15)",
    ),
    Quantity(
        "local_acceleration",
        "localized",
        _BUBBLES,
        "local acceleration",
        "first − p/(p+2)·second − ½ third of local_terms",
        f"{CSZ}, (3.15)",
    ),
    Quantity(
        "mass_identity",
        "localized",
        _BUBBLES,
        "residual of the identity of local masses",
        "(d/dt m_k − 2J_k)/s, s = max 2∫|Im v̄∇v·∇Φ| dx so far",
        f"{CSZ}, (3.14); seven-row differences of order 6",
        derivation=MASS,
    ),
    Quantity(
        "current_identity",
        "localized",
        _BUBBLES,
        "residual of the identity of local currents",
        "(d/dt J_k − local_acceleration_k)/s, s = max so far of its integrals of moduli",
        f"{CSZ}, (3.15); seven-row differences of order 6",
        derivation=CURRENT,
    ),
)
