"""The radial half-line [0, R]: its points, its wavenumbers, and the flows that are diagonal in them.

A radial function φ stands for its values v in an orthonormal basis: Σ|v_j|² = ∫|φ|². In space v is √(4πh)·r·φ on
r_j = jh, and −Δ is −∂_r² with zeros at both ends (sine transform). In the plane v is φ times the weight of a Bessel
node (Hankel transform). So sums over j are integrals over space, and matrices γ(j, j') are operators.
"""

from __future__ import annotations

from functools import cached_property
from typing import Protocol

import numpy as np

from parallel_nls.arguments import positive, whole
from parallel_nls.errors import ArgumentError
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.spectral.hankel import HankelTransform, hankel_matrix
from parallel_nls.spectral.sine import SineTransform, extend_oddly
from parallel_nls.spectral.sweeps import Block, BlockKernel
from parallel_nls.spectral.transforms import FourierTransform, LineTransform


class RadialAxis(Protocol):
    """Points and wavenumbers of a radial axis.

    Attributes
    ----------
    dimension : int
        Of space.
    radius : float
        R, where functions vanish.
    r, k : ndarray, (n,)
        Points inside (0, R), and wavenumbers: −Δ is k² on coefficients.
    amplitude : ndarray, (n,)
        v_j = amplitude_j·φ(r_j).
    transform : LineTransform
        From v to coefficients, and back.
    center : ndarray, (n,)
        φ(0) = Σ center_k v̂_k of coefficients: no point lies there.
    """

    dimension: int
    radius: float
    r: RealArray
    k: RealArray
    amplitude: RealArray
    transform: LineTransform
    center: RealArray

    def propagator(self, factors: ComplexArray) -> BlockKernel:
        """What multiplies the coefficients of each row of a block by factors, values in and out.

        Parameters
        ----------
        factors : ndarray, (n,)
            By wavenumber.

        Notes
        -----
        *Communication*: local.
        """

    @property
    def matrix(self) -> RealArray:
        """The orthogonal matrix T of the transform: coefficients T v, values T v̂. *Communication*: local."""

    @property
    def derivative(self) -> RealArray:
        """The matrix that takes v to amplitude·∂_rφ. *Communication*: local."""


def _checked(points: int, radius: float) -> tuple[int, float]:
    """How many points and how far, if there is an axis of these."""
    count = whole("points", points)
    if count < 1:
        raise ArgumentError(f"points = {points!r}: a radial axis needs at least 1")
    return count, positive("radius", radius)


@kernel
def multiply_oddly(spectrum: ComplexArray, factors: ComplexArray) -> None:
    """Multiply coefficients ±k of an odd function, k = 1 … n, by the same factor."""
    n, length = factors.size, spectrum.shape[1]
    for b in range(spectrum.shape[0]):
        for k in range(n):
            spectrum[b, 1 + k] *= factors[k]
            spectrum[b, length - 1 - k] *= factors[k]


@kernel
def take_inside(extended: ComplexArray, block: ComplexArray) -> None:
    """Write u₁ … u_n of 0, u₁ … u_n, 0, …."""
    for b in range(block.shape[0]):
        for j in range(block.shape[1]):
            block[b, j] = extended[b, 1 + j]


class SpaceRadius:
    """A `RadialAxis` in three dimensions: u = rφ on r_j = jR/(n + 1), with sine transforms.

    Parameters
    ----------
    points : int
        n, inside (0, R); fast if n + 1 is a product of 2, 3, 5.
    radius : float
        R (dimensionless).

    Notes
    -----
    *Communication*: local.
    """

    dimension = 3

    def __init__(self, points: int, radius: float) -> None:
        points, radius = _checked(points, radius)
        self.radius, spacing = radius, radius / (points + 1)
        places = np.arange(1, points + 1)
        self.r: RealArray = np.asarray(spacing * places, dtype=np.float64)
        self.k: RealArray = np.asarray(np.pi / radius * places, dtype=np.float64)
        self.amplitude: RealArray = np.sqrt(4 * np.pi * spacing) * self.r
        self.transform: LineTransform = SineTransform(points)
        # φ(0) = u'(0), of u = Σ v̂_k √(2/(n + 1)) sin(kr)/√(4πΔr)
        self.center: RealArray = np.asarray(self.k / np.sqrt(2 * np.pi * radius))
        self._fourier = FourierTransform(2 * (points + 1))

    def propagator(self, factors: ComplexArray) -> BlockKernel:
        """See `RadialAxis.propagator`: one Fourier transform there and one back, of the odd extension."""
        fourier, scaled = self._fourier, factors / self._fourier.normalisation

        def act(block: ComplexArray, lines: Block) -> None:
            """Multiply the coefficients of one block."""
            extend_oddly(block, fourier.first)
            fourier("forward", fourier.first, fourier.second, lines.numbers)
            multiply_oddly(fourier.second, scaled)
            fourier("backward", fourier.second, fourier.first, lines.numbers)
            take_inside(fourier.first, block)

        return act

    @cached_property
    def matrix(self) -> RealArray:
        """√(2/(n + 1))·sin(πjk/(n + 1)). *Communication*: local."""
        n = len(self.r)
        return np.asarray(np.sqrt(2 / (n + 1)) * np.sin(self._turns(n)))

    @cached_property
    def derivative(self) -> RealArray:
        """From u = rφ: r∂_rφ = u' − u/r, u' of the sine series. *Communication*: local."""
        n = len(self.r)
        cosines = np.sqrt(2 / (n + 1)) * np.cos(self._turns(n))
        return np.asarray((cosines * self.k) @ self.matrix - np.diag(1 / self.r))

    @staticmethod
    def _turns(n: int) -> RealArray:
        # Whole numbers taken to their rest first, so that large products lose no digits.
        places = np.arange(1, n + 1)
        return np.asarray(np.pi / (n + 1) * (np.outer(places, places) % (2 * (n + 1))))


class PlaneRadius:
    """A `RadialAxis` in two dimensions: φ on Bessel nodes, with Hankel transforms.

    Parameters
    ----------
    points : int
        n, inside (0, R).
    radius : float
        R (dimensionless).

    Notes
    -----
    *Communication*: local.
    """

    dimension = 2

    def __init__(self, points: int, radius: float) -> None:
        from scipy.special import j1, jn_zeros

        points, radius = _checked(points, radius)
        zeros = jn_zeros(0, points + 1)
        self.radius, last = radius, zeros[-1]
        self.r: RealArray = radius / last * zeros[:-1]
        self.k: RealArray = zeros[:-1] / radius
        self.amplitude: RealArray = np.sqrt(4 * np.pi) * radius / (last * np.abs(j1(zeros[:-1])))
        self.center: RealArray = 1 / (np.sqrt(np.pi) * radius * np.abs(j1(zeros[:-1])))  # J₀(0) = 1
        self._matrix = hankel_matrix(zeros)
        self.transform: LineTransform = HankelTransform(self._matrix)

    def propagator(self, factors: ComplexArray) -> BlockKernel:
        """See `RadialAxis.propagator`: two products by the matrix."""
        transform = self.transform

        def act(block: ComplexArray, lines: Block) -> None:
            """Multiply the coefficients of one block."""
            transform("forward", block, transform.second, lines.numbers)
            np.multiply(transform.second, factors, out=transform.second)
            transform("backward", transform.second, block, lines.numbers)

        return act

    @property
    def matrix(self) -> RealArray:
        """T. *Communication*: local."""
        return self._matrix

    @cached_property
    def derivative(self) -> RealArray:
        """From φ = Σ c_m J₀(k_m r): ∂_rφ = −Σ c_m k_m J₁(k_m r). *Communication*: local."""
        from scipy.special import j0, j1

        waves, slopes = (f(np.outer(self.r, self.k)) for f in (j0, j1))
        norms = self.amplitude[:, None] * waves
        scale = np.sqrt(np.sum(norms**2, axis=0))
        slopes = self.amplitude[:, None] * slopes * self.k / scale
        return np.asarray(-slopes @ (norms / scale).T)
