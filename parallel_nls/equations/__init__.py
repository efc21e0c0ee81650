"""One equation a file: its flows, its energy, its identities."""

from parallel_nls.equations.defocusing import DefocusingNLS
from parallel_nls.equations.gross_pitaevskii import GrossPitaevskii
from parallel_nls.equations.nls import NLS
from parallel_nls.equations.split_equation import SplitEquation

__all__ = ["NLS", "DefocusingNLS", "GrossPitaevskii", "SplitEquation"]
