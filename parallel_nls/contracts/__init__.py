"""What the layers promise each other."""

from parallel_nls.contracts.domain import Domain, DriftSweep
from parallel_nls.contracts.equation import Coupling, Density, Equation, Flow, Integrals, Kick
from parallel_nls.contracts.profile import Profile
from parallel_nls.contracts.state import FIELD, HALF_TRANSFORMED, Completed, State, StepMemory
from parallel_nls.contracts.stepping import SolvedEquation, Stepper, StoredDomain
from parallel_nls.spectral.sweeps import Block, BlockKernel

__all__ = [
    "FIELD",
    "HALF_TRANSFORMED",
    "Block",
    "BlockKernel",
    "Completed",
    "Coupling",
    "Density",
    "Domain",
    "DriftSweep",
    "Equation",
    "Flow",
    "Integrals",
    "Kick",
    "Profile",
    "SolvedEquation",
    "State",
    "StepMemory",
    "Stepper",
    "StoredDomain",
]
