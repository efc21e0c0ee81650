"""The localization functions Φ_k that tell bubbles apart, and integrals against them."""
