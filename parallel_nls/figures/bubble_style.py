"""What the figures of a decomposition share: the abscissa, a style for each bubble, signs, and powers of ten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_nls.figures.curves import (
    DASHES,
    FEW,
    TimeAxis,
    between,
    color_of,
    digits_of,
    grey,
    marker_of,
    plain_number,
    plot_positive,
)
from parallel_nls.figures.sheet import Sheet
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

NEGATIVE_MARKS = 16  # about so many on a curve
_SHADE = 0.25, "#E69F00"  # ink behind what decreases: orange of Okabe & Ito
_FIRST_WIDTH, _LEAST_WIDTH = 2.0, 1.0  # of the curves of bubbles, each narrower than those under it
_CYCLE = 4  # bubbles of different colours, with the first kinds of dashes
_ABOVE: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (-0.02, 1.0), "borderpad": 0.1, "handletextpad": 0.5}
_LEAST_SPAN = 1e-4  # of a linear ordinate, relative to its largest value


@dataclass(frozen=True)
class Abscissa:
    """Where the rows of a run are drawn.

    Attributes
    ----------
    axis : TimeAxis
        T − t with T of the decomposition, else t.
    times, places : ndarray, (n,)
        Simulated times, and the abscissas.
    """

    axis: TimeAxis
    times: RealArray
    places: RealArray

    @classmethod
    def of(cls, run: Run) -> Abscissa:
        """The abscissa of the rows of a run. *Communication*: local."""
        modulated, times = run.config.modulated, run.columns["time"].values
        known = modulated is not None and np.isfinite(modulated.blowup_time)
        axis = TimeAxis(modulated.blowup_time if modulated is not None and known else None)
        if run.config.equation.time_symbol == "s" and axis.blowup_time is not None:
            times = axis.blowup_time - 1 / times  # they are s
        return cls(axis, times, axis.values(times))

    def title(self, time: float) -> str:
        """What a frame says of its time, in as many digits in every frame."""
        name = "t" if self.axis.blowup_time is None else "T-t"
        return f"${name}={float(self.axis.values(np.array(time))):#.{digits_of(self.places)}g}$"

    def finish(self, upper: Iterable[Axes], lower: Iterable[Axes], narrow: bool = False) -> None:
        """Set up the abscissa of panels; only the lower ones are labelled, narrow ones more sparsely."""
        for axes in upper:
            self.axis.set_up(axes, self.times, narrow)
            axes.tick_params(labelbottom=False)
            axes.set_xlabel("")
        for axes in lower:
            self.axis.set_up(axes, self.times, narrow)


@dataclass(frozen=True)
class Fitted:
    """Where the decomposition has the bubbles at one time; NaN where it failed.

    Attributes
    ----------
    scale : ndarray, (K,)
        λ.
    center : ndarray, (K, d)
        α.
    """

    scale: RealArray
    center: RealArray

    @classmethod
    def at(cls, run: Run, time: float) -> Fitted:
        """Between the rows of the series on straight lines, outside of them NaN. *Communication*: local."""
        times = run.columns["time"].values
        order = np.argsort(times)

        def between(name: str) -> RealArray:
            """The values of a column at the time."""
            values = run.columns[name].values[order]
            flat = values.reshape(len(order), -1).T
            found = [np.interp(time, times[order], column, left=np.nan, right=np.nan) for column in flat]
            return np.array(found).reshape(values.shape[1:])

        return cls(between("scale"), between("center"))

    @property
    def known(self) -> list[int]:
        """Which bubbles there are."""
        finite = np.isfinite(self.scale) & np.isfinite(self.center).all(axis=1)
        return [int(bubble) for bubble in np.flatnonzero(finite)]


def followed_bubble(run: Run) -> int:
    """The bubble that a window follows: that of the smallest scale. *Communication*: local."""
    modulated = run.config.modulated
    return 0 if modulated is None else int(np.argmin([bubble.frequency for bubble in modulated.bubbles]))


def style_of(bubble: int) -> dict[str, Any]:
    """Colour, dashes and width of bubble 0, 1, …; no two of the first sixteen are alike.

    Later ones are drawn narrower and over earlier ones, so that curves that lie on each other are all seen.
    """
    width = max(_LEAST_WIDTH, _FIRST_WIDTH - 0.75 * bubble)
    dashes = DASHES[(bubble + bubble // _CYCLE) % len(DASHES)]
    return {"color": color_of(bubble % _CYCLE), "linestyle": dashes, "linewidth": width}


def shade() -> str:
    """The colour behind what decreases, and under errors."""
    return between(*_SHADE)


def _circle() -> dict[str, Any]:
    """Hollow marks."""
    from matplotlib import rcParams

    face = rcParams["axes.facecolor"]
    return {"linestyle": "", "marker": "o", "markerfacecolor": face, "markersize": 3.6, "markeredgewidth": 0.8}


def plot_each(axes: Axes, places: RealArray, values: RealArray, logarithmic: bool = True) -> None:
    """Draw what every bubble has, (n, K): absolute values on a logarithmic axis, or the values; NaN are left out."""
    for k in range(values.shape[1]):
        if logarithmic:
            plot_positive(axes, places, np.abs(values[:, k]), marker=marker_of(places), **style_of(k))
        else:
            axes.plot(places, values[:, k], marker=marker_of(places), **style_of(k))


def mark_negative(axes: Axes, places: RealArray, values: RealArray, color: str) -> bool:
    """Put open circles on |values| at some of the rows where they are negative; say whether there are any."""
    negative = np.flatnonzero(values < 0)
    if negative.size == 0:
        return False
    # Evenly over the rows, and at least one in every stretch of negative rows.
    starts = negative[np.diff(negative, prepend=-2) > 1]
    every = max(1, len(values) // NEGATIVE_MARKS) if len(values) > FEW else 1
    rows = np.union1d(negative[negative % every == 0], starts)
    axes.plot(places[rows], -values[rows], zorder=3, markeredgecolor=color, **_circle())
    return True


def negative_handle() -> Line2D:
    """What a legend shows for `mark_negative`."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label="hollow: negative value", markeredgecolor=grey(), **_circle())


def name_bubbles(sheet: Sheet, figure: Figure, count: int, text: str, others: Sequence[Any] = ()) -> None:
    """A legend under a figure: the bubbles, and other handles that have labels; above it what the letters mean."""
    from matplotlib.lines import Line2D

    bubbles = [Line2D([], [], label=f"bubble {k + 1}", **style_of(k)) for k in range(count)]
    sheet.explain(figure, text, [*bubbles, *others])


def decreasing_spans(times: RealArray, values: RealArray, rounding: float) -> list[tuple[int, int]]:
    """First and last rows of the stretches in which values decrease as t increases, by more than rounding a row."""
    with np.errstate(invalid="ignore"):
        falls = np.diff(values) * np.sign(np.diff(times)) < -rounding
    edges = np.flatnonzero(np.diff(np.concatenate([[0], falls.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def shade_decreasing(axes: Axes, where: Abscissa, values: RealArray, rounding: float) -> bool:
    """Shade where values decrease as t increases; say whether they do anywhere."""
    spans = decreasing_spans(where.times, values, rounding)
    for first, last in spans:
        axes.axvspan(where.places[first], where.places[last], facecolor=shade(), edgecolor="none", zorder=0)
    return bool(spans)


def finish_linear(axes: Axes, text: str, least_span: float = 0.0) -> None:
    """A linear ordinate with a power of ten in its label instead of long numbers, and not finer than there is sense.

    Parameters
    ----------
    axes : Axes
        With its curves.
    text : str
        What is drawn.
    least_span : float
        Between the ends of the ordinate: of differences, what is less than this has no sense.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    low, high = axes.get_ylim()
    span = max(least_span, _LEAST_SPAN * max(abs(low), abs(high)))
    if high - low < span:
        low, high = ((low + high) / 2 + sign * span / 2 for sign in (-1, 1))
        axes.set_ylim(low, high)
    largest = max(abs(low), abs(high))
    exponent = int(np.floor(np.log10(largest)))
    exponent = 0 if -2 <= exponent <= 3 else exponent
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: plain_number(round(value / 10.0**exponent, 9))))
    axes.set_ylabel(rf"{text}$\;/\;10^{{{exponent}}}$" if exponent else text)


def legend_of_panel(axes: Axes, columns: int, others: Sequence[Any] = ()) -> None:
    """A dense legend over the axes, of what has a label and of other handles."""
    handles = [*axes.get_legend_handles_labels()[0], *others]
    if handles:
        axes.legend(handles=handles, ncols=columns, columnspacing=1.0, handlelength=1.7, **_ABOVE)
