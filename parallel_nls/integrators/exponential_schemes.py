"""Schemes for u_t = Lu + N(t, u) with an unbounded linear part, L û = −i|k|² û: what a configuration may name.

`etdrk4` is the exponential Runge–Kutta scheme of Cox & Matthews (2002, J. Comput. Phys. 176, 430), `if-rk4` the
classical Runge–Kutta method for e^{−tL}u (Lawson 1967, SIAM J. Numer. Anal. 4, 372), `strang` half the linear flow, a
step of the classical Runge–Kutta method for N at every point, half the linear flow. `yoshida4` is three of these, w,
1 − 2w and w of the step long, w = 1/(2 − 2^{1/3}) (Yoshida 1990, Phys. Lett. A 150, 262).
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EXPONENTIAL_SCHEMES", "ExponentialScheme"]


@dataclass(frozen=True)
class ExponentialScheme:
    """One of them.

    Attributes
    ----------
    name : str
        In a configuration.
    order : int
        Of accuracy in the step.
    pairs : int
        Pairs of a transform and its inverse a step, but for a transform along one axis more.
    parts : tuple of float
        Of a splitting: the lengths of its Strang steps, in steps; () of a Runge–Kutta scheme.
    """

    name: str
    order: int
    pairs: int
    parts: tuple[float, ...] = ()


_OUTER = 1 / (2 - 2 ** (1 / 3))


EXPONENTIAL_SCHEMES = {
    scheme.name: scheme
    for scheme in (
        ExponentialScheme("etdrk4", 4, 4),
        ExponentialScheme("if-rk4", 4, 4),
        ExponentialScheme("strang", 2, 2, (1.0,)),
        ExponentialScheme("yoshida4", 4, 4, (_OUTER, 1 - 2 * _OUTER, _OUTER)),
    )
}
"""By name; the first is the default."""
