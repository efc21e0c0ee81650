"""`parallel-nls study multi-solitons`: rates in H¹ and Σ, and the space-time bound of the gradient.

Theorems 1.5 and 1.7 of Cao, Su & Zhang: the multi-soliton falls to ΣW_k as e^{−δs} in Σ. Lemma 5.2 and Corollary 5.3
take v_k ≠ 0: with I = Im∫z̄ x·∇z

    dI/ds ≥ ‖∇z‖² − C(s^{−2μ−1} + e^{−δs}),      ∫_s^{s̃}‖∇z‖² dr ≤ |I(s̃) − I(s)| + …      (5.27), (5.47)

and |I| ≤ ‖yz‖‖∇z‖ ≤ ‖z‖_Σ²/4, so that, where z is not beside a wave, J = ∫‖∇z‖² ≤ C sup‖z‖_Σ² with C = ½ at most. Runs:

    z(s_n) = 0, the multi-soliton: ‖z‖_{H¹}, ‖z‖_Σ/s and J^½ fall as e^{−δs}, times what oscillates with ν;
    z(s_n) = A e^{−|y|²/2} between the waves, which spreads and does not fall: C = max J(s)/sup‖z‖_Σ² for all A.

Norms come from those of R: ‖yz‖ = s‖xR‖ = s(‖R‖_Σ − ‖R‖_{H¹}), ‖∇z‖² = ‖z‖²_{H¹} − ‖z‖². A rate other than δ in Σ, or a
C beyond ½ for one A, would refute them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from parallel_nls.bubbles.responses import leading_responses
from parallel_nls.config import Configuration
from parallel_nls.errors import UserError
from parallel_nls.figures.panels import Curve, Panel
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.decay_fit import bend_of_rate, fit_decay, parts_of_rows
from parallel_nls.results.digits import with_doubt
from parallel_nls.results.reader import Run
from parallel_nls.studies.frame import Finding, Study, Verdict
from parallel_nls.studies.multi_bubbles.remainders import (
    Rate,
    bubbles_of,
    check_increasing,
    check_remainder,
    decay_of,
)

__all__ = ["MultiSolitons", "Norms", "gradient_integral", "norms_of", "tell"]

_SETTLED = 12.0  # of δs and δ(s_n − s)
_LEAST_ROWS = 12
_STEPS_A_ROW = 4
_BOUND = 0.5
_NEAR = 0.01  # relative, of a rate: what the other bubbles still have where rows begin
_FINE, _DOUBT = 1e-3, 0.05  # relative, of J and of a rate
_SIGMAS = 5.0  # of a doubt: that far from the law a rate is another one, however rough
_BENDS = 2.0  # times what the next power of 1/s changes a rate by, which is known to first order
_APART = 5.0  # times how far fits to parts of the rows are apart, which may all be off to one side
_BESIDE = 0.03  # of a curve: where its law is drawn, so as to hide none


class Norms(NamedTuple):
    """Of z at increasing s: ‖z‖₂, ‖z‖_{H¹}, ‖z‖_Σ, and ‖∇z‖²."""

    s: RealArray
    l2: RealArray
    h1: RealArray
    sigma: RealArray
    gradient: RealArray


class MultiSolitons(Study):
    """The multi-soliton, and data that spread; see `Study`."""

    name: ClassVar[str] = "multi-solitons"

    def check(self, config: Configuration, values: Sequence[float]) -> None:
        """Refuse waves at rest, small data of the configuration, and sizes that are none. *Communication*: local."""
        check_remainder(config)
        for k, bubble in enumerate(config.initial.known_bubbles() or ()):
            if not any(bubble.center):
                raise UserError(
                    f"initial.bubbles.{k}.center = {list(bubble.center)}: a wave at rest; Theorem 1.7 takes v_k ≠ 0"
                )
        check_increasing(values, 1, "sizes")
        if not values[0] > 0:
            raise UserError(f"--sizes {values[0]:g}: must be positive; the study itself adds z = 0")
        if config.initial.small_data is not None:
            raise UserError("initial.remainder: the study sets it; remove it")
        start, stop, delta = config.time.start, config.time.stop, decay_of(config)
        if not (start > stop and delta * start > 2 * _SETTLED):
            raise UserError(
                f"time.start = {start:g}: a rate takes s_n > {2 * _SETTLED / delta:.3g} here, and a stop before it; "
                "give a larger s_n"
            )

    def members(self, config: Configuration, values: Sequence[float]) -> tuple[dict[str, Any], dict[str, list[Any]]]:
        """Z = 0 at first, then Gaussians; rows fine enough for integrals. *Communication*: local."""
        del config
        starts: list[dict[str, Any]] = [{"kind": "perturbation", "amplitude": 0.0}]
        starts += [{"kind": "gaussian", "amplitude": float(value), "width": 1.0} for value in values]
        return {"diagnostics.every": {"steps": _STEPS_A_ROW}}, {"initial.remainder": starts}

    def evaluate(self, runs: Sequence[Run], values: Sequence[float]) -> Finding:
        """Rates of the first, and the bound of all. *Communication*: local."""
        config = runs[0].config
        frequencies = {round(response.frequency, 9) for response in leading_responses(bubbles_of(config))}
        frequency = frequencies.pop() if len(frequencies) == 1 else None
        found = [norms_of(run) for run in runs]
        return tell(found, values, decay_of(config), frequency, config.equation.dimension)


def norms_of(run: Run) -> Norms:
    """Return the norms of a run's rows at increasing s, those at equal distances. *Communication*: local."""
    columns = {name: run.columns[name].values for name in ("time", "z_l2", "z_h1", "remainder_h1", "remainder_sigma")}
    order = np.argsort(columns["time"])
    s, l2, h1, r_h1, r_sigma = (values[order] for values in columns.values())
    sigma, gradient = h1 + s * (r_sigma - r_h1), (h1 - l2) * (h1 + l2)
    # The last row may come sooner, where the run stops.
    even = slice(0 if math.isclose(s[1] - s[0], s[2] - s[1], rel_tol=1e-6) else 1, None)
    return Norms(s[even], l2[even], h1[even], sigma[even], gradient[even])


def gradient_integral(s: RealArray, gradient: RealArray) -> tuple[RealArray, RealArray]:
    """∫_s^{s_n}‖∇z‖² dr by Simpson's rule, back from the last s.

    Parameters
    ----------
    s, gradient : ndarray, (n,)
        Equally spaced, increasing; ‖∇z‖².

    Returns
    -------
    (ndarray, ndarray)
        Every second s, and the integral from there.

    Notes
    -----
    *Communication*: local.
    """
    places = np.arange(len(s) - 1, -1, -2)
    step = float(s[-1] - s[0]) / (len(s) - 1)
    low, middle, high = gradient[places[1:]], gradient[places[1:] + 1], gradient[places[:-1]]
    pieces = step / 3 * (low + 4 * middle + high)
    return s[places][::-1], np.concatenate([[0.0], np.cumsum(pieces)])[::-1]


def tell(
    found: Sequence[Norms], sizes: Sequence[float], law: float, frequency: float | None, dimension: int
) -> Finding:
    """Return what the runs come to.

    Parameters
    ----------
    found : sequence of Norms
        Of z(s_n) = 0, and of the Gaussians.
    sizes : sequence of float
        A of these.
    law, frequency : float, float or None
        δ and ν; None where several frequencies decay alike.
    dimension : int
        d.

    Raises
    ------
    UserError
        If too few rows are settled.

    Notes
    -----
    *Communication*: local.
    """
    own = found[0]
    integrals = [gradient_integral(norms.s, norms.gradient) for norms in found]
    rates = {
        "‖z‖_{H¹}": _rate(own.s, own.h1, law, frequency, dimension),
        "‖z‖_Σ/s": _rate(own.s, own.sigma / own.s, law, frequency, dimension, 1),
        "J^½": _rate(integrals[0][0], np.sqrt(integrals[0][1]), law, frequency, dimension),
    }
    error = max(_halving(norms) for norms in found)
    bounds = [_bound(norms, *integral) for norms, integral in zip(found, integrals, strict=True)]
    told = {name: with_doubt(rate.value, rate.doubt) for name, rate in rates.items()}
    text = (
        f"H¹, Σ and the integral fall at {', '.join(told.values())}, δ = {law:.6g} by the law (2δ of J); "
        f"J ≤ {max(bounds):.2g} sup‖z‖_Σ² of all starts, at most {_BOUND:g}"
    )
    rows = tuple(
        (size, float(norms.sigma.max()), float(integral[1].max()), bound)
        for size, norms, integral, bound in zip((0.0, *sizes), found, integrals, bounds, strict=True)
    )
    lines = [f"{name}: rate {rate}, by the law {law:.6g}" for name, rate in told.items()]
    return Finding(
        columns=("A", "sup ‖z‖_Σ", "J", "C = max J/sup ‖z‖_Σ²"),
        rows=rows,
        lines=(*lines, f"J by Simpson's rule; half of the rows change it by {error:.1g} of it at most"),
        verdict=_verdict(list(rates.values()), law, max(bounds), error, text),
        panels=_panels(found, integrals, sizes, law),
        numbers={
            "rate_by_law": law,
            **{
                f"rate_{key}": [rate.value, rate.doubt]
                for key, rate in zip(("h1", "sigma", "j"), rates.values(), strict=True)
            },
            "bounds": bounds,
            "error_of_j": error,
        },
    )


def _verdict(rates: Sequence[Rate], law: float, largest: float, error: float, text: str) -> Verdict:
    """Whether rates and the largest bound are as expected; not to be told where fits or integrals are too rough."""
    doubt = max(rate.doubt for rate in rates) / law
    off = [abs(rate.value - law) - _NEAR * law for rate in rates]
    if error <= _FINE and largest > _BOUND:
        return Verdict(False, text)
    if error <= _FINE and any(one > _SIGMAS * rate.doubt for one, rate in zip(off, rates, strict=True)):
        return Verdict(False, text)
    if not doubt <= _DOUBT:
        return Verdict(None, f"{text}; a rate is uncertain by {doubt:.1g} of itself: give a larger time.start")
    if error > _FINE:
        return Verdict(None, f"{text}; half of the rows change J by {error:.1g} of it: take a smaller time.step")
    return Verdict(all(one <= rate.doubt for one, rate in zip(off, rates, strict=True)), text)


def _rate(
    s: RealArray, size: RealArray, law: float, frequency: float | None, dimension: int, corrections: int = 0
) -> Rate:
    """The rate where rows are settled: with what oscillates, or where that has several frequencies by a line.

    With corrections, a factor 1 + c/s is fitted on the line too, as it always is in the plane. The doubt is twice
    what the next power of 1/s changes the rate by, and five times how far the fits to all rows, without the first
    third, without the last and without a sixth at both ends are apart: what the law leaves out may be largest at either
    end, and change all of them alike. So many times cover norms that are made to deceive, but for few in a thousand.
    """
    good = (size > 0) & (law * s >= _SETTLED) & (law * (s.max() - s) >= _SETTLED)
    s, size = s[good], size[good]
    if len(s) < _LEAST_ROWS:
        raise UserError(
            f"{len(s)} rows lie between s = {_SETTLED / law:.3g} and {_SETTLED / law:.3g} below s_n; a rate takes "
            f"{_LEAST_ROWS}: give a larger time.start"
        )
    if frequency is not None and abs(frequency) * float(s[-1] - s[0]) < math.pi:
        raise UserError(
            f"rows between δs = {_SETTLED:g} and δ(s_n − s) = {_SETTLED:g} are {s[-1] - s[0]:.3g} of s long, less than "
            f"half a period of what oscillates, {math.pi / abs(frequency):.3g}: give a larger time.start"
        )
    line = _line(s, size * s ** (0.5 * (dimension - 1)))
    if frequency is None:
        return line
    if corrections and dimension == 1:
        size, dimension = size / np.sqrt(s), 2  # the form that fit_decay has for the plane
    # From a rate that is far away the fit would not come to its end.
    rates = [fit_decay(s[part], size[part], line.value, frequency, dimension)[0] for part in parts_of_rows(len(s))]
    bend = bend_of_rate(s, size, rates[0], frequency, dimension)
    return Rate(rates[0], min(law, _APART * float(np.ptp(rates)) + _BENDS * abs(bend)))


def _line(s: RealArray, size: RealArray) -> Rate:
    """The rate by a straight line.

    Its doubt is that of what oscillates about it, from one end to the other, how far the fits to parts of the rows are
    apart, and what a factor 1 + c/s changes.
    """

    def fit(part: slice, powers: int) -> RealArray:
        """Of some rows the start and the rate, with so many powers of 1/s."""
        columns = [np.ones_like(s), -s, *(s**-power for power in range(1, powers + 1))]
        numbers, *_ = np.linalg.lstsq(np.stack(columns)[:, part].T, logs[part], rcond=None)
        return numbers

    logs = np.log(size)
    start, rate = fit(slice(None), 0)[:2]
    turning = 2 * float(np.max(np.abs(logs - start + rate * s))) / float(s[-1] - s[0])
    rates, bent = [fit(part, 0)[1] for part in parts_of_rows(len(s))], fit(slice(None), 1)[1]
    return Rate(float(rate), turning + float(np.ptp(rates)) + float(abs(rate - bent)))


def _halving(norms: Norms) -> float:
    """By how much of itself J changes, at the least s, when half of the rows are left out."""
    count = (len(norms.s) - 1) // 4 * 4 + 1
    s, gradient = norms.s[-count:], norms.gradient[-count:]
    fine, coarse = (float(gradient_integral(s[::n], gradient[::n])[1][0]) for n in (1, 2))
    return abs(fine / coarse - 1)


def _bound(norms: Norms, s: RealArray, integral: RealArray) -> float:
    """Max J(s)/sup‖z‖_Σ² over [s, s_n]."""
    highest = np.maximum.accumulate(norms.sigma[::-1])[::-1]
    at = len(norms.s) - 1 - 2 * np.arange(len(s))[::-1]
    good = highest[at] > 0
    return float(np.max(integral[good] / highest[at][good] ** 2))


def _panels(
    found: Sequence[Norms], integrals: Sequence[tuple[RealArray, RealArray]], sizes: Sequence[float], law: float
) -> tuple[Panel, ...]:
    """The multi-soliton beside e^{−δs} and e^{−2δs}, and J over sup‖z‖_Σ² of all."""
    own, (places, integral) = found[0], integrals[0]
    middle = len(own.s) // 2
    single = _BESIDE * own.h1[middle] * np.exp(-law * (own.s - own.s[middle]))
    twice = _BESIDE * integral[middle // 2] * np.exp(-2 * law * (places - places[middle // 2]))
    falls = (
        Curve(r"$\|z\|_{H^1}$", own.s, own.h1),
        Curve(r"$\|z\|_\Sigma$", own.s, own.sigma),
        Curve(r"$J=\int_s^{s_n}\|\nabla z\|^2$", places, integral),
        Curve(rf"$e^{{-\delta s}}$, $e^{{-2\delta s}}$, $\delta={law:.4g}$", own.s, single, law=True),
        Curve("", places, twice, law=True),
    )
    ratios = []
    for size, norms, (s, those) in zip((0.0, *sizes), found, integrals, strict=True):
        highest = np.maximum.accumulate(norms.sigma[::-1])[::-1][len(norms.s) - 1 - 2 * np.arange(len(s))[::-1]]
        ratios.append(Curve(f"A = {size:g}", s[:-1], those[:-1] / highest[:-1] ** 2))
    bound = Curve("the bound 1/2", own.s, np.full_like(own.s, _BOUND), law=True, shown=True)
    return (
        Panel("$s$", "norm", falls),
        Panel("$s$", r"$J/\sup_{[s,s_n]}\|z\|_\Sigma^2$", (*ratios, bound)),
    )
