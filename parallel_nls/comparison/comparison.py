"""Runs beside each other: what parallel-nls compare tells and draws, and what `parallel_nls.compare` returns.

found = parallel_nls.compare(["runs/coarse", "runs/fine"], quantities=["energy"])
print(found.text())
found.save("comparison")            # figures, and all numbers as CSV
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path

from parallel_nls.arguments import listed, path_of
from parallel_nls.catalogue import OF_NUMERICS
from parallel_nls.comparison.runs_beside import RunsBeside, left_out
from parallel_nls.comparison.tables import describe, write_files
from parallel_nls.config.toml_text import counted, quoted_argument
from parallel_nls.errors import UserError, as_typed
from parallel_nls.results.directories import absent_members, is_sweep, refuse_twice, runs_of
from parallel_nls.results.files import Column
from parallel_nls.results.reader import Run

__all__ = ["Comparison", "compare"]

_ALWAYS = {"time", "step"}


class Comparison(RunsBeside):
    """Several runs, held against the first of them; made by `compare`. *Communication*: local."""

    def text(self) -> str:
        """The runs, their last values, and what these differ by, as lines of text."""
        return describe(self)

    def save(self, folder: str | Path) -> list[Path]:
        """Write a figure of each quantity, differences.csv and runs.csv; files of these names are replaced.

        Parameters
        ----------
        folder : str or Path
            A folder, which is made if it is missing.

        Returns
        -------
        list of Path
            The files.

        Raises
        ------
        UserError, StorageError
            If the folder cannot be written: bad input, or the file system refuses.
        """
        return write_files(self, path_of("folder", folder, "a folder"))


def compare(paths: Sequence[str | Path], quantities: Sequence[str] | None = None) -> Comparison:
    """Lay the series of several runs beside each other.

    Parameters
    ----------
    paths : sequence of str or Path
        Run directories; that of a sweep or a study stands for all of its runs that have a row. All are compared with
        the first.
    quantities : sequence of str, optional
        Names of datasets of series.h5. By default all that the runs have in common with one number a row, or a few,
        but for those that tell of the computation alone.

    Returns
    -------
    Comparison
        With `labels`, `varied`, `missing`, `difference()`, `text()` and `save()`.

    Raises
    ------
    UserError
        If there are fewer than two runs with a row, or a run that is given by itself has none, or one lacks a quantity.

    Notes
    -----
    *Communication*: local: every process that calls it reads by itself.
    """
    given = listed("paths", paths, (str, PathLike), '["runs/one", "runs/two"]')
    found = [(Run(one.root), is_sweep(path)) for path in given for one in runs_of(path)]
    refuse_twice(run.paths for run, _ in found)
    missing = _missing(given, [run for run, of_sweep in found if of_sweep])
    runs = tuple(run for run, _ in found if str(run.paths.root) not in missing)
    if len(runs) <= 1:
        raise UserError(_too_few(runs, any(of_sweep for _, of_sweep in found), missing))
    for run in runs:
        if not len(run.columns["time"].values):
            raise UserError(f"run {str(run.paths.root)!r} has no row yet; wait for the first, or leave it out")
    common = _common(runs)
    if quantities is None:
        chosen = tuple(name for name in common if name not in OF_NUMERICS and _is_slender(runs[0].columns[name]))
    else:
        chosen = tuple(dict.fromkeys(listed("quantities", quantities, str, '["mass", "energy"]')))
        lacking = [name for name in chosen if name not in common]
        if lacking:
            raise UserError(
                f"quantity {quoted_argument(lacking[0])}: not in the series of all runs, or of other length; "
                f"there are: {', '.join(common)}"
            )
    if not chosen:
        raise UserError("the runs have no quantity in common; compare runs of one equation")
    return Comparison(runs, chosen, missing)


def _missing(given: Sequence[str | Path], members: Sequence[Run]) -> dict[str, str]:
    """Members of sweeps that have no row, are damaged, or have not even begun, by their directories, and why."""
    sweeps = [Path(path) for path in given if is_sweep(path)]
    absent = {str(root / name): why for root in sweeps for name, why in absent_members(root).items()}
    objections = {str(run.paths.root): _objection(run) for run in members}
    return absent | {root: why for root, why in objections.items() if why is not None}


def _objection(run: Run) -> str | None:
    """Why a member has nothing to compare; None where it has."""
    paths, begun = run.paths, run.finished or run.paths.series.exists()
    looks = [(paths.config, "config"), (paths.summary, "state"), *([(paths.series, "columns")] if begun else [])]
    for file, look in looks:
        try:
            getattr(run, look)
        except UserError:  # of many members one must not keep the others from being compared
            return f"{file.name} is missing or damaged"
    return None if begun and len(run.columns["time"].values) else f"no row yet, {run.state.text}"


def _too_few(runs: Sequence[Run], of_sweep: bool, missing: Mapping[str, str]) -> str:
    """What is said of less than two runs."""
    only = f" ({as_typed(runs[0].paths.root)}, the only one of its sweep)" if of_sweep and runs else ""
    told = "; ".join(["give two or more run directories, or a sweep", *left_out(missing)])
    return f"{counted(len(runs), 'run')}{only} cannot be compared; {told}"


def _common(runs: Sequence[Run]) -> list[str]:
    """Names of the quantities that all runs have, with as many components."""
    shapes = [{name: column.values.shape[1:] for name, column in run.columns.items()} for run in runs]
    return [
        name
        for name, shape in shapes[0].items()
        if name not in _ALWAYS and all(other.get(name) == shape for other in shapes[1:])
    ]


def _is_slender(column: Column) -> bool:
    """Whether a quantity has one axis besides the rows, at most."""
    return len([n for n in column.values.shape[1:] if n > 1]) <= 1
