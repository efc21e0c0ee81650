"""Opening a run directory for reading and drawing: what ``parallel_nls.open_run`` gives."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from parallel_nls.results import reader

if TYPE_CHECKING:
    from parallel_nls.figures.plots import Plots


class Run(reader.Run):
    """What a run directory holds, and its figures."""

    @cached_property
    def plot(self) -> Plots:
        """The figures: printed, it lists them; ``run.plot.density()`` draws one, ``run.plot()`` writes all."""
        from parallel_nls.figures.plots import Plots

        return Plots(self)


def open_run(path: str | Path) -> Run:
    """Open a run directory for reading and drawing, finished or not.

    Parameters
    ----------
    path : str or Path
        The run directory.

    Returns
    -------
    Run
        With `config`, `series`, `fields`, `field()`, `summary`, `finished` and `plot`.

    Raises
    ------
    UserError
        If there is no run; its files are looked at when they are first asked for.

    Notes
    -----
    *Communication*: local: every process that calls it reads by itself.
    """
    return Run(path)
