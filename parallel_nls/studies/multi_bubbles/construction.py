"""`parallel-nls study construction`: remainders that are zero at s_n, as s_n → ∞.

Theorem 1.1 of Cao, Su & Zhang has a multi-bubble v with ‖v − ΣS_k‖_Σ = O(e^{−δ/(T−t)}), the limit of solutions with
v_n(t_n) = ΣS_k(t_n). At s_n their remainder is off by the limit's own, e^{−δs_n}, which the flow linearised at the
waves carries to s: with a power of s_n − s, at most the third, since that is how fast its kernel (phase, place,
velocity, scale) lets it grow. So z_n(s) − z_{n+1}(s) falls as e^{−δs_n}, times a power between 0 and 3.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from parallel_nls.config import Configuration
from parallel_nls.errors import UserError
from parallel_nls.figures.panels import Curve, Panel
from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.results.digits import with_doubt
from parallel_nls.results.reader import Run
from parallel_nls.studies.frame import Finding, Study, Verdict
from parallel_nls.studies.multi_bubbles.remainders import (
    check_starts,
    check_zero,
    decay_of,
    distance,
    remainders_of,
    window_of,
)

__all__ = ["Construction"]

_LEAST = 5
_CURVES = 3
_ROUNDING = 1e-13  # relative, of z


class Construction(Study):
    """Solutions with z(s_n) = 0 for growing s_n; see `Study`."""

    name: ClassVar[str] = "construction"

    def check(self, config: Configuration, values: Sequence[float]) -> None:
        """Refuse starts that do not increase, are no grid, or begin at the stop. *Communication*: local."""
        check_starts(config, values, _LEAST)
        check_zero(config)

    def members(self, config: Configuration, values: Sequence[float]) -> tuple[dict[str, Any], dict[str, list[Any]]]:
        """All runs store z at common times, and differ in s_n. *Communication*: local."""
        del config
        return {"output.fields_every": values[1] - values[0]}, {"time.start": [float(value) for value in values]}

    def evaluate(self, runs: Sequence[Run], values: Sequence[float]) -> Finding:
        """Differences of neighbours at common times, and at what rate they fall. *Communication*: local."""
        stored = [remainders_of(run) for run in runs]
        law, stop = decay_of(runs[0].config), min(stored[0])
        times = [s for s in sorted(stored[0]) if stored[0][s].any()][:_CURVES]
        cauchy = {s: _differences(stored, values, s) for s in times}
        rows = tuple((start, *(cauchy[s].get(start, math.nan) for s in times)) for start in values[:-1])
        settled = {start: size for start, size in cauchy[stop].items() if size > _ROUNDING}
        if len(settled) < _LEAST - 1:
            raise UserError(f"{len(settled)} differences are above rounding; a rate takes {_LEAST - 1}: more --starts")
        window = window_of(settled, stop)
        slow, fast, low, high = window.slow, window.fast, window.low, window.high
        text = f"differences fall at a rate between {low:.3g} and {high:.3g} in s_n, and δ = {law:.6g} by the law"
        return Finding(
            columns=("s_n", *(f"at s = {s:g}" for s in times)),
            rows=rows,
            lines=(
                "‖z_n − z_(n+1)‖/‖z‖ at s, z_n(s_n) = 0",
                f"rate of e^(−r s_n) at s = {stop:g}: {with_doubt(slow.value, slow.doubt)}",
                f"of (s_n − s)³e^(−r s_n): {with_doubt(fast.value, fast.doubt)}",
                f"by the law {law:.6g}, with a power between",
            ),
            verdict=Verdict(window.holds(law), text),
            panels=(_panel(cauchy, law),),
            numbers={"rate_low": low, "rate_high": high, "rate_by_law": law},
        )


def _differences(
    stored: Sequence[Mapping[float, ComplexArray]], values: Sequence[float], s: float
) -> dict[float, float]:
    """‖z_n(s) − z_{n+1}(s)‖/‖z(s)‖ by s_n, for all s_n beyond s."""
    last = stored[-1][s]
    return {
        start: distance(one[s], other[s], last)
        for start, (one, other) in zip(values, itertools.pairwise(stored), strict=False)
        if start > s and s in one and s in other
    }


def _panel(cauchy: Mapping[float, Mapping[float, float]], law: float) -> Panel:
    """Differences against s_n − s, beside e^{−δ(s_n − s)}."""
    curves = [
        Curve(f"$s={s:g}$", [start - s for start in sizes], list(sizes.values()), points=True)
        for s, sizes in cauchy.items()
    ]
    places = np.linspace(0, max(max(curve.places) for curve in curves), 50)
    curves.append(Curve(rf"$e^{{-\delta(s_n-s)}}$, $\delta={law:.4g}$", places, np.exp(-law * places), law=True))
    return Panel("$s_n-s$", r"$\|z_n-z_{n+1}\|/\|z\|$ at $s$", tuple(curves))
