"""Figures of runs that refine their grid: every field is drawn on its own, in one picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls import open_run
from parallel_nls.config import load_configuration
from parallel_nls.figures import density, density_line, spacetime
from parallel_nls.figures.sheet import Sheet
from parallel_nls.results.reader import Run
from parallel_nls.running.run import run

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def collapsed(root: Path, dimension: int) -> Run:
    """A Gaussian that focuses, its grid refined once, eleven fields."""
    points, amplitude = ([32], 1.7) if dimension == 1 else ([20, 24], 2.7)
    overrides = (
        f"equation.dimension={dimension}", f"equation.power={4.0 / dimension}",
        f"grid={{points={points}, length={[8.0] * dimension}, refine='auto', max_points={[2 * n for n in points]}}}",
        f"initial={{kind='gaussian', amplitude={amplitude}, width=1.0}}",
        "time={start=0.0, stop=0.2, step=0.01}", "limits.spectral_tail='off'", "grid.refine_tail=1e-3",
        "diagnostics={every={steps=2}, families=['conserved', 'resolution']}", "output.fields_every={steps=2}",
    )  # fmt: skip
    run(
        load_configuration("gaussian_collapse", [*overrides, f"initial.center={[0.0] * dimension}"]),
        MPI.COMM_SELF,
        root,
    )
    found = open_run(root)
    assert len({stored.density().shape for stored in found.fields}) == 2
    return found


def test_the_plane(tmp_path: Path, drawn: list[Figure]) -> None:
    """Four panels of one view, each image as large as its box."""
    found = collapsed(tmp_path / "run", 2)
    density.plot_density(found, Sheet())
    panels = drawn[0].axes[:4]
    sizes = [panel.images[0].get_array().shape for panel in panels]  # type: ignore[union-attr]
    assert sizes == [(24, 20), (24, 20), (48, 40), (48, 40)]
    for panel, (_, n) in zip(panels, sizes, strict=True):
        left, right = panel.images[0].get_extent()[:2]
        assert (left, right) == pytest.approx((-4 - 4 / n, 4 - 4 / n))
    assert len({(panel.get_xlim(), panel.get_ylim()) for panel in panels}) == 1


def test_the_line(tmp_path: Path, drawn: list[Figure]) -> None:
    """Over t and x an image for each grid, side by side without a gap; curves at the points of their own grids."""
    found = collapsed(tmp_path / "run", 1)
    spacetime.plot_spacetime(found, Sheet())
    first, second = drawn[0].axes[0].collections
    nodes = [mesh.get_coordinates() for mesh in (first, second)]  # type: ignore[attr-defined]
    assert nodes[0][0, -1, 0] == nodes[1][0, 0, 0]
    heights = [len(node) for node in nodes]
    assert heights[1] in (2 * heights[0], 2 * heights[0] - 1)
    for part, node, mesh in ((0, nodes[0], first), (-1, nodes[1], second)):
        stored, image = found.fields[part], np.asarray(mesh.get_array())[:, part]
        places = node[:, 0, 1]  # the points themselves
        picks = np.rint((places - stored.axes()[0].low) / stored.axes()[0].spacing).astype(int)
        np.testing.assert_allclose(places, stored.coordinates()[0][picks], atol=1e-12)
        np.testing.assert_allclose(image, np.log10(stored.density()[picks]), rtol=1e-13)
    density_line.plot_line_density(found, Sheet())
    curves = drawn[1].axes[0].lines
    for line, stored in ((curves[0], found.fields[0]), (curves[-1], found.fields[-1])):
        x, values = (np.asarray(data) for data in line.get_data())
        picks = np.rint((x - stored.axes()[0].low) / stored.axes()[0].spacing).astype(int)
        there = np.abs(x - stored.coordinates()[0][picks]) < 1e-12
        assert there.sum() > 20  # and between them the curve is that of the trigonometric polynomial
        np.testing.assert_allclose(values[there], stored.density()[picks[there]], rtol=1e-9, atol=1e-14)
