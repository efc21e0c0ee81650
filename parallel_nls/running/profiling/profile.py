"""The profile of one job of a run: what is timed, what the ranks have to say together, and how it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from mpi4py import MPI

from parallel_nls.numerics.code_cache import around_compilation
from parallel_nls.running.configured_run import ConfiguredRun
from parallel_nls.running.profiling.clock import REST, Clock, Part
from parallel_nls.running.profiling.communicator import EXCHANGE, WAITING, TimedComm
from parallel_nls.running.profiling.entry_points import (
    COLUMNS,
    COMPILATION,
    CONTROL,
    DIAGNOSTICS,
    INITIAL,
    INTERACTION,
    LINEAR,
    LOADING,
    OTHER,
    OUTPUT,
    ROWS,
    START,
    STEPS,
    EntryPoints,
)

SETTING_UP = "setting up"
_GROUPS = (START, STEPS, DIAGNOSTICS, OUTPUT, OTHER)
_FIRST = (LOADING, SETTING_UP, COMPILATION, INITIAL, ROWS, COLUMNS, LINEAR, INTERACTION, CONTROL)
_LAST = (EXCHANGE, WAITING, REST)
_SHOWN = 5e-4

Spread = dict[str, float]
"""Seconds by "min", "mean", "max" over the ranks, and of "rank0"."""


class Profile:
    """Times one job of a run.

    Parameters
    ----------
    before : float, optional
        Seconds since the process was started.

    Notes
    -----
    *Communication*: `gather` is collective, all else local; but a run that is timed has a barrier ahead of each of its
    messages.
    """

    def __init__(self, before: float = 0.0) -> None:
        self.clock = Clock(Part(START, LOADING), before)
        self._points = EntryPoints(self.clock)

    @contextmanager
    def watching(self, comm: MPI.Intracomm) -> Iterator[MPI.Intracomm]:
        """Within the context what runs on the communicator that it gives is timed."""
        self.clock.turn_to(Part(START, SETTING_UP))
        start = Part(START, COMPILATION)
        with self._points.replaced(), around_compilation(lambda: self.clock.begin(start), self.clock.end):
            yield TimedComm.of(comm, self.clock)

    def opened(self, simulation: ConfiguredRun[Any, Any]) -> None:
        """The run is in memory: what it is made of is known."""
        self._points.replace_loaded()
        self._points.replace_monitors(getattr(simulation.sampler, "monitors", ()))

    def gather(self, comm: MPI.Intracomm) -> dict[str, object]:
        """What the summary holds of it, up to now: see docs/profiling.md. *Communication*: collective, one message."""
        everyone = comm.allgather(self.clock.seconds())
        names = sorted({key for seconds in everyone for key in seconds}, key=_place)
        parts: dict[str, dict[str, Spread]] = {}
        for key in names:
            group, name = key
            parts.setdefault(group, {})[name] = _spread([seconds.get(key, 0.0) for seconds in everyone])
        whole = _spread([sum(seconds.values()) for seconds in everyone])
        return {"ranks": comm.size, "wall_seconds": whole, "parts": parts}

    @staticmethod
    def table(profile: Mapping[str, Any]) -> list[str]:
        """The lines of the log: seconds of groups and parts, and their share of the whole. *Communication*: local.

        Parameters
        ----------
        profile : mapping
            From `gather`.
        """
        whole, ranks = profile["wall_seconds"], profile["ranks"]
        lines = [f"{'where the time went':<30}{'s':>10}{'min':>10}{'max':>10}{'%':>7}"]

        def add(label: str, mean: float, extremes: str) -> None:
            """One line."""
            lines.append(f"{label:<30}{mean:>10.3f}{extremes:>20}{100 * mean / whole['mean']:>7.1f}")

        for group, parts in profile["parts"].items():
            add(group, sum(spread["mean"] for spread in parts.values()), "")
            if list(parts) != [group]:
                for name, spread in parts.items():
                    if spread["max"] < _SHOWN:
                        continue
                    add(f"    {name}", spread["mean"], f"{spread['min']:>10.3f}{spread['max']:>10.3f}")
        add("all", whole["mean"], f"{whole['min']:>10.3f}{whole['max']:>10.3f}")
        of = "1 rank" if ranks == 1 else f"{ranks} ranks: means, and the extremes of parts"
        return [*lines, f"seconds of wall time of {of}; parts below a millisecond are in their groups alone"]


def _place(key: tuple[str, str]) -> tuple[int, int, str]:
    """Groups in the order of a run, their parts in that of a step; waiting and what is left last."""
    group, name = key
    order = _FIRST.index(name) if name in _FIRST else len(_FIRST)
    return _GROUPS.index(group), order + (10 + _LAST.index(name) if name in _LAST else 0), name


def _spread(seconds: list[float]) -> Spread:
    mean = float(np.mean(seconds))
    found = {"min": min(seconds), "mean": mean, "max": max(seconds), "rank0": seconds[0]}
    return {name: round(value, 6) for name, value in found.items()}
