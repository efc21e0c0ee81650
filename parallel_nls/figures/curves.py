"""Curves over time: the abscissa, logarithmic ordinates, colours, legends."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_nls.config import Configuration
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.schedules import shown_time

if TYPE_CHECKING:
    from matplotlib.axes import Axes


DASHES = ("-", "--", "-.", ":")
FEW = 25  # rows up to which each gets a marker
_SPARSE, _DENSE = (1.0, 2.0, 5.0), (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
_NARROW = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)
_REFERENCE = 0.65  # ink of exact values and limits
_FEWEST = 2  # labels that tell a scale
_WIDE = 6.0  # ratio of the ends of an axis, from which on its labels are sparse
_ROUNDING = 1e-16  # absolute values below it have no meaning
_NEAR = 1e-3  # of the least of what is drawn: what is below is told as a number
_PLAIN = 1e-3, 1e4  # between these a number is read more easily without a power of ten
_FOUR, _ALONE, _APART = 4, 6, 1e-3  # digits of times as a rule, of one alone, and of what lies between them
_BESIDE = 0.45  # inches, of a figure, for labels of an ordinate


def color_of(number: int) -> str:
    """Colour of curve 0, 1, … in the style that counts; after the last of its cycle they come again."""
    from matplotlib import rcParams
    from matplotlib.colors import to_hex

    cycle = rcParams["axes.prop_cycle"].by_key().get("color") or [rcParams["text.color"]]
    return to_hex(cycle[number % len(cycle)])


def color_count() -> int:
    """How many colours the style that counts has."""
    from matplotlib import rcParams

    return len(rcParams["axes.prop_cycle"].by_key().get("color", [""]))


def curve_style(number: int) -> dict[str, Any]:
    """Colour and dashes of curve 0, 1, …: full lines in all colours first, then dashed ones."""
    return {"color": color_of(number), "linestyle": DASHES[number // color_count() % len(DASHES)]}


def between(ink: float, color: str | None = None) -> str:
    """A colour (that of text) thinned with that of the background: all of it at ink 1, nothing at 0."""
    from matplotlib import rcParams
    from matplotlib.colors import to_hex, to_rgb

    full = np.array(to_rgb(rcParams["text.color"] if color is None else color))
    mixed: Any = ink * full + (1 - ink) * np.array(to_rgb(rcParams["axes.facecolor"]))
    return to_hex(mixed)


def grey() -> str:
    """The colour of exact values and limits."""
    return between(_REFERENCE)


@dataclass(frozen=True)
class TimeAxis:
    """The abscissa of curves over time, which goes to the right: where T is known T − t, which descends, else t.

    Attributes
    ----------
    blowup_time : float or None
        T.
    symbol : str
        What time is called where T is not known.
    """

    blowup_time: float | None
    symbol: str = "t"

    @classmethod
    def of(cls, config: Configuration) -> TimeAxis:
        """The axis that suits a configuration."""
        return cls(config.exact_waves.blowup_time, config.equation.time_symbol)

    def values(self, times: RealArray) -> RealArray:
        """Abscissas of simulated times."""
        return times if self.blowup_time is None else self.blowup_time - times

    def ends(self, times: RealArray) -> tuple[float, float]:
        """Abscissas of the earliest and of the latest time: left and right, also where a run goes backward."""
        first, last = self.values(np.array([times.min(), times.max()]))
        return float(first), float(last)

    def set_up(self, axes: Axes, times: RealArray, narrow: bool = False) -> None:
        """Give the axis its scale, limits, ticks and label; narrow axes get fewer ticks."""
        places = self.values(times)
        low, high = float(places.min()), float(places.max())
        if self.blowup_time is None or low <= 0:
            margin = 0.02 * (high - low) or 0.5
            ends = low - margin, high + margin
            axes.set_xlim(ends if self.blowup_time is None else ends[::-1])
            axes.set_xlabel(f"${self.symbol}$" if self.blowup_time is None else "$T-t$")
            return
        axes.set_xscale("log")
        axes.set_xlim(high * 1.03, low / 1.03)
        use_plain_ticks(axes.xaxis, low / 1.03, high * 1.03, _NARROW if narrow else _DENSE)
        axes.set_xlabel("$T-t$")


def use_plain_ticks(axis: Any, low: float, high: float, dense: tuple[float, ...] = _DENSE) -> None:
    """Label a logarithmic axis that spans about a decade by plain numbers."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    if len(decades) > 4:
        return
    digits = dense if high / low < _WIDE else _SPARSE
    ticks = [digit * 10.0**decade for decade in decades for digit in digits]
    ticks = [tick for tick in ticks if low <= tick <= high]
    if len(ticks) < _FEWEST:  # far less than a decade
        ticks = [float(tick) for tick in MaxNLocator(_FEWEST + 1).tick_values(low, high) if low <= tick <= high]
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FuncFormatter(lambda value, _: plain_number(value)))
    axis.set_minor_locator(NullLocator())


def plain_number(value: float) -> str:
    """A number for a tick, as plain text: its formula would look the same, and take much longer to set."""
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")


def digits_of(numbers: Iterable[float]) -> int:
    """Significant digits in which numbers that stand side by side are told to a thousandth of what lies between them.

    Four do for times that begin at 0; of a number alone six, or as many as `shown_time` takes. *Communication*: local.
    """
    values = np.array(list(numbers), dtype=np.float64)
    values = values[np.isfinite(values)]
    span = float(np.ptp(values)) if values.size else 0.0
    if not span > 0:
        alone = float(shown_time(values[0])) if values.size else 0.0
        return next(n for n in range(_ALONE, 18) if float(f"{alone:.{n}g}") == alone)
    allowed = _APART * span
    return next(n for n in range(_FOUR, 18) if all(abs(float(f"{x:.{n}g}") - x) <= allowed for x in values))


def marker_of(values: RealArray) -> str:
    """The marker of a curve: a dot a row if there are few rows."""
    return "o" if len(values) <= FEW else ""


def plot_positive(axes: Axes, places: RealArray, values: RealArray, style: int = 0, **options: Any) -> bool:
    """Draw a curve on a logarithmic axis; exact zeros and NaN are left out.

    Returns
    -------
    bool
        Whether there was anything to draw.
    """
    good = np.isfinite(values) & (values > 0)
    if not good.any():
        return False
    alone = good & ~np.r_[False, good[:-1]] & ~np.r_[good[1:], False]
    marker = marker_of(values[good])
    drawn = {"color": color_of(style), "linestyle": DASHES[style % 4], "marker": marker, **options}
    axes.plot(places, np.where(good, values, np.nan), **drawn)
    if not marker:
        axes.plot(places[alone], values[alone], ".", color=drawn["color"], markersize=2.5)
    return True


def show_range(axes: Axes, values: RealArray) -> None:
    """Limits of a logarithmic ordinate from these values only, as far as they can be drawn."""
    good = values[np.isfinite(values) & (values > 0)]
    if good.size:
        axes.set_ylim(good.min() / 2, good.max() * 2)


def show_later(axes: Axes, values: RealArray, least: float = _ROUNDING) -> None:
    """Limits of a logarithmic ordinate from |values| without the first row, which may have rounding only."""
    show_range(axes, np.maximum(np.abs(values[1:]), least))


def plot_or_tell(
    axes: Axes, places: RealArray, values: RealArray, beside: RealArray, style: int = 0, **options: Any
) -> bool:
    """Draw a curve as `plot_positive` does where it comes near others, else tell its largest value in the legend.

    Rounding far below what a panel is about would leave that a small part of the ordinate.

    Parameters
    ----------
    places, values : ndarray, (n,)
        The curve.
    beside : ndarray, (n, curves)
        The others; their first row does not count, as in `show_later`.
    options
        Of the curve, with its label.

    Returns
    -------
    bool
        Whether it is drawn.
    """
    later, good = np.abs(beside[1:]), values[np.isfinite(values) & (values > 0)]
    shown = later[np.isfinite(later) & (later > _ROUNDING)]
    if not good.size or not shown.size or good.max() >= _NEAR * shown.min():
        return plot_positive(axes, places, values, style, **options)
    axes.plot([], [], linestyle="", label=rf"{options['label']} $\leq {_rounded_up(float(good.max()))}$")
    return False


def _rounded_up(value: float) -> str:
    """A formula of a positive number, with one digit, not less than it."""
    exponent = math.floor(math.log10(value))
    digit = math.ceil(value / 10.0**exponent - 1e-9)
    digit, exponent = (1, exponent + 1) if digit == 10 else (digit, exponent)
    return rf"10^{{{exponent}}}" if digit == 1 else rf"{digit}\cdot10^{{{exponent}}}"


def finish_log(axes: Axes, smallest_span: float = 10.0) -> None:
    """Logarithmic ordinate with at least ``smallest_span`` between its ends, and two to eight labels."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set_yscale("log")
    low, high = axes.get_ylim()
    if high / low < smallest_span:
        middle = np.sqrt(low * high)
        axes.set_ylim(middle / np.sqrt(smallest_span), middle * np.sqrt(smallest_span))
    low, high = _with_two_labels(*axes.get_ylim())
    if _PLAIN[0] <= low and high <= _PLAIN[1] and high / low < 100:
        use_plain_ticks(axes.yaxis, low, high)
        return
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(LogLocator(10, numticks=8))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _with_two_labels(low: float, high: float) -> tuple[float, float]:
    """Limits moved out to the nearest power of ten where there is one between them only, since one tells no scale."""
    bottom, top = np.log10(low), np.log10(high)
    if np.floor(top) > np.ceil(bottom):
        return low, high
    down, up = float(np.ceil(bottom)) - 1, float(np.floor(top)) + 1
    return (10.0**down, high) if bottom - down < up - top else (low, 10.0**up)


def legend_above(axes: Axes, columns: int) -> None:
    """A legend over the axes, where it hides no curve, in fewer columns where so many would be cut off at the side."""
    if not axes.get_legend_handles_labels()[0]:
        return
    room = _room(axes)
    for fewer in range(columns, 0, -1):
        legend = axes.legend(
            loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=fewer, columnspacing=1.3, borderpad=0.1
        )
        if legend.get_window_extent().width <= room:
            return


def _room(axes: Axes) -> float:
    """From where axes will begin to the end of their part of the figure, in pixels; they are laid out later."""
    figure, place = axes.figure, axes.get_subplotspec()
    if place is None:
        return float(axes.bbox.width)
    share = len(place.colspan) / place.get_gridspec().ncols
    return float(figure.bbox.width * share - _BESIDE * figure.dpi)
