"""The fit of a rate of decay to rows of ‖z‖, and what the rows leave open of it.

    ‖z‖² s^{d−1} e^{2δs} = n₀ + Re(n₁e^{−2iνs})      (d = 2: times 1 + c/s)

What the law leaves out is largest at both ends of the rows: nonlinear terms at the first, at the last what z(s_n) = 0
has left, e^{−δ(s_n−s)} times up to (s_n − s)³. Either end may be the worse, and where both are alike, leaving out one
of them changes little. So the rows are fitted four times: whole, without the first third, without the last third, and
without a sixth at both ends. A doubt is the sum of

- the distance between the two fits that are furthest apart,
- two standard errors of the whole one, in which rows within half a turn of n₁e^{−2iνs} count as one,
- on the line, what may hide in the unknowns of a part from either end of which no more is seen than the rows have left,
- in the plane, what the next power of 1/s may change, whose coefficient is taken for three times c in powers of 1/(δs),
- what the steps change of the responses that are taken away by their law.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from parallel_nls.bubbles.responses import Law, Response
from parallel_nls.numerics.arrays import RealArray

__all__ = ["Fitted", "bend_of_rate", "fit_decay", "fit_with_doubts", "parts_of_rows"]

_STEPS = 40
_SMALL = 1e-15
_PARTS = tuple(0.5**halvings for halvings in range(12))
_ERRORS = 2.0  # standard errors that count
_GROWTH = 3.0  # of the coefficients of powers of 1/(δs) from one to the next; measured: 2.6
_LEAST_OWN = 0.25  # of c, what the fit finds of it at least, beside what the next power of 1/s makes of it
_SEEN = 1e-8  # of the squares of what is seen of a part, below which it is rounding


_Settled = tuple[float, Law, float, RealArray, RealArray, RealArray]


@dataclass(frozen=True)
class Fitted:
    """What was fitted to rows, and what they leave open of it."""

    rate: float
    law: Law
    residual: float
    rate_doubt: float
    constant_doubt: float
    amplitude_doubt: float


def parts_of_rows(count: int) -> tuple[slice, ...]:
    """All of so many rows, those without the first third, without the last, and without a sixth at both ends; local."""
    third, sixth = count // 3, count // 6
    return slice(None), slice(third, None), slice(count - third), slice(sixth, count - sixth)


def fit_with_doubts(
    s: RealArray, size: RealArray, leading: Response, dimension: int, faint: RealArray, by_steps: float
) -> Fitted:
    """The fit to all rows, with its doubts.

    Parameters
    ----------
    s, size : ndarray
        s, ascending, and ‖z‖, positive.
    leading : Response
        With δ near which the fit starts, and ν.
    dimension : int
        d.
    faint : ndarray
        What other responses add to ‖z‖²s^{d−1}e^{2δs}, by their law.
    by_steps : float
        How much the steps change that, relative.

    Notes
    -----
    *Communication*: local.
    """
    parts = parts_of_rows(len(s))
    given = leading.rate, leading.frequency, dimension
    fits = [_settled(s[part], size[part], *given, faint[part]) for part in parts]
    rate, law, residual, columns, model, left = fits[0]
    # The steps change what is taken away before as they change the rest.
    moved = _apart(fits[0][:2], _settled(s, size, *given, (1 + by_steps) * faint)[:2])
    pairs = [(one[:2], other[:2]) for n, one in enumerate(fits) for other in fits[:n]]
    errors = _standard_errors(s, leading, columns, left)
    if dimension == 1:
        errors += _hidden(s, leading, columns, model, left)
    else:  # what is left of the rows is of higher powers of 1/s, in the main
        largest = max(_inverse(s[part], fit) for part, fit in zip(parts, fits, strict=True))
        errors += _by_next_power(s, columns, model, largest, _GROWTH / leading.rate)
    doubts = np.max([_apart(*pair) for pair in pairs], axis=0) + moved
    doubts += [errors[3], errors[0], math.hypot(*errors[1:3].tolist())]  # unknowns are n₀, n₁ in two, δ, c
    return Fitted(rate, law, residual, *doubts.tolist())


def _standard_errors(s: RealArray, leading: Response, columns: RealArray, left: RealArray) -> RealArray:
    """Of each unknown. What the law leaves out turns as it does: rows within half a turn are off alike."""
    scatter = float(np.linalg.norm(left)) / math.sqrt(len(s) - len(columns))
    turns = 2 * abs(leading.frequency) * float(np.ptp(s)) / math.pi
    alike = math.sqrt(max(1.0, len(s) / turns))
    errors: RealArray = _ERRORS * alike * scatter * np.linalg.norm(np.linalg.pinv(columns.T), axis=1)
    return errors


def _hidden(s: RealArray, leading: Response, columns: RealArray, model: RealArray, left: RealArray) -> RealArray:
    """What may be in each unknown of a part that the law leaves out, of which no more is seen than is left of the rows.

    Such a part falls from one end of the rows as e^{−δ|s − end|}, and turns as n₁ does or not at all.
    """
    inverse, found = np.linalg.pinv(columns.T), []
    turning = np.stack([np.ones_like(s), *_waves(s, leading.frequency)]) * model
    for end in (s[0], s[-1]):
        parts = turning * np.exp(-leading.rate * np.abs(s - end))
        changes = parts @ inverse.T  # of the unknowns
        seen = parts - changes @ columns
        least = np.linalg.pinv(seen @ seen.T, rcond=_SEEN, hermitian=True)
        found.append(np.sqrt(np.maximum(np.einsum("pu,pq,qu->u", changes, least, changes), 0.0)))
    hidden: RealArray = np.max(found, axis=0) * np.linalg.norm(left)
    return hidden


def _by_next_power(s: RealArray, columns: RealArray, model: RealArray, inverse: float, growth: float) -> RealArray:
    """What a term d/s² that is not fitted, |d| ≤ growth·|c|, changes of each unknown, and so of c itself."""
    change, *_ = np.linalg.lstsq(columns.T, model / s**2, rcond=None)
    own = max(1.0 - growth * abs(float(change[4])), _LEAST_OWN)
    return np.asarray(np.abs(change) * growth * inverse / own)


def _inverse(s: RealArray, fit: _Settled) -> float:
    """|c| of a fit, by the derivative of the model with respect to it, (model/s)/(1 + c/s)."""
    *_, columns, model, _ = fit
    return abs(float(np.mean(model / columns[4] - s)))


def _apart(one: tuple[float, Law], other: tuple[float, Law]) -> RealArray:
    """By how much δ, n₀ and n₁ of two fits differ."""
    (rate, law), (other_rate, other_law) = one, other
    found = (rate - other_rate, law.constant - other_law.constant, law.amplitude - other_law.amplitude)
    return np.array([abs(change) for change in found])


def fit_decay(
    s: RealArray, size: RealArray, rate: float, frequency: float, dimension: int, beside: RealArray | float = 0.0
) -> tuple[float, Law, float]:
    """δ, n₀ and n₁, and the relative residual, by Gauss and Newton.

    Parameters
    ----------
    s, size : ndarray
        s and ‖z‖, positive.
    rate, frequency : float
        δ near which the fit starts, and ν.
    dimension : int
        d.
    beside : ndarray or float
        What is in ‖z‖²s^{d−1}e^{2δs} besides.

    Notes
    -----
    *Communication*: local.
    """
    return _settled(s, size, rate, frequency, dimension, beside)[:3]


def bend_of_rate(s: RealArray, size: RealArray, rate: float, frequency: float, dimension: int) -> float:
    """By how much the rate of `fit_decay` changes with the next power of 1/s, to first order.

    A fit of all of it would follow with powers of 1/s what oscillates a few times, and may come to no end.

    Notes
    -----
    *Communication*: local.
    """
    *_, columns, model, left = _settled(s, size, rate, frequency, dimension, 0.0)
    change, *_ = np.linalg.lstsq(np.stack([*columns, model / s**dimension]).T, left, rcond=None)
    return float(change[3])


def _settled(
    s: RealArray, size: RealArray, rate: float, frequency: float, dimension: int, beside: RealArray | float
) -> _Settled:
    """As `fit_decay`, with the derivatives of the model, the model, and what it leaves of the rows."""
    # Of the size of 1, whatever ‖z‖ is.
    scaled = np.exp(2 * np.log(size) + (dimension - 1) * np.log(s) + 2 * rate * s) - beside
    waves = np.stack([np.ones_like(s), *_waves(s, frequency)])
    numbers, *_ = np.linalg.lstsq(waves.T, scaled, rcond=None)
    unknowns = np.concatenate([numbers, np.zeros(1 + int(dimension > 1))])  # n₀, n₁ in two, change of δ, c
    model, columns = _model(s, waves, unknowns)
    for _ in range(_STEPS):
        change, *_ = np.linalg.lstsq(columns.T, scaled - model, rcond=None)
        # The whole step, or as much of it as makes the rest smaller.
        for part in _PARTS:
            trial, derivatives = _model(s, waves, unknowns + part * change)
            if np.linalg.norm(scaled - trial) < np.linalg.norm(scaled - model):
                unknowns, model, columns = unknowns + part * change, trial, derivatives
                break
        else:
            break
        if abs(change[3]) <= _SMALL * rate:
            break
    left = scaled - model
    # Re(n₁e^{−2iνs}) = Re n₁ cos 2νs + Im n₁ sin 2νs.
    law = Law(float(unknowns[0]), complex(unknowns[1], unknowns[2]))
    relative = float(np.sqrt(np.mean(left**2))) / abs(float(unknowns[0]))
    return rate + float(unknowns[3]), law, relative, columns, model, left


def _waves(s: RealArray, frequency: float) -> tuple[RealArray, RealArray]:
    return np.cos(2 * frequency * s), np.sin(2 * frequency * s)


def _model(s: RealArray, waves: RealArray, unknowns: RealArray) -> tuple[RealArray, RealArray]:
    """What is fitted, and its derivatives by the unknowns; not finite where these are far off."""
    inverse = unknowns[4] if len(unknowns) > 4 else 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        fall = np.exp(-2 * unknowns[3] * s)
        turning = unknowns[:3] @ waves
        model = fall * (1 + inverse / s) * turning
        columns = [*(fall * (1 + inverse / s) * waves), -2 * s * model]
        if len(unknowns) > 4:
            columns.append(fall * turning / s)
        return model, np.stack(columns)
