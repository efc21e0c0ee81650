"""Potentials that are narrower than the points of a radial axis are apart, so that sums over these miss them."""

from __future__ import annotations

from math import ceil

from parallel_nls.config.configuration import Configuration
from parallel_nls.config.sections.equation_hartree import RadialHartreeEquation

__all__ = ["narrow_potential"]


def narrow_potential(config: Configuration) -> str | None:
    """What to say of a potential that V*ρ at the points is not of; None where nothing is wrong.

    At points h apart the sum over a Gaussian of a width w is wrong by 2exp(−(πw/h)²), 10⁻⁴ at w = h. The tail of the
    waves does not show that: they are resolved, under another potential.

    Notes
    -----
    *Communication*: local.
    """
    equation, grid = config.equation, config.grid
    if not isinstance(equation, RadialHartreeEquation) or grid.space != "radius":
        return None
    (spacing,) = grid.spacing
    allowed = [(term.narrowest(equation.dimension), term) for term in equation.potential if term.strength]
    if not allowed:
        return None
    widest, term = min(allowed, key=lambda one: one[0])
    if widest >= spacing:
        return None
    points = ceil(spacing * (grid.points[0] + 1) / widest)
    return (
        f"the points are {spacing:.2g} apart, and the potential {term.describe()} is narrower: V*ρ, energies "
        f"and all that follows are of another one; take grid.points = {points} or more"
    )
