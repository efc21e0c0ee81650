"""Figures of the decomposition into bubbles: the right ones, with the right curves, also where fits failed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from PIL import Image, ImageSequence

from parallel_nls.bubbles.identities import CURRENT, MASS
from parallel_nls.diagnostics.identities import VIRIAL
from parallel_nls.figures import animation, functionals, identities, modulation, moments, run_figures
from parallel_nls.figures.bubble_style import Abscissa, Fitted, decreasing_spans, mark_negative, style_of
from parallel_nls.figures.identities import difference_errors
from parallel_nls.figures.modulation import nearest_turn
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.style import new_figure
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.results.reader import Run, open_run
from tests.figures.conftest import use_few_pixels
from tests.output.bubble_runs import FIELD_ROWS, ROWS, Recipe, config_text, write_run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ALL = ["parameters", "modulation", "functionals", "conservation", "identities", "animation"]
PLOTS: dict[str, Callable[[Run, Sheet], Figure | None]] = {
    "parameters": modulation.plot_parameters,
    "modulation": modulation.plot_modulation,
    "functionals": functionals.plot_functionals,
    "identities": identities.plot_identities,
    "animation": animation.plot_animation,
}


Written = Callable[[Recipe], Path]
Notes = list[tuple[list[int], bytes]]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A function: the directory of a run that was never computed, written once; only to be read."""
    folder, known = tmp_path_factory.mktemp("bubbles"), dict[Recipe, Path]()

    def write(recipe: Recipe) -> Path:
        """Write it unless it is there."""
        if recipe not in known:
            known[recipe] = write_run(folder / str(len(known)), recipe)
        return known[recipe]

    return write


@pytest.fixture
def drawn(drawn: list[Figure], monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures, kept instead of saved; frames of animations are blank, and those of fields alone."""
    monkeypatch.setattr(animation, "render", lambda _: Image.new("RGB", (8, 8)))
    monkeypatch.setattr(moments, "WANTED", 0)
    return drawn


def frames_of(path: Path) -> list[np.ndarray]:
    """The frames of a GIF, in grey."""
    with Image.open(path) as image:
        return [np.asarray(frame.convert("L"), dtype=np.int64) for frame in ImageSequence.Iterator(image)]


def draw_all(run: Run, folder: Path, names: Iterable[str] = PLOTS) -> list[str]:
    """Draw each figure, or some; the names of those that there are."""
    paths = {name: folder / f"{name}.{'gif' if name == 'animation' else 'png'}" for name in names}
    drawn = {name: PLOTS[name](run, Sheet(path)) for name, path in paths.items()}
    return [name for name, figure in drawn.items() if figure is not None]


@pytest.mark.parametrize(("dimension", "count", "pixels"), [(2, 1, "all"), (1, 5, "few")])
def test_the_figures_of_a_decomposition(
    written: Written, monkeypatch: pytest.MonkeyPatch, dimension: int, count: int, pixels: str
) -> None:
    """All of them, not blank, nothing cut off; an animation has a frame for each field."""
    if pixels == "few":
        use_few_pixels(monkeypatch)
    monkeypatch.setattr(moments, "WANTED", 0)
    ours = {name: plot for name, plot in run_figures.FIGURES.items() if name in ALL}
    monkeypatch.setattr(run_figures, "FIGURES", ours)
    figures = run_figures.plot_run(written(Recipe(dimension, count)))
    assert [path.stem for path in figures] == ALL
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
def test_only_what_there_is_data_for(
    written: Written, tmp_path: Path, drawn: list[Figure], families: tuple[str, ...], names: list[str]
) -> None:
    """A figure needs its family."""
    assert draw_all(open_run(written(Recipe(families=families))), tmp_path) == names
    assert len(drawn) == len(set(names) - {"animation"})


@pytest.mark.usefixtures("coarse")
def test_identities_without_that_of_the_variance(written: Written, tmp_path: Path) -> None:
    """Their figure is drawn with an empty place."""
    run = open_run(written(Recipe(families=("localized",))))
    assert identities.plot_identities(run, Sheet(tmp_path / "x.png")) is not None


@pytest.mark.parametrize(("dimension", "failed"), [(1, (0, 10, 11)), (2, (10, 29))])
@pytest.mark.usefixtures("quickly")
def test_failed_fits_are_left_out(written: Written, tmp_path: Path, dimension: int, failed: tuple[int, ...]) -> None:
    """Some rows, the first, the last: nothing warns, and everything is drawn; of a plane, what vectors are in."""
    run = open_run(written(Recipe(dimension, failed=failed, backward=True)))
    names = list(PLOTS) if dimension == 1 else ["parameters", "animation"]
    assert draw_all(run, tmp_path, names) == names


@pytest.mark.parametrize("dimension", [1, 2])
@pytest.mark.usefixtures("coarse")
def test_where_all_fits_failed_everything_is_drawn(written: Written, tmp_path: Path, dimension: int) -> None:
    """Nothing warns, finding the layout of panels without a curve included; but for animations they are the same."""
    run = open_run(written(Recipe(dimension, failed=tuple(range(ROWS)), backward=True)))
    if dimension == 1:
        assert draw_all(run, tmp_path) == list(PLOTS)
    else:
        assert animation.plot_animation(run, Sheet(tmp_path / "x.gif")) is not None


@pytest.mark.usefixtures("quickly")
def test_few_rows(written: Written, tmp_path: Path) -> None:
    """Before there are seven rows, nothing that is derived is known."""
    root = Path(shutil.copytree(written(Recipe()), tmp_path / "run"))
    with h5py.File(root / "series.h5", "r+") as file:
        for name, dataset in file.items():
            if dataset.maxshape[0] is not None:
                continue  # labels
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


def test_parameters_stand_beside_the_exact_ones(written: Written, drawn: list[Figure]) -> None:
    """λ/(T − t) and lines at ω, γ/(T − t) and ω², phases up to whole turns, distances from the exact bubbles."""
    run = open_run(written(Recipe(2)))
    modulation.plot_parameters(run, Sheet())
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
            curve = next(line for line in axes.lines[k:] if line.get_linewidth() == style_of(k)["linewidth"])
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


def test_the_mass_has_its_sign(written: Written, drawn: list[Figure]) -> None:
    """|M_k| is drawn, with circles where M_k < 0."""
    run = open_run(written(Recipe()))
    modulation.plot_modulation(run, Sheet())
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


def test_functionals_are_shaded_where_they_decrease(written: Written, drawn: list[Figure]) -> None:
    """The generalized energy grows here, the others do not always; a legend says what the shade means."""
    functionals.plot_functionals(open_run(written(Recipe())), Sheet())
    assert [len(axes.patches) > 0 for axes in drawn[0].axes[:3]] == [True, True, False]
    (legend,) = drawn[0].legends
    assert [text.get_text() for text in legend.get_texts()] == ["decreases in $t$", "hollow: negative value"]


def test_terms_of_the_energy_are_drawn_in_any_units(written: Written, tmp_path: Path, drawn: list[Figure]) -> None:
    """Lengths 2²⁰ times as large make all of them 2⁻⁴⁰ times as small, and the same curves."""
    small = Path(shutil.copytree(written(Recipe()), tmp_path / "small"))
    with h5py.File(small / "series.h5", "r+") as file:
        file["energy_expansion"][...] *= 2.0**-40
    limits = []
    for root in (written(Recipe()), small):
        functionals.plot_functionals(open_run(root), Sheet())
        limits.append(np.array(drawn[-1].axes[3].get_ylim()))
    assert limits[1] * 2.0**40 == pytest.approx(limits[0], rel=1e-12)


def test_levels_of_identities(written: Written, tmp_path: Path, drawn: list[Figure]) -> None:
    """A line at the level of notices, and one at the limit if there is one."""
    limited = Path(shutil.copytree(written(Recipe()), tmp_path / "limited"))
    text = config_text(Recipe()).replace("[limits]\n", "[limits]\nidentity = 0.5\n")
    (limited / "config.toml").write_text(text)
    for root in (written(Recipe()), limited):
        identities.plot_identities(open_run(root), Sheet())
    levels = []
    for figure in drawn:
        lines = [np.asarray(line.get_ydata()) for line in figure.axes[3].lines]
        levels.append([float(line[0]) for line in lines if len(line) == 2])
    assert levels == [[1e-4], [1e-4, 0.5]]


def test_the_error_of_the_differences(written: Written) -> None:
    """The residuals are 10⁻⁴ and 10⁻⁵ here, and what the differences add to them is far smaller but not zero."""
    run = open_run(written(Recipe()))
    for identity, residual in ((MASS, 0.0), (CURRENT, 1e-5)):
        rows, errors = difference_errors(run, identity)
        np.testing.assert_array_equal(rows, np.arange(3, ROWS - 3))
        assert (errors > 0).all()
        assert errors.max() < 1e-7
        np.testing.assert_allclose(np.abs(run.columns[identity.quantity].values), residual, atol=2 * errors.max())
        # As the guards had it, who saw the sizes too, which are no columns.
        sizes = {"local_flux": np.full((ROWS, 2), 0.01), "local_scale": np.full((ROWS, 2), 0.1)}
        known = {name: column.values for name, column in run.columns.items()} | sizes
        guarded = [identity.uncertainty(known, row, 2**-52).max() for row in rows.tolist()]
        np.testing.assert_allclose(errors, guarded, rtol=1e-9)
    # What the virial residual is relative to is not in the series where the energy is not.
    assert len(difference_errors(run, VIRIAL)[0]) == 0


def test_bubbles_between_rows(written: Written) -> None:
    """On straight lines, at a row its values; unknown beside a failed fit and beyond the rows; backward in time too."""
    for recipe in (Recipe(2, failed=(10,)), Recipe(2, failed=(10, 29), backward=True)):
        run = open_run(written(recipe))
        times, scale, center = (run.columns[name].values for name in ("time", "scale", "center"))
        fitted = Fitted.at(run, float(0.25 * times[7] + 0.75 * times[8]))
        np.testing.assert_allclose(fitted.scale, 0.25 * scale[7] + 0.75 * scale[8], rtol=1e-13)
        np.testing.assert_allclose(fitted.center, 0.25 * center[7] + 0.75 * center[8], rtol=1e-13)
        np.testing.assert_array_equal(Fitted.at(run, float(times[5])).scale, scale[5])
        assert Fitted.at(run, float(times[5])).known == [0, 1]
        for time in (times[10], 0.5 * (times[9] + times[10]), times[0] - times[1] + times[0], 9.0):
            assert Fitted.at(run, float(time)).known == []


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> Notes:
    """The frames and the bytes of all files that are written for animations, those that were too large too."""
    files: Notes = []
    write = animation._write

    def noted(scene: animation.Scene, figure: Figure, frames: Sequence[int], path: Path) -> None:
        """Note it."""
        write(scene, figure, frames, path)
        files.append((list(frames), path.read_bytes()))

    monkeypatch.setattr(animation, "_write", noted)
    return files


@pytest.mark.parametrize("dimension", [1, 2])
@pytest.mark.usefixtures("coarse")
def test_animations_hold_no_clock_and_stay_small(
    written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notes: Notes, dimension: int
) -> None:
    """The same bytes twice; if the file is too large, every other frame, the last one among them."""
    run = open_run(written(Recipe(dimension, fields=(0, 8, 16, 25))))
    path = tmp_path / "animation.gif"
    assert animation.plot_animation(run, Sheet(path)) is not None
    frames = frames_of(path)
    assert len(frames) == 4
    monkeypatch.setattr(animation, "LARGEST_FILE", int(0.8 * path.stat().st_size))
    animation.plot_animation(run, Sheet(path))
    first, again, smaller = notes
    assert first == again
    assert (first[0], smaller[0]) == ([0, 1, 2, 3], [1, 3])
    assert path.read_bytes() == smaller[1]
    fewer = frames_of(path)
    assert len(fewer) == 2
    assert np.abs(fewer[-1] - frames[-1]).mean() < 2 < np.abs(fewer[-1] - frames[0]).mean()


@pytest.mark.parametrize("dimension", [1, 2])
@pytest.mark.usefixtures("drawn")
def test_animations_have_so_many_frames_at_most(
    written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notes: Notes, dimension: int
) -> None:
    """Some of the fields."""
    monkeypatch.setattr(animation, "MOST_FRAMES", 3)
    animation.plot_animation(open_run(written(Recipe(dimension, fields=(0, 8, 16, 25)))), Sheet(tmp_path / "x.gif"))
    assert [frames for frames, _ in notes] == [[0, 1, 2]]


@pytest.mark.parametrize("dimension", [1, 2])
def test_fields_that_cannot_be_shown(written: Written, tmp_path: Path, dimension: int) -> None:
    """Two fields are too few, and so are three of which one is not finite."""
    root = Path(shutil.copytree(written(Recipe(dimension, fields=FIELD_ROWS)), tmp_path / "run"))
    with h5py.File(RunPaths(root).field(FIELD_ROWS[-1]), "r+") as file:
        file[f"data/{FIELD_ROWS[-1]}/meshes/density"][...] = np.nan
    assert len(open_run(root).fields) == 3
    assert animation.plot_animation(open_run(root), Sheet(tmp_path / "x.gif")) is None
    RunPaths(root).field(FIELD_ROWS[-1]).unlink()
    assert len(open_run(root).fields) == 2
    assert animation.plot_animation(open_run(root), Sheet(tmp_path / "x.gif")) is None


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
    identities.plot_identities(run, Sheet())
    assert drawn[0].axes[2].get_xlabel() == "$t$"


def test_bubbles_are_told_apart() -> None:
    """Sixteen different styles."""
    styles = {tuple(style_of(bubble).values()) for bubble in range(16)}
    assert len(styles) == 16
