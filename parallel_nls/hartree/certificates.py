"""Certificates of collapse: what the blow-up theorems say of a hierarchy that starts from a mixture of waves.

Each wave of a mixture moves alone, so that the hierarchy ends with the first of them: before min_j T*_j, by the E_j,
V₁ and V₁' of each, wherever the potential is admissible. The energy of all together need not be negative. Followed to
earlier times it has begun after the greatest T*_j on that side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from parallel_nls.hartree.admissibility import Admissibility, check_admissibility
from parallel_nls.hartree.densities import Densities
from parallel_nls.hartree.kernels import RadialPotential
from parallel_nls.hartree.pair_interaction import PairInteraction
from parallel_nls.hartree.thresholds import virial_time
from parallel_nls.hartree.virial import energy as energy_of
from parallel_nls.hartree.virial import virial
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.spectral.radial import RadialAxis

__all__ = ["Certificate", "certify", "wave_numbers"]


@dataclass(frozen=True)
class Certificate:
    """What is certified, and by which numbers.

    Attributes
    ----------
    potential : Admissibility
        Verdict, reasons and numbers of the potential.
    energy : float
        Σ p_j E_j.
    virial_times : tuple of float, (J,)
        When V₁ + V₁'t + 8Et² of each wave vanishes; infinite: never, or the theorems do not apply.
    backward : bool, optional
        Whether the run goes to earlier times, so that these are before its start.
    """

    potential: Admissibility
    energy: float
    virial_times: tuple[float, ...]
    backward: bool = False

    @classmethod
    def of(cls, potential: Admissibility, energy: float, times: Sequence[float], backward: bool) -> Certificate:
        """The certificate, whose virial times are infinite where the theorems do not apply. *Communication*: local."""
        never = -math.inf if backward else math.inf
        return cls(potential, energy, tuple(t if potential.certifies_blow_up else never for t in times), backward)

    @property
    def first(self) -> int:
        """Number from 0 of the wave whose virial time is met first."""
        return int(np.argmax(self.virial_times) if self.backward else np.argmin(self.virial_times))

    @property
    def time(self) -> float:
        """At which, from the start on, there is no solution any more; infinite without a certificate."""
        return self.virial_times[self.first]

    @property
    def holds(self) -> bool:
        """Whether collapse is certified."""
        return math.isfinite(self.time)

    def statement(self) -> str:
        """In one sentence, what follows. *Communication*: local."""
        if not self.potential.certifies_blow_up:
            return f"none: the theorems do not apply to this potential ({self.potential.verdict})"
        if not self.holds:
            return "none: no wave of the mixture has a virial time; E < 0 of one of them would do"
        whose = f", by wave {self.first + 1} of the mixture" if len(self.virial_times) > 1 else ""
        when = "after T* = {:.10g}, going back" if self.backward else "before T* = {:.10g}"
        return f"collapse {when.format(self.time)}{whose}"

    def document(self) -> dict[str, Any]:
        """Ready for JSON; what is infinite is the string "inf" or "-inf". *Communication*: local."""
        return {
            "verdict": self.potential.verdict,
            "reasons": list(self.potential.reasons),
            "numbers": self.potential.numbers,
            "energy": self.energy,
            "virial_times": [_number(time) for time in self.virial_times],
            "virial_time": _number(self.virial_times[self.first]),
            "holds": self.holds,
            "statement": self.statement(),
        }


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


def wave_numbers(
    axis: RadialAxis, interaction: PairInteraction, wave: ComplexArray, backward: bool = False
) -> tuple[float, float]:
    """E and T* of one wave alone, (n,) of norm 1; T* counts from now, `backward` too. *Communication*: local."""
    found = Densities.of_waves(axis, np.ones(1), wave[None])
    total, numbers = energy_of(found, interaction), virial(axis, found, interaction)
    return total, virial_time(total, numbers.value, numbers.rate, backward)


def certify(
    potential: RadialPotential,
    axis: RadialAxis,
    interaction: PairInteraction,
    weights: RealArray,
    waves: ComplexArray,
    start: float = 0.0,
    backward: bool = False,
) -> Certificate:
    """What follows for γ⁽ᵏ⁾ = Σ p_j |φ_j⟩⟨φ_j|^{⊗k}.

    Parameters
    ----------
    potential : RadialPotential
        V.
    axis, interaction : RadialAxis, PairInteraction
        Where, and V and μ there.
    weights, waves : ndarray, (J,) and (J, n)
        p_j, and values v_j of norm 1 on the axis.
    start : float, optional
        Time of these.
    backward : bool, optional
        Whether they are followed to earlier times.

    Notes
    -----
    *Communication*: local.
    """
    each = [wave_numbers(axis, interaction, wave, backward) for wave in waves]
    total = math.fsum(weight * energy for weight, (energy, _) in zip(weights, each, strict=True))
    admissible = check_admissibility(potential, axis.dimension, interaction.strength)
    return Certificate.of(admissible, total, [start + time for _, time in each], backward)
