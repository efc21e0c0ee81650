"""The family modulation of a run in remainder form: what its decomposition measures."""

from __future__ import annotations

from dataclasses import replace

from parallel_nls.bubbles.deviations.equations import DeviationParts
from parallel_nls.bubbles.quantities import BUBBLE_QUANTITIES
from parallel_nls.diagnostics.quantity import AXIS, BUBBLE, CSZ, NUMBER, Quantity

_TILDE = f"{CSZ}, (2.17)"
_KEPT = {q.name: q for q in BUBBLE_QUANTITIES}

DEVIATION_QUANTITIES = (
    Quantity("scale_deviation", "modulation", (BUBBLE,), "relative change of scale", "λ_k/(ω_k(T − t)) − 1", _TILDE),
    Quantity("center_deviation", "modulation", (BUBBLE, AXIS), "shift in scales", "(α_k − x_k)/(ω_k(T − t))", _TILDE),
    _KEPT["boost"],
    Quantity("chirp_deviation", "modulation", (BUBBLE,), "change of chirp", "γ_k − ω_k²(T − t)", _TILDE),
    Quantity("phase_deviation", "modulation", (BUBBLE,), "change of phase", "θ_k − 1/(ω_k²(T − t)) − ϑ_k", _TILDE),
    _KEPT["orthogonality"],
    _KEPT["fit_passes"],
    Quantity("decomposed_l2", "modulation", NUMBER, "what is orthogonal", "‖R‖₂, R = v − ΣU_k", f"{CSZ}, (2.1)"),
    Quantity("decomposed_gradient", "modulation", NUMBER, "gradient of it", "‖∇R‖₂, R = v − ΣU_k", f"{CSZ}, (2.1)"),
    replace(_KEPT["remainder_size"], formula="‖R‖₂ + (T − t)‖∇R‖₂, R = v − ΣU_k"),
    _KEPT["localized_mass"],
    _KEPT["modulation_parts"],
    _KEPT["modulation_defect"],
)
"""`modulation_parts` takes the run's own `DeviationParts`; see `with_parts`."""


def with_parts(quantities: tuple[Quantity, ...], parts: DeviationParts) -> tuple[Quantity, ...]:
    """The same with how the parts of Mod_k follow from the changes of the parameters. *Communication*: local."""
    return tuple(replace(q, derivation=parts) if q.name == "modulation_parts" else q for q in quantities)
