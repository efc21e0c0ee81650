"""Names of the directions in which a solitary wave is perturbed, known without what is compiled.

The first six span the generalised kernel of the equation linearised at Q: with u + iv, L₋ = −Δ + 1 − Q^{4/d} and
L₊ = −Δ + 1 − (1+4/d)Q^{4/d}, u_τ = L₋v and v_τ = −L₊u, and L₋Q = 0, L₊ΛQ = −2Q, L₋|y|²Q = −4ΛQ, L₊ρ = −|y|²Q,
L₊∂Q = 0, L₋yQ = −2∂Q (Weinstein; Λ = d/2 + y·∇).
"""

from __future__ import annotations

DIRECTIONS = ("phase", "place", "velocity", "dilation", "chirp", "rho", "gaussian")
"""iQ, ∂₁Q, iy₁Q, ΛQ, i|y|²Q, ρ, e^{−|y|²/2}."""
