"""parallel_nls: how nonlinear Schrödinger waves collapse, from a laptop to a cluster.

Importing it starts nothing: no MPI, no compilation; the names below load when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for type checkers and editors; tests compare them with the table below
    from parallel_nls.config import Configuration, load_configuration
    from parallel_nls.errors import UserError
    from parallel_nls.profiles.bubbles import Bubble, BubbleSum
    from parallel_nls.profiles.gaussian import Gaussian
    from parallel_nls.profiles.ground_state import ground_state
    from parallel_nls.profiles.pseudo_conformal import InversePseudoConformal, PseudoConformal
    from parallel_nls.profiles.solitons import Soliton, SolitonSum
    from parallel_nls.profiles.symmetries import Symmetry, Transformed
    from parallel_nls.results.reader import open_run
    from parallel_nls.running.run import run
    from parallel_nls.running.simulation import Simulation
    from parallel_nls.spectral.box import FourierDomain
    from parallel_nls.spectral.line import LineDomain

__version__ = "0.1.0"

_NAMES = {
    "Bubble": "parallel_nls.profiles.bubbles",
    "BubbleSum": "parallel_nls.profiles.bubbles",
    "Configuration": "parallel_nls.config",
    "FourierDomain": "parallel_nls.spectral.box",
    "Gaussian": "parallel_nls.profiles.gaussian",
    "InversePseudoConformal": "parallel_nls.profiles.pseudo_conformal",
    "LineDomain": "parallel_nls.spectral.line",
    "PseudoConformal": "parallel_nls.profiles.pseudo_conformal",
    "Simulation": "parallel_nls.running.simulation",
    "Soliton": "parallel_nls.profiles.solitons",
    "SolitonSum": "parallel_nls.profiles.solitons",
    "Symmetry": "parallel_nls.profiles.symmetries",
    "Transformed": "parallel_nls.profiles.symmetries",
    "UserError": "parallel_nls.errors",
    "ground_state": "parallel_nls.profiles.ground_state",
    "load_configuration": "parallel_nls.config",
    "open_run": "parallel_nls.results.reader",
    "run": "parallel_nls.running.run",
}

__all__ = [
    "Bubble",
    "BubbleSum",
    "Configuration",
    "FourierDomain",
    "Gaussian",
    "InversePseudoConformal",
    "LineDomain",
    "PseudoConformal",
    "Simulation",
    "Soliton",
    "SolitonSum",
    "Symmetry",
    "Transformed",
    "UserError",
    "__version__",
    "ground_state",
    "load_configuration",
    "open_run",
    "run",
]


if not TYPE_CHECKING:  # which would take any name at all for a public one

    def __getattr__(name: str) -> Any:
        """Load a public name when it is first used."""
        if name not in _NAMES:
            raise AttributeError(f"module 'parallel_nls' has no attribute {name!r}")
        return getattr(import_module(_NAMES[name]), name)


def __dir__() -> list[str]:
    """List the public names, for completion; most of them are not loaded yet."""
    return __all__
