"""Whether the virial identity that a user's equation declares is that of its flows, by one look at a field.

For i u_t = −Δu − Φ(|u|², x)u the second derivative of the variance needs no second field,

    d²/dt² ∫|x|²|u|² = ∫ 8|∇u|² − 4Φ·(d|u|² + 2Re ū x·∇u),

so that what is declared is known to be wrong before the first step, where smaller ones would never mend it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from parallel_nls.diagnostics.integration import integral_of
from parallel_nls.diagnostics.monitor import Sample
from parallel_nls.diagnostics.passes import Passes
from parallel_nls.equations.split_equation import SplitEquation
from parallel_nls.equations.watched_equation import UserEquation
from parallel_nls.errors import UserError
from parallel_nls.numerics.arrays import ComplexArray, RealArray

__all__ = ["check_acceleration"]

_MISSED = 1e-4  # of the moduli of all terms: more than integrals of a resolved field are wrong by
_EDGE = 1e-3  # of the largest |u|: what is more at the edge of the box has no identity of the whole space
_ROUGH = 0.1  # of what is missed, by which half of the points on each axis may give another integral


def check_acceleration(
    equation: UserEquation, passes: Passes, sample: Callable[[], Sample], values: Mapping[str, float | RealArray]
) -> None:
    """Refuse an equation whose `variance_acceleration` is not what its Φ gives, as far as the field tells.

    Parameters
    ----------
    equation : UserEquation
        What the user's file defines.
    passes : Passes
        Over its fields.
    sample : callable
        Makes the sample that is looked at.
    values : mapping
        What has been measured of it.

    Raises
    ------
    UserError
        On every rank, with both numbers.

    Notes
    -----
    Nothing is looked at where Φ is not known at points, the symbol is another than |k|², u is at the edge, or its
    integrals change with the number of points. *Communication*: collective, six transposes and messages at most.
    """
    own, declared = equation.equation, float(values.get("variance_acceleration", np.nan))
    known = np.isfinite(declared) and values["edge"] <= _EDGE
    if not (known and isinstance(own, SplitEquation) and _follows_from_rate(own)):
        return
    acceleration = _Acceleration(own, passes.equation.domain.spacing)
    found, size = (integral_of(passes, sample(), density) for density in (acceleration, acceleration.modulus))
    missed = abs(found - declared)
    if not missed > _MISSED * size:
        return
    if abs(integral_of(passes, sample(), acceleration.coarse) - found) <= _ROUGH * missed:
        raise UserError(
            f"{equation.path}: variance_acceleration of {equation.name} is {declared:.6g} of the initial data, where "
            f"d²/dt²∫|x|²|u|² by its phase_rate is {found:.6g}; correct it, or leave it out: no virial identity is "
            "looked at then"
        )


def _follows_from_rate(own: SplitEquation) -> bool:
    """Whether its flows are those of |k|² and of `phase_rate`."""
    kind = type(own)
    given = kind.phase_rate is not SplitEquation.phase_rate
    return given and own.quadratic and kind.kick is SplitEquation.kick and kind.drift is SplitEquation.drift


class _Acceleration:
    """Densities of the second derivative."""

    def __init__(self, own: SplitEquation, spacing: tuple[float, ...]) -> None:
        self.own, self.spacing = own, spacing

    def __call__(self, u: ComplexArray, gradient: ComplexArray, *places: RealArray) -> RealArray:
        """That of it."""
        square, moved = (
            _square(u),
            sum(x * np.real(np.conj(u) * slope) for x, slope in zip(places, gradient, strict=True)),
        )
        turning = self.own.phase_rate(square, *places) * (len(places) * square + 2 * moved)
        density: RealArray = 8 * np.sum(_square(gradient), axis=0) - 4 * turning
        return density

    def modulus(self, u: ComplexArray, gradient: ComplexArray, *places: RealArray) -> RealArray:
        """That of the moduli of its terms."""
        square, moved = _square(u), sum(np.abs(x * u * slope) for x, slope in zip(places, gradient, strict=True))
        turning = np.abs(self.own.phase_rate(square, *places)) * (len(places) * square + 2 * moved)
        density: RealArray = 8 * np.sum(_square(gradient), axis=0) + 4 * turning
        return density

    def coarse(self, u: ComplexArray, gradient: ComplexArray, *places: RealArray) -> RealArray:
        """That of it at every other point of each axis, times as many."""
        density = self(u, gradient, *places)
        for x, spacing in zip(places, self.spacing, strict=True):
            # Points are at whole or half multiples, of either sign.
            density = density * (2.0 * (np.floor(x / spacing + 0.25) % 2 == 0))
        return density


def _square(u: ComplexArray) -> RealArray:
    square: RealArray = u.real**2 + u.imag**2
    return square
