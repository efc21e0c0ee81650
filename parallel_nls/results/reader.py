"""A run directory as an object: configuration, series, fields and summary, read serially.

run = parallel_nls.open_run("runs/two_bubbles")
run.series["sup_norm"].plot()
run.field(-1)                       # the last stored field, complex, with its coordinates
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_nls.config import Configuration, load_configuration
from parallel_nls.config.named import Named
from parallel_nls.errors import ArgumentError, UserError
from parallel_nls.notebook import Shown
from parallel_nls.output.meaning import Meaning
from parallel_nls.output.series_axes import axes_of
from parallel_nls.results.changed import changed_since
from parallel_nls.results.description import describe
from parallel_nls.results.export import export_run
from parallel_nls.results.fields import StoredField, find_fields, survey_fields
from parallel_nls.results.files import Column, find_run, read_series, read_summary, scales_of
from parallel_nls.results.run_state import RunState, state_of_paths
from parallel_nls.schedules import shown_time

if TYPE_CHECKING:
    import xarray


class Run(Shown):
    """What a run directory holds, finished or not. Everything is read when it is first asked for, and kept.

    Parameters
    ----------
    path : str or Path
        The run directory.

    Raises
    ------
    UserError
        If there is no run; it names the nearest one. Its files are looked at when they are first asked for.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, path: str | Path) -> None:
        self.paths = find_run(path)

    def __repr__(self) -> str:
        return f"Run({str(self.paths.root)!r})"

    def _shown_heading(self) -> str:
        return f"Run {self.paths.root}"

    def _shown_rows(self) -> dict[str, object]:
        """What it solves, how far it came, what there is of it; also of one whose files are damaged."""
        try:
            config = self.config
            facts = {
                "title": config.title,
                "equation": config.equation.describe(),
                "grid": config.grid.describe(),
                "ended": self._ended(),
                "fields": len(self.fields),
                "quantities": ", ".join(name for name in self.columns if name not in ("time", "step")),
            }
        except UserError as error:
            return {"trouble": error}
        return {name: fact for name, fact in facts.items() if fact != ""}

    def _ended(self) -> str:
        symbol = self.config.equation.time_symbol
        if self.finished:
            end = self.summary
            return f"at {symbol} = {shown_time(end['end_time'])} after {end['steps']} steps: {end['end_reason']}"
        times = self.columns["time"].values
        return self.state.unended + (f"; last row: {symbol} = {shown_time(times[-1])}" if len(times) else "")

    @cached_property
    def config(self) -> Configuration:
        """The validated configuration, defaults included; files that it names need no longer be there."""
        return load_configuration(str(self.paths.config), with_files=False)

    @cached_property
    def changed(self) -> str | None:
        """What `config` says and the run was not computed with, in words; None if nothing, or nobody can tell."""
        return changed_since(self.paths, self.config)

    @property
    def finished(self) -> bool:
        """Whether the last job on the run has ended by itself; if not, it still goes on or was killed.

        One that was asked to leave has exit_code 75 in its summary, and can be resumed.
        """
        return self.paths.summary.exists()

    @property
    def state(self) -> RunState:
        """How it stands now: it ended, can be resumed, a job works on it, or it was killed."""
        return state_of_paths(self.paths, self.config.equation.time_symbol)

    @property
    def scales(self) -> dict[str, float]:
        """Of conserved numbers the moduli of the parts that they are the sum of, at the start; none before the end."""
        return scales_of(self.paths)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """summary.json: how the run ended. UserError while there is none; see `finished`."""
        return read_summary(self.paths)

    @cached_property
    def columns(self) -> Named[Column]:
        """The series as plain arrays by name, without xarray."""
        return Named(read_series(self.paths))

    @cached_property
    def series(self) -> xarray.Dataset:
        """All quantities over the coordinate time.

        Vectors have the dimension axis with labels x, y (line: x), what each bubble has the dimension bubble with
        labels 1, 2, …, other components a dimension of their own with names as labels. A name that is not there is a
        UserError that tells the nearest one.
        """
        from parallel_nls.results.labelled import Series

        axes = axes_of({name: column.values.shape[1:] for name, column in self.columns.items()})
        variables = {
            name: (("time", *(axis.name for axis in axes[name])), column.values, column.attributes)
            for name, column in self.columns.items()
        }
        labels = {axis.name: list(axis.labels) for found in axes.values() for axis in found if axis.labels}
        return Series(
            {name: variable for name, variable in variables.items() if name != "time"},
            coords={"time": variables["time"], **labels},
            attrs={"title": self.config.title},
        )

    @cached_property
    def fields(self) -> tuple[StoredField, ...]:
        """The stored fields, each with `steps` (since the start) and `time`."""
        return find_fields(self.paths)

    def with_sound_fields(self) -> tuple[Run, list[str]]:
        """The same with the `fields` alone that nothing is known to be wrong with, and what is wrong with others.

        Notes
        -----
        *Communication*: local.
        """
        found, troubles = survey_fields(self.paths)
        sound = Run(self.paths.root)
        sound.fields = tuple(one for one in found if not any(one.path.name in trouble for trouble in troubles))
        return sound, troubles

    def field(self, index: int = -1, *, steps: int | None = None) -> xarray.DataArray:
        """Read a stored field.

        Parameters
        ----------
        index : int
            Place in `fields`; -1 is the last one.
        steps : int, optional
            Instead of a place: steps taken since the start.

        Returns
        -------
        xarray.DataArray, complex128 or complex64, (points on x, points on y) or (points on x,)
            u with coordinates x and y, or x alone, and attributes time and steps; of a remainder, z or R, also
            ``unknown`` and ``timeSymbol``, which say so. Of density matrices the values are
            γ(r, r') times ``amplitude``, a coordinate along each of the axes r and r'. Of a mixture in the plane the
            first axis is that of its waves.

        Raises
        ------
        UserError
            If there is no such field; names those there are.
        """
        import xarray

        stored = self._find(index, steps)
        coordinates = stored.coordinates()
        axes = stored.labels()
        places = dict(zip(axes, coordinates, strict=True))
        weights = stored.amplitude()
        factors = {} if weights is None else {f"amplitude of {axis}": (axis, weights) for axis in axes}
        waves, values = stored.waves(), None
        if waves:
            axes, places = ("wave", *axes), {"wave": np.arange(1.0, len(waves) + 1), **places}
            values = np.stack([stored.values(mesh=wave) for wave in waves])
        return xarray.DataArray(
            stored.values() if values is None else values,
            coords=places | factors,
            dims=axes,
            name="u",
            attrs={"time": stored.time, "steps": stored.steps} | Meaning.of(self.config.equation).attributes(),
        )

    def export(
        self,
        format: str,  # noqa: A002  (as the option of the command line is called)
        to: str | Path | None = None,
        only: Sequence[str] = (),
        times: tuple[float, float] | None = None,
    ) -> list[Path]:
        """Write series and fields into new files of other programs: "netcdf", "vtk" or "csv"; see `export_run`."""
        return export_run(self, format, to, only, times)

    def _find(self, index: int, steps: int | None) -> StoredField:
        if not isinstance(index if steps is None else steps, Integral):
            wrong = f"index = {index!r}" if steps is None else f"steps = {steps!r}"
            raise ArgumentError(f"{wrong}: is no whole number; give a place in fields, or steps since the start")
        if steps is None and -len(self.fields) <= index < len(self.fields):
            return self.fields[index]
        for stored in self.fields:
            if stored.steps == steps:
                return stored
        wanted = f"number {index}" if steps is None else f"after {steps} steps"
        known = ", ".join(str(stored.steps) for stored in self.fields) or "none"
        raise UserError(
            f"run {str(self.paths.root)!r} stores no field {wanted}; there are {len(self.fields)}, after steps: {known}"
        )


def open_run(path: str | Path) -> Run:
    """Open a run directory for reading, finished or not.

    Parameters
    ----------
    path : str or Path
        The run directory.

    Returns
    -------
    Run
        With `config`, `series`, `fields`, `field()`, `summary` and `finished`.

    Raises
    ------
    UserError
        If there is no run; its files are looked at when they are first asked for.

    Notes
    -----
    *Communication*: local: every process that calls it reads by itself.
    """
    return Run(path)


def describe_run(path: str | Path) -> str:
    """What a run is, how it ended and what it holds, in words and numbers for a terminal.

    Parameters
    ----------
    path : str or Path
        The run directory.

    Returns
    -------
    str
        Lines of text.

    Raises
    ------
    UserError
        If there is no run, or a file of it is damaged.

    Notes
    -----
    *Communication*: local.
    """
    run = open_run(path)
    summary = run.summary if run.finished else None
    fields, troubles = survey_fields(run.paths)
    return describe(run.paths.root, run.config, run.columns, fields, summary, troubles, run.changed)
