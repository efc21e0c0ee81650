"""`decay-rate`, `case-one`, `case-two`: δ and the oscillating prefactor of remainders, beside the law.

Theorems 1.1 and 1.3 of Cao, Su & Zhang say that ‖v − ΣS_k‖_Σ = O(e^{−δ/(T−t)}) for some δ > 0, in case (I), where the
x_k are arbitrary and the ω_k within some ε of each other, and in case (II), where the ω_k are arbitrary and the x_k at
least 1/ε apart. The linear response has δ = min |x_j − x_k|/max(ω_j, ω_k), and in front of it what oscillates for ever
(`bubbles.linear_response`). Runs that begin deep in s tell both; a rate that left the law as ε grows, or a fit that
fails, would mark the ε at which the picture ends.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from parallel_nls.config import Configuration
from parallel_nls.errors import UserError
from parallel_nls.figures.panels import Curve, Panel
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.results.decay_rate import DecayRate, decay_rate_of
from parallel_nls.results.reader import Run
from parallel_nls.studies.frame import Finding, Study, Verdict
from parallel_nls.studies.multi_bubbles.deep_runs import deep_settings, tables_of
from parallel_nls.studies.multi_bubbles.remainders import (
    bubbles_of,
    check_increasing,
    check_remainder,
    check_zero,
    listed,
)

__all__ = ["CaseOne", "CaseTwo", "DecayRates"]

_DOUBTS = 3.0
_ROUNDING = 1e-9  # relative, of δ
_DIGITS = 9
_PREFACTOR = 1e-4  # relative, of n₀ on the line: farther from its law the steps are too large
_SHOWN = 4  # runs in the left panel of the figure


class _Rates(Study):
    """Runs that differ in their bubbles, each with its rate; see `Study`."""

    option: ClassVar[str]
    columns: ClassVar[tuple[str, ...]]
    least: ClassVar[float] = 1e-3
    bound: ClassVar[str] = "greater than 0"

    @abstractmethod
    def alternatives(
        self, config: Configuration, values: Sequence[float]
    ) -> Iterator[tuple[tuple[float, ...], list[Bubble]]]:
        """Yield what tells the bubbles of each run from the others, and the bubbles."""

    def check(self, config: Configuration, values: Sequence[float]) -> None:
        """Refuse what has no common rate. *Communication*: local."""
        check_remainder(config)
        check_increasing(values, 1, self.option)
        if not values[0] >= self.least:
            raise UserError(f"--{self.option} {listed(values)}: must be {self.bound}")
        check_zero(config)
        deep_settings(config, [bubbles for _, bubbles in self.alternatives(config, values)])

    def members(self, config: Configuration, values: Sequence[float]) -> tuple[dict[str, Any], dict[str, list[Any]]]:
        """All runs have the same times and box. *Communication*: local."""
        found = [bubbles for _, bubbles in self.alternatives(config, values)]
        return deep_settings(config, found), {"initial.bubbles": [tables_of(bubbles) for bubbles in found]}

    def evaluate(self, runs: Sequence[Run], values: Sequence[float]) -> Finding:
        """The rate of each run beside its law. *Communication*: local."""
        del values
        marks = [self._mark(bubbles_of(run.config)) for run in runs]
        found = [decay_rate_of(run) for run in runs]
        far = max(abs(one.rate / one.rate_by_law - 1) for one in found)
        holds = all(
            abs(one.rate - one.rate_by_law) <= _DOUBTS * one.rate_doubt + _ROUNDING * one.rate_by_law for one in found
        )
        law = ("n₀ by the law", "|n₁| by the law") if math.isfinite(found[0].constant_by_law) else ()
        return Finding(
            columns=(*self.columns, "δ", "±", "δ by the law", "n₀", "± of n₀", "|n₁|", "± of |n₁|", *law),
            rows=tuple((*mark, *_row(one)) for mark, one in zip(marks, found, strict=True)),
            lines=(f"s from {found[0].first:.4g} to {found[0].last:.4g}; ‖z‖²s^(d−1)e^(2δs) = n₀ + Re(n₁e^(−2iνs))",),
            verdict=_verdict(holds, far, found),
            panels=tuple(self._panels(runs, marks, found)),
            numbers={"rates": [one.document() for one in found]},
        )

    @abstractmethod
    def _mark(self, bubbles: Sequence[Bubble]) -> tuple[float, ...]:
        """What tells these bubbles from others, as in the table."""

    def _panels(
        self, runs: Sequence[Run], marks: Sequence[tuple[float, ...]], found: Sequence[DecayRate]
    ) -> Iterator[Panel]:
        """‖z‖ over e^{−δs}, which oscillates, of some runs beside the law; how far all rates are from theirs."""
        curves: list[Curve] = []
        laws: list[Curve] = []
        for number in np.unique(np.linspace(0, len(runs) - 1, _SHOWN).round().astype(int)):
            one = found[number]
            s, level = _levels(runs[number], one)
            name = ", ".join(f"{column} = {value:g}" for column, value in zip(self.columns, marks[number], strict=True))
            curves.append(Curve(name, s, level))
            turning = complex(*one.amplitude_by_law) * np.exp(-2j * one.frequency * s)
            laws.append(Curve("" if laws else "law", s, np.sqrt(one.constant_by_law + turning.real), law=True))
        power = r"s^{1/2}" if runs[0].config.equation.dimension > 1 else ""
        # In the plane the law is that of s → ∞.
        known = laws if math.isfinite(found[0].constant_by_law) and not power else []
        yield Panel("$s$", rf"$\|z\|_2{power}e^{{\delta s}}$", (*curves, *known), log_ordinate=False)
        ordered = sorted(found, key=lambda one: one.rate_by_law)
        rates = [one.rate_by_law for one in ordered]
        far = [abs(one.rate / one.rate_by_law - 1) for one in ordered]
        doubts = [one.rate_doubt / one.rate_by_law for one in ordered]
        yield Panel(
            r"$\delta=\min|x_j-x_k|/\max(\omega_j,\omega_k)$",
            r"relative to $\delta$",
            (
                Curve(r"$|\delta_{\mathrm{fit}}-\delta|/\delta$", rates, far, points=True),
                Curve("doubt of the fit", rates, doubts, points=True),
            ),
        )


class DecayRates(_Rates):
    """Bubbles as configured, with several ω of the last one."""

    name: ClassVar[str] = "decay-rate"
    option: ClassVar[str] = "frequencies"
    columns: ClassVar[tuple[str, ...]] = ("ω",)

    def alternatives(
        self, config: Configuration, values: Sequence[float]
    ) -> Iterator[tuple[tuple[float, ...], list[Bubble]]]:
        """Yield the bubbles with each ω. *Communication*: local."""
        *others, last = bubbles_of(config)
        for value in values:
            yield (value,), [*others, replace(last, frequency=value)]

    def _mark(self, bubbles: Sequence[Bubble]) -> tuple[float, ...]:
        return (bubbles[-1].frequency,)


class CaseOne(_Rates):
    """Case (I): ω_k from 1 to 1 + ε, centers as configured and half as far apart."""

    name: ClassVar[str] = "case-one"
    option: ClassVar[str] = "spreads"
    columns: ClassVar[tuple[str, ...]] = ("distance", "ε")
    least: ClassVar[float] = 0.0
    bound: ClassVar[str] = "0 or more"

    def alternatives(
        self, config: Configuration, values: Sequence[float]
    ) -> Iterator[tuple[tuple[float, ...], list[Bubble]]]:
        """Yield the bubbles of each distance and each ε. *Communication*: local."""
        given = bubbles_of(config)
        for factor in (0.5, 1.0):
            for value in values:
                spread = np.linspace(1.0, 1.0 + value, len(given))
                found = [
                    replace(b, center=tuple(factor * x for x in b.center), frequency=round(float(w), _DIGITS))
                    for b, w in zip(given, spread, strict=True)
                ]
                yield self._mark(found), found

    def _mark(self, bubbles: Sequence[Bubble]) -> tuple[float, ...]:
        widths = [b.frequency for b in bubbles]
        return _least_distance(bubbles), round(max(widths) / min(widths) - 1, _DIGITS)


class CaseTwo(_Rates):
    """Case (II): ω_k = 1, 2, …, centers moved apart until the least distance is 1/ε."""

    name: ClassVar[str] = "case-two"
    option: ClassVar[str] = "distances"
    columns: ClassVar[tuple[str, ...]] = ("distance",)

    def alternatives(
        self, config: Configuration, values: Sequence[float]
    ) -> Iterator[tuple[tuple[float, ...], list[Bubble]]]:
        """Yield the bubbles of each distance. *Communication*: local."""
        given = bubbles_of(config)
        for value in values:
            factor = value / _least_distance(given)
            found = [
                replace(b, center=tuple(factor * x for x in b.center), frequency=float(number))
                for number, b in enumerate(given, start=1)
            ]
            yield (value,), found

    def _mark(self, bubbles: Sequence[Bubble]) -> tuple[float, ...]:
        return (round(_least_distance(bubbles), _DIGITS),)


def _verdict(holds: bool, far: float, found: Sequence[DecayRate]) -> Verdict:
    """Whether rates are those of the law; not, where the prefactor shows that the steps change z."""
    text = f"δ = min |x_j − x_k|/max(ω_j, ω_k) within {far:.1g} of itself in all runs"
    known = [one for one in found if math.isfinite(one.constant_by_law) and not one.inverse]
    if not known:
        return Verdict(holds, text)
    off = max(abs(one.constant / one.constant_by_law - 1) for one in known)
    # What is uncertain of δ is so of n₀, 2s times as much.
    open_to = max(_PREFACTOR + _DOUBTS * 2 * one.last * one.rate_doubt for one in known)
    if holds and off > open_to:
        return Verdict(None, f"{text}, but n₀ is {off:.1g} from its law; take a smaller time.step or more grid.points")
    return Verdict(holds, f"{text}, n₀ within {off:.1g}")


def _least_distance(bubbles: Sequence[Bubble]) -> float:
    return min(math.dist(b.center, c.center) for n, b in enumerate(bubbles) for c in bubbles[:n])


def _row(one: DecayRate) -> tuple[float, ...]:
    """What stands in the table behind what tells a run from the others."""
    law = (one.constant_by_law, math.hypot(*one.amplitude_by_law)) if math.isfinite(one.constant_by_law) else ()
    prefactor = one.constant, one.constant_doubt, math.hypot(*one.amplitude), one.amplitude_doubt
    return one.rate, one.rate_doubt, one.rate_by_law, *prefactor, *law


def _levels(run: Run, one: DecayRate) -> tuple[RealArray, RealArray]:
    """In the rows of the fit, s and ‖z‖s^{(d−1)/2}e^{δs}."""
    s, size = run.columns["time"].values, run.columns["z_l2"].values
    used = (s >= one.first) & (s <= one.last)
    s, size = s[used], size[used]
    power = 0.5 * (run.config.equation.dimension - 1)
    return s, np.exp(np.log(size) + power * np.log(s) + one.rate_by_law * s)
