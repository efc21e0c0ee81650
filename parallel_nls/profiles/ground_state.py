"""The ground state Q and the generalized kernel function ρ of the mass-critical NLS, d = 1 and 2.

Radial on R^d, Q > 0:

    ΔQ - Q + Q^{1+4/d} = 0,      L₊ρ = -|x|²Q,      L₊ = -Δ + 1 - (1+4/d)Q^{4/d}.

On [0, 45] they are piecewise polynomials about the nodes j/16; beyond, r^m e^{-r} times a series in 1/r.
The relative accuracy is a few units of rounding everywhere, tails included (next to a zero of ρ or ρ',
relative to the size nearby). The tables come from scripts/make_ground_state_tables.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from parallel_nls.errors import UserError
from parallel_nls.notebook import Shown
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.numerics.compiled import kernel

_CELLS = 16.0  # nodes per unit of r
_END = 45.0  # last node
_TAIL_ROW = 721  # behind the 721 nodes
_DEGREE = 13  # of the polynomials; a constant, so that the loop over it unrolls
_VANISHING = 800.0  # from here on r³e^{-r} is below the smallest float64


class RadialTable(NamedTuple):
    """One radial function as `evaluate` and `evaluate_point` read it; numba passes it as a tuple.

    Attributes
    ----------
    coefficients : ndarray, shape (722, 14), float64
        Polynomial coefficients, constant term first: about the nodes j/16 for j = 0, ..., 720; in the last
        row those of P in r^{power - half/2} e^{-r} P(1/r), the function at r > 45.
    power : int
        Integer part of the tail's power of r.
    half : int
        1 where the tail carries another factor r^{-1/2} (d = 2), else 0.
    odd : int
        1 for a derivative, which changes sign with r, else 0.
    """

    coefficients: RealArray
    power: int
    half: int
    odd: int


@kernel
def _place(power: int, half: int, odd: int, r: float) -> tuple[int, float, float, float]:
    """Return the row for r, the polynomial's argument, and two factors for its value; local."""
    distance = abs(r)
    factor = 1.0
    root = 1.0
    if distance <= _END:
        row = int(distance * _CELLS + 0.5)
        x = distance - row / _CELLS
    else:
        if distance > _VANISHING:
            distance = _VANISHING
        row = _TAIL_ROW
        x = 1.0 / distance
        # e^{-r} in two factors: alone it would underflow before the product does.
        root = math.exp(-0.5 * distance)
        factor = root * math.sqrt(x) if half == 1 else root
        for _ in range(power):
            factor *= distance
    if odd == 1 and r < 0.0:
        factor = -factor
    return row, x, factor, root


@kernel
def _polynomial(coefficients: RealArray, row: int, x: float, factor: float, root: float) -> float:
    """Evaluate one row at x, even and odd powers apart: two short chains instead of a long one; local."""
    square = x * x
    odd = coefficients[row, _DEGREE]
    even = coefficients[row, _DEGREE - 1]
    for k in range(_DEGREE - 2, 0, -2):
        odd = odd * square + coefficients[row, k]
        even = even * square + coefficients[row, k - 1]
    return float(((even + x * odd) * factor) * root)


@kernel
def evaluate_point(table: RadialTable, r: float) -> float:
    """Evaluate one radial function at one radius, from Python or from another kernel.

    Parameters
    ----------
    table : RadialTable
        For example ``ground_state(2).value_table``.
    r : float
        Radius, dimensionless. A negative one gives the even (derivatives: odd) continuation, NaN gives NaN.

    Returns
    -------
    float
        The function at r.

    Notes
    -----
    *Communication*: local.
    """
    result: float = _polynomial(table.coefficients, *_place(table.power, table.half, table.odd, r))
    return result


@kernel
def evaluate(table: RadialTable, r: RealArray, out: RealArray) -> None:
    """Evaluate one radial function elementwise: the bits of ``out[i]`` depend on ``r[i]`` alone.

    Parameters
    ----------
    table : RadialTable
        For example ``ground_state(2).value_table``.
    r : ndarray, shape (n,), float64, contiguous
        Radii, dimensionless.
    out : ndarray, shape (n,), float64, contiguous
        Receives the values; may be ``r`` itself.

    Notes
    -----
    *Communication*: local.
    """
    # The table is taken apart outside the loop: inside, numba would count references at every point.
    coefficients, power, half, parity = table
    for i in range(r.size):
        out[i] = _polynomial(coefficients, *_place(power, half, parity, r[i]))


@dataclass(frozen=True, eq=False, repr=False)
class GroundState(Shown):
    """Q and ρ of the mass-critical NLS in one dimension; obtain it from `ground_state`.

    All quantities are dimensionless, all integrals are over R^d.

    Attributes
    ----------
    dimension : int
        d, 1 or 2.
    value_table, derivative_table, rho_table, rho_derivative_table : RadialTable
        Q, Q', ρ, ρ' for `evaluate` and `evaluate_point`.
    peak : float
        Q(0).
    tail_amplitude : float
        A of Q ~ A e^{-r} (d = 1), Q ~ A K₀(r) (d = 2).
    mass : float
        ‖Q‖², the squared L² norm.
    gradient_norm_squared : float
        ‖∇Q‖².
    power_integral : float
        ∫Q^{2+4/d}.
    second_moment : float
        ‖yQ‖² = ∫|y|²Q².
    fourth_moment : float
        ‖|y|²Q‖² = ∫|y|⁴Q².
    rho_peak : float
        ρ(0).
    rho_tail_amplitude : float
        c of ρ ~ c e^{-r} - A(r³/6 + r²/4 + r/4)e^{-r} (d = 1), ρ ~ c K₀ - A(r³K₁ + r²K₀ + 2rK₁)/6 (d = 2).
    rho_moment : float
        ⟨ρ, |y|²Q⟩.
    rho_overlap : float
        ⟨ρ, Q⟩ = -‖yQ‖²/2.
    rho_norm_squared : float
        ‖ρ‖².
    rho_gradient_norm_squared : float
        ‖∇ρ‖².
    """

    dimension: int
    value_table: RadialTable
    derivative_table: RadialTable
    rho_table: RadialTable
    rho_derivative_table: RadialTable
    peak: float
    tail_amplitude: float
    mass: float
    gradient_norm_squared: float
    power_integral: float
    second_moment: float
    fourth_moment: float
    rho_peak: float
    rho_tail_amplitude: float
    rho_moment: float
    rho_overlap: float
    rho_norm_squared: float
    rho_gradient_norm_squared: float

    def _shown_heading(self) -> str:
        return f"Ground state Q of the critical NLS in {self.dimension}-D"

    def _shown_rows(self) -> dict[str, object]:
        return {"Q(0)": f"{self.peak:.12g}", "‖Q‖²": f"{self.mass:.12g}", "‖yQ‖²": f"{self.second_moment:.12g}"}

    def value(self, r: ArrayLike) -> RealArray:
        """Return Q(r).

        Parameters
        ----------
        r : array_like
            Radii |x|, of any shape.

        Returns
        -------
        ndarray, float64
            Of r's shape.

        Notes
        -----
        *Communication*: local.
        """
        return _evaluated(self.value_table, r)

    def derivative(self, r: ArrayLike) -> RealArray:
        """Return dQ/dr at r; parameters and result as for `value`.

        Notes
        -----
        *Communication*: local.
        """
        return _evaluated(self.derivative_table, r)

    def rho(self, r: ArrayLike) -> RealArray:
        """Return ρ(r), L₊ρ = -|x|²Q; parameters and result as for `value`.

        Notes
        -----
        *Communication*: local.
        """
        return _evaluated(self.rho_table, r)

    def rho_derivative(self, r: ArrayLike) -> RealArray:
        """Return dρ/dr at r; parameters and result as for `value`.

        Notes
        -----
        *Communication*: local.
        """
        return _evaluated(self.rho_derivative_table, r)


@cache
def ground_state(dimension: int) -> GroundState:
    """Return the ground state in ``dimension`` dimensions; its tables are read on the first call.

    Parameters
    ----------
    dimension : int
        1 or 2.

    Returns
    -------
    GroundState
        The same object on every call.

    Raises
    ------
    UserError
        For any other dimension.

    Notes
    -----
    *Communication*: local; every rank reads its own copy (160 KB).
    """
    if dimension not in (1, 2):
        raise UserError(f"the ground state is tabulated in dimensions 1 and 2, not {dimension!r}")
    half = int(dimension) - 1
    path = resources.files("parallel_nls.profiles") / "_tables" / f"ground_state_{int(dimension)}.npz"
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        arrays: dict[str, Any] = dict(stored)
    value, rho = arrays.pop("value"), arrays.pop("rho")
    tails = [arrays.pop(f"{name}_tail") for name in ("value", "derivative", "rho", "rho_derivative")]
    return GroundState(
        dimension=int(dimension),
        value_table=RadialTable(np.vstack([value, tails[0]]), 0, half, 0),
        derivative_table=RadialTable(np.vstack([_differentiated(value), tails[1]]), 0, half, 1),
        rho_table=RadialTable(np.vstack([rho, tails[2]]), 3, half, 0),
        rho_derivative_table=RadialTable(np.vstack([_differentiated(rho), tails[3]]), 3, half, 1),
        **{name: float(number) for name, number in arrays.items()},
    )


def _differentiated(coefficients: RealArray) -> RealArray:
    """Return the coefficients of the derivatives of piecewise polynomials, a zero as the last one; local."""
    derivative = np.zeros_like(coefficients)
    derivative[:, :-1] = coefficients[:, 1:] * np.arange(1.0, coefficients.shape[1])
    return derivative


def _evaluated(table: RadialTable, r: ArrayLike) -> RealArray:
    """Evaluate one table on radii of any shape; local."""
    radii = np.ascontiguousarray(r, dtype=np.float64)
    out = np.empty(radii.size)
    evaluate(table, radii.reshape(-1), out)
    return out.reshape(np.shape(r))
