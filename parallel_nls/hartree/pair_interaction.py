"""The potential between two particles on a radial axis: matrices by which densities become potentials and forces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parallel_nls.hartree.angular_average import angular_average, radial_derivatives
from parallel_nls.hartree.convolution import Convolution
from parallel_nls.hartree.kernels import RadialPotential
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.spectral.radial import RadialAxis


@dataclass(frozen=True)
class PairInteraction:
    """A radial potential between two particles, averaged over angles.

    Attributes
    ----------
    strength : float
        μ.
    average : ndarray, (n, n)
        Symmetric: Σ_s average(r, s)·|v(s)|² is V*|φ|² at r, and about V̄(r, s).
    stretch : ndarray, (n, n)
        The same of x·∇V(x − y), about r∂_rV̄(r, s): it gives r∂_r(V*|φ|²).
    """

    strength: float
    average: RealArray
    stretch: RealArray

    @classmethod
    def of(cls, potential: RadialPotential, axis: RadialAxis, strength: float) -> PairInteraction:
        """Of V on an axis: by averages where V is bounded, by convolution where it is singular, in space alone.

        Parameters
        ----------
        potential : RadialPotential
            V.
        axis : RadialAxis
            Where.
        strength : float
            μ.

        Raises
        ------
        UserError
            If V is singular in the plane, or not integrable.

        Notes
        -----
        *Communication*: local.
        """
        if potential.singular_power and axis.dimension == 3:
            convolution = Convolution.of(potential, len(axis.r), axis.radius)
            scale = 1 / convolution.spacing
            return cls(strength, scale * convolution.matrix(), scale * convolution.stretch_matrix())
        r, s = axis.r[:, None], axis.r[None, :]
        average = angular_average(potential, r, s, axis.dimension)
        symmetric = np.asarray(0.5 * (average + average.T))
        return cls(strength, symmetric, radial_derivatives(potential, r, s, axis.dimension).first)
