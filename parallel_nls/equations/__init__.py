"""One equation a file: its flows, its energy density, its exponents."""
