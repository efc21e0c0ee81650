"""Reference profiles: the ground state and the exact solutions built from it."""
