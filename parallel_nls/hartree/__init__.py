"""The radial Hartree hierarchy: density matrices γ⁽ᵏ⁾, closures, potentials, virial identities."""
