"""The ground state of a periodic box [−L, L), and how it comes near that of the line.

The symbol |ξ| on the wavenumbers πn/L is the operator D of the circle, so Q_L is another function than Q: the images of
its tail c/x² add ε = cπ²/(12L²), and

    Q_L = Q + ε L₊⁻¹[1] + O(L⁻⁴),      ‖Q_L‖² = ‖Q‖² + ε∫Q + O(L⁻⁴).

No finer grid takes that away; Richardson's extrapolation in L⁻², of which there are even powers alone, does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
import scipy.fft

from parallel_nls.arguments import positive, whole
from parallel_nls.elliptic.gmres import gmres
from parallel_nls.errors import UserError
from parallel_nls.half_wave.ground_state import GroundState, ground_state
from parallel_nls.half_wave.linearized import LinearizedOperators
from parallel_nls.numerics.arrays import RealArray

NEWTON_STEPS = 12
SETTLED = 1e-14
FORCING = 1e-12  # of the linear solves
RESOLVED = 1e-3


@dataclass(frozen=True)
class BoxNumbers:
    """‖Q_L‖², ‖D^{1/2}Q_L‖², ‖Q_L‖₄⁴, Q_L(0) and ∫Q_L."""

    mass: float
    half_derivative: float
    quartic: float
    peak: float
    integral: float


class BoxGroundState:
    """Q_L on half a periodic grid, by Newton's method with GMRES, preconditioned by (D + 1)⁻¹.

    Parameters
    ----------
    half_length : float
        L.
    points : int
        Of the whole box, even: |Q̂| falls as e^{−0.26|ξ|}, so a spacing of 0.04 gives 10 digits, 0.03 all.

    Raises
    ------
    UserError
        An odd number of points, or so few that Q is not resolved.

    Attributes
    ----------
    x, values : ndarray, (points/2 + 1,)
        From 0 to L, both included, and Q_L there.
    krylov_steps : list of int
        Of each step of Newton's method.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, half_length: float, points: int) -> None:
        half_length, points = positive("half_length", half_length), whole("points", points)
        if points < 4 or points % 2:
            raise UserError(f"points = {points} of the box must be even, and at least 4")
        half = points // 2
        self.half_length = float(half_length)
        self.x: RealArray = np.asarray(half_length / half * np.arange(half + 1))
        self._k: RealArray = np.asarray(np.pi / half_length * np.arange(half + 1))
        self._weights = np.full(half + 1, 2 * half_length / half)
        self._weights[[0, -1]] /= 2
        self.krylov_steps: list[int] = []
        line = ground_state()
        self.values: RealArray = line.axis.evaluate(line.coefficients, self.x)
        self._solve()
        spectrum = np.abs(scipy.fft.dct(self.values, type=1))
        if not spectrum[-(half // 8 + 1) :].max() <= RESOLVED * spectrum.max():
            raise UserError(f"{points} points in [-{half_length:g}, {half_length:g}) do not resolve the ground state")

    def _multiply(self, values: RealArray, symbol: RealArray) -> RealArray:
        spectrum = scipy.fft.dct(values, type=1)
        return np.asarray(scipy.fft.idct(symbol * spectrum, type=1))

    def solve_plus(self, source: RealArray, q: RealArray | None = None) -> RealArray:
        """F with L₊f = source, L₊ at Q_L or at another even function q; all of half a grid."""
        inverse, square = 1 / (1 + self._k), 3 * (self.values if q is None else q) ** 2

        def act(f: RealArray) -> RealArray:
            """Return f − (D + 1)⁻¹3q²f."""
            return f - self._multiply(square * f, inverse)

        solved = gmres(act, self._multiply(source, inverse), self._inner, FORCING)
        self.krylov_steps.append(solved.steps)
        return solved.values

    def _inner(self, pairs: Sequence[tuple[RealArray, RealArray]]) -> list[float]:
        return [float((self._weights * one * other).sum()) for one, other in pairs]

    def _solve(self) -> None:
        for _ in range(NEWTON_STEPS):
            q = self.values
            change = self.solve_plus(self._multiply(q, 1 + self._k) - q**3)
            self.values = q - change
            if np.abs(change).max() <= SETTLED * np.abs(q).max():
                break

    def integral(self, values: RealArray) -> float:
        """∫ over the box of an even function."""
        return math.fsum(self._weights * values)

    def numbers(self) -> BoxNumbers:
        """What is compared with the line."""
        q = self.values
        return BoxNumbers(
            self.integral(q**2), self.integral(q * self._multiply(q, self._k)), self.integral(q**4),
            float(q[0]), self.integral(q),
        )  # fmt: skip


def box_coefficients(state: GroundState | None = None) -> BoxNumbers:
    """C of value(L) = value + C/L² + O(L⁻⁴), by perturbation: Q_L = Q + ε L₊⁻¹[1].

    Notes
    -----
    With R = L₊⁻¹[1] = 1 + 3L₊⁻¹Q²: L₊ΛQ = −Q gives (Q, R) = ½∫Q, and L₊Q = −2Q³ gives (Q³, R) = −½∫Q; the rest
    follows from DQ_L + Q_L = Q_L³, of which ∫Q_L = ∫Q_L³ is a part. *Communication*: local.
    """
    state = ground_state() if state is None else state
    axis, shift = state.axis, state.tail * math.pi**2 / 12
    rest = LinearizedOperators(state).solve_plus(axis.coefficients(3 * state.values**2))
    mass = shift * state.integral
    integral = 3 * shift * (state.mass + float((axis.amplitude**2 * state.values**2 * axis.values(rest)).sum()))
    return BoxNumbers(mass, -3 * mass, -2 * mass, shift * (1 + float(axis.at_zero(rest).real)), integral)


def richardson(half_lengths: Sequence[float], values: Sequence[float]) -> float:
    """The limit of a value on boxes of different L, as a polynomial in L⁻² of the highest degree.

    Parameters
    ----------
    half_lengths, values : sequence of float
        As many as there are powers: two remove L⁻², three L⁻⁴ too.

    Raises
    ------
    UserError
        Fewer than two, or equal boxes.

    Notes
    -----
    *Communication*: local.
    """
    h = [length**-2.0 for length in half_lengths]
    if len(h) < 2 or len(set(h)) < len(h) or len(h) != len(values):
        raise UserError("an extrapolation needs two boxes or more, all of different size, and a value of each")
    table = list(values)
    for m in range(1, len(h)):
        table = [(h[i] * table[i + 1] - h[i + m] * table[i]) / (h[i] - h[i + m]) for i in range(len(table) - 1)]
    return table[0]


def box_limit(half_lengths: Sequence[float], spacing: float = 0.03) -> tuple[BoxNumbers, BoxNumbers]:
    """Numbers of the line from several boxes: the limits, and the coefficients C of L⁻².

    Parameters
    ----------
    half_lengths : sequence of float
        Two or more; L = 80, 160, 320 give 12 digits of the mass.
    spacing : float
        Of the grids, about.

    Notes
    -----
    *Communication*: local.
    """
    boxes = [
        astuple(BoxGroundState(length, 2 * scipy.fft.next_fast_len(int(length / spacing))).numbers())
        for length in half_lengths
    ]
    limits, slopes = [], []
    for values in zip(*boxes, strict=True):
        limit = richardson(half_lengths, values)
        scaled = [(v - limit) * length**2 for v, length in zip(values, half_lengths, strict=True)]
        limits.append(limit)
        # One box less: its error of order L⁻⁴ is used for the limit already.
        slopes.append(richardson(half_lengths[:-1], scaled[:-1]) if len(scaled) > 2 else scaled[0])
    return BoxNumbers(*limits), BoxNumbers(*slopes)
