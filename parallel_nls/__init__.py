"""parallel_nls: how nonlinear Schrödinger waves collapse, from a laptop to a cluster.

Importing it starts nothing: no MPI, no compilation; the names below load when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for type checkers and editors; tests compare them with the table below
    from parallel_nls.comparison.comparison import Comparison, compare
    from parallel_nls.config import Configuration, load_configuration
    from parallel_nls.contracts import Domain, Equation, Integrals
    from parallel_nls.diagnostics.monitor import Monitor, Sample
    from parallel_nls.diagnostics.passes import Passes
    from parallel_nls.diagnostics.quantity import Quantity
    from parallel_nls.equations.split_equation import SplitEquation
    from parallel_nls.errors import UserError
    from parallel_nls.figures.opening import Run, open_run
    from parallel_nls.profiles.bubbles import Bubble, BubbleSum
    from parallel_nls.profiles.gaussian import Gaussian
    from parallel_nls.profiles.ground_state import ground_state
    from parallel_nls.profiles.pseudo_conformal import InversePseudoConformal, PseudoConformal
    from parallel_nls.profiles.solitons import Soliton, SolitonSum
    from parallel_nls.profiles.symmetries import Symmetry, Transformed
    from parallel_nls.running.opening import open_simulation
    from parallel_nls.running.run import run
    from parallel_nls.running.simulation import Simulation
    from parallel_nls.spectral.box import FourierDomain
    from parallel_nls.spectral.line import LineDomain
    from parallel_nls.studies.sweep.table import sweep_table

__version__ = "0.1.0"

_NAMES = {
    "Bubble": "parallel_nls.profiles.bubbles",
    "BubbleSum": "parallel_nls.profiles.bubbles",
    "Comparison": "parallel_nls.comparison.comparison",
    "Configuration": "parallel_nls.config",
    "Domain": "parallel_nls.contracts",
    "Equation": "parallel_nls.contracts",
    "FourierDomain": "parallel_nls.spectral.box",
    "Gaussian": "parallel_nls.profiles.gaussian",
    "Integrals": "parallel_nls.contracts",
    "InversePseudoConformal": "parallel_nls.profiles.pseudo_conformal",
    "LineDomain": "parallel_nls.spectral.line",
    "Monitor": "parallel_nls.diagnostics.monitor",
    "Passes": "parallel_nls.diagnostics.passes",
    "PseudoConformal": "parallel_nls.profiles.pseudo_conformal",
    "Quantity": "parallel_nls.diagnostics.quantity",
    "Run": "parallel_nls.figures.opening",
    "Sample": "parallel_nls.diagnostics.monitor",
    "Simulation": "parallel_nls.running.simulation",
    "Soliton": "parallel_nls.profiles.solitons",
    "SolitonSum": "parallel_nls.profiles.solitons",
    "SplitEquation": "parallel_nls.equations.split_equation",
    "Symmetry": "parallel_nls.profiles.symmetries",
    "Transformed": "parallel_nls.profiles.symmetries",
    "UserError": "parallel_nls.errors",
    "compare": "parallel_nls.comparison.comparison",
    "ground_state": "parallel_nls.profiles.ground_state",
    "load_configuration": "parallel_nls.config",
    "open_run": "parallel_nls.figures.opening",
    "open_simulation": "parallel_nls.running.opening",
    "run": "parallel_nls.running.run",
    "sweep_table": "parallel_nls.studies.sweep.table",
}

__all__ = [
    "Bubble",
    "BubbleSum",
    "Comparison",
    "Configuration",
    "Domain",
    "Equation",
    "FourierDomain",
    "Gaussian",
    "Integrals",
    "InversePseudoConformal",
    "LineDomain",
    "Monitor",
    "Passes",
    "PseudoConformal",
    "Quantity",
    "Run",
    "Sample",
    "Simulation",
    "Soliton",
    "SolitonSum",
    "SplitEquation",
    "Symmetry",
    "Transformed",
    "UserError",
    "__version__",
    "compare",
    "ground_state",
    "load_configuration",
    "open_run",
    "open_simulation",
    "run",
    "sweep_table",
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
