"""The pseudo-conformal transform, a symmetry of the L²-critical NLS, and its inverse.

    P_T(u)(t,x) = (T-t)^{-d/2} u(1/(T-t), x/(T-t)) exp(-i|x|²/(4(T-t))),      t < T,
    P_T^{-1}(v)(s,y) = s^{-d/2} v(T-1/s, y/s) exp(i|y|²/(4s)),      s > 0

(Cao, Su & Zhang, eq. 1.6; with s = 1/(T-t) and y = x/(T-t) the second follows from the first). The transform takes
large times to times close to T, and solitary waves to bubbles.
"""

from __future__ import annotations

from dataclasses import dataclass

from parallel_nls.arguments import number
from parallel_nls.contracts import Profile
from parallel_nls.errors import UserError
from parallel_nls.profiles.pointwise import (
    ComplexBlock,
    Coordinates,
    QuadraticPhase,
    add_turned,
    check_profile,
    contiguous,
    first_rows,
    time_left,
    values,
)


@dataclass(frozen=True)
class PseudoConformal:
    """P_T(u) for a profile u.

    Attributes
    ----------
    profile : Profile
        u.
    blowup_time : float
        T.
    """

    profile: Profile
    blowup_time: float

    def __post_init__(self) -> None:
        """Refuse what is no profile, or no time."""
        check_profile(self.profile)
        number("blowup_time", self.blowup_time)

    def add_to(self, block: ComplexBlock, time: float, coordinates: Coordinates, weight: float = 1.0) -> None:
        """Add weight·P_T(u)(time) to the rows of a block; see `contracts.Profile`.

        Raises
        ------
        UserError
            If the time is not before T.

        Notes
        -----
        *Communication*: local.
        """
        first_rows(block, coordinates, len(coordinates))
        remaining = time_left(self.blowup_time, time)
        original = values(self.profile, 1.0 / remaining, tuple(x / remaining for x in coordinates))
        amplitude = weight * remaining ** (-0.5 * len(coordinates))
        phase = QuadraticPhase.of(len(coordinates), chirp=-0.25 / remaining)
        add_turned(block, original, contiguous(coordinates), phase, amplitude)


@dataclass(frozen=True)
class InversePseudoConformal:
    """P_T^{-1}(v) for a profile v.

    Attributes
    ----------
    profile : Profile
        v.
    blowup_time : float
        T.
    """

    profile: Profile
    blowup_time: float

    def __post_init__(self) -> None:
        """Refuse what is no profile, or no time."""
        check_profile(self.profile)
        number("blowup_time", self.blowup_time)

    def add_to(self, block: ComplexBlock, time: float, coordinates: Coordinates, weight: float = 1.0) -> None:
        """Add weight·P_T^{-1}(v)(time) to the rows of a block; see `contracts.Profile`.

        Raises
        ------
        UserError
            If the time is not positive.

        Notes
        -----
        *Communication*: local.
        """
        first_rows(block, coordinates, len(coordinates))
        if not number("time", time) > 0.0:
            raise UserError(f"the inverse pseudo-conformal transform has values at positive times, not at {time!r}")
        original = values(self.profile, self.blowup_time - 1.0 / time, tuple(y / time for y in coordinates))
        amplitude = weight * time ** (-0.5 * len(coordinates))
        phase = QuadraticPhase.of(len(coordinates), chirp=0.25 / time)
        add_turned(block, original, contiguous(coordinates), phase, amplitude)
