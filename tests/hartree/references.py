"""Reference values of the radial Hartree hierarchy, computed independently; all digits count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from parallel_nls.hartree.kernels import RadialKernel, RadialPotential, VirialKernel
from parallel_nls.hartree.potentials import Gaussian, InversePower, SoftenedPower, YukawaPower
from parallel_nls.hartree.thresholds import GaussianComponent

# ⟨V⟩ of strength 1 for a Gaussian of width 1 in d = 3, and the strength at which its energy is 0.
MEANS: tuple[tuple[RadialPotential, float, float], ...] = (
    (InversePower(1.0, 2.0), 1.0, 3.0),
    (InversePower(1.0, 2.5), 1.720079974649039, 1.744104951057356),
    (SoftenedPower(1.0, 2.0, 0.1), 0.8840737600381263, 3.393382018114216),
    (SoftenedPower(1.0, 2.0, 0.25), 0.740543856036568, 4.051076753315011),
    (SoftenedPower(1.0, 2.0, 0.5), 0.561817771773154, 5.33980972252212),
    (SoftenedPower(1.0, 2.0, 1.0), 0.344320457581202, 8.712813699989075),
    (YukawaPower(1.0, 2.0, 0.5), 0.699237669440796, 4.290386704136236),
    (Gaussian(1.0, 1.0), 0.192450089729875, 15.5884572681199),
    (Gaussian(1.0, 2.0), 0.544331053951817, 5.51135192126215),
)
# Energies of the Gaussian of width 1.
ENERGIES: tuple[tuple[RadialPotential, float], ...] = (
    (InversePower(4.0, 2.0), -0.25),
    (InversePower(3.0, 2.5), 0.75 - 0.75 * 1.720079974649039),
    (YukawaPower(6.0, 2.0, 0.5), -0.298856504161),
    (SoftenedPower(6.0, 2.0, 0.2), -0.427216608025),
)
CRITICAL_MASS = 2.85278430076
CRITICAL_PEAK = 0.638805603332


@dataclass(frozen=True)
class Mixture:
    """A mixture of Gaussians with its energy, and V₁ and V₁'."""

    potential: RadialPotential
    components: tuple[GaussianComponent, ...]
    dimension: int
    energy: float
    variance: float
    rate: float


THREE = (GaussianComponent(1.0, 0.1, 0.5), GaussianComponent(1.6, -0.05, 0.3), GaussianComponent(0.8, 0.0, 0.2))
TWO = (GaussianComponent(1.0, 0.1, 0.6), GaussianComponent(1.5, 0.0, 0.4))
MIXTURES = (
    Mixture(SoftenedPower(6.0, 2.0, 0.5), THREE, 3, -0.055852227464, 2.094, 0.1392),
    Mixture(Gaussian(8.0, 1.0), THREE, 3, 0.369758482314, 2.094, 0.1392),
    Mixture(Gaussian(14.0, 1.0), TWO, 2, -0.553656565657, 1.5, 0.48),
)

NAMED: tuple[RadialPotential, ...] = (
    InversePower(1.3, 2.0),
    InversePower(0.7, 1.0),
    InversePower(1.0, 2.7),
    YukawaPower(1.1, 2.0, 0.5),
    YukawaPower(1.0, 2.4, 2.0),
    YukawaPower(1.0, 1.0, 0.3),
    YukawaPower(1.0, 0.6, 1.0),
    SoftenedPower(6.0, 2.0, 0.2),
    SoftenedPower(1.0, 2.6, 0.05),
    SoftenedPower(1.0, 1.0, 1.5),
    Gaussian(2.0, 0.7),
    Gaussian(1.0, 5.0),
)
WITH_VIRIAL: tuple[RadialKernel, ...] = (*NAMED, *(VirialKernel(potential) for potential in NAMED))


def exact(kernel: RadialKernel, r: Any) -> Any:
    """A kernel from the formula of its potential, in the precision of r: of mpmath, or an array of long doubles."""
    if isinstance(kernel, VirialKernel):
        return exact(kernel.potential, r) * _logarithmic_slope(kernel.potential, r)
    exponential = mpmath.exp if isinstance(r, mpmath.mpf) else np.exp
    match kernel:
        case InversePower():
            return kernel.strength * r**-kernel.power
        case YukawaPower():
            return kernel.strength * r**-kernel.power * exponential(-kernel.decay * r)
        case SoftenedPower():
            return kernel.strength * (r**2 + (kernel.softening + 0 * r) ** 2) ** (-(kernel.power + 0 * r) / 2)
        case Gaussian():
            return kernel.strength * exponential(-((r / kernel.width) ** 2))
        case _:
            raise TypeError(kernel)


def _logarithmic_slope(potential: RadialPotential, r: Any) -> Any:
    """r·V'/V."""
    match potential:
        case InversePower():
            return -potential.power
        case YukawaPower():
            return -potential.power - potential.decay * r
        case SoftenedPower():
            return -potential.power * r**2 / (r**2 + (potential.softening + 0 * r) ** 2)
        case Gaussian():
            return -2 * (r / potential.width) ** 2
        case _:
            raise TypeError(potential)


def moment(kernel: RadialKernel, lower: float, upper: float) -> float:
    """∫qV dq over an interval away from the origin: Gauss–Legendre in long doubles, on short panels."""
    nodes, weights = np.polynomial.legendre.leggauss(20)
    edges = np.geomspace(np.longdouble(lower), np.longdouble(upper), 61)
    lengths = np.diff(edges)[:, None]
    q = edges[:-1, None] + lengths * (1 + nodes.astype(np.longdouble)) / 2
    return float((lengths / 2 * weights * q * exact(kernel, q)).sum())


def quadrature(function: Callable[[mpmath.mpf], mpmath.mpf], upper: float) -> float:
    """∫_0^upper of a function of mpmath that may be singular or narrow at 0."""
    edges = [mpmath.mpf(upper) / 4**k for k in range(20, -1, -1)]
    return float(mpmath.quad(function, [0, *edges]))


def largest_error(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest relative error."""
    return float(np.max(np.abs(found - expected) / np.abs(expected)))
