"""Whether what a user's equation says of itself holds: what it conserves, and Φ = −2 ∂G/∂|u|²."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from parallel_nls.contracts import Completed
from parallel_nls.equations.elementwise import ElementwiseDensity, PhaseRotation
from parallel_nls.equations.split_equation import SplitEquation
from parallel_nls.equations.watched_equation import UserEquation
from parallel_nls.errors import UserError
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.spectral.sweeps import Block
from parallel_nls.user_code.source import RunningUserCode

__all__ = ["check_claims"]

_KNOWN = ("mass", "energy", "momentum")
_SHIFT = 1e-3  # of |u|², relative, by which G is differentiated
_SMOOTH = 1e-4  # by which the derivative by twice that may be another, where G is smooth and not lost in rounding
_ROUNDING = 1e-15
_MISSED = 1e-3  # of Φ and −2 ∂G/∂|u|²: more than differences are wrong by
_MOST = 0.9  # of the mass of a block must be where the derivative is known


def check_claims(equation: UserEquation, completed: Completed) -> None:
    """Refuse an equation that says of itself what does not hold; of its energy as far as Φ and G are given.

    Parameters
    ----------
    equation : UserEquation
        What the user's file defines.
    completed : Completed
        The field, of which every row is looked at; kept.

    Raises
    ------
    UserError
        With what was said, and the remedy.

    Notes
    -----
    *Communication*: local; a rank that fails fails alone.
    """
    own, path = equation.equation, equation.path
    conserved = getattr(own, "conserved", _KNOWN[:2])
    whole = isinstance(conserved, Iterable) and not isinstance(conserved, str)
    if not whole or any(name not in _KNOWN for name in conserved):
        raise UserError(
            f'{path}: conserved = {conserved!r}; give a tuple of some of "mass", "energy" and "momentum", as ("mass",)'
        )
    if "energy" not in conserved or not isinstance(own, SplitEquation) or type(own).energy is not SplitEquation.energy:
        return
    kick, density = own.kick, own.density
    if isinstance(kick, PhaseRotation) and isinstance(density, ElementwiseDensity):

        def compare(block: ComplexArray, lines: Block) -> None:
            """Compare both on one block of rows."""
            with RunningUserCode(path, "potential"):
                found = [density.points.shifted(block, lines, shift) for shift in _shifts()]
                rates, squares = kick.points.shifted(block, lines, 0.0), kick.points.squares(block)
            _compare(equation, squares[: lines.count], rates[: lines.count], [each[: lines.count] for each in found])

        completed.visit(compare)


def _shifts() -> tuple[float, ...]:
    return (_SHIFT, -_SHIFT, 2 * _SHIFT, -2 * _SHIFT)


def _compare(equation: UserEquation, squares: RealArray, rates: RealArray, shifted: list[RealArray]) -> None:
    """Refuse G if −2 ∂G/∂|u|² is not Φ up to a constant, which only turns the phase of all of u."""
    with np.errstate(all="ignore"):
        near, far = ((shifted[n + 1] - shifted[n]) / (squares * _SHIFT * (n / 2 + 1)) for n in (0, 2))
        sizes = np.abs(rates) + np.abs(near)
        # Parts of G of the size of 1 may cancel: what is left of them in small waves tells nothing.
        rounding = _ROUNDING * (1.0 + np.abs(shifted[0])) / (squares * _SHIFT)
        known = np.abs(near - far) + rounding <= _SMOOTH * sizes
    weights = np.where(known, squares, 0.0)
    if weights.sum() <= _MOST * squares.sum() or not weights.sum() > 0:
        return
    apart = np.where(known, near - rates, 0.0)
    apart -= np.average(apart, weights=weights)
    if np.sum(weights * np.abs(apart)) > _MISSED * np.sum(weights * np.where(known, sizes, 0.0)):
        place = np.unravel_index(int(np.argmax(weights * np.abs(apart))), weights.shape)
        raise UserError(
            f"{equation.path}: potential and phase_rate of {equation.name} do not belong together, so that its energy "
            f"is not conserved: −2 ∂potential/∂|u|² is {near[place]:.6g} at a point where phase_rate is "
            f'{rates[place]:.6g}; correct one of them, or leave "energy" out of conserved'
        )
