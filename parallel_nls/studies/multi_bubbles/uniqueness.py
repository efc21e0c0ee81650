"""`parallel-nls study uniqueness`: which starts near a multi-bubble come to it.

Theorem 1.3 of Cao, Su & Zhang (before it 1.1) has one multi-bubble with ‖v − ΣS_k‖_{H¹} = O((T−t)^ζ) (1.25). Here
solutions begin beside ΣW_k at s_n → ∞ in four ways:

    z(s_n) = 0;     e^{−δs_n} g;     A s_n^{−5} g;     A' g with A' the same for all s_n,

g a Gaussian with the phase of a bubble. ‖R‖_{H¹} is about s‖z‖_{H¹}, so that the third is O((T−t)⁴) there: inside
(1.18), O((T−t)^{3+}). What a start is at s follows from the flow of the kernel (`bubbles.kernel_flow`): g changes the
mass, and grows as P(s_n − s), a polynomial of degree 3, so that distances from the limit fall as

    e^{−δs_n} times a power of s_n − s, 3 at most;    e^{−δs_n}P;    A s_n^{−5}P, at last as s_n^{−2};    not: A'P.

The theorem would be refuted by two limits in the class: distances of the first three that come to rest above zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from parallel_nls.bubbles.kernel_flow import kernel_part
from parallel_nls.config import Configuration
from parallel_nls.errors import UserError
from parallel_nls.figures.panels import Curve, Panel
from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.results.digits import with_doubt
from parallel_nls.results.reader import Run
from parallel_nls.studies.frame import Finding, Study, Verdict
from parallel_nls.studies.multi_bubbles.remainders import (
    SIGMAS,
    Rate,
    Window,
    check_starts,
    decay_of,
    distance,
    fit_power,
    fit_rate,
    last_of,
    window_of,
)

__all__ = ["Uniqueness", "tell"]

_LEAST = 5
_POWER = 5
_SIZES = {"zero": 0.0, "exponential": 1.0, "power": 0.1, "fixed": 1e-5}
_LABELS = {
    "zero": "$z(s_n)=0$",
    "exponential": r"$e^{-\delta s_n}g$",
    "power": rf"$A\,s_n^{{-{_POWER}}}g$",
    "fixed": "$A'g$",
}
_FORMS = {"exponential": "e^(−r s_n), r =", "power": "s_n^(−p), p =", "fixed": "s_n^(−p), p ="}
_ROUNDING = 1e-13  # relative, of z
_NEAR = 0.05  # of a rate or a power: what is beside the kernel does not grow, and is a part of it that falls with s_n
_ROUGH = 0.3  # of a rate or a power: one that is uncertain by more tells nothing


class Uniqueness(Study):
    """Starts in four ways, each for growing s_n; see `Study`."""

    name: ClassVar[str] = "uniqueness"

    def check(self, config: Configuration, values: Sequence[float]) -> None:
        """Refuse starts that are too few or begin at the stop, and small data of no size. *Communication*: local."""
        check_starts(config, values, _LEAST)
        small = config.initial.small_data
        if small is not None and small.kind != "perturbation":
            raise UserError(
                f'initial.remainder.kind = "{small.kind}": the study sets the size of the starts; give '
                'kind = "perturbation", or remove the table'
            )

    def members(self, config: Configuration, values: Sequence[float]) -> tuple[dict[str, Any], dict[str, list[Any]]]:
        """All ways at all s_n; of a configuration's own perturbation, direction and bubble. *Communication*: local."""
        small = config.initial.small_data
        given = {} if small is None else small.model_dump()
        own = {key: given[key] for key in ("direction", "bubble") if key in given}
        laws = {"exponential": {"rate": decay_of(config)}, "power": {"power": float(_POWER)}}
        starts = [
            {"kind": "perturbation", **own, "amplitude": size, **laws.get(way, {})} for way, size in _SIZES.items()
        ]
        return {}, {"initial.remainder": starts, "time.start": [float(value) for value in values]}

    def evaluate(self, runs: Sequence[Run], values: Sequence[float]) -> Finding:
        """Distances at the stop from z_∞, and from what was zero at the same s_n. *Communication*: local."""
        config, count, stored = runs[0].config, len(values), [last_of(run) for run in runs]
        ends = {way: stored[count * place : count * (place + 1)] for place, way in enumerate(_SIZES)}
        zeros, limit = ends["zero"], ends["zero"][-1]
        size = float(runs[count - 1].columns["z_l2"].values[-1])

        def apart(ones: Sequence[ComplexArray], others: Sequence[ComplexArray]) -> dict[float, float]:
            """Distances by s_n, without what is lost in rounding."""
            both = zip(values, ones, others, strict=True)
            every = {start: size * distance(one, other, limit) for start, one, other in both}
            return {start: found for start, found in every.items() if found > _ROUNDING * size}

        found = {way: apart(those, [limit] * count) for way, those in ends.items()}
        beside = {way: apart(those, zeros) for way, those in ends.items() if way != "zero"}
        return tell(found, beside, self.laws(config, values), decay_of(config), config.time.stop)

    @staticmethod
    def laws(config: Configuration, values: Sequence[float]) -> dict[str, dict[float, float]]:
        """Return what the flow of the kernel makes of each start at the stop, by s_n. *Communication*: local."""
        small, bubbles = config.initial.small_data, config.initial.known_bubbles()
        if small is None or bubbles is None:
            raise ValueError("not one of the runs of this study")
        given, delta, stop = small.model_dump(), decay_of(config), config.time.stop
        part = kernel_part(config.equation.dimension, given["direction"])
        scale = bubbles[given["bubble"] - 1].frequency
        growth = {s: part.after((stop - s) / scale**2).norm() for s in values}
        factors: dict[str, Callable[[float], float]] = {
            "exponential": lambda s: math.exp(-delta * s), "power": lambda s: s**-_POWER, "fixed": lambda _: 1.0,
        }  # fmt: skip
        return {way: {s: _SIZES[way] * law(s) * growth[s] for s in values} for way, law in factors.items()}


def tell(
    found: Mapping[str, Mapping[float, float]],
    beside: Mapping[str, Mapping[float, float]],
    laws: Mapping[str, Mapping[float, float]],
    rate: float,
    s: float,
) -> Finding:
    """Return what the distances come to.

    Parameters
    ----------
    found : mapping
        Distances from z_∞ at s by way and s_n, without what is lost in rounding.
    beside : mapping
        Distances from the solution that is zero at the same s_n.
    laws : mapping
        What the flow of the kernel says of these.
    rate, s : float
        δ, and where distances were taken.

    Raises
    ------
    UserError
        If too few are above rounding.

    Notes
    -----
    *Communication*: local.
    """
    for way, those in {**found, **beside}.items():
        if len(those) < _LEAST - 1:
            raise UserError(f"{way}: {len(those)} distances are above rounding, and {_LEAST - 1} are needed: --starts")
    window = window_of(found["zero"], s)
    low, high = window.low, window.high
    left = {way: _left(beside[way], laws[way], way) for way in beside}
    last = {way: those[max(those)] for way, those in found.items()}
    apart = beside["fixed"][max(beside["fixed"])] > beside["fixed"][min(beside["fixed"])] / 2
    starts = sorted(laws["fixed"])
    ratios = {way: {start: size / laws[way][start] for start, size in beside[way].items()} for way in _FORMS}
    return Finding(
        columns=("s_n", *_SIZES, *(f"{way}/law" for way in _FORMS)),
        rows=tuple((s, *(those.get(s, math.nan) for those in (*found.values(), *ratios.values()))) for s in starts),
        lines=(
            f"‖z − z_∞‖₂ at s = {s:g}, where z_∞ is zero at s_n = {max(starts):g}",
            f"zero: falls at a rate between {low:.4g} and {high:.4g}, δ = {rate:.6g} by the law and a power of s_n − s",
            *(_fitted(way, own, rate) for way, own in left.items()),
        ),
        verdict=_verdict(_meet(window, left, rate), apart, last, s),
        panels=_panels(found, laws, s),
        numbers={
            "rate_by_law": rate,
            "rate_zero": [low, high],
            **{f"deviation_{way}": [own.value, own.doubt] for way, own in left.items()},
        },
    )


def _fitted(way: str, own: Rate, rate: float) -> str:
    """What was fitted to one way, as text."""
    value = {"exponential": rate, "power": _POWER}.get(way, 0.0)
    measured = f"{with_doubt(value + own.value, SIGMAS * own.doubt)}, by the law {value:.6g}"
    return f"{way}: ‖P(s_n − s)‖{_FORMS[way]} {measured}"


def _meet(window: Window, left: Mapping[str, Rate], rate: float) -> bool | None:
    """Whether distances fall at rates of the flow; None where fits are too rough to tell."""
    told = [window.holds(rate)]
    for own in left.values():
        doubt = SIGMAS * own.doubt
        near = abs(own.value) <= _NEAR + doubt
        told.append(None if near and not doubt <= _ROUGH else near)
    return False if False in told else None if None in told else True


def _verdict(meet: bool | None, apart: bool, last: Mapping[str, float], s: float) -> Verdict:
    """Of what falls fast enough and of what does not, with the last distances."""
    come = {
        True: "come to one solution at rates of the flow",
        False: "do NOT come to one solution at rates of the flow",
        None: "come to one solution at rates that are open (give larger --starts)",
    }
    text = (
        f"at s = {s:g}, starts that fall fast enough {come[meet]}, within {last['zero']:.1g}, "
        f"{last['exponential']:.1g} and {last['power']:.1g}; starts of one size {'stay' if apart else 'do NOT stay'} "
        f"apart, by {last['fixed']:.1g}"
    )
    return Verdict(meet if apart else False, text)


def _left(sizes: Mapping[float, float], law: Mapping[float, float], way: str) -> Rate:
    """By how much distances fall faster than the flow of the kernel says: a rate in s_n, or a power of it."""
    ratios = [size / law[start] for start, size in sizes.items()]
    return fit_rate(list(sizes), ratios) if way == "exponential" else fit_power(list(sizes), ratios)


def _panels(
    found: Mapping[str, Mapping[float, float]], laws: Mapping[str, Mapping[float, float]], s: float
) -> tuple[Panel, ...]:
    """Distances that fall exponentially, and the others, each beside the flow of the kernel."""
    ordinate = rf"$\|z-z_\infty\|_2$ at $s={s:g}$"
    curves = {way: Curve(_LABELS[way], list(those), list(those.values()), points=True) for way, those in found.items()}
    known = Curve("by the flow of the kernel", (), (), law=True)
    drawn = {way: replace(known, places=list(law), values=list(law.values())) for way, law in laws.items()}
    own = r"$e^{-\delta s_n}\|P(s_n-s)\|$"
    return (
        Panel("$s_n$", ordinate, (curves["zero"], curves["exponential"], replace(drawn["exponential"], label=own))),
        Panel("$s_n$", ordinate, (curves["power"], curves["fixed"], drawn["power"], replace(drawn["fixed"], label=""))),
    )
