"""One equation a file: its flows, its energy density, its exponents."""

from parallel_nls.equations.nls import CubicNLS

EQUATIONS = {CubicNLS.name: CubicNLS}

__all__ = ["EQUATIONS", "CubicNLS"]
