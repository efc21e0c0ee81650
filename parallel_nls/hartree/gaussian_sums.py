"""Potentials as mixtures of Gaussians, and their parts that are short and long beside a length w, in the plane.

A potential that is completely monotone in r² is a mixture of Gaussians of all widths x,

    V(r) = 2 ∫_0^∞ x^{−1−a} m(x) e^{−r²/x²} dx,

m smooth and bounded, a its singular power. The narrow ones, x < w, are the part that is singular; its transform in the
plane has no oscillation and is known to rounding at any wavenumber. The wide ones are a smooth function of r:

    V̂_short(k) = 2π ∫_0^w x^{1−a} m(x) e^{−k²x²/4} dx,      V_long(r) = 2 ∫_0^{1/w} y^{a−1} m(1/y) e^{−r²y²} dy.

(Sums of Gaussians for nonlocal potentials: Exl, Mauser & Zhang, J. Comput. Phys. 327, 2016; the splitting is Ewald's.)
With x·∇ in front, e^{−r²/x²} becomes −2(r/x)²e^{−r²/x²} of transform −2(1 − k²x²/4)·πx²e^{−k²x²/4}.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.special

from parallel_nls.errors import UserError
from parallel_nls.hartree.kernels import RadialKernel
from parallel_nls.hartree.potentials import Gaussian, InversePower, SoftenedPower, YukawaPower
from parallel_nls.hartree.quadrature import graded_rule
from parallel_nls.numerics.arrays import RealArray

__all__ = ["GaussianSum", "interpolated"]

_NODES = 32  # of Chebyshev on an octave: a mixture of Gaussians is smooth to 3^{-32} there
_CHUNK = 2**21  # Gaussians evaluated at once, at most

Density = Callable[[RealArray], RealArray]


@dataclass(frozen=True)
class GaussianSum:
    """Gaussians that make up one term of a potential: V(r) = Σ_i weights_i e^{−r²/widths_i²}.

    Attributes
    ----------
    widths, weights : ndarray, (m,)
        Narrow ones first up to ``narrow``, which are on one side of w, the others on the other.
    narrow : int
        How many are in the short part.

    Notes
    -----
    *Communication*: local.
    """

    widths: RealArray
    weights: RealArray
    narrow: int

    @classmethod
    def of(cls, term: RadialKernel, width: float) -> GaussianSum:
        """Those of a term of a potential.

        Parameters
        ----------
        term : RadialKernel
            A power, a screened or softened one, or a Gaussian.
        width : float
            w, between the two parts.

        Raises
        ------
        UserError
            If it is a table or a function, or singular as r^{−2} or more, which is not integrable in the plane.

        Notes
        -----
        *Communication*: local.
        """
        if isinstance(term, Gaussian):
            return cls(np.array([term.width]), np.array([term.strength]), int(term.width < width))
        power, density = _density_of(term)
        # A softened power has no narrow Gaussians, whatever its power.
        x, shares = graded_rule(width, max(1 - power, -term.singular_power), np.empty(0))
        y, others = graded_rule(1 / width, power - 1, np.empty(0))
        widths, shares = np.concatenate([x, 1 / y]), 2 * np.concatenate([shares, others / (y * y)])
        found = density(widths)
        with np.errstate(over="ignore", invalid="ignore"):
            weights = np.where(found == 0, 0.0, shares * widths ** (-1 - power) * found)
        return cls(widths, weights, len(x))

    def transform(self, k: RealArray, virial: bool = False) -> RealArray:
        """V̂_short, or that of x·∇V, at wavenumbers of any shape. *Communication*: local."""
        widths, weights = self.widths[: self.narrow], self.weights[: self.narrow]
        return _summed(widths / 2, weights * math.pi * widths**2, k, (-2.0, 2.0) if virial else None)

    def values(self, r: RealArray, virial: bool = False) -> RealArray:
        """V_long, or that of x·∇V, at distances of any shape. *Communication*: local."""
        widths, weights = self.widths[self.narrow :], self.weights[self.narrow :]
        return _summed(1 / widths, weights, r, (0.0, -2.0) if virial else None)


def _summed(rates: RealArray, weights: RealArray, points: RealArray, factor: tuple[float, float] | None) -> RealArray:
    """Σ_i weights_i (f₀ + f₁q)e^{−q} with q = (rates_i·point)², f = (1, 0) by default."""
    flat = points.ravel()
    total = np.zeros(flat.size)
    step = max(1, _CHUNK // max(rates.size, 1))
    for start in range(0, flat.size, step):
        part = slice(start, start + step)
        with np.errstate(under="ignore"):
            squares = np.square(flat[part, None] * rates)
            shares = weights * np.exp(-squares)
        total[part] = np.sum(shares if factor is None else shares * (factor[0] + factor[1] * squares), axis=1)
    return total.reshape(points.shape)


def interpolated(
    function: Callable[[RealArray], RealArray], points: RealArray, unit: float, largest: float
) -> RealArray:
    """A mixture of Gaussians at many points, from its values at Chebyshev nodes on [0, unit] and octaves beyond.

    Parameters
    ----------
    function : callable
        Of an array of positive numbers.
    points : ndarray
        Between 0 and ``largest``, of any shape.
    unit, largest : float
        The end of the first panel, on which it hardly changes; and that of the last.

    Notes
    -----
    *Communication*: local.
    """
    panels = max(0, math.ceil(math.log2(largest / unit)))
    edges = unit * 2.0 ** np.arange(panels + 1)
    number = np.searchsorted(edges, points)
    found = np.empty(points.shape)
    angles = np.pi * (np.arange(_NODES) + 0.5) / _NODES
    nodes = np.cos(angles)
    cosines = np.cos(np.outer(np.arange(_NODES), angles)) * (2 / _NODES)
    cosines[0] /= 2
    for panel in range(panels + 1):
        here = number == panel
        low, high = (0.0 if panel == 0 else edges[panel - 1]), edges[panel]
        values = function(0.5 * (high + low) + 0.5 * (high - low) * nodes)
        places = (2 * points[here] - high - low) / (high - low)
        found[here] = np.polynomial.chebyshev.chebval(places, (cosines * values).sum(axis=1))
    return found


def _density_of(term: RadialKernel) -> tuple[float, Density]:
    """The a and m of a term."""
    if isinstance(term, InversePower | YukawaPower) and term.power >= 2:
        raise UserError(
            f"equation.potential: {term.kind} with power = {term.power:g} is not integrable in the plane; "
            "take a power below 2"
        )
    if isinstance(term, InversePower):
        inverse = term.strength / math.gamma(term.power / 2)
        return term.power, lambda x: np.full(x.shape, inverse)
    if isinstance(term, SoftenedPower):
        softened, square = term.strength / math.gamma(term.power / 2), term.softening**2
        return term.power, lambda x: softened * np.exp(-square / (x * x))
    if isinstance(term, YukawaPower):
        screened, order = term.strength * 2 ** ((term.power - 1) / 2) / math.sqrt(math.pi), 1 - term.power
        return term.power, lambda x: screened * _parabolic(order, term.decay / math.sqrt(2) * x)
    raise UserError(
        "equation.potential: tables and functions are known on a radial axis alone; in the plane take one of the "
        "kinds inverse-power, yukawa-power, softened-power, gaussian, or a sum of them"
    )


def _parabolic(order: float, z: RealArray) -> RealArray:
    """e^{−z²/4}D_v(z), D the parabolic cylinder function: what e^{−κr}r^{−a} has for its mixture (v = 1 − a)."""
    cylinder = scipy.special.pbdv(order, np.minimum(z, 60.0))[0]
    with np.errstate(under="ignore"):
        return np.asarray(np.exp(-(np.minimum(z, 60.0) ** 2) / 4) * cylinder)
