"""Operators |ξ|^s + ω − w(x) on a box, preconditioned by (|ξ|^s + c)⁻¹, and with kernels removed.

A kernel spanned by orthonormal v is removed by PAP + vvᵀ, P = 1 − vvᵀ, in the place of A: then f ⟂ v, and with the
multipliers μ = (v, g − Af)

    A f + Σ μ_j v_j = g,      (v_j, f) = 0,

the bordered system. μ is what g has outside the range of A: the defect of solvability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from parallel_nls.elliptic.fields import Multiplier, RealFields
from parallel_nls.numerics.arrays import RealArray


@dataclass(frozen=True)
class Preconditioner:
    """(|ξ|^s + c)⁻¹ on the functions of a box.

    Attributes
    ----------
    fields : RealFields
    shift : float
        c > 0.
    inverse : Multiplier
        Its values.
    """

    fields: RealFields
    shift: float
    inverse: Multiplier

    @classmethod
    def of(cls, fields: RealFields, shift: float) -> Preconditioner:
        """The one of a shift. *Communication*: local."""
        return cls(fields, shift, fields.multiplier(lambda symbol: 1 / (symbol + shift)))

    def __call__(self, values: RealArray) -> RealArray:
        """(|ξ|^s + c)⁻¹f. *Communication*: collective, two transposes."""
        return self.fields.apply(self.inverse, values)


class SchroedingerOperator:
    """A = |ξ|^s + ω − w(x), and M⁻¹A with M = |ξ|^s + c.

    Parameters
    ----------
    preconditioner : Preconditioner
        M⁻¹.
    frequency : float
        ω.
    weight : ndarray
        w at this rank's points.
    kernel : sequence of ndarray
        Functions that A takes to 0, of which solutions and sources are freed; independent, of any norm.

    Notes
    -----
    M⁻¹Af = f − M⁻¹(c − ω + w)f takes one transform there and back, and no large |ξ|^s multiplies rounding.
    *Communication*: construction is collective.
    """

    def __init__(
        self, preconditioner: Preconditioner, frequency: float, weight: RealArray, kernel: Sequence[RealArray] = ()
    ) -> None:
        self.fields, self.preconditioner = preconditioner.fields, preconditioner
        self._rest: RealArray = (preconditioner.shift - frequency) + weight
        self.kernel = self._orthonormal(kernel)
        # M⁻¹v, M⁻¹Av and Av = (M − rest)v of each.
        self._borders = [
            (preconditioner(v), self._preconditioned(v), self.fields.apply(self.fields.symbol, v) + self._lower(v))
            for v in self.kernel
        ]

    def _orthonormal(self, functions: Sequence[RealArray]) -> list[RealArray]:
        found: list[RealArray] = []
        for v in functions:
            for _ in range(2):  # twice is enough (Kahan)
                for u in found:
                    v = v - self.fields.inner([(u, v)])[0] * u
            found.append(v / np.sqrt(self.fields.inner([(v, v)])[0]))
        return found

    def _lower(self, f: RealArray) -> RealArray:
        """(ω − w)f."""
        return (self.preconditioner.shift - self._rest) * f

    def _preconditioned(self, f: RealArray) -> RealArray:
        return f - self.preconditioner(self._rest * f)

    def apply(self, f: RealArray) -> RealArray:
        """A f. *Communication*: collective, two transposes."""
        return self.fields.apply(self.fields.symbol, f) + self._lower(f)

    def preconditioned(self, f: RealArray) -> RealArray:
        """M⁻¹(PAP + vvᵀ)f. *Communication*: collective, two transposes, and a message where there is a kernel."""
        if not self.kernel:
            return self._preconditioned(f)
        along = self.fields.inner([(v, f) for v in self.kernel])
        g = f - sum(a * v for a, v in zip(along, self.kernel, strict=True))
        found = self._preconditioned(g)
        across = self.fields.inner([(image, g) for _, _, image in self._borders])
        for (border, _, _), a, b in zip(self._borders, along, across, strict=True):
            found -= (b - a) * border
        return found

    def preconditioned_source(self, source: RealArray) -> RealArray:
        """M⁻¹Pg. *Communication*: collective, two transposes, and a message where there is a kernel."""
        if self.kernel:
            parts = self.fields.inner([(v, source) for v in self.kernel])
            source = source - sum(a * v for a, v in zip(parts, self.kernel, strict=True))
        return self.preconditioner(source)

    def defects(self, f: RealArray, source: RealArray) -> tuple[float, ...]:
        """μ_j = (v_j, g − Af), exact as (v, g) − (Av, f). *Communication*: collective, one message."""
        if not self.kernel:
            return ()
        images = [image for _, _, image in self._borders]
        found = self.fields.inner([(v, source) for v in self.kernel] + [(image, f) for image in images])
        count = len(self.kernel)
        return tuple(g - image for g, image in zip(found[:count], found[count:], strict=True))
