"""The wing of the radial Hartree hierarchy: potentials, their averages, and what theory says of them.

    i φ_t + Δφ = μ (V * |φ|²) φ,      E = ½ Tr(−Δγ⁽¹⁾) + (μ/4) ∫ V γ⁽²⁾

With μ = −1 a potential V ≥ 0 attracts. All here is local and serial; arrays hold what one process knows whole.
"""
