"""The whole line in rational functions (Malmquist, Takenaka; Christov; Boyd): spectral accuracy with algebraic tails.

With x = L tan(θ/2), −π < θ < π, a function is the sum of an even and an odd part,

    f(x) = 2cos(θ/2) Σ_n [a_n cos((n + ½)θ) + b_n sin((n + ½)θ)],      ∫ f g = 2πL Σ_n (a_n a'_n + b_n b'_n).

cos(θ/2)e^{i(n+½)θ} = (1 + ix/L)ⁿ/(1 − ix/L)^{n+1} has wavenumbers ξ > 0 alone, and there −i∂_x is |ξ|. So D = |∂_x| and
Λ = ½ + x∂_x are tridiagonal, the same matrices for a and b:

    D e_n = (n e_{n−1} + (2n + 1) e_n + (n + 1) e_{n+1})/(2L),      Λ e_n = ½((n + 1) e_{n+1} − n e_{n−1}),

and ∂_x takes (a, b) to (Db, −Da). On the points θ_j = π(j + ½)/N coefficients are a DCT-IV (even) and a DST-IV (odd).
Arrays hold *normalised* coefficients √(2πL)·a_n and values √(πL/N)/cos(θ_j/2)·f(x_j): then the transform is orthogonal,
and sums of squares over either are ∫|f|².
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from parallel_nls.arguments import whole
from parallel_nls.errors import UserError
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.ordered_products import product

FINER = 3
"""Points of a quadrature for each of the axis, with which dilations by 1/2 to 2 are exact to rounding or nearly so."""
Parity = Literal["even", "odd"]
AnyArray = NDArray[Any]
"""Real or complex; results are what arguments are."""


@kernel
def _clenshaw(coefficients: ComplexArray, xi: RealArray, odd: bool, out: ComplexArray) -> None:
    """Σ_n c_n cos(θ/2)·{cos, sin}((n + ½)θ) at x/L = ξ: the bits of out[i] depend on ξ[i] alone.

    Clenshaw's recurrence b_n = c_n + 2cosθ·b_{n+1} − b_{n+2}, by Reinsch's differences (near x = 0) or sums of
    neighbours, which lose no digits at the ends.
    """
    for i in range(xi.size):
        near = abs(xi[i]) <= 1.0
        square = 1.0 + xi[i] * xi[i]
        factor = -4.0 * (xi[i] * xi[i] / square) if near else 4.0 / square
        sign = 1.0 if near else -1.0
        b, before, change = 0.0j, 0.0j, 0.0j
        for n in range(coefficients.size - 1, -1, -1):
            change = coefficients[n] + factor * b + sign * change
            before, b = b, change + sign * b
        if odd:
            out[i] = (change + 2.0 * before if near else change) * (xi[i] / square)
        else:
            out[i] = (change if near else change - 2.0 * before) / square


class RationalAxis:
    """Points, transform, operators and integrals of the rational basis.

    Parameters
    ----------
    points : int
        N: as many points on x > 0 as even, and as odd, basis functions.
    scale : float
        L > 0: half of the points lie within |x| < L.

    Raises
    ------
    UserError
        N < 2, or L that is not positive.

    Attributes
    ----------
    x, theta : ndarray, (N,)
        Points on x > 0, increasing.
    amplitude : ndarray, (N,)
        Normalised value/value; its square is the weight of a point and its mirror image in ∫ over the line.
    diagonal, offdiagonal : ndarray, (N,), (N − 1,)
        Of D.

    Notes
    -----
    Functions are coefficients on the last axis, normalised. *Communication*: all local.
    """

    def __init__(self, points: int, scale: float) -> None:
        points = whole("points", points)
        if points < 2:
            raise UserError(f"points = {points}: the rational basis needs at least 2")
        if not 0 < scale < np.inf:
            raise UserError(f"scale = {scale!r} of the rational basis must be positive")
        self.points, self.scale = points, float(scale)
        self.theta: RealArray = np.asarray(np.pi / points * (np.arange(points) + 0.5))
        self.x: RealArray = np.asarray(self.scale * np.tan(self.theta / 2))
        # The cosine as a sine of the rest, which keeps its digits where it is small.
        halves = np.sin(np.pi / (2 * points) * (np.arange(points)[::-1] + 0.5))
        self.amplitude: RealArray = np.asarray(math.sqrt(math.pi * self.scale / points) / halves, dtype=np.float64)
        n = np.arange(points)
        self.diagonal: RealArray = np.asarray((2 * n + 1) / (2 * self.scale), dtype=np.float64)
        self.offdiagonal: RealArray = n[1:] / (2 * self.scale)
        self._norm = float(np.sqrt(2 * np.pi * self.scale))
        self._signs: RealArray = np.where(n % 2, -1.0, 1.0)

    @cached_property
    def cosines(self) -> RealArray:
        """The orthogonal, symmetric matrix √(2/N)·cos(π(n + ½)(j + ½)/N) of the even transform, (N, N)."""
        return np.asarray(np.sqrt(2 / self.points) * np.cos(self._angles()))

    @cached_property
    def sines(self) -> RealArray:
        """The same of sin, for odd functions."""
        return np.asarray(np.sqrt(2 / self.points) * np.sin(self._angles()))

    def _angles(self) -> RealArray:
        # Whole numbers taken to their rest first, so that large products lose no digits.
        odd = 2 * np.arange(self.points) + 1
        return np.asarray(np.pi / (4 * self.points) * (np.outer(odd, odd) % (8 * self.points)))

    def coefficients(self, values: AnyArray, parity: Parity = "even") -> AnyArray:
        """Of a function with values f(x_j), (…, N)."""
        return (values * self.amplitude) @ self._transform(parity)

    def values(self, coefficients: AnyArray, parity: Parity = "even") -> AnyArray:
        """Values f(x_j) of coefficients, (…, N)."""
        return (coefficients @ self._transform(parity)) / self.amplitude

    def _transform(self, parity: Parity) -> RealArray:
        return self.cosines if parity == "even" else self.sines

    @cached_property
    def whole(self) -> RealArray:
        """All points −x_{N−1}, …, −x_0, x_0, …, x_{N−1}, (2N,), for functions without parity."""
        return np.concatenate([-self.x[::-1], self.x])

    def split(self, values: AnyArray) -> tuple[AnyArray, AnyArray]:
        """Coefficients (a, b) of the even and the odd part of a function with values on ``whole``, (2N,)."""
        right, left = values[self.points :], values[: self.points][::-1]
        return self.coefficients((right + left) / 2), self.coefficients((right - left) / 2, "odd")

    def join(self, even: AnyArray, odd: AnyArray) -> AnyArray:
        """Values on ``whole`` from coefficients of both parts."""
        a, b = self.values(even), self.values(odd, "odd")
        joined: AnyArray = np.concatenate([(a - b)[::-1], a + b])
        return joined

    def D(self, coefficients: AnyArray) -> AnyArray:
        """|∂_x| of a function; exact, but for what would belong to e_N."""
        result = self.diagonal * coefficients
        result[..., 1:] += self.offdiagonal * coefficients[..., :-1]
        result[..., :-1] += self.offdiagonal * coefficients[..., 1:]
        return result

    def Lambda(self, coefficients: AnyArray) -> AnyArray:
        """½f + x∂_x f; exact, but for what would belong to e_N."""
        result = np.zeros_like(coefficients)
        result[..., 1:] += self.scale * self.offdiagonal * coefficients[..., :-1]
        result[..., :-1] -= self.scale * self.offdiagonal * coefficients[..., 1:]
        return result

    def derivative(self, coefficients: AnyArray, parity: Parity = "even") -> AnyArray:
        """Coefficients of ∂_x f, which has the other parity."""
        changed = self.D(coefficients)
        return -changed if parity == "even" else changed

    @cached_property
    def D_matrix(self) -> RealArray:
        """D on coefficients, (N, N)."""
        return self.D(np.eye(self.points))

    @cached_property
    def Lambda_matrix(self) -> RealArray:
        """Λ on coefficients: f ↦ Λ_matrix @ f, antisymmetric, (N, N)."""
        return self.Lambda(np.eye(self.points)).T

    def inner(self, one: AnyArray, other: AnyArray) -> float:
        """Re ∫ conj(f) g, of coefficients."""
        return float(np.vdot(one, other).real)

    def norm(self, coefficients: AnyArray) -> float:
        """‖f‖ in L²."""
        return float(np.linalg.norm(coefficients))

    def integral(self, coefficients: AnyArray) -> float | complex:
        """∫ f of an even function: 2πL Σ (−1)ⁿ a_n."""
        found = self._norm * (self._signs * coefficients).sum()
        return complex(found) if np.iscomplexobj(coefficients) else float(found)

    def at_zero(self, coefficients: AnyArray) -> float | complex:
        """Value f(0) of an even function: 2 Σ a_n."""
        found = 2 / self._norm * coefficients.sum()
        return complex(found) if np.iscomplexobj(coefficients) else float(found)

    def tail(self, coefficients: RealArray, parity: Parity = "even") -> float:
        """Return c in f ≈ c/x² of an even function, in f ≈ c/x of an odd one, as |x| → ∞."""
        if parity == "odd":
            return float(2 * self.scale / self._norm * (self._signs * coefficients).sum())
        n = np.arange(self.points)
        return float(2 * self.scale**2 / self._norm * (self._signs * (2 * n + 1) * coefficients).sum())

    def evaluate(self, coefficients: AnyArray, x: RealArray, parity: Parity = "even") -> AnyArray:
        """Values of one function at any x.

        Parameters
        ----------
        coefficients : ndarray, (N,)
        x : ndarray
            Of any shape; finite.
        parity : {"even", "odd"}

        Returns
        -------
        ndarray of the shape of ``x``
        """
        places = np.ascontiguousarray(x, dtype=np.float64)
        out = np.empty(places.size, dtype=np.complex128)
        _clenshaw(coefficients.astype(np.complex128), places.reshape(-1) / self.scale, parity == "odd", out)
        found = (2 / self._norm * out).reshape(places.shape)
        return found.astype(coefficients.dtype) if np.iscomplexobj(coefficients) else found.real.copy()

    def resampled(self, coefficients: AnyArray, other: RationalAxis, parity: Parity = "even") -> AnyArray:
        """Coefficients of the same function on another axis, by its values on the points there."""
        return other.coefficients(self.evaluate(coefficients, other.x, parity), parity)

    def basis(self, x: RealArray, parity: Parity = "even") -> RealArray:
        """All normalised basis functions at places, (N, len(x))."""
        angles = 2 * np.arctan(x / self.scale)
        waves = np.outer(np.arange(self.points) + 0.5, angles)
        functions = np.cos(waves) if parity == "even" else np.sin(waves)
        return np.asarray(2 / self._norm * np.cos(angles / 2) * functions)

    def dilation(self, factor: float, parity: Parity = "even") -> RealArray:
        """The matrix of f ↦ √factor·f(factor·x) on coefficients, (N, N): what belongs to e_N … is left out.

        It conserves the norm of what the basis can hold of the result. Sums run in a fixed order.
        """
        fine = RationalAxis(FINER * self.points, self.scale)
        functions = self.basis(factor * fine.x, parity) * (math.sqrt(factor) * fine.amplitude)
        kept = np.ascontiguousarray(fine._transform(parity)[:, : self.points])
        return np.ascontiguousarray(product(functions, kept).T)

    def content(self, coefficients: AnyArray, share: float = 0.1) -> float:
        """The largest of the last coefficients (a share of all) over the largest of all: what is not resolved."""
        sizes = np.abs(coefficients)
        last = sizes[..., int((1 - share) * self.points) :]
        return float(last.max() / sizes.max()) if sizes.any() else 0.0
