"""`parallel-nls study solitary-wave`: whether anything but the wave comes to a solitary wave.

Corollary 1.9 of Cao, Su & Zhang: a solution with ‖u − W‖_{H¹} = O(s^{−2−ζ}), or O(s^{−1−ζ}) if W is at rest, is W. Runs
begin beside W in each direction of the generalised kernel and in one beside it, and two distances are followed:

    ‖z‖_{H¹} = ‖u − W‖_{H¹},      D = min over all solitary waves W' of ‖u − W'‖₂ ≤ ‖u − W'‖_{H¹},

D with a W' of its own at each time, the nearest around the last one. A solution that came to any wave would have D
fall as fast, so that W' fixed, which the corollary takes, need not be guessed. The flow of the kernel
(`bubbles.kernel_flow`) says that ‖z‖ grows as (s − s₀)^q, q = 0 (phase, place), 1 (velocity, dilation), 2 (i|y|²Q),
3 (ρ, and all that changes the mass). And

    D ≥ |‖u‖₂ − ‖Q‖₂| at all times,

a constant; where it is 0, energy and momentum decide: u → W in H¹ makes E(u) − |P(u)|²/(2‖Q‖²) = 0 with the mass of Q,
and the sharp inequality of Gagliardo and Nirenberg leaves waves alone. So p of s^{−p} comes to 0 at most, not 2.
By time reversal (u → ū(−s)) the runs are also those back from s_n: of starts of the size s_n^{−p} there remains
s_n^{−p}(s_n − s)^q, which vanishes only where p > q.

The corollary would be refuted by a run whose D falls faster than s^{−2} (s^{−1}).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from parallel_nls.bubbles.kernel_flow import kernel_part
from parallel_nls.config import Configuration
from parallel_nls.errors import UserError
from parallel_nls.figures.panels import Curve, Panel
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles.kernel_directions import DIRECTIONS
from parallel_nls.profiles.solitons import Soliton
from parallel_nls.results.reader import Run
from parallel_nls.studies.frame import Finding, Study, Verdict
from parallel_nls.studies.multi_bubbles.remainders import Rate, check_form, check_increasing, fit_power, listed
from parallel_nls.studies.multi_bubbles.wave_fit import WaveFit, mass_excess

__all__ = ["Followed", "SolitaryWave", "tell"]

_FIELDS = 16
_SIGMAS = 2.0
_SMALLEST, _LARGEST = 1e-6, 0.1  # of a perturbation: D is rounding, or it is none


class Followed(NamedTuple):
    """One run: s and ‖z‖_{H¹} of its rows, s and D of its fields, and ‖u‖ − ‖Q‖."""

    direction: str
    size: float
    s: RealArray
    norm: RealArray
    times: RealArray
    distance: RealArray
    excess: float


class SolitaryWave(Study):
    """Perturbations of one wave of every kind; see `Study`."""

    name: ClassVar[str] = "solitary-wave"

    def check(self, config: Configuration, values: Sequence[float]) -> None:
        """Refuse what is not one wave, perturbed and followed forward. *Communication*: local."""
        bubbles = check_form(config)
        if len(bubbles) > 1:
            raise UserError(f"initial.bubbles: there are {len(bubbles)}; the study takes one, as solitary_wave_1d has")
        small = config.initial.small_data
        if small is None or small.kind != "perturbation":
            raise UserError('initial.remainder: the study perturbs the wave; give kind = "perturbation"')
        check_increasing(values, 1, "sizes")
        if not _SMALLEST <= values[0] <= values[-1] <= _LARGEST:
            raise UserError(
                f"--sizes {listed(values)}: must be {_SMALLEST:g} to {_LARGEST:g}, since D may be as small as a square"
            )
        if not config.time.stop >= 2 * config.time.start:
            raise UserError(
                f"time.stop = {config.time.stop:g}: an exponent of s takes {2 * config.time.start:g} or more"
            )

    def members(self, config: Configuration, values: Sequence[float]) -> tuple[dict[str, Any], dict[str, list[Any]]]:
        """All directions in all sizes. *Communication*: local."""
        span = config.time.stop - config.time.start
        every = max(1, round(span / config.frames.frame / _FIELDS))
        starts = [
            {"kind": "perturbation", "direction": direction, "amplitude": float(value)}
            for direction in DIRECTIONS
            for value in values
        ]
        return {"output.fields_every": {"steps": every}}, {"initial.remainder": starts}

    def evaluate(self, runs: Sequence[Run], values: Sequence[float]) -> Finding:
        """Exponents of both distances over the later half of each run. *Communication*: local."""
        del values
        bubbles = check_form(runs[0].config)
        limit = 2.0 if any(bubbles[0].center) else 1.0
        return tell([_follow(run) for run in runs], limit, runs[0].config.equation.dimension)


def _follow(run: Run) -> Followed:
    """What is measured of one run."""
    own, small = check_form(run.config)[0], run.config.initial.small_data
    if small is None:
        raise ValueError("not a run of this study")
    given, wave = small.model_dump(), Soliton(own.center, (), own.frequency, own.phase)
    coordinates = run.fields[0].coordinates()
    fit = WaveFit.beside(wave, coordinates)
    times, distances, excess = [], [], 0.0
    for stored in run.fields:
        z = np.asarray(stored.values(), dtype=np.complex128)
        excess = excess or mass_excess(wave, coordinates, z, stored.time)
        times.append(stored.time)
        distances.append(fit.distance(z, stored.time))
    s, norm = run.columns["time"].values, run.columns["z_h1"].values
    return Followed(
        given["direction"], given["amplitude"], s, norm, np.array(times), np.array(distances), abs(excess)
    )  # fmt: skip


def tell(found: Sequence[Followed], limit: float, dimension: int) -> Finding:
    """Return what the runs come to.

    Parameters
    ----------
    found : sequence of Followed
        The runs.
    limit : float
        The exponent of the corollary.
    dimension : int
        d.

    Notes
    -----
    *Communication*: local.
    """
    rows, largest, bounded = [], -math.inf, True
    for run in found:
        own, nearest = (_exponent(*pair) for pair in ((run.s, run.norm), (run.times, run.distance)))
        power = kernel_part(dimension, run.direction).power
        rows.append((run.direction, run.size, own.value, power, nearest.value, float(run.distance.min()), run.excess))
        largest = max(largest, *(rate.value + _SIGMAS * rate.doubt for rate in (own, nearest)))
        bounded = bounded and bool(run.distance.min() >= run.excess * (1 - 1e-6) - 1e-12)
    text = f"the largest exponent p of s^(−p) is {largest:.3g}, and the corollary excludes more than {limit:g}" + (
        "" if bounded else "; a distance is NOT above the difference of the masses"
    )
    return Finding(
        columns=("direction", "size", "p of ‖z‖", "q of the flow", "p of D", "least D", "|‖u‖ − ‖Q‖|"),
        rows=tuple(rows),
        lines=(
            "p: of s^(−p) over the later half of each run, of ‖z‖_{H¹} and of D, the distance from all solitary waves",
            "q: ‖z‖ grows as (s − s₀)^q at last, so that p is about −q s/(s − s₀); D is never less than |‖u‖ − ‖Q‖|",
        ),
        verdict=Verdict(largest <= limit and bounded, text),
        panels=_panels(found),
        numbers={"largest_exponent": largest, "limit": limit},
    )


def _exponent(s: RealArray, values: RealArray) -> Rate:
    """The p of s^{−p} over the later half of the values."""
    later = slice(len(s) // 2, None)
    return fit_power(s[later], values[later])


def _panels(found: Sequence[Followed]) -> tuple[Panel, ...]:
    """Both distances over the size, of the smallest perturbations."""
    least = min(run.size for run in found)
    shown = [run for run in found if run.size == least]

    def curves(of: Mapping[str, tuple[RealArray, RealArray]]) -> tuple[Curve, ...]:
        """One curve a direction."""
        return tuple(Curve(name, s, values) for name, (s, values) in of.items())

    return (
        Panel(
            "$s$",
            r"$\|z\|_{H^1}/\varepsilon$",
            curves({run.direction: (run.s, run.norm / least) for run in shown}),
            True,
        ),
        Panel(
            "$s$", r"$D/\varepsilon$", curves({run.direction: (run.times, run.distance / least) for run in shown}), True
        ),
    )
