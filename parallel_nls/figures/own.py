"""The quantities that the user measures besides, over time, each on its own axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_nls.figures.curves import TimeAxis, curve_style, marker_of
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.style import COLUMN_WIDTH
from parallel_nls.results.files import is_own
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_HEIGHT = 1.2  # inches of one axes
_MOST = 12  # axes


def plot_own(run: Run, sheet: Sheet) -> Figure | None:
    """Draw the user's own quantities, all components of each, the first dozen of them; nothing without any."""
    names = [name for name in run.columns if is_own(name)][:_MOST]
    if not names:
        return None
    time_axis, times = TimeAxis.of(run.config), run.columns["time"].values
    with sheet.figure(COLUMN_WIDTH, 0.6 + _HEIGHT * len(names), run.config.title) as figure:
        rows = figure.subplots(len(names), sharex=True, squeeze=False)[:, 0]
        for axes, name in zip(rows, names, strict=True):
            values = run.columns[name].values.reshape(len(times), -1)
            for component, curve in enumerate(values.T):
                style = curve_style(component)
                axes.plot(time_axis.values(times), curve, marker=marker_of(times), **style)
            axes.set_ylabel(name.replace("_", " "), parse_math=False)
            time_axis.set_up(axes, times)
            axes.label_outer()
        return sheet.finish(figure)
