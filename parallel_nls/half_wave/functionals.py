"""Mass, energy, ‖D^{1/2}u‖² and momentum of functions on a rational axis.

    M = ∫|u|²,    E = ½‖D^{1/2}u‖² − ¼∫k|u|⁴,    P = Im ∫ conj(u) u_x

M and E are conserved, P where k is constant. Sums over coefficients and points are exactly rounded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parallel_nls.half_wave.inhomogeneity import Homogeneous, Inhomogeneity
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.parallel.reduction import ordered_sum
from parallel_nls.spectral.rational import AnyArray, RationalAxis


@dataclass(frozen=True)
class Functionals:
    """Of one function.

    Attributes
    ----------
    mass, half_derivative, quartic, energy, momentum : float
        M, ‖D^{1/2}u‖², ∫k|u|⁴, E and P.
    sup_norm : float
        Largest |u| on the points, and at 0, where the peak of an even function is and no point.
    """

    mass: float
    half_derivative: float
    quartic: float
    energy: float
    momentum: float
    sup_norm: float


def _real(one: ComplexArray, other: ComplexArray) -> float:
    return ordered_sum(one.real * other.real + one.imag * other.imag)


def functionals(
    axis: RationalAxis,
    even: AnyArray,
    odd: AnyArray | None = None,
    k: Inhomogeneity | None = None,
    frame: float = 1.0,
) -> Functionals:
    """Measure u(x) = Λ^{−1/2}v(x/Λ).

    Parameters
    ----------
    axis : RationalAxis
        Of y = x/Λ.
    even, odd : ndarray, (N,)
        Normalised coefficients of v; without an odd part v is even.
    k : Inhomogeneity, optional
        By default 1.
    frame : float
        Λ.

    Notes
    -----
    *Communication*: local.
    """
    known: Inhomogeneity = Homogeneous() if k is None else k
    even = np.asarray(even, dtype=np.complex128)
    mass, kinetic, momentum = _real(even, even), _real(even, axis.D(even)), 0.0
    a = even @ axis.cosines
    densities: list[tuple[RealArray, int]] = [(np.abs(a) ** 2, 1)]
    if odd is not None:
        moved, b = axis.D(odd), odd @ axis.sines
        mass, kinetic = mass + _real(odd, odd), kinetic + _real(odd, moved)
        momentum = 2 * _real(1j * even, moved)
        densities = [(np.abs(a + b) ** 2, 1), (np.abs(a - b) ** 2, -1)]
    # Squares of normalised values are |v|² times the weight of a point and of its mirror image.
    weights = 1 / axis.amplitude**2
    quartic = sum(
        ordered_sum(known.value(side * frame * axis.x) * weights * density**2) for density, side in densities
    ) / len(densities)
    sup = max(abs(axis.at_zero(even)), *(float(np.sqrt((weights * density).max())) for density, _ in densities))
    energy = (0.5 * kinetic - 0.25 * quartic) / frame
    return Functionals(mass, kinetic / frame, quartic / frame, energy, momentum / frame, sup / np.sqrt(frame))
