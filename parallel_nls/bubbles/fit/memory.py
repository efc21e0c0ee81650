"""What is remembered of the last good fits, and where it says that the bubbles are at another time.

The free flow takes the last fit there. By how much the fits before it left the free flow, added up over time, is
extrapolated by a polynomial, of the degree by which the last fit would have been foreseen best: rounding in the
parameters, or rows that are far apart, ask for a low one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np

from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.numerics.compiled import kernel

STEPS = 7
"""From one fit to the next, that are remembered."""
_FAR = 3.0  # over more than so many times the last step only its own drift is trusted
_NAMES = tuple(each.name for each in fields(Parameters))
_PREFIX = "fit_"


@dataclass(frozen=True, eq=False)
class Memory:
    """The last good fit, and how the fits that led to it left the free flow.

    Attributes
    ----------
    time : float
        Of it.
    parameters : Parameters
        What it found.
    durations : ndarray, (n,)
        Of up to 7 steps from one fit to the next, the last one at the end.
    drifts : ndarray, (n, K, 2d + 3)
        The scaled changes a unit of time by which they left the free flow.
    surprise : float
        The largest scaled change by which the last fit was missed.

    Notes
    -----
    *Communication*: local; the same on every rank, products and sums of few numbers.
    """

    time: float
    parameters: Parameters
    durations: RealArray = field(default_factory=lambda: np.empty(0))
    drifts: RealArray = field(default_factory=lambda: np.empty((0, 0, 0)))
    surprise: float = 1.0

    def at(self, time: float) -> Parameters:
        """What is expected at another time."""
        if time not in self._expected:
            self._expected.clear()  # of one time after the other the last one is asked for again
            self._expected[time] = self._at(time)
        return self._expected[time]

    @cached_property
    def _expected(self) -> dict[float, Parameters]:
        """By the time that was asked for last."""
        return {}

    def _at(self, time: float) -> Parameters:
        duration = time - self.time
        steps = self._steps(duration)
        expected = self.parameters.free_flow(duration)
        if steps:
            expected = expected.changed(extrapolated(self.durations[-steps:], self.drifts[-steps:], duration))
        return expected

    def after(self, time: float, parameters: Parameters, free: bool = True) -> Memory:
        """With one good fit more; what was before is forgotten where the free flow does not reach it."""
        if not free:
            return Memory(time, parameters)
        duration = time - self.time
        drift = parameters.change_from(self.parameters.free_flow(duration)) / duration
        surprise = float(np.max(np.abs(parameters.change_from(self.at(time)))))
        durations, drifts = np.array([duration]), drift[None]
        if self.durations.size and self.durations[-1] * duration > 0:  # steps there and back do not follow each other
            durations = np.concatenate([self.durations[1 - STEPS :], durations])
            drifts = np.concatenate([self.drifts[1 - STEPS :], drifts])
        return Memory(time, parameters, durations, drifts, surprise)

    def values(self) -> dict[str, float | RealArray]:
        """By names, for checkpoints; steps that there were not are 0."""
        found = {f"{_PREFIX}{name}": getattr(self.parameters, name) for name in _NAMES}
        durations, drifts = np.zeros(STEPS), np.zeros((STEPS, self.parameters.count, 2 * self.parameters.dimension + 3))
        if self.durations.size:
            durations[-self.durations.size :], drifts[-self.durations.size :] = self.durations, self.drifts
        return {
            f"{_PREFIX}time": self.time,
            **found,
            f"{_PREFIX}durations": durations,
            f"{_PREFIX}drifts": drifts,
            f"{_PREFIX}surprise": self.surprise,
        }

    @classmethod
    def of_values(cls, values: Mapping[str, float | RealArray]) -> Memory | None:
        """What `values` gave, or runs that remembered one step alone; None where there is nothing."""
        if f"{_PREFIX}time" not in values:
            return None
        own = float(values[f"{_PREFIX}time"]), Parameters(*(np.asarray(values[f"{_PREFIX}{name}"]) for name in _NAMES))
        if f"{_PREFIX}durations" not in values:
            return cls(*own, np.ones(1), np.asarray(values[f"{_PREFIX}drift"])[None])
        durations, drifts = np.asarray(values[f"{_PREFIX}durations"]), np.asarray(values[f"{_PREFIX}drifts"])
        known = np.flatnonzero(durations)
        return cls(*own, durations[known], drifts[known], float(np.asarray(values[f"{_PREFIX}surprise"])))

    def _steps(self, duration: float) -> int:
        """Of how many steps the drifts are extrapolated."""
        known = self.durations.size
        return min(1, known) if not known or abs(duration) > _FAR * abs(self.durations[-1]) else self._best

    @cached_property
    def _best(self) -> int:
        """By how many steps the last one would have been foreseen best; at least 1."""
        return int(best_steps(self.durations, self.drifts))


@kernel
def summed_weights(spans: RealArray, duration: float) -> RealArray:
    """How means over steps one after the other are weighted in an integral over the time behind them.

    The integral is that of the polynomial with these means; n steps, degree n - 1.

    Parameters
    ----------
    spans : ndarray, (n,)
        How long they are, the last one at the end.
    duration : float
        Of the time behind them.

    Notes
    -----
    *Communication*: local.
    """
    # The integral is a polynomial as well, known at the ends of the steps: Lagrange's, backwards from 0.
    count = spans.size
    nodes, weights, tail = np.zeros(count + 1), np.empty(count), 0.0
    for i in range(count - 1, -1, -1):
        nodes[i] = nodes[i + 1] - spans[i]
    for i in range(count, 0, -1):
        basis = 1.0
        for j in range(count + 1):
            if j != i:
                basis *= (duration - nodes[j]) / (nodes[i] - nodes[j])
        tail += basis
        weights[i - 1] = tail - 1.0
    return weights


@kernel
def extrapolated(spans: RealArray, drifts: RealArray, duration: float) -> RealArray:
    """The change over the time behind some steps, (K, m), from drifts over them, (n, K, m). *Communication*: local."""
    weights, change = summed_weights(spans, duration), np.zeros(drifts.shape[1:])
    for i in range(spans.size):
        change += weights[i] * spans[i] * drifts[i]
    return change


@kernel
def best_steps(spans: RealArray, drifts: RealArray) -> int:
    """By how many steps ahead of it the last one would have been foreseen best, at least 1. *Communication*: local."""
    last, best, least = spans.size - 1, 1, np.inf
    for count in range(last + 1):
        foreseen = extrapolated(spans[last - count : last], drifts[last - count : last], spans[last])
        miss = np.abs(drifts[last] - foreseen / spans[last]).max()
        if miss < least:
            best, least = max(1, count), miss
    return best
