"""`parallel-nls study energy-quantization`: mass and energy of a multi-bubble are those of its bubbles.

A v with v − ΣS_k = O(e^{−δ/(T−t)}) in Σ has M(v) = K‖Q‖² and E(v) = ΣE(S_k) = Σω_k²‖yQ‖²/8: both are conserved, and
those of ΣS_k come to these values as t → T. The solution with z(s_n) = 0 has the mass and energy of ΣS_k at s_n, so
that it misses them by what falls exponentially in s_n; ΣS_k itself misses them at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from parallel_nls.config import Configuration
from parallel_nls.figures.panels import Curve, Panel
from parallel_nls.results.reader import Run
from parallel_nls.studies.frame import Finding, Study, Verdict
from parallel_nls.studies.multi_bubbles.invariants import excess, waves_at
from parallel_nls.studies.multi_bubbles.remainders import bubbles_of, check_starts, check_zero, decay_of

__all__ = ["EnergyQuantization"]

_FLOOR = 1e-11  # of mass and energy at the last s_n
_LEAST = 2
_STEP, _STOP = 0.0025, 2.0  # what the step leaves at the stop, as its fourth power, is 1e-12
_FALLS, _TOLD = 0.5, 6.0  # what is left of the first excess at most, once δs_n has grown by so much


_Excess = tuple[float, float]  # of mass and energy


class EnergyQuantization(Study):
    """Solutions with z(s_n) = 0 for growing s_n, their mass and their energy; see `Study`."""

    name: ClassVar[str] = "energy-quantization"

    def check(self, config: Configuration, values: Sequence[float]) -> None:
        """Refuse starts that do not increase, or begin at the stop. *Communication*: local."""
        check_starts(config, values, _LEAST, max(config.time.stop, _STOP))
        check_zero(config)

    def members(self, config: Configuration, values: Sequence[float]) -> tuple[dict[str, Any], dict[str, list[Any]]]:
        """The runs differ in s_n; steps are so small that the scheme keeps mass and energy. *Communication*: local."""
        settings = {"time.step": min(config.time.step or _STEP, _STEP), "time.stop": max(config.time.stop, _STOP)}
        return settings, {"time.start": [float(value) for value in values]}

    def evaluate(self, runs: Sequence[Run], values: Sequence[float]) -> Finding:
        """What v and ΣS_k have beyond the bubbles at the common stop, by s_n. *Communication*: local."""
        bubbles, stop = bubbles_of(runs[0].config), runs[0].fields[-1].time
        grid = runs[0].fields[-1].coordinates()
        sum_excess = excess(bubbles, stop, grid, waves_at(bubbles, stop, grid))
        found, begun = [], []
        for run, start in zip(runs, values, strict=True):
            last, points = run.fields[-1], run.fields[-1].coordinates()
            z = np.asarray(last.values(), dtype=np.complex128)
            found.append(excess(bubbles, last.time, points, waves_at(bubbles, last.time, points) + z))
            begun.append(excess(bubbles, start, points, waves_at(bubbles, start, points)))
        rows = tuple((start, *one, *other) for start, one, other in zip(values, found, begun, strict=True))
        return Finding(
            columns=("s_n", "M(v) − K‖Q‖²", "E(v) − ΣE(S_k)", "M(ΣS_k) − K‖Q‖² at s_n", "E(ΣS_k) − ΣE(S_k) at s_n"),
            rows=rows,
            lines=(f"at s = {stop:g}; mass and energy of v are those of ΣS_k at s_n, where z = 0",),
            verdict=_verdict(values, found, begun, sum_excess, decay_of(runs[0].config)),
            panels=(_panel(values, found, sum_excess, stop),),
            numbers={"stop": stop, "sum_mass": sum_excess[0], "sum_energy": sum_excess[1]},
        )


def _verdict(
    values: Sequence[float], found: Sequence[_Excess], begun: Sequence[_Excess], sums: _Excess, rate: float
) -> Verdict:
    """Whether what v has beyond its bubbles comes to nothing, as far as the scheme keeps it."""
    first, last = (max(map(abs, one)) for one in (found[0], found[-1]))
    lost = max(abs(one - other) for one, other in zip(found[-1], begun[-1], strict=True))
    mass, energy = found[-1]
    text = (
        f"at s_n = {values[-1]:g}, M(v) − K‖Q‖² = {mass:.1e} and E(v) − ΣE(S_k) = {energy:.1e}; "
        f"ΣS_k has {sums[0]:.2e} and {sums[1]:.2e}"
    )
    if last <= _FLOOR:
        return Verdict(True, text)
    if lost > _FALLS * last:
        return Verdict(None, f"{text}: the steps lose {lost:.1e} of them; take a smaller time.step")
    if rate * (values[-1] - values[0]) > _TOLD and last > _FALLS * first:
        return Verdict(False, f"{text}: it does not fall with s_n")
    return Verdict(None, f"{text}: it falls, and s_n is too early for {_FLOOR:g}")


def _panel(values: Sequence[float], found: Sequence[_Excess], sums: _Excess, stop: float) -> Panel:
    """Excess of v by s_n beside that of ΣS_k at the stop."""
    ends = [values[0], values[-1]]
    return Panel(
        "$s_n$", "excess over the bubbles",
        (
            Curve(r"$|M(v)-K\|Q\|^2|$", values, [abs(one[0]) for one in found], points=True),
            Curve(r"$|E(v)-\sum E(S_k)|$", values, [abs(one[1]) for one in found], points=True),
            Curve(rf"$|E(\sum S_k)-\sum E(S_k)|$, $s={stop:g}$", ends, [abs(sums[1])] * 2, law=True, shown=True),
        ),
    )  # fmt: skip
