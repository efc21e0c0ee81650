"""At what rate the remainder of a run decays in s, by its series, beside the law of the linear response.

    ‖z‖² s^{d−1} e^{2δs} = c₀ + c₁cos 2νs + c₂sin 2νs      (d = 2: times 1 + c/s)

is fitted with δ among the unknowns; the law gives δ, ν and the constants (`bubbles.linear_response`). A
straight line through log‖z‖ would be off by some percent: what oscillates does so for ever. Responses that decay
faster, e^{−2δ_r s}, are taken away before by their law, on the line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from parallel_nls.bubbles.linear_response import response_size
from parallel_nls.bubbles.responses import Law, Response, all_responses, leading_responses
from parallel_nls.errors import UserError
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.results.reader import Run

__all__ = ["FORGOTTEN", "DecayRate", "bend_of_rate", "common_response", "decay_rate_of", "fit_decay"]

_LEAST_ROWS = 12
_SETTLED = 12.0  # of δs: what is left beside the law is e^{−12} = 6e-6 of it
FORGOTTEN = 18.0
"""Of δ(s_n − s): what z = 0 at s_n leaves is e^{−18} = 2e-8 of z, times up to (s_n − s)³."""
_FAINT = 30.0  # of 2(δ_r − δ)s: responses that decay faster by that much are below rounding
_STEPS = 40
_SMALL = 1e-15
_PARTS = tuple(0.5**halvings for halvings in range(12))


@dataclass(frozen=True)
class DecayRate:
    """The rate of one run beside its law.

    Attributes
    ----------
    rows : int
        From which it was fitted.
    first, last : float
        Their smallest and largest s.
    rate, rate_doubt, rate_by_law : float
        δ; how much the fit changes without the third of the rows nearest to the blow-up; by the law.
    frequency : float
        ν, by the law.
    constant, constant_by_law : float
        n₀; NaN where the law is not known.
    amplitude, amplitude_by_law : tuple of float
        Real and imaginary part of n₁.
    constant_doubt, amplitude_doubt : float
        How much n₀, and n₁ in its modulus, change without the same third of the rows, or with a δ that is wrong by
        its doubt at the last of them, if that is more. What the steps of the run change of z is not in it.
    residual : float
        Root mean square of the rows less the fit, relative to n₀.
    faster : int
        How many other responses were taken away by their law.
    inverse : bool
        Whether 1 + c/s was fitted too: then n₀ and n₁ are those of s → ∞, and less certain.
    """

    rows: int
    first: float
    last: float
    rate: float
    rate_doubt: float
    rate_by_law: float
    frequency: float
    constant: float
    constant_by_law: float
    amplitude: tuple[float, float]
    amplitude_by_law: tuple[float, float]
    constant_doubt: float
    amplitude_doubt: float
    residual: float
    faster: int
    inverse: bool

    def document(self) -> dict[str, Any]:
        """Return it as plain values, None for what the law does not tell: JSON has no NaN. *Communication*: local."""
        unknown = {"constant_by_law": None, "amplitude_by_law": None} if math.isnan(self.constant_by_law) else {}
        return asdict(self) | unknown


def decay_rate_of(run: Run) -> DecayRate:
    """Fit the rate to the rows of a run.

    Raises
    ------
    UserError
        If the run is not in remainder form, its leading pairs of bubbles oscillate at several frequencies, or it has
        too few rows where the law holds.

    Notes
    -----
    *Communication*: local.
    """
    config, columns = run.config, run.columns
    given = config.initial.known_bubbles()
    if not config.equation.is_remainder or given is None or "z_l2" not in columns:
        raise UserError(
            f'{run.paths.root}: no run in remainder form with the family "remainder"; see docs/remainder.md'
        )
    bubbles = [Bubble(b.center, b.frequency, b.phase) for b in given]
    if len(bubbles) < 2:
        raise UserError(f"{run.paths.root}: there is one bubble, beside which no δ is known; see study solitary-wave")
    try:
        leading = common_response(bubbles)
    except UserError as error:
        raise UserError(f"{run.paths.root}: {error}") from None
    rate, frequency = leading.rate, leading.frequency
    blowup_time, times = config.exact_waves.blowup_time, columns["time"].values
    s = times if blowup_time is None else 1 / (blowup_time - times)
    size, dimension = columns["z_l2"].values, config.equation.dimension
    good = (size > 0) & (rate * s >= _SETTLED) & (rate * (s.max() - s) >= FORGOTTEN)
    rows, span = int(good.sum()), float(np.ptp(s[good])) if good.any() else 0.0
    if rows < _LEAST_ROWS or abs(frequency) * span < math.pi:
        raise UserError(
            f"{run.paths.root}: {rows} rows lie between s = {_SETTLED / rate:.4g} and {FORGOTTEN / rate:.4g} below "
            f"s_n = {s.max():.4g}, where the law holds; a rate takes {_LEAST_ROWS} rows "
            f"and {math.pi / abs(frequency):.3g} of s: begin at a larger s"
        )
    order = np.argsort(s[good])
    s, size = s[good][order], size[good][order]
    faster, faint = _faster(bubbles, s)
    whole, rest = (fit_decay(s[n:], size[n:], rate, frequency, dimension, faint[n:]) for n in (0, rows // 3))
    law, found, doubt = _law(bubbles), whole[1], abs(whole[0] - rest[0])
    # The next power of 1/s (`bend_of_rate`) would make ten times of it and more: there is none on the line, and in the
    # plane the rows are too few to tell it from δ. Of what is in front of e^{−2δs} it is, relative:
    open_to = 2 * float(s[-1]) * doubt
    return DecayRate(
        rows, float(s[0]), float(s[-1]),
        whole[0], doubt, rate, frequency,
        found.constant, law.constant,
        (found.amplitude.real, found.amplitude.imag), (law.amplitude.real, law.amplitude.imag),
        max(abs(found.constant - rest[1].constant), open_to * abs(found.constant)),
        max(abs(found.amplitude - rest[1].amplitude), open_to * abs(found.amplitude)),
        whole[2], faster, dimension > 1,
    )  # fmt: skip


def common_response(bubbles: Sequence[Bubble]) -> Response:
    """Return the first of the responses that decay slowest, which have one frequency.

    Raises
    ------
    UserError
        If they have several.

    Notes
    -----
    *Communication*: local.
    """
    first, *others = leading_responses(bubbles)
    if any(not math.isclose(response.frequency, first.frequency, rel_tol=1e-9) for response in others):
        raise UserError("pairs of bubbles that decay alike oscillate at different frequencies; no rate is fitted")
    return first


def _law(bubbles: Sequence[Bubble]) -> Law:
    """The constants of ‖z‖² of all leading responses; NaN where one bubble responds to several."""
    responses = leading_responses(bubbles)
    if not _are_separate(responses):
        return Law(math.nan, complex(math.nan, math.nan))
    found = [response_size(bubbles, response) for response in responses]
    return Law(math.fsum(law.constant for law in found), sum((law.amplitude for law in found), 0j))


def _are_separate(responses: Sequence[Response]) -> bool:
    """Whether what responses add to ‖z‖² is known: each is of a bubble of its own."""
    return len({response.responding for response in responses}) == len(responses)


def _faster(bubbles: Sequence[Bubble], s: RealArray) -> tuple[int, RealArray]:
    """How many responses decay faster than the leading ones, and what they add to ‖z‖²e^{2δs}; none if not known."""
    leading, sums = leading_responses(bubbles), np.zeros_like(s)
    rate = leading[0].rate
    seen = [r for r in all_responses(bubbles) if 2 * (r.rate - rate) * float(s[0]) < _FAINT]
    if len(bubbles[0].center) > 1 or not _are_separate(seen):  # in the plane it is known up to 1/s alone
        return 0, sums
    for response in seen[len(leading) :]:
        law = response_size(bubbles, response)
        turning = law.constant + (law.amplitude * np.exp(-2j * response.frequency * s)).real
        sums += np.exp(-2 * (response.rate - rate) * s) * turning
    return len(seen) - len(leading), sums


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
) -> tuple[float, Law, float, RealArray, RealArray, RealArray]:
    """As `fit_decay`, with the derivatives of the model, the model, and what it leaves of the rows."""
    # Of the size of 1, whatever ‖z‖ is.
    scaled = np.exp(2 * np.log(size) + (dimension - 1) * np.log(s) + 2 * rate * s) - beside
    waves = np.stack([np.ones_like(s), np.cos(2 * frequency * s), np.sin(2 * frequency * s)])
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
