"""Several runs beside each other: what tells them apart, their numbers one by one, and what these differ by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from parallel_nls.arguments import whole
from parallel_nls.comparison.differences import Difference, difference_of
from parallel_nls.config import Configuration
from parallel_nls.errors import ArgumentError
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.components import component_names
from parallel_nls.results.files import Column, conserved_of
from parallel_nls.results.labels import labels_of, varied_keys
from parallel_nls.results.reader import Run
from parallel_nls.results.sources import checksums_of
from parallel_nls.results.zeros import size_of

__all__ = ["Entry", "RunsBeside", "left_out"]

_NAMED = 4  # members that are left out for one reason


@dataclass(frozen=True)
class Entry:
    """One number a row: a quantity, or a component of it.

    Attributes
    ----------
    quantity, component : str
        Name of the dataset, and of the component: "" of a number.
    place : tuple of int
        Of the component in a row.
    """

    quantity: str
    component: str
    place: tuple[int, ...]

    @property
    def name(self) -> str:
        """As tables name it."""
        return f"{self.quantity} {self.component}".strip()

    def is_relative(self, run: Run) -> bool:
        """Whether a difference of it may be told relative to it: not of what is conserved and may be 0, as momentum."""
        return conserved_of(self.quantity, run.columns[self.quantity]) != "absolute"

    def series(self, run: Run) -> RealArray:
        """Its numbers in a run, (rows,)."""
        values: RealArray = np.moveaxis(run.columns[self.quantity].values, 0, -1)[self.place]
        return values


@dataclass(frozen=True)
class RunsBeside:
    """Several runs, held against the first of them.

    Attributes
    ----------
    runs : tuple of Run
        At least two.
    quantities : tuple of str
        What is compared.
    missing : mapping of str to str
        Directories of members of a sweep that have nothing to compare, and why each has not.

    Notes
    -----
    *Communication*: local.
    """

    runs: tuple[Run, ...]
    quantities: tuple[str, ...]
    missing: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def varied(self) -> dict[str, list[Any]]:
        """What tells the runs apart, with the value in each: keys of configurations, and checksums of their files.

        As of `varied_keys`: None where a run has no such key.
        """
        return varied_keys([run.config for run in self.runs], [one or {} for one in self._checksums])

    @property
    def unread(self) -> list[str]:
        """Directories of the runs that name files, and do not tell what was in them."""
        return [
            str(run.paths.root)
            for run, one in zip(self.runs, self._checksums, strict=True)
            if one is None and _names_files(run.config)
        ]

    @cached_property
    def _checksums(self) -> tuple[Mapping[str, str] | None, ...]:
        return tuple(checksums_of(run.paths) for run in self.runs)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """A label of each run: what its configuration has that others have not; else its directory."""
        return tuple(labels_of(self.varied, [str(run.paths.root) for run in self.runs]))

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """All numbers that are compared, components one by one."""
        first = self.runs[0].columns
        return tuple(entry for name in self.quantities for entry in _entries_of(name, first[name]))

    def times(self, run: int) -> RealArray:
        """Times of the rows of a run, (rows,)."""
        values: RealArray = self.runs[run].columns["time"].values
        return values

    def difference(self, entry: Entry, run: int) -> Difference:
        """What a number of a run differs by from that of the first run.

        Parameters
        ----------
        entry : Entry
            From `entries`.
        run : int
            Place of the run in `runs`.

        Raises
        ------
        ArgumentError
            If there is no such number, or no such run.
        """
        if entry not in self.entries:
            known = ", ".join(own.name for own in self.entries)
            raise ArgumentError(f"entry = {entry!r}: is not compared; give one of entries: {known}")
        if whole("run", run) not in range(len(self.runs)):
            raise ArgumentError(f"run = {run!r}: there are {len(self.runs)} runs; give 0 to {len(self.runs) - 1}")
        if (entry, run) not in self._differences:
            self._differences[entry, run] = self._subtract(entry, run)
        return self._differences[entry, run]

    def rounding(self, entry: Entry, run: int) -> bool:
        """Whether the numbers of a run are rounding of what cancels, beside those of all that it is held against.

        Parameters
        ----------
        entry : Entry
            From `entries`.
        run : int
            Place of the run in `runs`.
        """
        others = range(1, len(self.runs)) if run == 0 else (run,)
        return all(self.difference(entry, other).rounding for other in others)

    @cached_property
    def _differences(self) -> dict[tuple[Entry, int], Difference]:
        return {}

    def _subtract(self, entry: Entry, run: int) -> Difference:
        pair = self.runs[0], self.runs[run]
        single = any(getattr(one.config.grid, "precision", "") == "single" for one in pair)
        epsilon = float(np.finfo(np.float32 if single else np.float64).eps)
        series = entry.series(pair[0]), entry.series(pair[1])
        # Of an energy whose parts cancel, they are what rounding is of.
        size = max(size_of([one.columns for one in pair]), *(one.scales.get(entry.quantity, 0.0) for one in pair))
        cancels = conserved_of(entry.quantity, pair[0].columns[entry.quantity]) is not None
        return difference_of((self.times(0), self.times(run)), series, epsilon, size, cancels)


def left_out(missing: Mapping[str, str]) -> list[str]:
    """A line for each reason why members of a sweep are not compared, with the first ones. *Communication*: local."""
    lines = []
    for why in dict.fromkeys(missing.values()):
        roots = [root for root, reason in missing.items() if reason == why]
        more = f" and {len(roots) - _NAMED} more" if len(roots) > _NAMED else ""
        lines.append(f"left out, {why}: {', '.join(roots[:_NAMED])}{more}")
    return lines


def _names_files(config: Configuration) -> bool:
    """Whether a run depends on more than its configuration."""
    initial, equation = config.initial, config.equation
    files = (initial.source_file, initial.data_file, equation.source_file, *equation.term_files)
    return any(files) or bool(config.diagnostics.own)


def _entries_of(name: str, column: Column) -> Iterator[Entry]:
    """Yield the components of a quantity."""
    for place, component in zip(np.ndindex(column.values.shape[1:]), component_names(name, column), strict=True):
        yield Entry(name, component, place)
