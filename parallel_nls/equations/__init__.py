"""One equation a file: its flows and its energy."""

from parallel_nls.equations.nls import CubicNLS

EQUATIONS = {CubicNLS.name: CubicNLS}

__all__ = ["EQUATIONS", "CubicNLS"]
