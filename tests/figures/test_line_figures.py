"""Runs on a line: read back, described, and drawn, for every kind of initial data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.figures import accuracy, density_line, exact_waves, line_data, peak, spacetime
from parallel_nls.figures.curves import TimeAxis
from parallel_nls.figures.line_data import Curve, common_window, read_curve
from parallel_nls.figures.run_figures import plot_run
from parallel_nls.figures.sheet import Sheet
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.results.reader import describe_run, open_run
from tests.output.line_runs import Wave, bubble, line_config, soliton, write_line_run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BUBBLES = """
[initial]
kind = "bubbles"
blowup_time = 0.0
[[initial.bubbles]]
center = [-2.0]
[[initial.bubbles]]
center = [2.5]
frequency = 1.5
[time]
start = -0.5
stop = -0.1
tolerance = 1e-9
frame = 0.02
"""
SOLITONS = """
[initial]
kind = "solitons"
[[initial.solitons]]
velocity = [2.0]
center = [-6.0]
frequency = 0.8
phase = 0.25
[[initial.solitons]]
[time]
start = 0.0
stop = 1.0
step = 0.1
"""
GAUSSIAN = """
[initial]
kind = "gaussian"
amplitude = 1.5
width = 1.0
[time]
start = 0.0
stop = 1.0
step = 0.1
"""
BUBBLE_TIMES = [round(-0.5 + 0.02 * row, 12) for row in range(21)]
TIMES = [round(0.1 * row, 12) for row in range(11)]
SAMPLES = ["conservation", "resolution"]


def growing(time: float, x: np.ndarray) -> np.ndarray:
    """A Gaussian that grows and narrows, of constant mass."""
    width = 1.05 - time
    values: np.ndarray = 1.5 / np.sqrt(width) * np.exp(-((x / width) ** 2) / 2) + 0j
    return values


def both(first: Wave, second: Wave) -> Wave:
    """The sum of two waves."""
    return lambda time, x: first(time, x) + second(time, x)


# configuration, wave, times, rows with a field, figures
CASES = {
    "bubbles": (
        line_config(BUBBLES, title="Two bubbles", points=2000, length=20.0, distance=True),
        both(bubble(-2.0), bubble(2.5, 1.5)),
        BUBBLE_TIMES,
        range(0, 21, 2),
        ["density", "spacetime", "blowup_law", "distance", *SAMPLES, "steps"],
    ),
    "solitons": (
        line_config(SOLITONS, distance=True, limit=1e-5),
        both(soliton(-6.0, 2.0, 0.8), soliton(0.0, 0.0)),
        TIMES,
        (0, 5, 10),
        ["density", "peak", "distance", *SAMPLES],
    ),
    "gaussian": (
        line_config(GAUSSIAN, title="$5 & 10% \\\\alpha_1 \u4e2d " + "long " * 40, power=2.5, precision="single"),
        growing,
        TIMES,
        range(11),
        ["density", "spacetime", "peak", *SAMPLES],
    ),
}
MakeRun = Callable[[str], Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MakeRun:
    """A function: the directory of a run of `CASES`, written once."""
    folder = tmp_path_factory.mktemp("lines")

    def make(name: str) -> Path:
        """Write it unless it is there."""
        text, wave, times, fields, _ = CASES[name]
        if not (folder / name).exists():
            write_line_run(folder / name, text, wave, times, fields)
        return folder / name

    return make


def curves(axes: object) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Abscissas and ordinates of the lines of axes by label."""
    lines = axes.lines  # type: ignore[attr-defined]
    return {str(line.get_label()): (np.asarray(line.get_xdata()), np.asarray(line.get_ydata())) for line in lines}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.usefixtures("coarse")
def test_the_figures_of_a_line(made: MakeRun, name: str) -> None:
    """Exactly those for which there is data, and nothing cut off at the edges."""
    from matplotlib.image import imread

    root = made(name)
    figures = plot_run(root)
    assert [path.stem for path in figures] == CASES[name][4]
    for figure in figures:
        ink = np.asarray(imread(figure)[..., :3].min(axis=-1) < 0.9)
        assert ink.mean() > 0.01
        assert not np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]]).any()


@pytest.mark.parametrize("name", CASES)
def test_figures_carry_the_title(made: MakeRun, drawn: list[Figure], name: str) -> None:
    """On top of each, as plain text; a run without a title has none."""
    root = made(name)
    plot_run(root)
    title = open_run(root).config.title
    assert len(drawn) == len(CASES[name][4])
    for figure in drawn:
        text = figure.get_suptitle().replace("\n", " ")
        assert (text == title) if len(title) < 50 else title.startswith(text.removesuffix(" …"))
        assert bool(text) == bool(title)


def test_series_and_fields(made: MakeRun) -> None:
    """Vectors have one component, fields one coordinate; single precision stays single."""
    run = open_run(made("solitons"))
    assert run.series.momentum.dims == ("time", "axis")
    assert list(run.series.axis.values) == ["x"]
    u = run.field(steps=5)
    assert u.dims == ("x",)
    assert u.attrs == {"time": 0.5, "steps": 5}
    np.testing.assert_allclose(u.x.values, -15 + 0.05 * np.arange(600), atol=1e-14)
    np.testing.assert_allclose(u.values, CASES["solitons"][1](0.5, u.x.values), atol=1e-14, rtol=0)
    assert float((abs(u) ** 2).sum()) * 0.05 == pytest.approx(float(run.series.mass[5]), rel=1e-13)
    assert u.dtype == np.complex128
    single = open_run(made("gaussian"))
    assert single.field().dtype == np.complex64
    assert single.fields[0].density().dtype == np.float64


DESCRIPTIONS = {
    "bubbles": (
        "nls in 1 dimension, nonlinearity |u|^4 u (L²-critical)",
        "2000 points in a periodic box 20\n",
        "center 2.5, frequency 1.5, phase 0",
        "t = -0.5 to -0.1, tolerance 1e-09, frames of 0.02, scheme blanes-moan-rkn4",
        "4.0e-10 by the estimates of the steps (relative, L²)",
        "11 fields at t = -0.5 … -0.1",
    ),
    "solitons": (
        "2 solitary waves",
        "velocity 2, center -6 at t = 0, frequency 0.8, phase 0.25",
        "velocity 0, center 0 at t = 0, frequency 1, phase 0",
        "3 fields at t = 0, 0.5, 1",
    ),
    "gaussian": ("|u|^2.5 u\n", "600 points in a periodic box 30, single precision", "Gaussian at 0, amplitude 1.5"),
}


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_descriptions(made: MakeRun, name: str) -> None:
    """What is solved, from what, and how, in words."""
    text = describe_run(made(name))
    for part in DESCRIPTIONS[name]:
        assert part in text, part
    assert ("by the estimates" in text) == (name == "bubbles")


def test_descriptions_of_files(tmp_path: Path) -> None:
    """Files of initial data are named, and may be gone; adaptive steps have no known total."""
    (tmp_path / "start.py").write_text("def begin(x): return x")
    np.save(tmp_path / "start.npy", np.ones(600))
    for kind, more, words in (
        ("python", f'file = "{tmp_path}/start.py"\nfunction = "begin"', f"begin(x) of {tmp_path}/start.py"),
        ("file", f'file = "{tmp_path}/start.npy"', f"the field in {tmp_path}/start.npy"),
    ):
        time = "[time]\nstart = 0.0\nstop = 1.0\ntolerance = 1e-6\nframe = 0.1\n"
        text = line_config(f'[initial]\nkind = "{kind}"\n{more}\n{time}')
        write_line_run(tmp_path / kind, text, soliton(0.0, 0.0), TIMES[:3], finished=False)
        (tmp_path / f"start.{'py' if kind == 'python' else 'npy'}").unlink()
        description = describe_run(tmp_path / kind)
        assert words in description
        assert "last row: t = 0.2, step 2\n" in description


def test_the_blow_up_law(made: MakeRun, drawn: list[Figure]) -> None:
    """sup|u|·(T − t)^½ is Q(0)/ω^½ of the tallest bubble, but for the tails of the other and the grid."""
    run = open_run(made("bubbles"))
    exact_waves.plot_blowup_law(run, Sheet())
    upper, _ = drawn[0].axes
    law, computed = upper.lines
    assert set(np.asarray(law.get_ydata())) == {ground_state(1).peak}
    expected = run.columns["sup_norm"].values * np.sqrt(-np.array(BUBBLE_TIMES))
    np.testing.assert_allclose(np.asarray(computed.get_ydata()), expected, rtol=1e-14)
    assert computed.get_ydata()[-1] == pytest.approx(ground_state(1).peak, rel=1e-6)  # type: ignore[index]
    # Points at multiples of 0.01 hit both centers.
    assert exact_waves.sampling_loss(run, np.array([0.5, 0.1])).max() < 1e-14


def test_the_density_of_bubbles(made: MakeRun, drawn: list[Figure]) -> None:
    """The stored numbers over x where they can be seen; in the window all fields are Q²."""
    run = open_run(made("bubbles"))
    density_line.plot_line_density(run, Sheet())
    left, right = drawn[0].axes
    stored = {f"$T-t={-field.time:.4g}$": field for field in (run.fields[pick] for pick in (0, 3, 7, 10))}
    assert list(curves(left)) == list(stored)
    assert left.get_yscale() == "linear"
    for label, (x, y) in curves(left).items():
        np.testing.assert_array_equal(y, stored[label].density()[np.rint((x + 10) / 0.01).astype(int)])
        assert len(x) > 500
    low, high = left.get_xlim()
    assert -9 < low < -4
    assert 5 < high < 9
    for x, y in list(curves(right).values())[1:4]:
        np.testing.assert_allclose(y[abs(x) < 3], ground_state(1).value(np.abs(x[abs(x) < 3])) ** 2, atol=5e-3)
    assert np.abs(curves(right)["$Q^2$"][1].max() - ground_state(1).peak ** 2) < 1e-14


def test_peaks_of_other_heights_share_a_logarithmic_axis(made: MakeRun, drawn: list[Figure]) -> None:
    """The Gaussian grows by a factor of 21; the window follows its height, with exponent and Q of its power."""
    run = open_run(made("gaussian"))
    density_line.plot_line_density(run, Sheet())
    left, right = drawn[0].axes
    assert left.get_yscale() == "log"
    peak = (2.5 / 2 + 1) ** (1 / 2.5)
    exact = curves(right)["$Q^2$"]
    np.testing.assert_allclose(exact[1], peak**2 * np.cosh(1.25 * exact[0]) ** -1.6, rtol=1e-13)
    assert right.get_title() == r"$\lambda=(Q(0)/\sup|u|)^{1.25}$, $Q$ of $p=2.5$"
    for (x, y), width in zip(list(curves(right).values())[:4], (1.05, 0.75, 0.35, 0.05), strict=True):
        assert y.max() == pytest.approx(peak**2, rel=1e-6)
        scale = (peak / (1.5 / np.sqrt(width))) ** 1.25
        expected = peak * np.exp(-((x * scale / width) ** 2) / 2)
        near = np.abs(x * scale / 0.05 - np.rint(x * scale / 0.05)) < 1e-6 if width < 0.1 else np.isfinite(x)
        # Single precision: between points u has the rounding of its peak; the last field is not resolved there.
        np.testing.assert_allclose(np.sqrt(y)[near], expected[near], rtol=1e-5, atol=1e-7)
    assert r"\lambda^{1.6}|u|^2" in right.get_ylabel()


def test_space_and_time(made: MakeRun, drawn: list[Figure]) -> None:
    """A node for each point and field, with its value; nothing beyond the first and the last."""
    run = open_run(made("gaussian"))
    spacetime.plot_spacetime(run, Sheet())
    axes = drawn[0].axes[0]
    mesh = axes.collections[0]
    image = np.asarray(mesh.get_array())
    nodes = mesh.get_coordinates()  # type: ignore[attr-defined]
    np.testing.assert_allclose(nodes[0, :, 0], np.arange(11) / 10, atol=1e-12)
    places = nodes[:, 0, 1]
    picks = np.rint((places + 15) / 0.05).astype(int)
    np.testing.assert_allclose(places, -15 + 0.05 * picks, atol=1e-12)
    for column, stored in enumerate(run.fields):
        expected = np.log10(np.maximum(stored.density()[picks], 1e-300))
        np.testing.assert_allclose(image[:, column], expected, rtol=1e-14)
    assert axes.get_ylim() == (places[0], places[-1])
    assert axes.get_xlim() == (0.0, 1.0)


def test_space_and_time_towards_blow_up(made: MakeRun, drawn: list[Figure]) -> None:
    """T − t to the right on a logarithmic axis; few fields are no image."""
    spacetime.plot_spacetime(open_run(made("bubbles")), Sheet())
    axes = drawn[0].axes[0]
    nodes = axes.collections[0].get_coordinates()[0, :, 0]  # type: ignore[attr-defined]
    assert axes.get_xscale() == "log"
    np.testing.assert_allclose(nodes, -np.array(BUBBLE_TIMES[::2]), rtol=1e-14)
    assert axes.get_xlim() == (nodes[0], nodes[-1])
    assert spacetime.plot_spacetime(open_run(made("solitons")), Sheet()) is None


@pytest.mark.parametrize(("blowup_time", "left", "right"), [(None, 1.0, 2.0), (0.5, -0.5, -1.5), (3.0, 2.0, 1.0)])
def test_time_goes_to_the_right(blowup_time: float | None, left: float, right: float) -> None:
    """T − t descends, after T too; whether rows follow each other forward or backward."""
    from matplotlib.figure import Figure

    for times in map(np.array, ((1.0, 1.5, 2.0), (2.0, 1.5, 1.0))):
        axis, axes = TimeAxis(blowup_time), Figure().subplots()
        assert axis.ends(times) == (left, right)
        axis.set_up(axes, times)
        assert axes.get_xlim() == pytest.approx((left, right), abs=0.1)


def test_space_and_time_of_a_backward_run(tmp_path: Path, drawn: list[Figure]) -> None:
    """Lies the same way as that of a forward one, and as the other figures."""
    text = GAUSSIAN.replace("start = 0.0\nstop = 1.0", "start = 1.0\nstop = 0.0")
    write_line_run(tmp_path / "run", line_config(text), growing, TIMES[::-1], range(11))
    spacetime.plot_spacetime(open_run(tmp_path / "run"), Sheet())
    assert drawn[0].axes[0].get_xlim() == (0.0, 1.0)


def test_the_peak_of_solitary_waves(made: MakeRun, drawn: list[Figure]) -> None:
    """sup|u| as measured, and the height of the tallest wave alone."""
    run = open_run(made("solitons"))
    peak.plot_peak(run, Sheet())
    assert peak.plot_collapse(run, Sheet()) is None
    alone, computed = curves(drawn[0].axes[0]).values()
    assert set(alone[1]) == {ground_state(1).peak / np.sqrt(0.8)}
    np.testing.assert_array_equal(computed[1], run.columns["sup_norm"].values)


def test_distances_name_the_waves(made: MakeRun, drawn: list[Figure]) -> None:
    """Bubbles are called S, solitary waves W."""
    for name, label in (("bubbles", r"$\|u-S_1-S_2\|$"), ("solitons", r"$\|u-W_1-W_2\|$")):
        exact_waves.plot_distance(open_run(made(name)), Sheet())
        assert drawn[-1].axes[0].get_ylabel() == label


def test_steps(made: MakeRun, drawn: list[Figure]) -> None:
    """Step sizes and error estimate as measured, and the tolerance times ∫dt/λ², which a bubble makes 1/(T − t)."""
    run = open_run(made("bubbles"))
    accuracy.plot_steps(run, Sheet())
    upper, lower = drawn[0].axes
    ((_, sizes),) = curves(upper).values()
    np.testing.assert_array_equal(sizes[1:], run.columns["step_size"].values[1:])
    estimate, bound = curves(lower).values()
    np.testing.assert_array_equal(estimate[1][1:], run.columns["error_estimate"].values[1:])
    left = -np.array(BUBBLE_TIMES)
    # Early the tails of the other bubble raise the peak.
    np.testing.assert_allclose(np.diff(bound[1])[10:], 1e-9 * np.diff(1 / left)[10:], rtol=2e-4)
    assert accuracy.plot_steps(open_run(made("solitons")), Sheet()) is None


@pytest.mark.parametrize("largest", [7, 100, 599, 600, 1000])
@pytest.mark.parametrize("at_once", [3, 50, 10**6])
def test_curves_lose_no_peak(made: MakeRun, monkeypatch: pytest.MonkeyPatch, largest: int, at_once: int) -> None:
    """Every interval gives its largest value, where it is, whatever is read at a time."""
    monkeypatch.setattr(line_data, "VALUES_AT_ONCE", at_once)
    stored = open_run(made("solitons")).fields[1]
    density = stored.density()
    for window in (slice(0, 600), slice(13, 590)):
        curve = read_curve(stored, window, largest)
        size = -(-(window.stop - window.start) // largest)
        starts = range(window.start, window.stop, size)
        assert len(curve.values) == len(starts) <= largest
        for start, index, value in zip(starts, curve.indices, curve.values, strict=True):
            inside = density[start : min(start + size, window.stop)]
            assert value == inside.max()
            assert index == start + inside.argmax()


def test_windows() -> None:
    """Around everything that can be seen, with a margin, inside the line; all of it if little were left out."""
    indices = np.arange(100)
    one, other = np.zeros(100), np.zeros(100)
    one[40:45], other[50] = 1.0, 0.1
    both_curves = [Curve(indices, one, 100), Curve(indices, other, 100)]
    assert common_window(both_curves, (0.5, 0.05)) == (slice(37, 54), 100)
    assert common_window(both_curves, (0.5, 0.5)) == (slice(37, 48), 100)
    other[0] = other[98] = 1.0
    assert common_window(both_curves, (0.5, 0.05)) == (slice(0, 100), 100)
    assert common_window(both_curves, (2.0, 2.0)) == (slice(0, 100), 100)
    other[:], one[:] = 0.0, 0.0
    one[0] = 1.0
    assert common_window(both_curves, (0.5, 0.5)) == (slice(0, 4), 100)


def test_a_window_on_two_grids() -> None:
    """Of the finest line, on which the points of a coarser one are every other."""
    coarse, fine = np.zeros(50), np.zeros(100)
    coarse[20], fine[44] = 1.0, 1.0
    curves = [Curve(np.arange(50), coarse, 50), Curve(np.arange(100), fine, 100)]
    assert common_window(curves, (0.5, 0.5)) == (slice(37, 48), 100)
