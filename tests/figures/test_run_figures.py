"""Figures of runs: the right ones, not empty, with the right curves."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest

from parallel_nls.config import load_configuration
from parallel_nls.errors import UserError
from parallel_nls.figures import accuracy, exact_waves, images
from parallel_nls.figures.images import block_maxima
from parallel_nls.figures.line_data import choose_fields
from parallel_nls.figures.run_figures import plot_run
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.window import find_focus
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.results.collapse import estimate_collapse
from parallel_nls.results.drifts import OF_TERMS, drifts_of
from parallel_nls.results.files import Column
from parallel_nls.results.reader import open_run
from tests.figures.conftest import use_few_pixels
from tests.support import PLAIN

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PIXELS, DOTS_PER_INCH, LARGEST_FILE = 900, 200, 10**6
BUBBLE_FIGURES = ["density", "blowup_law", "distance", "conservation", "resolution"]
BUBBLE = ("grid.points=[64,64]", "grid.length=[40,40]", "time.start=-2.0", 'limits.spectral_tail="off"')
# (example, overrides, figures)
CASES = {
    "bubble": (
        "one_bubble",
        (*BUBBLE, "time.stop=-1.5", "time.step=0.05", "diagnostics.every={steps=1}", "output.fields_every={steps=2}"),
        BUBBLE_FIGURES,
    ),
    "backward": (
        "two_bubbles",
        (*BUBBLE, PLAIN, "time.stop=-2.5", "time.step=0.1", "diagnostics.every={steps=1}", 'output.fields_every="off"'),
        BUBBLE_FIGURES,
    ),
    "two_rows": (
        "one_bubble",
        (*BUBBLE, "grid.points=[64,48]", "time.stop=-1.9", "time.step=0.1", 'diagnostics.families=["resolution"]'),
        ["density", "blowup_law", "resolution"],
    ),
    "gaussian": (
        "gaussian_collapse",
        (
            "grid.points=[64,64]",
            "time.stop=0.32",
            "time.step=0.01",
            "diagnostics.every={steps=1}",
            'output.fields_every="off"',
        ),
        ["density", "collapse", "conservation", "resolution"],
    ),
}
MakeRun = Callable[[str], Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MakeRun:
    """A function: the directory of a run of `CASES`, computed once."""
    from mpi4py import MPI

    from parallel_nls.running.run import run

    folder = tmp_path_factory.mktemp("plots")

    def make(name: str) -> Path:
        """Run it unless it was run before."""
        example, overrides, _ = CASES[name]
        if not (folder / name).exists():
            limit = 'limits.spectral_tail="off"'
            run(load_configuration(example, (*overrides, limit)), MPI.COMM_SELF, folder / name)
        return folder / name

    return make


def png_size(path: Path) -> tuple[int, int, float]:
    """Width, height and dots per inch of a PNG file."""
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    (per_metre,) = struct.unpack(">I", content.partition(b"pHYs")[2][:4])
    return width, height, per_metre * 0.0254


@pytest.mark.parametrize("name", CASES)
def test_the_figures_of_a_run(made: MakeRun, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Exactly those for which there is data; large enough to print, small enough to send, and not blank.

    Those of the backward run are the figures of the bubble, so that few pixels will do.
    """
    from matplotlib.image import imread

    if name == "backward":
        use_few_pixels(monkeypatch)
    root = made(name)
    figures = plot_run(root)
    assert figures == [root / "figures" / f"{figure}.png" for figure in CASES[name][2]]
    assert sorted(figures) == sorted((root / "figures").iterdir())
    for figure in figures:
        width, height, density = png_size(figure)
        if name != "backward":
            assert width > PIXELS
            assert height > PIXELS / 2
            assert density > DOTS_PER_INCH
        assert figure.stat().st_size < LARGEST_FILE
        ink = np.asarray(imread(figure)[..., :3].min(axis=-1) < 0.9)
        # Something inside, and nothing cut off at the edges.
        assert ink.mean() > 0.02
        assert not np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]]).any()


def test_drawing_again_gives_the_same_bytes(made: MakeRun, tmp_path: Path) -> None:
    """Figures hold no clock and no random numbers, and old ones are replaced."""
    run, path = open_run(made("two_rows")), tmp_path / "resolution.png"
    path.write_bytes(b"old")
    bytes_drawn = []
    for _ in range(2):
        assert accuracy.plot_resolution(run, Sheet(path)) is not None
        bytes_drawn.append(path.read_bytes())
    assert len(bytes_drawn[0]) > len(b"old")
    assert bytes_drawn[0] == bytes_drawn[1]


def test_the_blow_up_law(made: MakeRun, drawn: list[Figure]) -> None:
    """sup|u|·(T − t) is the curve, Q(0)/ω the line; time runs to the right."""
    run = open_run(made("bubble"))
    exact_waves.plot_blowup_law(run, Sheet())
    upper, lower = drawn[0].axes
    law, computed = upper.lines
    peak = ground_state(2).peak
    assert set(np.asarray(law.get_ydata())) == {peak}
    np.testing.assert_allclose(np.asarray(computed.get_xdata()), -run.columns["time"].values, rtol=1e-15)
    np.testing.assert_array_equal(
        np.asarray(computed.get_ydata()), -run.columns["sup_norm"].values * run.columns["time"].values
    )
    deviation = np.asarray(lower.lines[0].get_ydata())
    expected = np.abs(np.asarray(computed.get_ydata()) / peak - 1)
    # An exact value has no place on a logarithmic axis.
    np.testing.assert_array_equal(deviation, np.where(expected > 0, expected, np.nan))
    assert lower.get_xlim()[0] > 2.0 > 1.5 > lower.get_xlim()[1]


def test_what_sampling_costs(made: MakeRun) -> None:
    """At the start the data are exact: the deviation of sup|u| is that of the peak between the points, both bubbles."""
    run = open_run(made("backward"))  # centers (±2, 0), points 0.625 apart from -20: 0.125 from the next
    remaining = -run.columns["time"].values
    profile = ground_state(2)
    expected = 1 - profile.value(0.125 / remaining) / profile.peak
    np.testing.assert_allclose(exact_waves.sampling_loss(run, remaining), expected, rtol=1e-13)
    on_grid = open_run(made("bubble"))
    assert on_grid.columns["sup_norm"].values[0] * 2.0 == pytest.approx(profile.peak, rel=1e-14)
    assert exact_waves.sampling_loss(on_grid, remaining).max() == 0


def test_distances_are_drawn_as_measured(made: MakeRun, drawn: list[Figure]) -> None:
    """Three curves over T − t."""
    run = open_run(made("bubble"))
    exact_waves.plot_distance(run, Sheet())
    (axes,) = drawn[0].axes
    curves = {str(line.get_label()): np.asarray(line.get_ydata()) for line in axes.lines}
    for label, name in {"$L^2$": "distance_l2", "$H^1$": "distance_h1", r"$\Sigma$": "distance_sigma"}.items():
        np.testing.assert_array_equal(curves[label], run.columns[name].values)
    assert axes.get_yscale() == axes.get_xscale() == "log"


def test_the_limit_of_the_spectral_tail(made: MakeRun, drawn: list[Figure], tmp_path: Path) -> None:
    """A line at the limit, unless there is none."""
    accuracy.plot_resolution(open_run(made("bubble")), Sheet())
    root = Path(shutil.copytree(made("bubble"), tmp_path / "limited"))
    config = (root / "config.toml").read_text()
    (root / "config.toml").write_text(config.replace('spectral_tail = "off"', "spectral_tail = 0.25"))
    accuracy.plot_resolution(open_run(root), Sheet())
    without, limited = ([str(line.get_label()) for line in figure.axes[0].lines] for figure in drawn)
    assert without == ["tail along $x$", "tail along $y$", "edge"]
    assert limited == [*without, "limit of the tail"]
    assert set(np.asarray(drawn[1].axes[0].lines[-1].get_ydata())) == {0.25}


def test_drifts() -> None:
    """Relative or absolute, the largest component, zero where nothing changes, nothing for a quantity that was zero."""
    energy = Column(np.array([-2.0, -2.0, -1.0, np.nan]), {})
    momentum = Column(np.array([[0.0, 1.0], [0.5, 1.0], [0.5, -1.0], [0.0, 1.0]]), {})
    columns = {"energy": energy, "momentum": momentum, "sup_norm": energy}
    found = drifts_of(columns, {})
    assert {name: drift.kind for name, drift in found.items()} == {"energy": "relative", "momentum": "absolute"}
    np.testing.assert_array_equal(found["energy"].sizes, [0, 0, 0.5, np.nan])
    np.testing.assert_array_equal(found["momentum"].sizes, [0, 0.5, 2.0, 0])
    of_terms = drifts_of(columns, {"energy": 4000.0})["energy"]
    assert of_terms.kind == OF_TERMS
    np.testing.assert_array_equal(of_terms.sizes, [0, 0, 0.25, np.nan])
    assert np.isnan(drifts_of({"energy": Column(np.array([0.0, 1.0]), {})}, {})["energy"].sizes).all()


def test_the_time_of_a_collapse_is_found_where_the_law_is_exact() -> None:
    """1/sup² linear: the line gives its zero, in both directions of time, past rows that are not finite."""
    times = np.linspace(0.0, 1.1, 19)
    peaks = 3 / np.sqrt(1.25 - times)
    for power in (1.0, 4.0):
        estimate = estimate_collapse(times * 1.125, (1.25 - times * 1.125) ** (-1 / power), power)
        assert estimate is not None
        assert estimate[0] == pytest.approx(1.25, rel=1e-12)
    for sign in (1, -1):
        estimate = estimate_collapse(sign * times, np.append(peaks[:-1], np.nan), 2.0)
        assert estimate is not None
        assert estimate[0] == pytest.approx(sign * 1.25, rel=1e-12)
    # A straight line that would vanish before the last row, and then a slow end.
    fine = np.linspace(0.0, 1.1, 111)
    bent = np.where(fine < 1.0, 1.0 - 0.99 * fine, 0.01 * np.exp(-20 * (fine - 1.0)))
    estimate = estimate_collapse(fine, bent**-0.5, 2.0)
    assert estimate is not None
    assert estimate[0] > 1.1
    assert estimate_collapse(times[:8], peaks[:8], 2.0) is None
    assert estimate_collapse(times, peaks[::-1], 2.0) is None
    assert estimate_collapse(times[:2], np.array([1.0, 9.0]), 2.0) is None


def test_the_collapse_of_the_gaussian(made: MakeRun) -> None:
    """Between the last row and the bound of the variance, which vanishes at t = 0.67."""
    columns = open_run(made("gaussian")).columns
    estimate = estimate_collapse(columns["time"].values, columns["sup_norm"].values, 2.0)
    assert estimate is not None
    assert 0.32 < estimate[0] < 0.67


@pytest.mark.parametrize("largest", [7, 32, 63, 64, 100])
@pytest.mark.parametrize("at_once", [1, 500, 10**6])
def test_block_maxima_lose_no_peak(made: MakeRun, monkeypatch: pytest.MonkeyPatch, largest: int, at_once: int) -> None:
    """Every block holds its largest value, those at the ends too, whatever is read at a time."""
    monkeypatch.setattr(images, "VALUES_AT_ONCE", at_once)
    stored = open_run(made("two_rows")).fields[-1]
    density, image = stored.density(), block_maxima(stored, largest)
    assert max(image.shape) <= largest
    blocks = [-(-n // largest) for n in density.shape]
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            rows, columns = (slice(k * size, (k + 1) * size) for k, size in zip((i, j), blocks, strict=True))
            assert image[i, j] == density[rows, columns].max()


def test_four_fields_are_chosen(made: MakeRun) -> None:
    """First and last always; all where there are no more than four."""
    fields = open_run(made("bubble")).fields
    assert [f.steps for f in fields] == [0, 2, 4, 6, 8, 10]
    assert [f.steps for f in choose_fields(fields, 4)] == [0, 4, 6, 10]
    assert choose_fields(fields[:1], 4) == [fields[0]]
    assert choose_fields(fields[:3], 4) == list(fields[:3])


def test_the_window_follows_the_bubble(made: MakeRun) -> None:
    """Center and scale of the exact bubble; of a Gaussian the scale that its height would have as a bubble."""
    run = open_run(made("backward"))
    focus = find_focus(run, run.fields[-1])
    assert focus is not None
    assert focus.center == (-2.0, 0.0)
    assert focus.scale == pytest.approx(2.5, rel=1e-14)
    run = open_run(made("gaussian"))
    focus = find_focus(run, run.fields[0])
    assert focus is not None
    assert focus.center == (0.0, 0.0)
    assert focus.scale == pytest.approx(ground_state(2).peak / 2.5, rel=1e-14)


@pytest.mark.usefixtures("quickly")
def test_a_run_that_broke_down_is_drawn(made: MakeRun, tmp_path: Path) -> None:
    """The last row and field are not finite, and a conserved quantity is exactly conserved."""
    root = Path(shutil.copytree(made("gaussian"), tmp_path / "broken", ignore=shutil.ignore_patterns("figures")))
    with h5py.File(root / "series.h5", "r+") as file:
        for name in ("mass", "energy", "sup_norm", "spectral_tail", "momentum"):
            file[name][-1] = np.nan
        file["momentum"][:-1] = 0.0
    with h5py.File(RunPaths(root).field(32), "r+") as file:
        file["data/32/meshes/density"][...] = np.nan
    assert [path.stem for path in plot_run(root)] == CASES["gaussian"][2]


def test_what_cannot_be_drawn(made: MakeRun, tmp_path: Path) -> None:
    """No run, no row, no place for the figures: one message each."""
    with pytest.raises(UserError, match="no run directory"):
        plot_run(tmp_path / "none")
    root = Path(shutil.copytree(made("two_rows"), tmp_path / "copy", ignore=shutil.ignore_patterns("figures")))
    (root / "figures").write_text("in the way")
    with pytest.raises(
        UserError, match=r"^figures in '.*/figures' cannot be written \(File exists\); name another place$"
    ):
        plot_run(root)
    with h5py.File(root / "series.h5", "r+") as file:
        file["time"].resize(0, axis=0)
    with pytest.raises(UserError, match="no row yet"):
        plot_run(root)
