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
from parallel_nls.results.decay_fit import fit_with_doubts
from parallel_nls.results.reader import Run

__all__ = ["FORGOTTEN", "DecayRate", "common_response", "decay_rate_of"]

_LEAST_ROWS = 12
_SETTLED = 12.0  # of δs: what is left beside the law is e^{−12} = 6e-6 of it
FORGOTTEN = 18.0
"""Of δ(s_n − s): what z = 0 at s_n leaves is e^{−18} = 2e-8 of z, times up to (s_n − s)³."""
_FAINT = 30.0  # of 2(δ_r − δ)s: responses that decay faster by that much are below rounding
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
    Doubts are those of `decay_fit`.
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
    law, by_steps = _law(bubbles), _of_steps(config)
    faster, faint = _faster(bubbles, s)
    found = fit_with_doubts(s, size, leading, config.equation.dimension, faint, by_steps)
    # The next power of 1/s (`bend_of_rate`) would make ten times of it and more: there is none on the line, and in the
    # plane the rows are too few to tell it from δ. Of what is in front of e^{−2δs} it is, relative:
    open_to = 2 * float(s[-1]) * found.rate_doubt
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
