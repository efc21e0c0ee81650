"""What is measured of a mixture of Hartree waves in the plane: of each wave alone, and of all together by overlaps.

γ⁽ᵏ⁾ = Σ p_j |φ_j⟩⟨φ_j|^{⊗k}: its traces and energies are sums over waves, and γ⁽¹⁾ has the eigenvalues of the matrix
√p_i √p_j ⟨φ_i, φ_j⟩.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from parallel_nls.contracts import Block, State
from parallel_nls.diagnostics.field_monitor import FieldMonitor
from parallel_nls.diagnostics.monitor import Sample, Values
from parallel_nls.diagnostics.quantity import Quantity
from parallel_nls.diagnostics.sampling import passes_over
from parallel_nls.hartree.mixtures import spectrum_of
from parallel_nls.hartree.plane_running import PlaneMixture
from parallel_nls.hartree.quantities import LARGEST_OCCUPATIONS, PLANE_LEVELS
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.parallel.reduction import Reducer, ordered_sum

__all__ = ["PlaneMixtureSampler"]


@kernel
def overlap_sums(one: ComplexArray, other: ComplexArray, sums: RealArray) -> None:
    """Real and imaginary part of Σ āb of each row, in index order."""
    for b in range(one.shape[0]):
        real = imaginary = 0.0
        for j in range(one.shape[1]):
            u, v = one[b, j], other[b, j]
            real += u.real * v.real + u.imag * v.imag
            imaginary += u.real * v.imag - u.imag * v.real
        sums[0, b] = real
        sums[1, b] = imaginary


@dataclass(frozen=True)
class _OneWave:
    """What is known of a wave alone: what a field is measured by, ∬V|φ|²|φ|² and that of x·∇V."""

    values: Values
    gradient: float
    potential: float
    virial: float

    def number(self, name: str) -> float:
        """A number among the values. *Communication*: local."""
        return float(self.values[name])


class PlaneMixtureSampler:
    """Measures states of a mixture in the plane.

    Parameters
    ----------
    mixture : PlaneMixture
        Of the states.
    quantities : sequence of Quantity
        What goes into the series.

    Notes
    -----
    *Communication*: `measure` is collective: of each wave what a kick and the passes over a field take, and one
    message; one message of all.
    """

    def __init__(self, mixture: PlaneMixture, quantities: Sequence[Quantity]) -> None:
        self.mixture, self.quantities = mixture, tuple(quantities)
        self.failures: dict[str, str] = {}
        self._monitor = FieldMonitor(passes_over(mixture.wave))
        domain, columns = mixture.domain, mixture.wave.interaction.plane.columns
        rows = (domain.layouts[0], 1)
        self._of_one = Reducer(domain.comm, [*self._monitor.lines, (columns, 0)])
        self._of_all = Reducer(domain.comm, [rows])

    def measure(self, state: State, time: float) -> Values:
        """Return all quantities of a state, the same numbers on every rank."""
        waves = [self._measure_one(state, name, time) for name in self.mixture.names]
        overlaps, density = self._measure_all()
        values: Values = {"time": time, "finite": float(all(wave.number("finite") for wave in waves))}
        values |= self._integrals(waves) | density
        values["spectral_tail"] = np.max([np.asarray(wave.values["spectral_tail"]) for wave in waves], axis=0)
        values["purity"], values["occupations"] = spectrum_of(overlaps, LARGEST_OCCUPATIONS)
        return values | {"wave_energy": np.array([wave.number("energy") for wave in waves])}

    def _measure_one(self, state: State, name: str, time: float) -> _OneWave:
        """One wave, which stays in the mixture's ``waves``."""
        mixture, kept = self.mixture, self.mixture.waves[name]
        sample = Sample(mixture.split.completed(mixture.alone(state, name)), mixture.split.spare, time)

        def keep(block: ComplexArray, lines: Block) -> None:
            """Keep a block of rows."""
            kept[lines.lines] = block[: lines.count]

        sample.beside.append(keep)
        interaction = mixture.wave.interaction
        tables = [*self._monitor.tables(sample), interaction.forms]
        *own, forms = self._of_one.gather(tables)
        values = self._monitor.values(own, sample)
        return _OneWave(values, sample.integrals.gradient, *interaction.energies(forms))

    def _measure_all(self) -> tuple[ComplexArray, Values]:
        """The matrix √p_i √p_j ⟨φ_i, φ_j⟩, and extrema of the density, from the waves that are kept."""
        mixture = self.mixture
        names, count, domain = mixture.names, len(mixture.names), mixture.domain
        pairs = [(i, j) for i in range(count) for j in range(i, count)]
        density = mixture.density()
        table = np.zeros((3 + 2 * len(pairs), len(density)))
        table[:3] = density.max(axis=1), density[:, 0], density[:, -1]
        for number, (i, j) in enumerate(pairs):
            own = slice(3 + 2 * number, 5 + 2 * number)
            overlap_sums(mixture.waves[names[i]], mixture.waves[names[j]], table[own])
        (whole,) = self._of_all.gather([table])
        peaks, roots = whole[0], np.sqrt(mixture.weights)
        overlaps: ComplexArray = np.zeros((count, count), np.complex128)
        for number, (i, j) in enumerate(pairs):
            real, imaginary = (domain.cell * ordered_sum(whole[3 + 2 * number + part]) for part in (0, 1))
            overlaps[i, j] = roots[i] * roots[j] * complex(real, imaginary)
            overlaps[j, i] = overlaps[i, j].conjugate()
        largest, edge = float(peaks.max()), float(max(whole[1:3].max(), peaks[0], peaks[-1]))
        share = edge / largest if largest > 0 else math.nan
        return overlaps, {"sup_norm": math.sqrt(largest), "edge": math.sqrt(share)}

    def _integrals(self, waves: Sequence[_OneWave]) -> Values:
        weights, strength = self.mixture.weights.tolist(), self.mixture.wave.strength

        def summed(of_wave: Sequence[float]) -> float:
            """Σ p_j of a number of each wave."""
            return math.fsum(weight * value for weight, value in zip(weights, of_wave, strict=True))

        masses = [wave.number("mass") for wave in waves]
        energies = [wave.number("energy") for wave in waves]
        levels = range(1, PLANE_LEVELS + 1)
        kinetic, potential = summed([w.gradient for w in waves]), summed([w.potential for w in waves])
        virial = summed([wave.virial for wave in waves])
        momenta = np.array([wave.values["momentum"] for wave in waves])
        return {
            "mass": summed(masses),
            "trace": np.array([summed([mass**k for mass in masses]) for k in levels]),
            "energy": summed(energies),
            "energy_level": np.array(
                [k * summed([m ** (k - 1) * e for m, e in zip(masses, energies, strict=True)]) for k in levels]
            ),
            "energy_scale": 0.5 * kinetic + 0.25 * abs(strength * potential),
            "kinetic": kinetic,
            "momentum": np.array([summed(momenta[:, axis].tolist()) for axis in range(momenta.shape[1])]),
            "variance": summed([wave.number("variance") for wave in waves]),
            "variance_rate": summed([wave.number("variance_rate") for wave in waves]),
            # ∬x·∇V(x−y)ρ(x)ρ(y) is half of ∬(x−y)·∇V(x−y)ρ(x)ρ(y).
            "variance_acceleration": 8 * kinetic - 2 * strength * virial,
            "virial_defect": 4 * (potential + 0.5 * virial),
        }

    def recall(self, values: Mapping[str, float | RealArray]) -> None:
        """Nothing goes on from the last sample. *Communication*: local."""
        del values

    def close(self) -> None:
        """Give communicators and MPI types back. *Communication*: collective."""
        self.mixture.close()
