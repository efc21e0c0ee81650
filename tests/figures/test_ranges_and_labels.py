"""What figures show of their data: ranges, labels of axes, curves between points, and what captions may say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from matplotlib.figure import Figure

from parallel_nls.config import load_configuration
from parallel_nls.figures.bubble_style import finish_linear
from parallel_nls.figures.comparison import _level
from parallel_nls.figures.curves import finish_log, plot_or_tell, use_plain_ticks
from parallel_nls.figures.density import common_view
from parallel_nls.figures.density_matrices import _reach, plot_closure, plot_occupations
from parallel_nls.figures.half_wave import _smooth
from parallel_nls.figures.hierarchy import _says
from parallel_nls.figures.images import draw_image, style_image
from parallel_nls.figures.peak import _inverse
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.window import WINDOW, Focus
from parallel_nls.results.fields import StoredField
from parallel_nls.results.files import Column
from parallel_nls.results.reader import Run
from parallel_nls.spectral.rational import RationalAxis

if TYPE_CHECKING:
    from pathlib import Path


class Field:
    """Stands for a stored field: points and values."""

    def __init__(self, nodes: Any, values: Any = None) -> None:
        self._nodes, self._values = nodes, values

    def nodes(self) -> Any:
        """The points."""
        return self._nodes

    def coordinates(self) -> Any:
        """The points, once for each axis."""
        return (self._nodes,)

    def values(self) -> Any:
        """The wave."""
        return self._values


def as_field(nodes: Any, values: Any = None) -> StoredField:
    """The same for functions that ask for a stored field."""
    return cast(StoredField, Field(nodes, values))


@pytest.mark.parametrize(
    ("values", "least"), [((2e-5, 5e-4), 2), ((0.2, 0.8), 2), ((1e-14, 1e-5), 4), ((3e-7, 4e-7), 2)]
)
def test_a_logarithmic_axis_has_two_labels(values: tuple[float, float], least: int) -> None:
    """One power of ten alone would not say how far it is from one place to another."""
    axes = Figure().subplots()
    axes.plot([0, 1], values)
    axes.set_yscale("log")
    axes.set_ylim(*values)
    finish_log(axes)
    low, high = axes.get_ylim()
    assert low <= values[0] < values[1] <= high
    assert sum(low * (1 - 1e-9) <= tick <= high * (1 + 1e-9) for tick in axes.yaxis.get_majorticklocs()) >= least


@pytest.mark.parametrize(
    ("symbol", "power", "formula"),
    [
        (r"\|D^{1/2}u\|^2", 0.5, r"\|D^{1/2}u\|^{-1}"),
        (r"\sup|u|", 2.0, r"(\sup|u|)^{-2}"),
        (r"\sup|u|", 4.0, r"(\sup|u|)^{-4}"),
        (r"\mathrm{Tr}(-\Delta\gamma)", 2 / 1.5, r"(\mathrm{Tr}(-\Delta\gamma))^{-4/3}"),
    ],
)
def test_powers_are_written_as_in_formulas(symbol: str, power: float, formula: str) -> None:
    """No (…²)^−0.5."""
    assert _inverse(symbol, power) == formula


def test_half_waves_are_smooth_between_their_points() -> None:
    """The curve is the function whose values are stored, also where its points are far apart."""
    axis = RationalAxis(40, 1.5)

    def wave(x: Any) -> Any:
        """Neither even nor odd, of the basis to rounding."""
        return (1 + 0.3j * x) / (1 + (x / 1.2) ** 2) ** 1.5

    places, found = _smooth(as_field(axis.whole, wave(axis.whole)), 30.0)
    assert (places[0], places[-1]) == pytest.approx((-30.0, 30.0))
    np.testing.assert_allclose(found, np.abs(wave(places)), atol=2e-4)
    again, same = _smooth(as_field(axis.whole, axis.join(*axis.split(1 / (1 + (axis.whole / 1.5) ** 2)))), 9.0)
    np.testing.assert_allclose(same, 1 / (1 + (again / 1.5) ** 2), atol=1e-13)


def test_a_matrix_is_seen_as_far_as_its_rows_reach() -> None:
    """Of a pure state |γ(r, 0)|² falls as φ² does, and not as φ⁴ on the diagonal."""
    r = np.linspace(0.0, 10.0, 401)
    squares = np.exp(-(r**2))
    image = np.outer(squares, squares)
    assert _reach(as_field(r), image) == pytest.approx(np.sqrt(4 * np.log(10)), abs=0.06)


def test_the_parabola_is_called_a_bound_only_where_it_is_one() -> None:
    """Of the verdicts of a certificate; nothing is said of runs that have none."""
    nothing: dict[str, Any] = {}
    bounding = {"verdict": "admissible-singular", "numbers": {"r2V_constant": False}}
    exact = {"verdict": "vacuous", "numbers": {"r2V_constant": True}}
    assert _says(nothing, np.inf) == _says(bounding, np.inf) == _says(exact, np.inf) == ""
    assert "no bound" in _says({"verdict": "regularised", "numbers": {"r2V_constant": False}}, np.inf)
    assert "$T^*$" in _says(bounding, 0.5)


@pytest.mark.parametrize(("dimension", "power", "collapses"), [(1, 2.0, False), (1, 4.0, True), (2, 2.0, True)])
def test_a_collapse_is_looked_for_from_the_critical_power_on(dimension: int, power: float, collapses: bool) -> None:
    """Below 4/d every solution is global."""
    name = "gaussian_collapse" if dimension == 2 else "gaussian_collapse_1d"
    config = load_configuration(name, [f"equation.power={power}"])
    assert (config.equation.collapse_law is not None) is collapses


def test_marked_windows_are_in_the_view() -> None:
    """A caption speaks of the framed part, which is wider than the bubble where that is alone."""
    run = cast(Run, type("Opened", (), {"config": load_configuration("one_bubble")}))
    points = np.linspace(-10, 10, 201)
    image = -(points[:, None] ** 2) - points[None, :] ** 2
    for scale, half in ((0.5, 0.95 * WINDOW * 0.5 * 1.08), (0.1, 1.08 * 1.9)):
        for low, high in common_view(run, [(points, points)], [image], [Focus((0.0, 0.0), scale)]):
            assert (low, high) == pytest.approx((-half, half), abs=0.1)
            assert high >= WINDOW * scale


def test_conserved_quantities_of_two_runs_are_level() -> None:
    """Limits of 14.66685 ± 4e-6 would need an offset, and show the rounding as a picture."""
    assert _level(14.666850, 14.666854) == pytest.approx((14.5935, 14.7402), abs=1e-3)
    assert _level(1.4, 2.8) is None
    assert _level(0.0, 0.0) is None


@pytest.mark.parametrize(("low", "high"), [(9.46, 10.05), (0.31, 0.33), (2.1, 2.9), (0.1, 0.5)])
def test_plain_numbers_on_a_short_logarithmic_axis_tell_a_scale(low: float, high: float) -> None:
    """Of far less than a decade, too."""
    axes = Figure().subplots()
    axes.set_xscale("log")
    axes.set_xlim(high, low)
    use_plain_ticks(axes.xaxis, low, high)
    assert len([tick for tick in axes.xaxis.get_majorticklocs() if low <= tick <= high]) >= 2


@pytest.mark.parametrize(("low", "high"), [(-4.9, 5.05), (-5.0, 5.0), (-2.6, 2.6), (0.1, 0.9)])
def test_images_have_three_ticks_or_more(low: float, high: float) -> None:
    """Also where the ends are a little off those of the grid of ticks."""
    axes = Figure().subplots()
    axes.set(xlim=(low, high), ylim=(low, high))
    style_image(axes)
    assert sum(low <= tick <= high for tick in axes.xaxis.get_majorticklocs()) >= 3


@pytest.mark.parametrize(
    ("largest", "told"),
    [(4.1e-12, r"conditions $\leq 5\cdot10^{-12}$"), (9.3e-15, r"conditions $\leq 10^{-14}$"), (2e-5, None)],
)
def test_rounding_far_below_a_panel_is_told_and_not_drawn(largest: float, told: str | None) -> None:
    """Its largest value, rounded up; it is drawn where it comes near what the panel is about."""
    axes, beside = Figure().subplots(), np.array([[1e-15, 0.0], [1e-3, 2e-3], [3e-3, 5e-3]])
    drawn = plot_or_tell(axes, np.arange(3.0), np.array([0.0, largest, largest / 7]), beside, label="conditions")
    assert drawn is (told is None)
    assert axes.get_legend_handles_labels()[1] == [told or "conditions"]
    assert max(np.size(line.get_xdata()) for line in axes.lines) == (3 if drawn else 0)


def test_differences_that_are_rounding_are_not_enlarged() -> None:
    """The ordinate has the least span that has sense, around what is drawn."""
    axes = Figure().subplots()
    axes.plot([0.0, 1.0], [3e-14, -2e-14])
    finish_linear(axes, "$m$", 1e-9)
    low, high = axes.get_ylim()
    assert high - low == pytest.approx(1e-9)
    assert axes.get_ylabel() == r"$m$$\;/\;10^{-10}$"


class Series:
    """Stands for a run: a series, and a title."""

    def __init__(self, **columns: Any) -> None:
        self.columns = {name: Column(np.asarray(values), {}) for name, values in columns.items()}
        self.config = load_configuration("mean_field_limit")


def test_rounding_of_density_matrices_leaves_their_errors_the_panel() -> None:
    """At the start, where errors and further eigenvalues are 0; of a trace that is kept to rounding all along."""
    run: Any = Series(
        time=[0.0, 0.1, 0.2],
        closure_error=[[0.0, 0.0], [1e-4, 2e-3], [1e-2, 2e-2]],
        min_eigenvalue=[[0.5, -3e-16], [0.5, -1e-3], [0.5, -4e-3]],
        admissibility=[1e-16, 1e-15, 7e-15],
        occupations=[[0.9, 0.1, 3e-17, 0.0], [0.9, 0.1, 1e-6, 2e-16], [0.9, 0.1, 1e-5, 1e-16]],
    )
    closure, occupations = plot_closure(run, Sheet()), plot_occupations(run, Sheet())
    assert closure is not None
    assert occupations is not None
    assert closure.axes[0].get_ylim()[0] > 1e-6
    assert any(r"\leq 7\cdot10^{-15}" in label for label in closure.axes[0].get_legend_handles_labels()[1])
    assert 1e-8 < occupations.axes[0].get_ylim()[0] < 1e-6


def test_no_legend_is_cut_off_at_the_side(tmp_path: Path) -> None:
    """A number at its end would lose digits: of one level with an eigenvalue that is rounding."""
    run: Any = Series(
        time=[0.0, 0.1, 0.2], closure_error=[[0.0], [1e-4], [1e-2]], min_eigenvalue=[[0.0], [-7e-16], [-4e-17]]
    )
    figure = plot_closure(run, Sheet(tmp_path / "closure.png"))
    assert figure is not None
    legend: Any = figure.axes[0].get_legend()
    assert r"\leq 7\cdot10^{-16}" in legend.get_texts()[-1].get_text()
    assert legend.get_window_extent().x1 <= figure.bbox.x1


def test_images_are_smooth_and_nothing_bends_them() -> None:
    """Exact zeros have the last colour, and leave that beside them as it is; few points are no squares."""
    image = np.full((6, 6), -300.0)
    image[2:, :] = -2.0
    drawn = draw_image(Figure().subplots(), image, (0.0, 6.0, 0.0, 6.0), -4.0, 0.0)
    assert drawn.get_interpolation() == "bicubic"
    found = np.asarray(drawn.get_array())
    np.testing.assert_array_equal(found[:, 2:], -2.0)
    assert -5.0 < found.min() < drawn.norm.vmin == -4.0
