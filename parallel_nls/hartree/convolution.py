"""The convolution V * ρ of radial functions in d = 3, spectrally accurate for V that is singular as r^{−a}, a < 3.

On the grid r_j = jh, h = R/(n+1), j = 1…n, a state is u = √(4π) r φ with u = 0 at 0 and R, and ρ = |u|²/(4πr²). All
distances that occur are at most 2R, so that V may be cut off there (Vico, Greengard & Ferrando 2016). On [0, 2R], where
|u|² is 0 beyond R, sines with k_m = mπ/2R, m = 1…2n+1, turn the convolution with the V that is cut off into a product:

    r·(V*ρ) = Σ_m V̂_L(k_m) b_m sin(k_m r),      V̂_L(k) = (4π/k) ∫_0^L q V(q) sin(kq) dq,      L = 2R,

b_m the sine coefficients of |u|²/(4πr). For r^{−2} V̂_L = (4π/k)·Si(2Rk).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy.fft

from parallel_nls.errors import UserError
from parallel_nls.hartree.kernels import RadialKernel
from parallel_nls.hartree.sine_integrals import sine_integrals
from parallel_nls.numerics.arrays import RealArray


@dataclass(frozen=True, eq=False)
class Convolution:
    """V * ρ on a grid of n radii, as a map from |u|².

    Attributes
    ----------
    radius : float
        R.
    multipliers : ndarray, (2n + 1,)
        V̂_L(k_m).
    """

    radius: float
    multipliers: RealArray

    @classmethod
    def of(cls, kernel: RadialKernel, points: int, radius: float) -> Convolution:
        """The convolution with a potential, or with W = r·V' (`VirialKernel`).

        Parameters
        ----------
        kernel : RadialKernel
        points : int
            n.
        radius : float
            R.

        Raises
        ------
        UserError
            The kernel is not integrable at 0.

        Notes
        -----
        *Communication*: local.
        """
        if kernel.singular_power >= 3:
            text = f"a potential that is singular as r^-{kernel.singular_power:g} is not integrable in dimension 3"
            raise UserError(f"{text}; its power must be below 3")
        count = 2 * points + 1
        wavenumbers = math.pi * np.arange(1, count + 1) / (2 * radius)
        integrals = sum((sine_integrals(term, count, 2 * radius) for term in kernel.terms), start=np.zeros(count))
        return cls(radius, 4 * math.pi / wavenumbers * integrals)

    @property
    def points(self) -> int:
        """The number n."""
        return (self.multipliers.size - 1) // 2

    @property
    def spacing(self) -> float:
        """The step h."""
        return self.radius / (self.points + 1)

    @property
    def radii(self) -> RealArray:
        """The points r_j, (n,)."""
        return self.radius * np.arange(1, self.points + 1) / (self.points + 1)

    def apply(self, density: RealArray) -> RealArray:
        """V * ρ by sine transforms.

        Parameters
        ----------
        density : ndarray, (..., n)
            |u|² on the grid.

        Returns
        -------
        ndarray, (..., n)
            Its rounding error is about 10^{-16} of the largest r·(V*ρ), divided by r.

        Notes
        -----
        *Communication*: local.
        """
        count = self.multipliers.size
        source = np.zeros((*density.shape[:-1], count))
        source[..., : self.points] = density / (4 * math.pi * self.radii)
        # A transform of SciPy is twice the sum; two of them are 2(count + 1) times the identity.
        spectrum = self.multipliers * scipy.fft.dst(source, type=1, axis=-1)
        product = scipy.fft.dst(spectrum, type=1, axis=-1)[..., : self.points]
        return np.asarray(product / (2 * (count + 1) * self.radii))

    def matrix(self) -> RealArray:
        """M with V * ρ = M |u|²: real and symmetric, (n, n), about h·V̄(r_i, r_j).

        Notes
        -----
        *Communication*: local.
        """
        n, count = self.points, self.multipliers.size
        half_waves = np.outer(np.arange(1, n + 1), np.arange(1, count + 1)) % (2 * (count + 1))
        sines = np.sin(math.pi / (count + 1) * half_waves) / self.radii[:, None]
        matrix = (sines * self.multipliers) @ sines.T / (2 * math.pi * (count + 1))
        return np.asarray((matrix + matrix.T) / 2)

    def stretch_matrix(self) -> RealArray:
        """N with r∂_r(V * ρ) = N |u|², (n, n), about h·r_i∂V̄(r_i, r_j): the derivative of the sines.

        Notes
        -----
        *Communication*: local.
        """
        n, count = self.points, self.multipliers.size
        places, orders = np.arange(1, n + 1), np.arange(1, count + 1)
        angles = math.pi / (count + 1) * (np.outer(places, orders) % (2 * (count + 1)))
        wavenumbers = math.pi / (2 * self.radius) * orders
        slopes = np.cos(angles) * wavenumbers - np.sin(angles) / self.radii[:, None]
        sines = np.sin(angles) / self.radii[:, None]
        return np.asarray((slopes * self.multipliers) @ sines.T / (2 * math.pi * (count + 1)))

    def quadratic_form(self, first: RealArray, second: RealArray | None = None) -> RealArray:
        """∫∫ V(x−y) ρ₁(x) ρ₂(y) = h Σ_j |u₁|²_j (V*ρ₂)_j; of one density with itself by default.

        Parameters
        ----------
        first, second : ndarray, (..., n)
            |u₁|², |u₂|² on the grid.

        Returns
        -------
        ndarray, (...,)

        Notes
        -----
        *Communication*: local.
        """
        return np.asarray(self.spacing * (first * self.apply(first if second is None else second)).sum(axis=-1))
