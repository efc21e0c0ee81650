"""Waves at the edge of the periodic box: distances stay at the level of the method, and the run says what happens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from mpi4py.MPI import COMM_SELF, Intracomm

from parallel_nls import open_run
from parallel_nls.config import Configuration, load_configuration
from parallel_nls.planning.edge import LEVEL
from parallel_nls.running.run import resume, run
from parallel_nls.running.simulation import Simulation
from scripts.faults.comparison import differences
from tests.one_rank import OneRank
from tests.running.leaving import leaving_after
from tests.support import small_run

BOOST = 2 * np.pi / 20  # velocities of which multiples by 2 are boosts by wavenumbers of the box


def crossing(velocity: float, *overrides: str) -> Configuration:
    """A solitary wave that goes round a box of length 40 once in 40/velocity."""
    return load_configuration(
        "two_solitons_1d",
        [
            "grid.points=1024", "grid.length=40.0", f"time.stop={1.28!r}", "time.scheme=blanes-moan-rkn6",
            f"initial={{kind='solitons', solitons=[{{velocity={velocity!r}, center=5.0, phase=0.3}}]}}",
            "time.tolerance=1e-8", "diagnostics.every=0.04", "output.fields_every=off", *overrides,
        ],
    )  # fmt: skip


def log_of(root: Path) -> str:
    """What a run has said."""
    return (root / "log.txt").read_text(encoding="utf-8")


def about_the_edge(root: Path) -> list[str]:
    """The lines of a log that speak of it, without their times of day."""
    return [
        line.split("  ", 1)[1] for line in log_of(root).splitlines() if "|u| at " in line and "identity 16E" not in line
    ]


@pytest.mark.mpi
@pytest.mark.parametrize("velocity", [80 * BOOST, 26.0, -26.0], ids=["boost", "no boost", "to the left"])
@pytest.mark.ranks(1, 2)
def test_distances_cross_the_edge(comm: Intracomm, velocity: float, shared_path: Path) -> None:
    """At the tolerance before, at and after it, whether the boost is periodic or not; one line tells of the edge."""
    run(crossing(velocity), comm, shared_path / "run")
    comm.Barrier()
    columns = open_run(shared_path / "run").columns
    edge = columns["edge"].values
    assert edge[0] < 1e-6
    assert edge.max() > 0.8
    assert edge[-1] < 0.5 * edge.max()
    assert columns["distance_l2"].values[0] < 2e-15
    assert columns["distance_l2"].values.max() < 2e-9
    assert columns["distance_h1"].values.max() < 5e-8
    first = columns["time"].values[np.argmax(edge > LEVEL)]
    (line,) = about_the_edge(shared_path / "run")
    assert f"at t = {first:.10g}: from here on the run is one of the periodic box" in line


@pytest.mark.mpi
@pytest.mark.parametrize("center", ["19.9", "-20.0"])
@pytest.mark.ranks(1, 2)
def test_a_wave_may_start_at_the_edge(comm: Intracomm, center: str, shared_path: Path) -> None:
    """It is the periodic wave, which the grid resolves; the run says that it goes on into its images."""
    config = crossing(4.0, f"initial.solitons=[{{velocity=4.0, center={center}}}]", "time.stop=0.16")
    run(config, comm, shared_path / "run")
    comm.Barrier()
    columns = open_run(shared_path / "run").columns
    assert columns["spectral_tail"].values.max() < 1e-12
    assert columns["distance_l2"].values.max() < 1e-10
    (line,) = about_the_edge(shared_path / "run")
    assert line.startswith("warning: |u| at the edge of the box [-20.0, 20.0) is ")
    assert "periodic images" in line


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
def test_across_a_corner_of_the_plane(comm: Intracomm) -> None:
    """The distance stays what the grid leaves out."""
    config = load_configuration(
        "soliton_collision_2d",
        [
            "grid.points=[96,96]", "grid.length=[20.0,20.0]", "time.step=0.005", "time.stop=0.2", "time.start=0.0",
            "initial={kind='solitons', solitons=[{velocity=[8.0, -6.0], center=[9.0, -9.5], frequency=1.2}]}",
            "limits.spectral_tail=1e-3", "time.scheme=blanes-moan-rkn6",
        ],
    )  # fmt: skip
    simulation = Simulation(config, comm)
    found = []
    for _ in range(5):
        values = simulation.measure()
        found.append((float(values["distance_l2"]), float(values["edge"])))
        if simulation.time < 0.19:
            simulation.advance(10)
    assert found[0][0] < 1e-14
    assert max(distance for distance, _ in found) < 2e-6  # the grid's own: 96 points
    assert max(edge for _, edge in found) > 0.5


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
def test_bubbles_that_the_box_cuts_off(comm: Intracomm, shared_path: Path) -> None:
    """They warn at the start, and not again when the edge grows."""
    run(small_run("grid.length=[8.0,7.5]", "time.stop=-0.475"), comm, shared_path / "run")
    comm.Barrier()
    (line,) = about_the_edge(shared_path / "run")
    assert line.startswith("warning: the box [-4.0, 4.0) × [-3.75, 3.75) cuts the initial data off: |u| at its edge")


@pytest.mark.mpi
@pytest.mark.ranks(2, 3, 4)
def test_same_bits_on_any_number_of_ranks(comm: Intracomm, shared_path: Path, one_rank: OneRank) -> None:
    """Rows, checkpoints, summaries: a wave that crosses twice, with one line over a resume between these."""
    config = crossing(60.0, "time.stop=1.0", "time.tolerance=1e-5")
    whole, left = one_rank.runs(config), shared_path / "left"
    with leaving_after(27):
        run(config, comm, left)
    comm.Barrier()
    resume(comm, left)
    comm.Barrier()
    assert differences(whole, left) == []
    assert [len(about_the_edge(root)) for root in (whole, left)] == [1, 1]


def test_a_violated_identity_names_the_box(tmp_path: Path) -> None:
    """Where the wave is at the edge the virial identity fails, whatever the step and the points."""
    config = crossing(
        26.0, "diagnostics.every=0.01", "time.stop=0.64", "time.tolerance=1e-9", "limits.identity=0.5",
        "grid.points=1600",
    )  # fmt: skip
    outcome = run(config, COMM_SELF, tmp_path / "run")
    lines = [line for line in log_of(tmp_path / "run").splitlines() if "is off by" in line]
    assert len(lines) == 1
    assert "take a larger box (grid.length)" in lines[0]
    assert "smaller step" not in lines[0]
    assert "limits.identity = 0.5; |u| at the edge of the box is " in outcome.reason


@pytest.mark.parametrize(("width", "times"), [(1.3, 1), (0.8, 0)])
def test_waves_that_steps_do_not_follow_are_told_of_once(width: float, times: int, tmp_path: Path) -> None:
    """Of a Gaussian that the box cuts off, and not of one that it holds."""
    overrides = [
        "grid.points=[128, 128]", "grid.length=[10.0, 10.0]",
        f"initial={{kind='gaussian', amplitude=1.5, width={width}}}",
        "time.step=off", "time.tolerance=1e-7", "time.stop=0.1", "diagnostics.every=0.05", "output.fields_every=off",
    ]  # fmt: skip
    run(load_configuration("gaussian_collapse", overrides), COMM_SELF, tmp_path / "run")
    said = log_of(tmp_path / "run")
    assert said.count("waves with ω(k) above 2π/") == times
    assert said.count("enlarge grid.length; or take a larger tolerance") == times
