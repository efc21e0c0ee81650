"""Figures and texts of other equations than nls: no curve assumes a ground state where nothing focuses to one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.config import load_configuration
from parallel_nls.equations.gross_pitaevskii import GrossPitaevskii
from parallel_nls.figures import accuracy, density, density_line, peak
from parallel_nls.figures.run_figures import plot_run
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.window import find_focus
from parallel_nls.results.reader import describe_run, open_run
from parallel_nls.running.run import run
from parallel_nls.spectral.line import LineDomain
from tests.figures.test_line_figures import GAUSSIAN, TIMES, curves, growing
from tests.output.line_runs import line_config, write_line_run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TOLERANCE = GAUSSIAN.replace("step = 0.1", "tolerance = 1e-6\nframe = 0.1")
# equation, sections, figures, what a text says
CASES = {
    "in a trap": (
        '"gross-pitaevskii"\ntrap = 0.5', GAUSSIAN, ["density", "spacetime", "collapse", "conservation", "resolution"],
        "equation    gross-pitaevskii in 1 dimension, nonlinearity |u|^4 u, trap 0.5\n",
    ),
    "defocusing": (
        '"defocusing-nls"', TOLERANCE, ["density", "spacetime", "peak", "conservation", "resolution", "steps"],
        "equation    defocusing-nls in 1 dimension, nonlinearity -|u|^4 u\n",
    ),
}  # fmt: skip


def written(folder: Path, name: str) -> Path:
    """The directory of a run on a line whose wave grows, whatever the equation would say."""
    equation, sections, _, _ = CASES[name]
    text = line_config(sections, limit=1e-5).replace('"nls"', equation)
    write_line_run(folder / "run", text, growing, TIMES, range(11))
    return folder / "run"


@pytest.mark.parametrize("name", CASES)
@pytest.mark.usefixtures("quickly")
def test_figures_and_text(tmp_path: Path, name: str) -> None:
    """Those for which there is data, and the equation in words."""
    root = written(tmp_path, name)
    assert [path.stem for path in plot_run(root)] == CASES[name][2]
    assert CASES[name][3] in describe_run(root)


def test_where_nothing_focuses_no_ground_state_is_drawn(tmp_path: Path, drawn: list[Figure]) -> None:
    """No window, no line to a collapse, no bound from a scale."""
    root = open_run(written(tmp_path, "defocusing"))
    for plot in (density_line.plot_line_density, peak.plot_peak, accuracy.plot_steps):
        assert plot(root, Sheet()) is not None
    assert peak.plot_collapse(root, Sheet()) is None
    assert accuracy.tolerated(root) is None
    density, height, steps = drawn
    assert [len(density.axes), len(height.axes), len(steps.axes)] == [1, 1, 2]
    (computed,) = height.axes[0].lines
    np.testing.assert_array_equal(computed.get_ydata(), root.columns["sup_norm"].values)
    assert list(curves(steps.axes[1])) == ["estimate, accumulated"]


def test_in_a_trap_peaks_focus_as_without_it(tmp_path: Path, drawn: list[Figure]) -> None:
    """They have their window, in which no exact profile is drawn, and a line to their collapse."""
    root = open_run(written(tmp_path, "in a trap"))
    density_line.plot_line_density(root, Sheet())
    assert "$Q^2$" not in curves(drawn[0].axes[1])
    assert peak.plot_collapse(root, Sheet()) is not None
    assert peak.plot_peak(root, Sheet()) is None


def test_in_a_trap_steps_are_measured_by_it_too(tmp_path: Path, drawn: list[Figure]) -> None:
    """The bound is what `log_rate` of the equation makes of the tolerance, and its label says so."""
    text = line_config(TOLERANCE, limit=1e-5).replace('"nls"', '"gross-pitaevskii"\ntrap = 3.0')
    write_line_run(tmp_path / "run", text, growing, TIMES, range(11))
    root = open_run(tmp_path / "run")
    equation = GrossPitaevskii(LineDomain(MPI.COMM_SELF, (64,), (10.0,)), 4.0, trap=3.0)
    times, peaks = root.columns["time"].values, root.columns["sup_norm"].values
    rates = np.array([2.0 ** equation.log_rate(float(peak) ** 2) for peak in peaks])
    bound = accuracy.tolerated(root)
    assert bound is not None
    np.testing.assert_allclose(np.diff(bound), 1e-6 * np.sqrt(rates[1:] * rates[:-1]) * np.diff(times), rtol=1e-12)
    accuracy.plot_steps(root, Sheet())
    assert r"tolerance $\cdot\int(\omega+1/\lambda^2)\mathrm{d}t$" in curves(drawn[0].axes[1])


@pytest.mark.usefixtures("quickly")
def test_in_the_plane_there_is_no_window_where_nothing_focuses(tmp_path: Path) -> None:
    """The density is drawn without it."""
    overrides = ["grid.points=[64,64]", "time.stop=0.04", "time.step=0.01", 'output.fields_every="off"']
    run(load_configuration("gaussian_collapse", overrides), MPI.COMM_SELF, tmp_path / "run", quiet=True)
    config = tmp_path / "run" / "config.toml"
    config.write_text(config.read_text(encoding="utf-8").replace('"nls"', '"defocusing-nls"'), encoding="utf-8")
    root = open_run(tmp_path / "run")
    assert find_focus(root, root.fields[0]) is None
    assert [path.stem for path in plot_run(tmp_path / "run")] == ["density", "peak", "conservation", "resolution"]


@pytest.mark.usefixtures("quickly")
def test_in_the_plane_there_is_no_window_without_a_known_ground_state(tmp_path: Path, drawn: list[Figure]) -> None:
    """Of p = 1: no scaled picture, and the unit of steps is named by its number."""
    overrides = [
        "equation.power=1.0", "grid.points=[64,64]", "time.stop=0.04", "time.step=off", "time.tolerance=1e-6",
        "diagnostics.every=0.01", 'output.fields_every="off"',
    ]  # fmt: skip
    run(load_configuration("gaussian_collapse", overrides), MPI.COMM_SELF, tmp_path / "run", quiet=True)
    root = open_run(tmp_path / "run")
    assert find_focus(root, root.fields[0]) is None
    density.plot_density(root, Sheet())
    accuracy.plot_steps(root, Sheet())
    assert len(drawn[0].axes) == 2  # the two fields
    assert r"tolerance $\cdot\int\mathrm{d}t/\lambda^2$, $\lambda=(2.206/\sup|u|)^{0.5}$" in curves(drawn[1].axes[1])


@pytest.mark.usefixtures("quickly")
@pytest.mark.parametrize(("steps", "panels"), [(4, 5), (5, 4)])
def test_all_of_five_fields_of_the_plane_are_shown_and_four_of_more(
    tmp_path: Path, drawn: list[Figure], steps: int, panels: int
) -> None:
    """Of five none is left out."""
    overrides = ["equation.power=1.0", "grid.points=[64,64]", f"time.stop={steps / 100}", "time.step=0.01"]
    config = load_configuration("gaussian_collapse", [*overrides, "output.fields_every={steps=1}"])
    run(config, MPI.COMM_SELF, tmp_path / "run", quiet=True)
    density.plot_density(open_run(tmp_path / "run"), Sheet())
    assert sum(axes.get_title().startswith("$t=") for axes in drawn[0].axes) == panels


@pytest.mark.usefixtures("quickly")
@pytest.mark.parametrize(("equation", "circles"), [("nls", 2), ("gross-pitaevskii", 0)])
def test_windows_of_the_plane_say_which_ground_state(
    tmp_path: Path, drawn: list[Figure], equation: str, circles: int
) -> None:
    """Circles where it is a solution."""
    overrides = [f"equation.name={equation}", "grid.points=[64,64]", "time.stop=0.04", "time.step=0.01"]
    config = load_configuration("gaussian_collapse", [*overrides, 'output.fields_every="off"'])
    run(config, MPI.COMM_SELF, tmp_path / "run", quiet=True)
    density.plot_density(open_run(tmp_path / "run"), Sheet())
    panel = drawn[0].axes[2]
    assert len(panel.lines) == circles
    told = drawn[0].legends[0].get_title().get_text().replace("\n", " ")
    assert r"$\lambda=Q(0)/\sup|u|$; $Q$: ground state of $p=2$" in told
    assert ("Dashed" in told) == bool(circles)
