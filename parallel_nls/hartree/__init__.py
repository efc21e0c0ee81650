"""The wing of the radial Hartree hierarchy: density matrices γ⁽ᵏ⁾, closures, potentials, virial identities.

    i ∂_t γ⁽ᵏ⁾ + (Δ − Δ') γ⁽ᵏ⁾ = μ Σ_j (B⁺_{j,k+1} − B⁻_{j,k+1}) γ⁽ᵏ⁺¹⁾,    E = ½ Tr(−Δγ⁽¹⁾) + (μ/4) ∫ V γ⁽²⁾

With μ = −1 a potential V ≥ 0 attracts. Factorized, γ⁽ᵏ⁾ = |φ⟩⟨φ|^{⊗k}, it is i φ_t + Δφ = μ (V * |φ|²) φ.
"""
