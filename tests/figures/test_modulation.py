"""Figures of the decomposition into bubbles: the right ones, with the right curves, also where fits failed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from PIL import Image, ImageSequence

from parallel_nls.bubbles.identities import CURRENT, MASS
from parallel_nls.diagnostics.identities import VIRIAL
from parallel_nls.figures import animation, functionals, identities, modulation, style
from parallel_nls.figures.bubble_style import Abscissa, Fitted, decreasing_spans, mark_negative, style_of
from parallel_nls.figures.identities import difference_errors
from parallel_nls.figures.modulation import nearest_turn
from parallel_nls.figures.run_figures import plot_run
from parallel_nls.figures.style import new_figure
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.results.reader import Run, open_run
from tests.output.bubble_runs import FIELD_ROWS, ROWS, Recipe, config_text, write_run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ALL = ["parameters.png", "modulation.png", "functionals.png", "conservation.png", "identities.png", "animation.gif"]
PLOTS: dict[str, Callable[..., Path | None]] = {
    "parameters": modulation.plot_parameters,
    "modulation": modulation.plot_modulation,
    "functionals": functionals.plot_functionals,
    "identities": identities.plot_identities,
    "animation": animation.plot_animation,
}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures, kept instead of saved."""
    figures: list[Figure] = []

    def keep(figure: Figure, path: Path) -> Path:
        """Stand in for saving."""
        figures.append(figure)
        return path

    for module in (modulation, functionals, identities):
        monkeypatch.setattr(module, "save", keep)
    return figures


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few pixels, where nobody looks at them."""
    monkeypatch.setitem(style._SETTINGS, "savefig.dpi", 50)
    monkeypatch.setattr(animation, "DPI", 50)


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are drawn with all that is in them, but coarsely, not saved, and their parts are not moved to fit."""

    def draw(figure: Figure, path: Path) -> Path:
        """Stand in for saving; finding the layout takes ten times as long."""
        figure.set_layout_engine("none")
        figure.set_dpi(style._SETTINGS["savefig.dpi"])
        figure.draw(figure.canvas.get_renderer())  # type: ignore[attr-defined]
        return path

    for module in (modulation, functionals, identities):
        monkeypatch.setattr(module, "save", draw)


def frames_of(path: Path) -> list[np.ndarray]:
    """The frames of a GIF, in grey."""
    with Image.open(path) as image:
        return [np.asarray(frame.convert("L"), dtype=np.int64) for frame in ImageSequence.Iterator(image)]


def draw_all(run: Run, folder: Path) -> list[str]:
    """Draw each figure; the names of those that there are."""
    paths = {name: folder / f"{name}.{'gif' if name == 'animation' else 'png'}" for name in PLOTS}
    drawn = {name: plot(run, paths[name]) for name, plot in PLOTS.items()}
    assert all(path in (None, paths[name]) for name, path in drawn.items())
    return [name for name, path in drawn.items() if path is not None]


@pytest.mark.parametrize(("dimension", "count"), [(1, 1), (2, 2), (1, 5)])
def test_the_figures_of_a_decomposition(tmp_path: Path, dimension: int, count: int) -> None:
    """All of them, not blank, nothing cut off; an animation has a frame for each field."""
    root = write_run(tmp_path / "run", Recipe(dimension, count))
    figures = plot_run(root)
    assert [path.name for path in figures if path.name in ALL] == ALL
    for path in figures:
        with Image.open(path) as image:
            ink = np.asarray(image.convert("RGB")).min(axis=-1) < 230
        assert ink.mean() > 0.02
        assert not np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]]).any()
        assert path.stat().st_size < 10**6
    frames = frames_of(figures[-1])
    assert len(frames) == len(FIELD_ROWS)
    assert {int(frame[0, 0]) for frame in frames} == {255}
    with Image.open(figures[-1]) as image:
        assert image.info["duration"] == 100


@pytest.mark.parametrize(
    ("families", "names"),
    [
        (("virial",), []),
        (("localized",), ["identities"]),
        (("modulation",), ["parameters", "modulation", "animation"]),
        (("modulation", "functionals"), ["parameters", "modulation", "functionals", "animation"]),
    ],
)
@pytest.mark.usefixtures("coarse", "quickly")
def test_only_what_there_is_data_for(tmp_path: Path, families: tuple[str, ...], names: list[str]) -> None:
    """A figure needs its family."""
    run = open_run(write_run(tmp_path / "run", Recipe(families=families)))
    assert draw_all(run, tmp_path) == names


@pytest.mark.parametrize(("dimension", "failed"), [(1, (0, 10, 11)), (2, (10, 29))])
@pytest.mark.usefixtures("coarse", "quickly")
def test_failed_fits_are_left_out(tmp_path: Path, dimension: int, failed: tuple[int, ...]) -> None:
    """Some rows, the first, the last: nothing warns, and everything is drawn."""
    run = open_run(write_run(tmp_path / "run", Recipe(dimension, failed=failed, backward=True)))
    assert draw_all(run, tmp_path) == list(PLOTS)


@pytest.mark.parametrize("dimension", [1, 2])
@pytest.mark.usefixtures("coarse")
def test_where_all_fits_failed_everything_is_drawn(tmp_path: Path, dimension: int) -> None:
    """Nothing warns, finding the layout of panels without a curve included."""
    run = open_run(write_run(tmp_path / "run", Recipe(dimension, failed=tuple(range(ROWS)), backward=True)))
    assert draw_all(run, tmp_path) == list(PLOTS)


@pytest.mark.usefixtures("coarse", "quickly")
def test_few_rows(tmp_path: Path) -> None:
    """Before there are seven rows, nothing that is derived is known."""
    root = write_run(tmp_path / "run", Recipe())
    with h5py.File(root / "series.h5", "r+") as file:
        for name, dataset in file.items():
            dataset.resize(2, axis=0)
            if name in (
                "mass_identity",
                "current_identity",
                "virial_residual",
                "modulation_parts",
                "modulation_defect",
            ):
                dataset[...] = np.nan
    run = open_run(root)
    assert draw_all(run, tmp_path) == list(PLOTS)


def test_parameters_stand_beside_the_exact_ones(tmp_path: Path, drawn: list[Figure]) -> None:
    """λ/(T − t) and lines at ω, γ/(T − t) and ω², phases up to whole turns, distances from the exact bubbles."""
    run = open_run(write_run(tmp_path / "run", Recipe(2)))
    modulation.plot_parameters(run, tmp_path / "x")
    scale, chirp, phase, deviation, center, boost = drawn[0].axes
    times = run.columns["time"].values
    wave = 1e-3 * np.sin(9 * times[:, None] + np.arange(2))
    for k, frequency in enumerate((1.0, 1.25)):
        for axes, expected in (
            (scale, frequency * (1 + wave[:, k])),
            (chirp, frequency**2 - wave[:, k] / times),
            (phase, wave[:, k]),
            (deviation, np.abs(wave[:, k])),
            (center, np.sqrt(2) * np.abs(wave[:, k])),
            (boost, np.sqrt(2) * np.abs(wave[:, k])),
        ):
            curve = next(line for line in axes.lines[k:] if line.get_color() == style_of(k)["color"])
            np.testing.assert_allclose(np.asarray(curve.get_xdata()), -times, rtol=1e-15)
            np.testing.assert_allclose(np.asarray(curve.get_ydata()), expected, rtol=1e-9, atol=1e-12)
    exact = [float(np.asarray(line.get_ydata())[0]) for line in scale.lines if len(np.asarray(line.get_ydata())) == 2]
    assert exact == [1.0, 1.25]
    assert scale.get_xlim()[0] > 0.8 > 0.2 > scale.get_xlim()[1]


def test_phases_are_compared_up_to_whole_turns() -> None:
    """The first known row within half a turn of zero, then without jumps; unknown rows stay unknown."""
    angles = np.array([[np.nan, 7.0], [3.0, 7.5], [3.3, 13.0], [np.nan, 12.5], [3.5 + 2 * np.pi, 13.5]])
    turned = nearest_turn(angles)
    expected = angles - 2 * np.pi * np.array([[0, 1], [0, 1], [0, 2], [0, 2], [1, 2]])
    np.testing.assert_allclose(turned, expected, rtol=1e-14)


def test_the_mass_has_its_sign(tmp_path: Path, drawn: list[Figure]) -> None:
    """|M_k| is drawn, with circles where M_k < 0."""
    run = open_run(write_run(tmp_path / "run", Recipe()))
    modulation.plot_modulation(run, tmp_path / "x")
    masses = run.columns["localized_mass"].values
    circles = [line for line in drawn[0].axes[2].lines if line.get_markerfacecolor() == "white"]
    assert len(circles) == 2
    for k, line in enumerate(circles):
        rows = np.searchsorted(run.columns["time"].values, -np.asarray(line.get_xdata()))
        assert (masses[rows, k] < 0).all()
        np.testing.assert_array_equal(np.asarray(line.get_ydata()), -masses[rows, k])


def test_every_stretch_of_negative_values_is_marked() -> None:
    """However short; and positive values are not."""
    values = np.ones(400)
    values[[3, 101]] = -1.0
    values[200:300] = -2.0
    with new_figure(3, 3) as figure:
        axes = figure.subplots()
        assert mark_negative(axes, np.arange(400.0), values, "black")
        marked = np.asarray(axes.lines[0].get_xdata())
        assert {3.0, 101.0, 200.0} <= set(marked)
        assert 5 < len(marked) < 10
        assert (values[marked.astype(int)] < 0).all()
        assert not mark_negative(axes, np.arange(400.0), np.abs(values), "black")


def test_where_values_decrease() -> None:
    """In t, whichever way time runs; not for rounding, nor beside a row that is not known."""
    times, values = np.arange(8.0), np.array([0.0, 1.0, 0.5, 0.25, 2.0, np.nan, 1.0, 1.0 - 1e-14])
    assert decreasing_spans(times, values, 1e-12) == [(1, 3)]
    assert decreasing_spans(-times, values, 1e-12) == [(0, 1), (3, 4)]
    assert decreasing_spans(times, values, 0.0) == [(1, 3), (6, 7)]


def test_functionals_are_shaded_where_they_decrease(tmp_path: Path, drawn: list[Figure]) -> None:
    """The generalized energy grows here, the others do not always; a legend says what the shade means."""
    functionals.plot_functionals(open_run(write_run(tmp_path / "run", Recipe())), tmp_path / "x")
    assert [len(axes.patches) > 0 for axes in drawn[0].axes[:3]] == [True, True, False]
    (legend,) = drawn[0].legends
    assert [text.get_text() for text in legend.get_texts()] == ["decreases in $t$", "negative"]


def test_levels_of_identities(tmp_path: Path, drawn: list[Figure]) -> None:
    """A line at the level of notices, and one at the limit if there is one."""
    recipe = Recipe()
    limited = config_text(recipe).replace("[limits]\n", "[limits]\nidentity = 0.5\n")
    for name, text in (("off", config_text(recipe)), ("limited", limited)):
        identities.plot_identities(open_run(write_run(tmp_path / name, recipe, text)), tmp_path / "x")
    levels = []
    for figure in drawn:
        lines = [np.asarray(line.get_ydata()) for line in figure.axes[3].lines]
        levels.append([float(line[0]) for line in lines if len(line) == 2])
    assert levels == [[1e-5], [1e-5, 0.5]]


def test_the_error_of_the_differences(tmp_path: Path) -> None:
    """The residuals are 10⁻⁴ and 10⁻⁵ here, and what the differences add to them is far smaller but not zero."""
    run = open_run(write_run(tmp_path / "run", Recipe()))
    for identity, residual in ((MASS, 0.0), (CURRENT, 1e-5)):
        rows, errors = difference_errors(run, identity)
        np.testing.assert_array_equal(rows, np.arange(3, ROWS - 3))
        assert (errors > 0).all()
        assert errors.max() < 1e-7
        np.testing.assert_allclose(np.abs(run.columns[identity.quantity].values), residual, atol=2 * errors.max())
    # What the virial residual is relative to is not in the series where the energy is not.
    assert len(difference_errors(run, VIRIAL)[0]) == 0


def test_bubbles_between_rows(tmp_path: Path) -> None:
    """On straight lines, at a row its values; unknown beside a failed fit and beyond the rows; backward in time too."""
    for backward in (False, True):
        recipe = Recipe(2, failed=(4,), backward=backward)
        run = open_run(write_run(tmp_path / str(backward), recipe))
        times, scale, center = (run.columns[name].values for name in ("time", "scale", "center"))
        fitted = Fitted.at(run, float(0.25 * times[7] + 0.75 * times[8]))
        np.testing.assert_allclose(fitted.scale, 0.25 * scale[7] + 0.75 * scale[8], rtol=1e-13)
        np.testing.assert_allclose(fitted.center, 0.25 * center[7] + 0.75 * center[8], rtol=1e-13)
        np.testing.assert_array_equal(Fitted.at(run, float(times[5])).scale, scale[5])
        assert Fitted.at(run, float(times[5])).known == [0, 1]
        for time in (times[4], 0.5 * (times[3] + times[4]), times[0] - times[1] + times[0], 9.0):
            assert Fitted.at(run, float(time)).known == []


@pytest.mark.parametrize("dimension", [1, 2])
def test_animations_hold_no_clock_and_stay_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dimension: int
) -> None:
    """The same bytes twice; if the file is too large, every other frame, the last one among them."""
    run = open_run(write_run(tmp_path / "run", Recipe(dimension, fields=(0, 5, 10, 15, 20, 25))))
    path = tmp_path / "animation.gif"
    contents = []
    for _ in range(2):
        assert animation.plot_animation(run, path) == path
        contents.append(path.read_bytes())
    assert contents[0] == contents[1]
    frames = frames_of(path)
    assert len(frames) == 6
    monkeypatch.setattr(animation, "LARGEST_FILE", int(0.8 * len(contents[0])))
    animation.plot_animation(run, path)
    fewer = frames_of(path)
    assert len(fewer) == 3
    assert np.abs(fewer[-1] - frames[-1]).mean() < 2
    monkeypatch.setattr(animation, "LARGEST_FILE", 10**6)
    monkeypatch.setattr(animation, "MOST_FRAMES", 4)
    animation.plot_animation(run, path)
    assert len(frames_of(path)) == 4


@pytest.mark.parametrize("dimension", [1, 2])
def test_fields_that_cannot_be_shown(tmp_path: Path, dimension: int) -> None:
    """Two fields are too few, and so are three of which one is not finite."""
    run = open_run(write_run(tmp_path / "two", Recipe(dimension, fields=(0, 20))))
    assert animation.plot_animation(run, tmp_path / "x.gif") is None
    root = write_run(tmp_path / "three", Recipe(dimension, fields=(0, 10, 20)))
    with h5py.File(RunPaths(root).field(20), "r+") as file:
        file["data/20/meshes/density"][...] = np.nan
    assert animation.plot_animation(open_run(root), tmp_path / "x.gif") is None


def test_without_a_blow_up_time_there_is_t(tmp_path: Path, drawn: list[Figure]) -> None:
    """Local quantities of other data need no T."""
    recipe = Recipe(families=("virial", "localized"))
    bubbles = "".join(f"[[modulation.bubbles]]\ncenter = {list(b.center)}\n" for b in recipe.bubbles)
    head = config_text(recipe).partition("[initial]")[0]
    text = head + '[initial]\nkind = "gaussian"\namplitude = 1.0\nwidth = 1.0\n' + bubbles
    run = open_run(write_run(tmp_path / "run", recipe, text))
    where = Abscissa.of(run)
    np.testing.assert_array_equal(where.places, run.columns["time"].values)
    assert where.title(0.25) == "$t=0.2500$"
    identities.plot_identities(run, tmp_path / "x")
    assert drawn[0].axes[2].get_xlabel() == "$t$"


def test_bubbles_are_told_apart() -> None:
    """Sixteen different styles."""
    styles = {tuple(style_of(bubble).values()) for bubble in range(16)}
    assert len(styles) == 16
