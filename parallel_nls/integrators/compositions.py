"""Coefficient tables of palindromic compositions  N(a₀h) L(b₀h) N(a₁h) … L(b_{s-1}h) N(a_s h).

N is the nonlinear phase flow, L the linear flow. Each table lists half of the coefficients up to and with the middle
one; the middle one follows from the sum 1 of each family.
"""

from __future__ import annotations

from dataclasses import dataclass

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
        All coefficients of N (one more than of L) and of L.
    """

    name: str
    order: int
    kicks: tuple[float, ...]
    drifts: tuple[float, ...]
    source: str

    @property
    def pairs(self) -> int:
        """FFT pairs a step."""
        return len(self.drifts)


def _palindrome(half: tuple[float, ...], length: int) -> tuple[float, ...]:
    """Complete a symmetric list of ``length`` numbers with sum 1 from all but its middle entry or entries."""
    middle = 1 - 2 * sum(half) if length % 2 else 0.5 - sum(half)
    left = (*half, middle)
    return left + (left[-2::-1] if length % 2 else left[::-1])


STRANG = Composition("strang", 2, (0.5, 0.5), (1.0,), "Strang 1968, SIAM J. Numer. Anal. 5, 506")

BLANES_MOAN_RKN4 = Composition(
    "blanes-moan-rkn4",
    4,
    _palindrome((0.0829844064174052, 0.396309801498368, -0.0390563049223486), 7),
    _palindrome((0.245298957184271, 0.60487266571108), 6),
    "Blanes & Moan 2002, J. Comput. Appl. Math. 142, 313-330 (SRKN 6b)",
)

SCHEMES = {scheme.name: scheme for scheme in (STRANG, BLANES_MOAN_RKN4)}


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
