"""Why a run must end at a sample: numbers that are none, a grid or a step that no longer does, limits of the user."""

from __future__ import annotations

from math import inf, log, pi

import numpy as np

from parallel_nls.config import Configuration, whole_number
from parallel_nls.contracts import SolvedEquation
from parallel_nls.diagnostics.resonance_monitor import SUSPICIOUS
from parallel_nls.output.checkpoint import Values

_MOST_DECADES = 10**6  # of a gain that are told; more of them say nothing more
RESOLVED = 1e-6
"""Relative size of waves that an honest run may come to."""


def exceeded(config: Configuration, equation: SolvedEquation, first: Values, last: Values, steps: int) -> str | None:
    """Why the run must stop at these values, or None.

    Parameters
    ----------
    config : Configuration
        Its limits.
    equation : SolvedEquation
        Says whether the energy is conserved.
    first, last : dict
        The first sample and this one.
    steps : int
        Taken so far.

    Notes
    -----
    *Communication*: local; the same on every rank.
    """
    limits = config.limits
    if not last["finite"]:
        if steps == 0:
            return "the initial data are not finite numbers, or their phases are too large for the grid"
        return f"the field is no longer finite; take a smaller {_step(config)}"
    peak = float(np.max(last["sup_norm"]))
    if peak == 0 and config.equation.is_remainder:
        return None
    if peak == 0:
        return "the field is zero on the grid; give initial data that the grid resolves"
    resonance = _resonance(config, last)
    if resonance is not None:
        return resonance
    if _is_unresolved(config, last):
        return _unresolved(config, last, steps)
    if peak > limits.sup_norm:
        return f"limit reached: {config.equation.height} = {peak:.6g} exceeds limits.sup_norm = {limits.sup_norm:g}"
    return _energy(config, first, last) if "energy" in equation.conserved else None


def may_refine(config: Configuration, last: Values, steps: int) -> bool:
    """Whether a field is no longer resolved well, and a finer grid, which the configuration allows, is the remedy.

    Of a run that is not to stop by `exceeded`: a field that has passed the limit of its tail is none to go on from,
    since what it has lost would stay in it, and a finer grid would not show it. Nor do more points help against
    resonance.

    Parameters
    ----------
    config : Configuration
        On the grid of the last sample.
    last : dict
        That sample.
    steps : int
        Taken so far.

    Notes
    -----
    *Communication*: local; the same on every rank.
    """
    wanted = not _tail(last) <= config.grid.tail_to_refine(config.limits.spectral_tail)
    return steps > 0 and wanted and bool(config.grid.refinements) and not _suspicion(last)


def forecast(config: Configuration, epsilon: float, first: Values, time: float | None = None) -> str | None:
    """What resonance with a fixed step may do until the stop, if that matters.

    Parameters
    ----------
    config : Configuration
        Its times and limits.
    epsilon : float
        Relative accuracy of the numbers of the field.
    first : dict
        The first sample on this grid.
    time : float, optional
        When that was taken, if not at the start.

    Notes
    -----
    *Communication*: local; the same on every rank.
    """
    since = config.time.start if time is None else time
    exponent = float(first.get("resonance_rate", 0.0)) * abs(config.time.stop - since)
    if log(epsilon) + exponent < log(RESOLVED):
        return None
    step, number = abs(config.frames.frame), int(first["resonance_number"])
    decades = exponent / log(10)
    gain = f"up to 1e{decades:.0f}" if decades < _MOST_DECADES else f"more than 1e{_MOST_DECADES}"
    return (
        f"warning: resonance with the step {step:g}, where ω(k)·step = {whole_number(number)}π, may amplify rounding "
        f"by {gain} until the stop if the field stays as it is (series resonance_gain); a smaller step may "
        f"avoid it, one below {float(first['resonance_safe_step']):.3g} does"
    )


def _step(config: Configuration) -> str:
    return "tolerance" if config.adaptive else "step"


def _suspicion(last: Values) -> str:
    """What the predicted gain makes likely, if it is large."""
    gain = float(last.get("resonance_gain", 1.0))
    if gain <= SUSPICIOUS:
        return ""
    return f"; resonance with the step may have amplified rounding by up to {gain:.1g} so far"


def _resonance(config: Configuration, last: Values) -> str | None:
    """Waves that stand out on a shell of the step, stronger than the spectral tail may be."""
    content, limit = float(last.get("resonance_content", 0.0)), config.limits.spectral_tail
    if not limit < content:
        return None
    number, step = int(last["resonance_shell"]), abs(config.frames.frame)
    return (
        f"waves grow by resonance with the step {step:g}: where ω(k)·step is near {whole_number(number)}π, |k| = "
        f"{(number * pi / step) ** 0.5:.4g} for ω = |k|², they have come to {content:.2g} of the largest; take a "
        f"smaller step, or a scheme with a smaller c_{whole_number(number)}: more points do not help"
    )


def _is_unresolved(config: Configuration, last: Values) -> bool:
    """Whether the tail of the spectrum is too high."""
    limit = config.limits.spectral_tail
    return limit < inf and not _tail(last) <= limit


def _tail(last: Values) -> float:
    """The largest of all axes."""
    return float(np.max(last["spectral_tail"]))


def why_refined(config: Configuration, last: Values) -> str:
    """By how much the tail of the spectrum is higher than it should be. *Communication*: local."""
    tail = config.grid.tail_to_refine(config.limits.spectral_tail)
    return f"spectral tail {_tail(last):.3g} exceeds grid.refine_tail = {tail:g}"


def _unresolved(config: Configuration, last: Values, steps: int) -> str:
    """The tail of the spectrum is too high."""
    shown = f"spectral tail {_tail(last):.3g} exceeds limits.spectral_tail = {config.limits.spectral_tail:g}"
    if steps == 0:
        return f"not resolved from the start: {shown}; take more points, or a box that the initial data fit into"
    suspicion = _suspicion(last)
    remedy = f"take a smaller {_step(config)}" if suspicion else _more_points(config, _tail(last))
    return f"no longer resolved: {shown}{suspicion}; {remedy}"


def _more_points(config: Configuration, tail: float) -> str:
    """The remedy of a run that has come to the end of its grid."""
    grid, accepted = config.grid, f"limits.spectral_tail above {tail:.2g}, if what is lost may stay lost"
    if not grid.refines:
        return "take more points"
    if grid.refinements:
        passed = (
            f"it passed grid.refine_tail = {grid.tail_to_refine(config.limits.spectral_tail):g} since the row before"
        )
        return f"{passed}; take a shorter diagnostics.every or a lower grid.refine_tail, or resume with {accepted}"
    here = f"grid.max_points allows no more than the {' × '.join(map(str, grid.points))} points of this grid"
    return f"{here}; begin again with more, or resume with more and {accepted}"


def _energy(config: Configuration, first: Values, last: Values) -> str | None:
    """The energy has changed by more than an honest run's does."""
    limit = config.limits.energy_drift
    if limit == inf or "energy_scale" not in first:
        return None
    change = float(last["energy"]) - float(first["energy"])
    scale = max(float(first["energy_scale"]), float(last["energy_scale"]))
    if abs(change) <= limit * scale:
        return None
    return (
        f"limit reached: the energy has changed by {change / scale:.2g} of the sum of the moduli of its parts, more "
        f"than limits.energy_drift = {limit:g}{_suspicion(last)}; take a smaller {_step(config)}"
    )
