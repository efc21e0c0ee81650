"""What a figure is drawn on: a file, or nothing but the figure itself, with what the user wants of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_nls.errors import ArgumentError, UserError
from parallel_nls.figures.style import new_figure, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LETTERS_PER_INCH = 16  # of what is written under a figure
_LEGEND_COLUMNS = 6
_NO_LETTERS = re.compile(r"\\[A-Za-z]+|[$^_{}]")


@dataclass(frozen=True)
class Sheet:
    """Where one figure goes, and what it should be like.

    Attributes
    ----------
    path : Path, optional
        The file; without one the figure is only returned.
    times : tuple of float
        At which fields are shown, t; empty: where the figure thinks best.
    settings : mapping
        Of matplotlib, on top of the common style (`looks.settings_of`).
    title : str, optional
        Instead of that of the run; "" for none.
    axes : Axes, optional
        Of a figure of the user, in its own style: what has one panel is drawn into it, several take its place.
    """

    path: Path | None = None
    times: tuple[float, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    title: str | None = None
    axes: Axes | None = None

    def __post_init__(self) -> None:
        if self.title is not None and not isinstance(self.title, str):
            raise ArgumentError(f'title = {self.title!r}: is no text; give one, "" for none')
        if self.axes is not None:
            _check_axes(self.axes)

    @contextmanager
    def figure(self, width: float, height: float, title: str) -> Iterator[Figure]:
        """An empty figure, or the place of the user's axes; inches and title as of `style.new_figure`."""
        if self.axes is not None:
            from matplotlib import rc_context

            place: Any = _Place(self.axes)
            settings: dict[Any, Any] = dict(self.settings)
            with rc_context(settings):
                yield place
            return
        with new_figure(width, height, title if self.title is None else self.title, self.settings) as figure:
            yield figure

    def explain(self, figure: Figure, text: str, handles: Sequence[Any] = ()) -> None:
        """Write under a figure what its letters mean, above a legend if there are handles; not under single axes.

        Parameters
        ----------
        figure : Figure
            Of this sheet.
        text : str
            May hold formulas between dollar signs, without spaces in them.
        handles : sequence of artists
            With labels.

        Notes
        -----
        *Communication*: local.
        """
        place: Any = figure
        if isinstance(place, _Place) and place.is_single:
            place.legend(handles=list(handles), loc="best")
            return
        lines = -(-len(handles) // _LEGEND_COLUMNS)
        columns = -(-len(handles) // lines) if lines else 1
        width = int(figure.bbox.width / figure.dpi * _LETTERS_PER_INCH)
        figure.legend(
            handles=list(handles), title="\n".join(_wrapped(text, width)), loc="outside lower center", ncols=columns,
            columnspacing=1.5, borderpad=0.1,
        )  # fmt: skip

    def finish(self, figure: Figure) -> Figure:
        """Save what is drawn, if there is a file, and return it; called while its style still counts.

        Notes
        -----
        *Communication*: local.
        """
        place: Any = figure
        if isinstance(place, _Place):
            owner: Figure = place.owner
            return owner
        for axes in figure.axes:
            for axis in (axes.xaxis, axes.yaxis):
                # Made when they are first asked for, and others are made like them.
                axis.get_major_ticks(1)
                axis.get_minor_ticks(1)
        if self.path is not None:
            save(figure, self.path)
        return figure


def _check_axes(axes: Any) -> None:
    """Refuse what is no single axes of matplotlib, as the array that subplots(1, 2) gives."""
    from matplotlib.axes import Axes

    if isinstance(axes, np.ndarray):
        raise ArgumentError(f"ax has the shape {axes.shape}; give one of its axes, as axes.flat[0]")
    if not isinstance(axes, Axes):
        raise ArgumentError(f"ax = {axes!r}: is no Axes of matplotlib; give one of figure.subplots(…)")


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of about so many letters, of which formulas have fewer than their source."""
    lines, length = [""], 0
    for word in text.split(" "):
        letters = len(_NO_LETTERS.sub(lambda found: "x" if found[0].startswith("\\") else "", word))
        if lines[-1] and length + 1 + letters > width:
            lines.append("")
            length = 0
        lines[-1] += (" " if lines[-1] else "") + word
        length += letters + 1
    return lines


class _Place:
    """The place of axes, as a figure: they themselves as the only panel, or a part of their figure for several."""

    def __init__(self, axes: Axes) -> None:
        self._axes = axes
        self._part: Any = None
        self.owner: Any = axes.get_figure()

    @property
    def is_single(self) -> bool:
        """Whether there is one panel only."""
        return self._part is None

    def subplots(self, rows: int = 1, columns: int = 1, *, squeeze: bool = True, **options: Any) -> Any:
        """Panels."""
        if rows * columns == 1:
            return self._axes if squeeze else np.array([[self._axes]])
        return self._divided().subplots(rows, columns, squeeze=squeeze, **options)

    def legend(self, *lines: Any, loc: str = "", **options: Any) -> Any:
        """Of all panels; of a single one inside of it, if there is anything to name."""
        if self._part is not None:
            return self._part.legend(*lines, loc=loc, **options)
        if lines or options.get("handles"):
            self._axes.legend(*lines, **{name: value for name, value in options.items() if name == "handles"})
        return None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._divided(), name)

    def _divided(self) -> Any:
        """A figure within the figure, instead of the axes."""
        if self._part is None:
            place = self._axes.get_subplotspec()
            if place is None:
                raise UserError("these axes have no place in a grid, which several panels need; take one of subplots()")
            self._axes.remove()
            self._part = self.owner.add_subfigure(place)
        return self._part
