"""What step control of Hartree waves and of density matrices share: it follows the depth of the potential."""

from __future__ import annotations

from parallel_nls.contracts import SolvedEquation, State, StepMemory


class DepthSteps:
    """The part of `ControlledSteps` that is the same whatever takes the steps.

    Parameters
    ----------
    equation : SolvedEquation
        Whose rate, 1/λ² of the error model, is the depth max|μ V*ρ|.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, equation: SolvedEquation) -> None:
        self._equation = equation

    def log_rate(self, peak: float) -> float:
        """As of the equation. *Communication*: local."""
        return self._equation.log_rate(peak)

    def describe_peak(self, peak: float) -> str:
        """As the depth. *Communication*: local."""
        return f"max|V*ρ| = {peak:.6g}"

    def note_coupling(self, state: State) -> None:
        """Nothing: resonances are not looked for. *Communication*: local."""

    def amplification(self, memory: StepMemory, step: float) -> float:
        """Of what is not looked for: 0. *Communication*: local."""
        del memory, step
        return 0.0
