"""One equation a file: its flows and its energy."""

from parallel_nls.equations.nls import NLS

EQUATIONS = {NLS.name: NLS}

__all__ = ["EQUATIONS", "NLS"]
