"""Coefficient tables of palindromic compositions N(a₀h) L(b₀h) N(a₁h) …, some with the roles of N and L exchanged.

N is the nonlinear phase flow, L the linear flow. Each table lists half of the coefficients up to and with the middle
one; the middle one follows from the sum 1 of each family.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, pairwise, zip_longest

from parallel_nls.errors import UserError


@dataclass(frozen=True)
class Composition:
    """A symmetric splitting scheme.

    Attributes
    ----------
    name, source : str
        Its name in a configuration, and where it was published.
    order : int
        Order of accuracy in the step.
    kicks, drifts : tuple of float
        All coefficients of N and of L; the flow that begins and ends a step has one more than the other.
    needs_quadratic : bool
        Whether it has its order only for a linear flow that is quadratic in the wavenumber: conditions of order 5 that
        hold by themselves then are left out. Symmetric schemes of order 4 need none of them.
    """

    name: str
    order: int
    kicks: tuple[float, ...]
    drifts: tuple[float, ...]
    source: str
    needs_quadratic: bool = False

    @property
    def pairs(self) -> int:
        """FFT pairs a step."""
        return min(len(self.kicks), len(self.drifts))

    @property
    def drift_first(self) -> bool:
        """Whether L begins and ends a step, and N stands between."""
        return len(self.drifts) > len(self.kicks)

    @property
    def stages(self) -> tuple[float, ...]:
        """All coefficients in the order in which the flows act."""
        outer, inner = (self.drifts, self.kicks) if self.drift_first else (self.kicks, self.drifts)
        return tuple(c for c in chain.from_iterable(zip_longest(outer, inner)) if c is not None)


def _palindrome(half: tuple[float, ...], length: int) -> tuple[float, ...]:
    """Complete a symmetric list of ``length`` numbers with sum 1 from all but its middle entry or entries."""
    middle = 1 - 2 * sum(half) if length % 2 else 0.5 - sum(half)
    left = (*half, middle)
    return left + (left[-2::-1] if length % 2 else left[::-1])


def _of_strang_steps(name: str, order: int, weights: tuple[float, ...], source: str) -> Composition:
    """Strang steps of these fractions of a step, neighbouring kicks joined."""
    halves = [0.0, *weights, 0.0]
    kicks = tuple((a + b) / 2 for a, b in pairwise(halves))
    return Composition(name, order, kicks, weights, source)


STRANG = Composition("strang", 2, (0.5, 0.5), (1.0,), "Strang 1968, SIAM J. Numer. Anal. 5, 506")

SUZUKI4 = _of_strang_steps(
    "suzuki4", 4, _palindrome((1 / (4 - 4 ** (1 / 3)),) * 2, 5), "Suzuki 1990, Phys. Lett. A 146, 319"
)

_BLANES_MOAN = "Blanes & Moan 2002, J. Comput. Appl. Math. 142, 313-330"

BLANES_MOAN_PRK4 = Composition(
    "blanes-moan-prk4",
    4,
    _palindrome((0.209515106613362, -0.143851773179818), 6),
    _palindrome((0.0792036964311957, 0.353172906049774, -0.0420650803577195), 7),
    f"{_BLANES_MOAN} (S6)",
)

BLANES_MOAN_RKN4 = Composition(
    "blanes-moan-rkn4",
    4,
    _palindrome((0.0829844064174052, 0.396309801498368, -0.0390563049223486), 7),
    _palindrome((0.245298957184271, 0.60487266571108), 6),
    f"{_BLANES_MOAN} (SRKN 6b)",
)

BLANES_MOAN_RKN6 = Composition(
    "blanes-moan-rkn6",
    6,
    _palindrome(
        (0.0414649985182624, 0.198128671918067, -0.0400061921041533, 0.0752539843015807, -0.0115113874206879), 12
    ),
    _palindrome((0.123229775946271, 0.290553797799558, -0.127049212625417, -0.246331761062075, 0.357208872795928), 11),
    f"{_BLANES_MOAN} (SRKN 11b)",
    needs_quadratic=True,
)

_KAHAN_LI = "Kahan & Li 1997, Math. Comp. 66, 1089"

KAHAN_LI6 = _of_strang_steps(
    "kahan-li6",
    6,
    _palindrome((0.3921614440073141, 0.33259913678935943, -0.7062461725576393, 0.0822135962935508), 9),
    f"{_KAHAN_LI} (s9odr6a)",
)

KAHAN_LI8 = _of_strang_steps(
    "kahan-li8",
    8,
    _palindrome(
        (
            0.13020248308889007,
            0.5611629817751084,
            -0.38947496264484727,
            0.1588419065551556,
            -0.39590389413323757,
            0.1845396409783157,
            0.25837438768632204,
            0.2950117236093103,
        ),
        17,
    ),
    f"{_KAHAN_LI} (s17odr8a)",
)

SCHEMES = {
    scheme.name: scheme
    for scheme in (STRANG, SUZUKI4, BLANES_MOAN_RKN4, BLANES_MOAN_RKN6, BLANES_MOAN_PRK4, KAHAN_LI6, KAHAN_LI8)
}


def composition(name: str) -> Composition:
    """Return the scheme of that name.

    Raises
    ------
    UserError
        If there is none.

    Notes
    -----
    *Communication*: local.
    """
    if name not in SCHEMES:
        raise UserError(f"scheme {name!r} is not known; choose one of {', '.join(SCHEMES)}")
    return SCHEMES[name]
