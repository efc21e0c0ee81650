"""An equation of the user while it is used: its errors are noted where they come, and NaN is left there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from parallel_nls.contracts import Completed, Coupling, Density, Domain, Equation, Flow, Integrals, Kick
from parallel_nls.errors import UserError
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.spectral.sweeps import Block, BlockKernel
from parallel_nls.user_code.failures import Failures
from parallel_nls.user_code.source import RunningUserCode

_LARGEST_LOG = 1000.0  # of a rate that is a number
Parameters = Mapping[str, str | float | Sequence[float]]


@dataclass(frozen=True)
class UserEquation:
    """An equation of the user, in the form in which the engine takes it: its errors are noted, and NaN is left.

    Attributes
    ----------
    equation : Equation
        What the file defines.
    path : Path
        The file.
    failures : Failures
        Where errors go.
    given : mapping
        What distinguishes it from others: the digest of the file, and the configured parameters.

    Notes
    -----
    *Communication*: local.
    """

    equation: Equation
    path: Path
    failures: Failures
    given: Parameters

    @property
    def name(self) -> str:
        """That of the class, or else of the file."""
        return self.equation.name or self.path.stem

    @property
    def domain(self) -> Domain:
        """Where it is solved."""
        return self.equation.domain

    @property
    def quadratic(self) -> bool:
        """Whether ω = |k|²."""
        return bool(getattr(self.equation, "quadratic", False))

    @property
    def has_virial(self) -> bool:
        """Whether a virial identity is known."""
        return bool(getattr(self.equation, "has_virial", False))

    @property
    def has_variance_scale(self) -> bool:
        """Whether residuals of it have a scale of their own."""
        return bool(getattr(self.equation, "has_variance_scale", False))

    @property
    def conserved(self) -> tuple[str, ...]:
        """Which of mass, energy and momentum are."""
        return tuple(getattr(self.equation, "conserved", ("mass", "energy")))

    @property
    def formulas(self) -> Mapping[str, str]:
        """Formulas by quantity; of energy and virial identity at least that they are this equation's."""
        own = {"energy": f"energy of {self.name}", "virial_residual": f"(d/dt variance_rate − a)/|a|, a of {self.name}"}
        return own | dict(getattr(self.equation, "formulas", {}))

    @property
    def kick(self) -> Kick:
        """Its kick, watched."""
        return _WatchedKick(self, self.equation.kick)

    @property
    def drift(self) -> Flow:
        """Its drift, watched."""
        return _WatchedFlow(self, self.equation.drift, "drift")

    @property
    def density(self) -> Density:
        """Its density, watched."""
        return _WatchedSums(self, self.equation.density, "density")

    @property
    def coupling(self) -> Coupling | None:
        """Its coupling, watched; None if it has none."""
        coupling = getattr(self.equation, "coupling", None)
        return None if coupling is None else _WatchedSums(self, coupling, "coupling")

    def symbol(self, *wavenumbers: RealArray) -> RealArray:
        """ω(k). *Communication*: local; what it raises is the user's."""
        with RunningUserCode(self.path, f"symbol of {self.name}"), np.errstate(all="ignore"):
            return self.equation.symbol(*wavenumbers)

    def energy(self, integrals: Integrals) -> float:
        """Energy. *Communication*: local; raises on all ranks alike."""
        return self._number("energy", lambda: self.equation.energy(integrals))

    def variance_acceleration(self, integrals: Integrals) -> float | None:
        """Virial identity, if there is one. *Communication*: local; raises on all ranks alike."""
        if not self.has_virial:
            return None
        return self._number("variance_acceleration", lambda: self.equation.variance_acceleration(integrals))

    def variance_scale(self, integrals: Integrals) -> float | None:
        """Its scale, if it has one. *Communication*: local; raises on all ranks alike."""
        if not self.has_variance_scale:
            return None
        return self._number("variance_scale", lambda: self.equation.variance_scale(integrals))

    def log_rate(self, peak: float) -> float:
        """Binary logarithm of the rate of a peak. *Communication*: local; raises on all ranks alike."""
        found = self._number("log_rate", lambda: self.equation.log_rate(peak))
        if not abs(found) <= _LARGEST_LOG:
            raise UserError(
                f"{self.path}: log_rate of {self.name} is {found} for a peak of |u|² = {peak:.6g}; give the binary "
                "logarithm of a rate"
            )
        return found

    def parameters(self) -> Parameters:
        """The digest of the file and the configured parameters. *Communication*: local."""
        return self.given

    def watched(self, act: BlockKernel, what: str) -> BlockKernel:
        """A block kernel that notes an error and leaves NaN. *Communication*: local."""

        def run(block: ComplexArray, lines: Block) -> None:
            """Run the kernel on one block."""
            if not self.failures.succeeds(self.path, what, lambda: act(block, lines)):
                block[...] = np.nan

        return run

    def _number(self, what: str, call: Callable[[], Any]) -> float:
        with RunningUserCode(self.path, f"{what} of {self.name}", often=True):
            return float(call())


@dataclass(frozen=True)
class _WatchedFlow:
    owner: UserEquation
    flow: Flow
    what: str

    def kernel(self, tau: float, scale: float) -> BlockKernel:
        """Watched block kernel."""

        def act(block: ComplexArray, lines: Block) -> None:
            """Make the kernel where its errors are noted, and run it."""
            self.flow.kernel(tau, scale)(block, lines)

        return self.owner.watched(act, self.what)


@dataclass(frozen=True)
class _WatchedKick:
    owner: UserEquation
    flow: Kick

    def prepare(self, completed: Completed) -> None:
        """Hand the field on to a kick that looks at it; one of its own kind may do without."""
        prepare = getattr(self.flow, "prepare", None)
        if prepare is not None:
            self.owner.failures.succeeds(self.owner.path, "prepare", lambda: prepare(completed))

    def kernel(self, tau: float, scale: float, peak: RealArray | None = None) -> BlockKernel:
        """Watched block kernel."""

        def act(block: ComplexArray, lines: Block) -> None:
            """Make the kernel where its errors are noted, and run it."""
            self.flow.kernel(tau, scale, peak)(block, lines)

        return self.owner.watched(act, "kick")


@dataclass(frozen=True)
class _WatchedSums:
    owner: UserEquation
    filling: Density | Coupling
    what: str

    def fill(self, block: ComplexArray, lines: Block, sums: RealArray) -> None:
        """Sums over rows; NaN where they fail."""
        work = self.owner.failures.succeeds
        if not work(self.owner.path, self.what, lambda: self.filling.fill(block, lines, sums)):
            sums[...] = np.nan
