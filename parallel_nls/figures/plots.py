"""The figures of an opened run, from Python: run.plot lists them, run.plot.density() draws one."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parallel_nls.arguments import numbers, path_of
from parallel_nls.config.spelling import suggest
from parallel_nls.errors import ArgumentError, UserError
from parallel_nls.figures.formats import FORMATS, check_format, writing_into
from parallel_nls.figures.looks import Style, settings_of
from parallel_nls.figures.run_figures import (
    MOVING,
    RunFigure,
    figures_of,
    has_rows,
    missing_data,
    plot_run,
)
from parallel_nls.figures.sheet import Sheet
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure


_SCREEN = 144  # dots per inch in notebooks


class Plot:
    """One figure of a run; calling it draws.

    Parameters
    ----------
    run : Run
        An opened run.
    name : str
        What the figure is called.
    figure : RunFigure
        Of that name.
    """

    def __init__(self, run: Run, name: str, figure: RunFigure) -> None:
        self._run, self._name, self._figure = run, name, figure
        self.__doc__ = f"{figure.shows}. Needs {figure.needs}."

    def __repr__(self) -> str:
        return f"{self._name}(): {self.__doc__}"

    def __call__(
        self,
        *,
        times: float | Iterable[float] = (),
        ax: Axes | None = None,
        cmap: str | Colormap | None = None,
        style: Style | Sequence[Style] = (),
        title: str | None = None,
        to: str | Path | None = None,
    ) -> Figure:
        """Draw the figure.

        Parameters
        ----------
        times : float or several, optional
            t at which fields are shown, where the figure shows some: the stored fields nearest to them.
        ax : matplotlib Axes, optional
            Into which to draw, in the style of their own figure. A figure of several panels takes their place.
        cmap : str or Colormap, optional
            Colours of images.
        style : str, Path, mapping, or several of them
            Styles of matplotlib by name, files .mplstyle, or settings, on top of that of the package.
        title : str, optional
            Instead of the title of the run; "" for none.
        to : str or Path, optional
            A file to write: .png, .pdf or .svg; .gif for the animation, which without a file is its last frame. Its
            folder is made.

        Returns
        -------
        matplotlib Figure
            Of no window system; notebooks show it, ``savefig`` writes it.

        Raises
        ------
        UserError
            If the run has no data for this figure; if a style, a colour map or a time is unknown; if the file cannot be
            written.

        Notes
        -----
        *Communication*: local.
        """
        if ax is not None and to is not None:
            raise UserError(f"ax and to = {str(to)!r} exclude each other; save the figure of the axes")
        has_rows(self._run)
        path = None if to is None else path_of("to", to, "a file to write, as 'density.png'")
        if path is not None:
            check_format(path.suffix.removeprefix("."), (MOVING,) if self._figure.moves else FORMATS)
        sheet = Sheet(path, numbers("times", times), settings_of(style, cmap), title, ax)
        with nullcontext() if path is None else writing_into(path.parent, f"the figure {path.name!r}"):
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            drawn = self._figure.draw(self._run, sheet)
        if drawn is None:
            raise UserError(missing_data(self._run, {self._name: self._figure}))
        return with_picture(drawn)


class Plots:
    """All figures that runs of this kind can have: each is called by its name, as ``run.plot.density()``.

    Calling the object itself writes them as files, as ``parallel-nls plot`` does, with the same options as `plot_run`.

    Parameters
    ----------
    run : Run
        An opened run.
    """

    def __init__(self, run: Run) -> None:
        self._run, self._figures = run, figures_of(run)

    def __repr__(self) -> str:
        width = max(len(name) for name in self._figures) + 2
        lines = [f"  {name + '()':<{width}}  {figure.shows}" for name, figure in self._figures.items()]
        return "\n".join([f"Figures of {self._run!r}, those for which it has data:", *lines])

    def __dir__(self) -> list[str]:
        """For completion."""
        return list(self._figures)

    def __getattr__(self, name: str) -> Plot:
        if name.startswith("_") or name not in self._figures:
            raise AttributeError(f"no figure {name!r}; {suggest(name, list(self._figures))}")
        return Plot(self._run, name, self._figures[name])

    def __call__(self, **options: Any) -> list[Path]:
        """Write figures as files, with the options of `plot_run`, and return their paths. *Communication*: local."""
        known = [*signature(plot_run).parameters][1:]
        for name, value in options.items():
            if name not in known:
                raise ArgumentError(f"{name} = {value!r}: no option of run.plot(); {suggest(name, known)}")
        return plot_run(self._run, **options)


def with_picture(figure: Figure) -> Figure:
    """The figure, which notebooks show as a picture, as they show those of pyplot. *Communication*: local."""

    def picture() -> bytes:
        """A PNG."""
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=_SCREEN)
        return file.getvalue()

    figure._repr_png_ = picture  # type: ignore[attr-defined]
    return figure
