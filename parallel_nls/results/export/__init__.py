"""Series and fields of a run in the formats of other programs: netCDF, VTK and CSV. Nothing of the run is changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from parallel_nls.arguments import listed
from parallel_nls.errors import UserError
from parallel_nls.output.durable_files import refuse_link
from parallel_nls.results.export.csv_text import write_csv
from parallel_nls.results.export.files import Task, carry_out
from parallel_nls.results.export.netcdf import fields_tasks, write_series
from parallel_nls.results.export.selection import FORMATS, Selection, StoredRun, select
from parallel_nls.results.export.vtk_files import vtk_tasks

__all__ = ["FORMATS", "export_run"]

FOLDER = "export"
"""Of the run directory, where nothing else is said."""


_FILES = (
    ".nc",
    ".csv",
    ".pvd",
    ".vti",
    ".vtr",
    ".vtk",
    ".txt",
    ".dat",
    ".tsv",
    ".xlsx",
    ".h5",
    ".hdf5",
    ".mat",
    ".json",
)
"""Endings of what is meant for a file, not for a folder."""


def export_run(
    run: StoredRun,
    format: str,  # noqa: A002  (as the option is called)
    to: str | Path | None = None,
    only: Sequence[str] = (),
    times: tuple[float, float] | None = None,
    tell: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005
) -> list[Path]:
    """Write series and fields of a run into new files.

    Parameters
    ----------
    run : Run
        From `open_run`; finished or not.
    format : str
        "netcdf" takes series and fields, "vtk" fields, "csv" the series.
    to : str or Path, optional
        A folder, made where it is missing; or the file, where there is one, which ends in .nc or .csv. By default the
        folder ``export`` of the run directory.
    only : sequence of str, optional
        "series", "fields", "density", names of complex meshes as "u", names of quantities as "mass"; by default all.
    times : (float, float), optional
        First and last simulated time; by default all.
    tell : callable, optional
        Called with how many parts of the work are done, and how many there are.

    Returns
    -------
    list of Path
        The new files.

    Raises
    ------
    UserError
        If what is asked for makes no sense, is not there, or a file is there already; before anything is written.
    StorageError
        The file system refuses; of the file in question nothing is left.

    Notes
    -----
    *Communication*: local; fields are read in bands.
    """
    selection = select(run, format, tuple(listed("only", only, str, '["energy", "u"]')), times)
    tasks = _place(run, selection, None if to is None else Path(to))
    return carry_out(tasks, tell)


def _place(run: StoredRun, selection: Selection, to: Path | None) -> list[Task]:
    """What is to be done, with the paths of all files."""
    tasks = _tasks(selection)
    if to is not None and to.suffix in _FILES:
        if len(tasks) != 1 or to.suffix != tasks[0].path.suffix:
            names = ", ".join(str(task.path) for task in tasks[:3]) + (", …" if len(tasks) > 3 else "")
            ending = f", or a name that ends in {tasks[0].path.suffix}" if len(tasks) == 1 else ""
            raise UserError(f"to {str(to)!r}: {selection.format} makes {names}; give a folder for it{ending}")
        return [tasks[0].at(to)]
    folder = run.paths.root / FOLDER if to is None else to
    if to is None:
        refuse_link(folder)
    return [task.at(folder / task.path) for task in tasks]


def _tasks(selection: Selection) -> list[Task]:
    """In the order of the files; names are relative."""
    if selection.format == "csv":
        return [Task(Path("series.csv"), 1, lambda path, tell: write_csv(path, selection, tell))]
    if selection.format == "vtk":
        return vtk_tasks(selection)
    series = [Task(Path("series.nc"), 1, lambda path, tell: write_series(path, selection, tell))]
    return [*(series if selection.columns else ()), *fields_tasks(selection)]
