"""Figures as the user wants them: from Python, with times, colours and styles, in every format."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from mpi4py import MPI

from parallel_nls import open_run
from parallel_nls.cli import parser
from parallel_nls.config import load_configuration
from parallel_nls.errors import UserError
from parallel_nls.figures import moments
from parallel_nls.figures.chosen import shown_fields
from parallel_nls.figures.curves import color_of, digits_of
from parallel_nls.figures.line_data import smooth_curve
from parallel_nls.figures.looks import settings_of
from parallel_nls.figures.opening import Run
from parallel_nls.figures.run_figures import plot_run
from parallel_nls.figures.scaling import plot_scaling
from parallel_nls.figures.stored_field import plot_field, sections_of
from parallel_nls.figures.style import new_figure
from parallel_nls.planning.performance.machine import default_machine
from parallel_nls.planning.performance.scaling import scale_run
from parallel_nls.results.collapse import collapse_of
from parallel_nls.results.digits import with_doubt
from parallel_nls.running.run import run
from tests.figures.test_line_figures import GAUSSIAN, SOLITONS, TIMES, growing
from tests.output.line_runs import line_config, soliton, write_line_run

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def wave(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A wave that grows, eleven fields; only to be read."""
    root = tmp_path_factory.mktemp("plots") / "run"
    write_line_run(root, line_config(GAUSSIAN, title="A wave", power=4.5), growing, TIMES, range(11))
    return open_run(root)


def labels_below(figure: Figure) -> list[str]:
    """Of the curves in the last panel."""
    return [str(line.get_label()) for line in figure.axes[-1].lines]


def labels(figure: Figure) -> list[str]:
    """Of the curves in the first panel."""
    return [str(line.get_label()) for line in figure.axes[0].lines]


def test_every_figure_is_an_attribute(wave: Run) -> None:
    """Listed by repr, completed, documented; a wrong name is told with the nearest one."""
    assert {"density", "spacetime", "steps", "animation"} <= set(dir(wave.plot))
    assert re.search(r"^  density\(\) +\|u\|² at some times", repr(wave.plot), re.MULTILINE)
    assert "Needs stored fields" in str(wave.plot.density.__doc__)
    with pytest.raises(AttributeError, match='did you mean "density"'):
        _ = wave.plot.densty
    with pytest.raises(UserError, match=r"no data for the figure steps, which needs time\.tolerance"):
        wave.plot.steps()


def test_times_are_those_of_the_nearest_fields(wave: Run) -> None:
    """In the order of the run; not far beyond it, and not too many."""
    assert labels(wave.plot.density(times=[0.72, 0.31, 0.29])) == ["$t=0.3$", "$t=0.7$"]
    assert labels(wave.plot.density(times=0.5)) == ["$t=0.5$"]
    with pytest.raises(UserError, match=r"no field is stored near t = 1\.2; .* has 11 between t = 0 and 1$"):
        wave.plot.density(times=1.2)
    with pytest.raises(UserError, match="a figure shows at most 8"):
        wave.plot.density(times=np.linspace(0, 1, 9))


def test_the_highest_peak_is_among_the_times_that_are_chosen(tmp_path: Path) -> None:
    """Inside the run, where the even times would miss it; of a wave that only grows it is the last anyway."""

    def pulse(time: float, x: np.ndarray) -> np.ndarray:
        """Highest at t = 0.4."""
        values: np.ndarray = (1 / (0.05 + (time - 0.4) ** 2)) * np.exp(-(x**2)) + 0j
        return values

    for name, function, times in (("pulse", pulse, [0.0, 0.4, 0.7, 1.0]), ("growing", growing, [0.0, 0.3, 0.7, 1.0])):
        write_line_run(tmp_path / name, line_config(GAUSSIAN), function, TIMES, range(11))
        assert [stored.time for stored in shown_fields(open_run(tmp_path / name), 4)] == times


def test_times_side_by_side_are_told_apart(tmp_path: Path) -> None:
    """Four digits do from t = 0 on; from 1000 on they would name three fields alike, and one of them wrongly."""
    assert [digits_of(times) for times in ([0.0, 0.3, 1.967], [-0.5, -0.125], [1000.0, 1000.5], [7.25], [])] == [
        4, 4, 5, 6, 6,
    ]  # fmt: skip
    assert digits_of([0.0, np.inf, 1000.0, np.nan, 1000.5]) == 4
    write_line_run(
        tmp_path / "run", line_config(GAUSSIAN), lambda time, x: growing(time - 1000, x),
        [1000 + time for time in TIMES], range(11),
    )  # fmt: skip
    drawn = open_run(tmp_path / "run").plot.density(times=[1000, 1000.4, 1000.5, 1001])
    assert labels(drawn) == ["$t=1000$", "$t=1000.4$", "$t=1000.5$", "$t=1001$"]


def test_a_parabola_of_variance_begins_at_the_start(tmp_path: Path) -> None:
    """Its formula is about t₀, where that is not 0."""
    for start, formula in (("0.0", "$V_1(0)+V_1'(0)t+8Et^2$"), ("2.0", "$V_1(t_0)+V_1'(t_0)(t-t_0)+8E(t-t_0)^2$")):
        times = [f"time.start={start}", f"time.stop={float(start) + 0.02}"]
        config = load_configuration("radial_2d", ["grid={points=15,radius=6.0}", *times, "limits.spectral_tail=off"])
        run(config, MPI.COMM_SELF, tmp_path / start, quiet=True)
        assert formula in labels(open_run(tmp_path / start).plot.virial())


def test_the_bound_of_the_gradient_names_the_coupling(tmp_path: Path) -> None:
    """Where μ is not −1 it is half of sup(−μV), which is what is drawn."""
    for coupling, attracting in ((-1.0, "V"), (-2.0, r"(-\mu V)")):
        overrides = [f"equation.coupling={coupling}", "grid={points=15,radius=6.0}", "limits.spectral_tail=off"]
        root = tmp_path / str(coupling)
        run(load_configuration("radial_2d", [*overrides, "time.stop=0.02"]), MPI.COMM_SELF, root, quiet=True)
        drawn = open_run(root).plot.kinetic()
        (label,) = (text for text in labels(drawn) if "2E" in text)
        bound = 2 * open_run(root).columns["energy"].values[0] - coupling * 8.0 / 2
        assert label == rf"$2E+\frac{{1}}{{2}}\sup {attracting}={bound:.4g}$"


def test_a_time_of_collapse_has_the_digits_that_rows_tell(wave: Run) -> None:
    """Those of `info` and of `collapse`, with what it may be wrong by."""
    found = collapse_of(wave.config, wave.columns)
    assert found is not None
    (label,) = (text for text in labels_below(wave.plot.collapse()) if "zero at" in text)
    told = with_doubt(found.time, found.doubt)
    assert " ± " in told
    assert label.endswith(f"zero at $t={told}$".replace(" ± ", r"\pm "))


def test_a_figure_is_drawn_into_the_axes_of_the_user(wave: Run) -> None:
    """One panel into them, with what was there; several in their place; never into a file as well."""
    figure = Figure(figsize=(6, 3))
    left, right = figure.subplots(1, 2)
    left.plot([0, 1], [0, 1], label="mine")
    assert wave.plot.spacetime(ax=left) is figure
    assert len(left.collections) == 1
    assert [str(line.get_label()) for line in left.lines] == ["mine"]
    assert wave.plot.collapse(ax=right) is figure
    assert right not in figure.axes
    assert [axes.get_ylabel() for axes in figure.subfigs[0].axes] == [r"$\sup|u|$", r"$(\sup|u|)^{-9/2}$"]
    with pytest.raises(UserError, match="exclude each other"):
        wave.plot.density(ax=left, to="x.png")
    with pytest.raises(UserError, match="have no place in a grid"):
        wave.plot.collapse(ax=Figure().add_axes((0, 0, 1, 1)))


def test_styles_lie_on_top_of_each_other(wave: Run, tmp_path: Path) -> None:
    """Names of matplotlib, files, settings; sizes of figures and colours of curves and images are theirs."""
    sheet = tmp_path / "mine.mplstyle"
    sheet.write_text("figure.figsize: 3, 2\naxes.prop_cycle: cycler('color', ['ff0000'])\nbackend: svg\n")
    figure = wave.plot.collapse(style=["dark_background", sheet], title="")
    assert tuple(figure.get_size_inches()) == (3, 2)
    assert figure.get_suptitle() == ""
    assert figure.get_facecolor()[:3] == (0, 0, 0)
    assert figure.axes[0].lines[0].get_color() == "#ff0000"
    assert wave.plot.spacetime(cmap="viridis").axes[0].collections[0].get_cmap().name == "viridis"
    assert wave.plot.spacetime(style={"image.cmap": "cividis"}).axes[0].collections[0].get_cmap().name == "cividis"
    with new_figure(1, 1):
        assert len({color_of(number) for number in range(6)}) == 6


@pytest.mark.parametrize(
    ("style", "cmap", "message"),
    [
        ("dark_backgroud", None, "no style of matplotlib; did you mean 'dark_background'?"),
        ("zzzz", None, "known, among others"),
        ((), 3, "cmap = 3: is no colour map; give one of matplotlib"),
        ((), "magam", "colour map 'magam': unknown; did you mean 'magma'?"),
        ({"axes.gird": True}, None, "no setting 'axes.gird'; did you mean 'axes.grid'?"),
        ({"axes.grid": "often"}, None, "axes.grid"),
        ("key", None, "Bad key axes.gird in file"),
        ("value", None, "axes.grid"),
    ],
)
def test_styles_that_there_are_not(tmp_path: Path, style: str, cmap: str | None, message: str) -> None:
    """The nearest name, or what is wrong with the file, where matplotlib would only complain in its log."""
    for name, text in (("key", "axes.gird: True\n"), ("value", "axes.grid: often\n")):
        (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match=re.escape(message)):
        settings_of(str(tmp_path / style) if style in ("key", "value") else style, cmap)


WRONG: dict[str, tuple[Callable[[Run], object], str]] = {
    "all axes": (lambda run: run.plot.spacetime(ax=Figure().subplots(1, 2)), r"ax has the shape \(2,\); give one of"),
    "no axes": (lambda run: run.plot.spacetime(ax=3), "ax = 3: is no Axes of matplotlib; give one of"),  # type: ignore[arg-type]
    "a number for a title": (lambda run: run.plot.peak(title=3), "title = 3: is no text"),  # type: ignore[arg-type]
    "one for all titles": (lambda run: run.plot(title=3, to="."), "title = 3: is no text"),
    "a text for a time": (lambda run: run.plot.density(times="1"), "times = '1': is neither a number nor several"),  # type: ignore[arg-type]
    "a text for times": (lambda run: run.plot(times="1"), "times = '1': is neither a number nor several"),
    "a number for a file": (lambda run: run.plot.density(to=3), "to = 3: is no path; give that of a file"),  # type: ignore[arg-type]
    "a number for a folder": (lambda run: run.plot(to=3), "to = 3: is no path; give that of a folder"),
    "another option": (
        lambda run: run.plot(format="pdf"), r"format = 'pdf': no option of run.plot\(\); did you mean .file_format."
    ),
    "a file for a folder": (
        lambda run: run.plot.density(to=run.paths.config / "x.png"),
        "figure 'x.png' in .*config.* cannot be written .*; name another place",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_options_get_one_message(wave: Run, case: str) -> None:
    """It names the option and its value, and what to give."""
    call, message = WRONG[case]
    with pytest.raises(UserError, match=message):
        call(wave)


def test_the_folder_of_a_file_is_made_and_one_time_will_do(wave: Run, tmp_path: Path) -> None:
    """As the command makes it; of one figure and of all."""
    wave.plot.density(times=np.float64(0.5), to=tmp_path / "a" / "b" / "x.png")
    assert (tmp_path / "a" / "b" / "x.png").stat().st_size > 1000
    assert wave.plot(only=["density"], times=0.5, to=tmp_path / "c") == [tmp_path / "c" / "density.png"]


@pytest.mark.parametrize("file_format", ["pdf", "svg"])
def test_files_hold_no_clock(wave: Run, tmp_path: Path, file_format: str) -> None:
    """The same bytes twice, in a folder that is made, and only the figures that are asked for."""
    drawn: list[bytes] = []
    for folder in (tmp_path / "a" / "b", tmp_path / "c"):
        (path,) = plot_run(wave, only=["collapse"], file_format=file_format, to=folder)
        assert path == folder / f"collapse.{file_format}"
        drawn.append(path.read_bytes())
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) > 1000


def test_what_is_not_there_is_told(wave: Run, tmp_path: Path) -> None:
    """Names of figures and formats, before anything is drawn."""
    for options, message in (
        ({"only": ["densty"]}, 'no figure of this run; did you mean "density"'),
        ({"only": ["steps"]}, "no data for the figure steps"),
        ({"file_format": "pgn"}, 'did you mean "png"'),
    ):
        with pytest.raises(UserError, match=message):
            plot_run(wave, to=tmp_path, **options)
    assert not list(tmp_path.iterdir())


def test_what_has_no_data_keeps_nothing_else_from_being_drawn(wave: Run, tmp_path: Path) -> None:
    """What there is is drawn, and told at once; then all that is missing in one message, also by the command."""
    told: list[Path] = []
    missing = (
        r"figure own, which needs .*, and for the figure steps, which needs time\.tolerance; drawn: density, collapse$"
    )
    with pytest.raises(UserError, match=missing):
        plot_run(wave, only=["steps", "collapse", "own", "density"], to=tmp_path, tell=told.append)
    assert told == [tmp_path / "density.png", tmp_path / "collapse.png"]
    assert set(told) == set(tmp_path.iterdir())


def test_a_file_of_another_kind_is_told(wave: Run, tmp_path: Path) -> None:
    """An animation is none of a still picture."""
    with pytest.raises(UserError, match="format 'png': unknown; known: \"gif\""):
        wave.plot.animation(to=tmp_path / "x.png")


def test_the_command_line_says_the_same() -> None:
    """Options with several values after the run; negative times are no options."""
    words = "plot RUN --only density peak --times -0.5 -1e-3 --style a --style b --cmap gray --format pdf --to DIR"
    found = parser.make_parser().parse_args(words.split())
    assert (found.only, found.times, found.style) == (["density", "peak"], [-0.5, -1e-3], ["a", "b"])
    assert (found.run, found.cmap, found.format, found.to, found.title) == ("RUN", "gray", "pdf", "DIR", None)


@pytest.mark.parametrize("words", ["plot RUN --only own collapse", "plot RUN --only own collapse steps"])
def test_the_command_names_files_before_it_complains(
    wave: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    """What is drawn on the output, what has no data in the error."""
    arguments = parser.make_parser().parse_args([*words.split(), "--to", str(tmp_path)])
    arguments.run = str(wave.paths.root)
    with pytest.raises(UserError, match="no data for the figure own"):
        arguments.function(arguments)
    assert capsys.readouterr().out == f"{tmp_path / 'collapse.png'}\n"


@pytest.mark.parametrize("starts", [["--starts", "-3,5e-1"], ["--starts=-3,5e-1"]])
def test_several_numbers_may_begin_with_a_negative_one(starts: list[str]) -> None:
    """Of every command: none of them has an option that looks like a number."""
    assert parser.make_parser().parse_args(["study", "construction", *starts]).values == (-3.0, 0.5)


@pytest.mark.parametrize("points", [64, 65])
def test_curves_between_the_points_are_those_of_the_trigonometric_polynomial(tmp_path: Path, points: int) -> None:
    """Of a sum of waves that the grid resolves, exactly; where there are many points these are left alone."""

    def waves(_: float, x: np.ndarray) -> np.ndarray:
        """Of the box of length 30."""
        return 1 + np.exp(2j * np.pi * 7 * x / 30) - 0.5j * np.exp(-2j * np.pi * 12 * x / 30)

    write_line_run(tmp_path / "run", line_config(GAUSSIAN, points=points), waves, TIMES[:1], [0])
    (stored,) = open_run(tmp_path / "run").fields
    x, density = smooth_curve(stored, -4.0, 5.0)
    assert len(x) > 450
    np.testing.assert_allclose(density, np.abs(waves(0.0, x)) ** 2, atol=1e-12)
    assert x[0] <= -4.0 < 5.0 <= x[-1]
    wide, _ = smooth_curve(stored, -1e90, 1e90)
    assert len(wide) >= points
    few, _ = smooth_curve(stored, -4.0, 5.0, 10)
    np.testing.assert_allclose(np.diff(few), 30 / points, rtol=1e-12)


def test_frames_are_rows_where_there_are_few_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even in time, each field in the place of the nearest row, none where the fit failed; many fields stay alone."""
    times = np.linspace(0.0, 1.0, 101)
    scale = np.where(np.arange(101) == 50, np.nan, 1 - 0.5 * times)[:, None]
    columns = {"time": times, "scale": scale, "center": np.zeros((101, 1, 1)), "boost": np.zeros((101, 1, 1))}
    columns |= {"chirp": scale, "phase": scale}
    run: Any = _Made({name: _Column(values) for name, values in columns.items()})
    fields: Any = [_Field(0.0), _Field(0.502), _Field(1.0)]
    found = moments.moments_of(run, fields, 51)
    assert len(found) == 51
    assert [moment.stored for moment in found if moment.stored is not None] == fields
    np.testing.assert_allclose([moment.time for moment in found], np.linspace(0, 1, 51), atol=0.0101)
    assert all(moment.fitted is not None for moment in found if moment.stored is None)
    own = found[10]
    assert own.fitted is not None
    assert own.fitted.scale[0] == pytest.approx(1 - 0.5 * own.time, rel=1e-14)
    monkeypatch.setattr(moments, "WANTED", 3)
    assert [moment.stored for moment in moments.moments_of(run, fields, 51)] == fields


class _Column:
    """Values alone."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values


class _Made:
    """A run of columns alone."""

    def __init__(self, columns: dict[str, _Column]) -> None:
        self.columns = columns


class _Field:
    """A field of which only the time counts."""

    def __init__(self, time: float) -> None:
        self.time = time


def test_a_stored_field_is_drawn_by_its_file(tmp_path: Path) -> None:
    """Sections through the peak as stored; one file beside it, or where it is wanted."""
    write_line_run(tmp_path / "run", line_config(SOLITONS), soliton(-6.0, 2.0, 0.8), TIMES[:1], [0])
    (stored,) = open_run(tmp_path / "run").fields
    ((name, places, values),) = sections_of(stored)
    assert name == "x"
    assert places[np.argmax(values)] == 0.0
    np.testing.assert_array_equal(values, np.sqrt(stored.density()))
    copy = tmp_path / "q.h5"
    shutil.copy(stored.path, copy)
    assert plot_field(copy) == [tmp_path / "q.png"]
    with pytest.raises(UserError, match="holds no stored field"):
        plot_field(tmp_path / "run" / "series.h5")
    with pytest.raises(UserError, match=r"config.toml' is neither a run directory nor the file of a field"):
        plot_field(tmp_path / "run" / "config.toml")
    with pytest.raises(
        UserError, match=r"^the figure 'q\.png' in '.*/q\.h5' cannot be written \(.*\); name another place$"
    ):
        plot_field(copy, to=copy)


def test_the_figure_of_a_scaling_that_cannot_be_written(tmp_path: Path) -> None:
    """As other figures."""
    found = scale_run(load_configuration("two_bubbles"), default_machine(), [1, 2])
    (tmp_path / "file").write_text("in the way")
    told = r"^the figure 's\.png' in '.*/file' cannot be written \(Not a directory\); name another place$"
    with pytest.raises(UserError, match=told):
        plot_scaling({"": found}, tmp_path / "file" / "s.png")
