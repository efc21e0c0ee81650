"""How many steps a run takes: known of fixed steps, about known of a tolerance where λ is known beforehand.

A tolerance takes the longest F/2^m whose error keeps half of it: η = h/λ² ≤ K·(tolerance/2)^{1/q} for a scheme of order
q, with a constant K of the solution. Of a bubble at rest K was measured (docs/methods.md, the
table of tolerances); waves that move or meet take more or fewer, by a factor of five either way. Of the λ of other
data nothing is known, but that each frame takes a step.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log2

from parallel_nls.config.configuration import Configuration
from parallel_nls.integrators.compositions import SCHEMES

__all__ = ["Steps", "count_steps"]

_CONSTANTS = {"blanes-moan-rkn4": 0.56, "blanes-moan-rkn6": 0.28, "kahan-li8": 0.092, "strang": 0.17}
_MOST_PLACES = 400  # at which λ is looked at
_MEASURED = 1 / 20  # long steps that measure the error, of the steps; with the difference that they are compared by
_DIFFERENCE = 0.3  # of a pair, for each of these


@dataclass(frozen=True)
class Steps:
    """How many steps.

    Attributes
    ----------
    least : int
        The fewest: all frames.
    about : int or None
        How many there will be; None: nothing is known but the least.
    exact : bool
        Whether ``about`` is a count and no estimate.
    """

    least: int
    about: int | None
    exact: bool

    @property
    def expected(self) -> int:
        """What to reckon with. *Communication*: local."""
        return self.least if self.about is None else self.about


def count_steps(configuration: Configuration) -> Steps:
    """Return how many steps a run takes.

    Parameters
    ----------
    configuration : Configuration
        Complete.

    Notes
    -----
    *Communication*: local.
    """
    frames = configuration.frames.count
    if not configuration.adaptive:
        return Steps(frames, frames, exact=True)
    time = configuration.time
    constant, order = _CONSTANTS.get(time.scheme), SCHEMES[time.scheme].order
    if constant is None or time.tolerance is None:
        return Steps(frames, None, exact=False)
    allowed = constant * (0.5 * time.tolerance) ** (1 / order)
    places = min(frames, _MOST_PLACES)
    total = 0.0
    for place in range(places):
        scale = configuration.exact_waves.smallest_scale(
            configuration.frames.time(frames * (2 * place + 1) // (2 * places))
        )
        if scale is None or not scale > 0:
            return Steps(frames, None, exact=False)
        size = abs(configuration.frames.frame) / scale**2
        total += 2.0 ** max(0, ceil(log2(size / allowed)))
    return Steps(frames, round(total * frames / places), exact=False)


def control_pairs(configuration: Configuration) -> float:
    """Return what control adds to the pairs of a step: a long step for 20, at the most. *Communication*: local."""
    if not configuration.adaptive:
        return 0.0
    pairs = configuration.equation.pairs_of(configuration.time.scheme)
    return _MEASURED * (pairs + _DIFFERENCE)
