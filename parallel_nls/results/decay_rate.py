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
from parallel_nls.config import Configuration
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
_ERRORS = 2.0  # standard errors that count
_OF_STEPS = 1e-6  # of n₀ and n₁, what steps of the next size change beside a bubble of ω = 1; measured: half as much
_MEASURED_STEP = 0.01


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
        δ; what the rows leave open of it, see the notes; by the law.
    frequency : float
        ν, by the law.
    constant, constant_by_law : float
        n₀; NaN where the law is not known.
    amplitude, amplitude_by_law : tuple of float
        Real and imaginary part of n₁.
    constant_doubt, amplitude_doubt : float
        The same of n₀, and of n₁ in its modulus, or what a δ that is wrong by its doubt makes of them at the last of
        the rows, if that is more; besides, of steps of "etdrk4" in the soliton frame, what they change of z.
    residual : float
        Root mean square of the rows less the fit, relative to n₀.
    faster : int
        How many other responses were taken away by their law.
    inverse : bool
        Whether 1 + c/s was fitted too: then n₀ and n₁ are those of s → ∞, and less certain.

    Notes
    -----
    What the law leaves out is largest at both ends of the rows: nonlinear terms at the first, at the last what
    z(s_n) = 0 has left, e^{−δ(s_n−s)} times up to (s_n − s)³. Either end may be the worse, and where both are alike,
    leaving out one of them changes little. So the rows are fitted four times: whole, without the first third, without
    the last third, and without a sixth at both ends. A doubt is the distance between the two fits that are furthest
    apart, and two standard errors of the whole one.
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
    s, size = _rows_of_the_law(run, leading)
    law, (found, faster) = _law(bubbles), _fitted(bubbles, s, size, leading, config.equation.dimension)
    # The next power of 1/s (`bend_of_rate`) would make ten times of it and more: there is none on the line, and in the
    # plane the rows are too few to tell it from δ. Of what is in front of e^{−2δs} it is, relative:
    open_to, by_steps = 2 * float(s[-1]) * found.rate_doubt, _of_steps(config)
    constant, amplitude = found.law.constant, found.law.amplitude
    return DecayRate(
        len(s), float(s[0]), float(s[-1]),
        found.rate, found.rate_doubt, leading.rate, leading.frequency,
        constant, law.constant,
        (amplitude.real, amplitude.imag), (law.amplitude.real, law.amplitude.imag),
        max(found.constant_doubt, open_to * abs(constant)) + by_steps * abs(constant),
        max(found.amplitude_doubt, open_to * abs(amplitude)) + by_steps * abs(amplitude),
        found.residual, faster, config.equation.dimension > 1,
    )  # fmt: skip


def _rows_of_the_law(run: Run, leading: Response) -> tuple[RealArray, RealArray]:
    """s, ascending, and ‖z‖ in the rows where the law holds."""
    rate, frequency = leading.rate, leading.frequency
    blowup_time, times = run.config.exact_waves.blowup_time, run.columns["time"].values
    s = times if blowup_time is None else 1 / (blowup_time - times)
    size = run.columns["z_l2"].values
    good = (size > 0) & (rate * s >= _SETTLED) & (rate * (s.max() - s) >= FORGOTTEN)
    rows, span = int(good.sum()), float(np.ptp(s[good])) if good.any() else 0.0
    if rows < _LEAST_ROWS or abs(frequency) * span < math.pi:
        raise UserError(
            f"{run.paths.root}: {rows} rows lie between s = {_SETTLED / rate:.4g} and {FORGOTTEN / rate:.4g} below "
            f"s_n = {s.max():.4g}, where the law holds; a rate takes {_LEAST_ROWS} rows "
            f"and {math.pi / abs(frequency):.3g} of s: begin at a larger s"
        )
    order = np.argsort(s[good])
    return s[good][order], size[good][order]


@dataclass(frozen=True)
class _Fitted:
    """What was fitted to rows, and what they leave open of it."""

    rate: float
    law: Law
    residual: float
    rate_doubt: float
    constant_doubt: float
    amplitude_doubt: float


def _fitted(
    bubbles: Sequence[Bubble], s: RealArray, size: RealArray, leading: Response, dimension: int
) -> tuple[_Fitted, int]:
    """The fit with its doubts, and how many other responses were taken away before."""
    faster, faint = _faster(bubbles, s)
    third, sixth = len(s) // 3, len(s) // 6
    parts = (slice(None), slice(third, None), slice(len(s) - third), slice(sixth, len(s) - sixth))
    fits = [_settled(s[part], size[part], leading.rate, leading.frequency, dimension, faint[part]) for part in parts]
    rate, law, residual, columns, _, left = fits[0]
    scatter = float(np.linalg.norm(left)) / math.sqrt(len(s) - len(columns))
    errors = _ERRORS * scatter * np.linalg.norm(np.linalg.pinv(columns.T), axis=1)  # n₀, n₁ in two, δ
    pairs = [(one[0] - other[0], one[1], other[1]) for n, one in enumerate(fits) for other in fits[:n]]
    found = _Fitted(
        rate, law, residual,
        max(abs(change) for change, *_ in pairs) + float(errors[3]),
        max(abs(one.constant - other.constant) for _, one, other in pairs) + float(errors[0]),
        max(abs(one.amplitude - other.amplitude) for _, one, other in pairs) + math.hypot(*errors[1:3].tolist()),
    )  # fmt: skip
    return found, faster


def _of_steps(config: Configuration) -> float:
    """How much the steps change n₀, relative: as their fourth power, in units of ω² of the narrowest bubble."""
    given, step = config.initial.known_bubbles(), config.time.step
    if config.time.scheme != "etdrk4" or not (given and step) or config.exact_waves.blowup_time is not None:
        return 0.0
    narrowest = min(bubble.frequency for bubble in given)
    return _OF_STEPS * (step / (_MEASURED_STEP * narrowest**2)) ** 4


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
