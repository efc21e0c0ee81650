"""Half waves in periodic boxes: the same bits on any ranks, and what boxes say of the whole line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.config import load_configuration
from parallel_nls.errors import DONE, RESUMABLE, UserError
from parallel_nls.half_wave.initial import profile_data
from parallel_nls.running.run import resume, run
from parallel_nls.running.simulation import Simulation
from parallel_nls.spectral.rational import RationalAxis
from parallel_nls.studies.box_limit import box_limit, describe_box_limit, plan_boxes
from parallel_nls.studies.sweep.run_sweep import run_sweep
from scripts.faults.comparison import differences
from tests.running.half_waves import columns_of
from tests.running.leaving import leaving_after

if TYPE_CHECKING:
    from pathlib import Path

    from mpi4py.MPI import Intracomm

    from tests.one_rank import OneRank

BOX = (
    "grid={points=2048,length=100.0}",
    "initial.scale=1.0",
    "time.stop=0.5",
    "time.tolerance=1e-6",
    "diagnostics.every=0.125",
)


@pytest.mark.mpi
@pytest.mark.parametrize(
    "overrides", [(), ("time={start=0.0,stop=0.5,step=0.02,scheme='kahan-li6'}", "diagnostics.every=0.1")]
)
@pytest.mark.ranks(2, 3, 4)
def test_a_box_has_the_same_bits_on_any_ranks(
    comm: Intracomm, shared_path: Path, one_rank: OneRank, overrides: tuple[str, ...]
) -> None:
    """Series, fields and checkpoints of a run on one rank, where k varies; left on all after three steps, resumed."""
    config = load_configuration("half_wave_inhomogeneous", [*BOX, *overrides])
    alone = one_rank.runs(config)
    with leaving_after(3):
        assert run(config, comm, shared_path / "left").exit_code == RESUMABLE
    assert resume(comm, shared_path / "left").exit_code == DONE
    comm.Barrier()
    assert differences(alone, shared_path / "left") == []


def test_boxes_come_to_the_whole_line(tmp_path: Path) -> None:
    """Three small boxes, extrapolated, have the numbers of the whole line within what they say of themselves."""
    shared = ("time.stop=0.5", "diagnostics.every=0.125")
    on_line = columns_of(tmp_path / "line", load_configuration("half_wave_blowup", [*shared, "time.tolerance=1e-8"]))
    overrides = ["grid.points=2048", "grid.length=50.0", "time.tolerance=1e-8", "time.scheme=kahan-li6", *shared]
    plan = plan_boxes("half_wave_box", overrides, 3, 1, str(tmp_path / "boxes"))
    assert run_sweep(plan, MPI.COMM_SELF) == DONE
    found = box_limit(plan)
    assert found["time"] == 0.5
    bounds = {"energy": 4e-7, "half_derivative": 2e-6, "scale": 1e-6, "b": 1e-6, "phase": 3e-6, "law_time": 5e-4}
    for name, bound in bounds.items():
        one = found["quantities"][name]
        assert one["limit"] == pytest.approx(on_line[name][-1], abs=min(bound, 2 * one["uncertainty"])), name
    # The kernel −1/(πx²) of D and its images, −π/(3L²), on the integral of the initial data.
    axis = RationalAxis(256, 3.0)
    integral = abs(axis.integral(profile_data(axis, 0.2, 1.0)))
    assert found["quantities"]["energy"]["coefficient"] == pytest.approx(-np.pi / 6 * integral**2, rel=2e-3)
    told = describe_box_limit(found)
    assert "law_time" in told
    shown = dict(re.findall(r"^(\w+) .* ± (\S+)", told, re.MULTILINE))
    # Rounded up, as every ± is; and no number is exact, though all boxes have the same.
    assert all(float(size) >= found["quantities"][name]["uncertainty"] > 0 for name, size in shown.items())
    assert {"mass", *bounds} <= shown.keys()


def test_limits_of_coarse_steps_and_points_are_no_better_than_these(tmp_path: Path) -> None:
    """Large boxes agree to nine digits, and all of them are wrong in the sixth: 300 of what the boxes alone tell."""
    overrides = ["grid.points=16384", "grid.length=400.0", "time.tolerance=1e-4", "time.stop=0.5"]
    plan = plan_boxes("half_wave_box", overrides, 3, 1, str(tmp_path / "boxes"))
    assert run_sweep(plan, MPI.COMM_SELF) == DONE
    found = box_limit(plan)
    assert len(found["lengths"]) == 3
    # Of the whole line, with a tolerance of 1e-10 on 256 and on 512 rational functions.
    on_line = {"energy": 0.004127349708, "half_derivative": 2.7365071987, "scale": 0.90244512014, "b": 0.19010020813}
    for name, value in on_line.items():
        one = found["quantities"][name]
        assert abs(one["limit"] - value) <= one["uncertainty"] < 3 * abs(one["limit"] - value), name
        assert abs(one["changes"]["steps"]) > abs(one["changes"]["points"]) > 0, name


def test_a_table_of_times_leaves_the_finer_steps(tmp_path: Path) -> None:
    """A step that is set with all of its table is halved in the member for it alone."""
    overrides = ["time={start=0.0,stop=0.1,step=0.02}", "diagnostics.every=0.1"]
    plan = plan_boxes("half_wave_box", overrides, 2, 1, str(tmp_path))
    assert [plan.configuration(number).time.step for number in range(4)] == [0.02, 0.02, 0.01, 0.02]
    assert [plan.configuration(number).grid.points for number in range(4)] == [(32768,), (65536,), (32768,), (65536,)]


def test_what_is_measured_in_memory_is_in_the_series(tmp_path: Path) -> None:
    """The variance, but no 4 Im∫ū x·∇u, which of ω = |ξ| is not its rate: of this Gaussian 1.79 in place of 1.05."""
    config = load_configuration(
        "half_wave_box", ["grid={points=512,length=50.0}", "time.stop=0.1", "time.frame=0.1",
                          "diagnostics={every=0.1,families=['conserved','virial']}",
                          "initial={kind='gaussian',amplitude=1.1,width=1.0,center=0.3,chirp=0.2}"],
    )  # fmt: skip
    simulation = Simulation(config, MPI.COMM_SELF)
    values = simulation.measure()
    simulation.close()
    assert values["variance"] == columns_of(tmp_path / "run", config)["variance"][0]
    assert "variance_rate" not in values


def test_boxes_of_a_bounce_have_no_time_of_blow_up(tmp_path: Path) -> None:
    """The mass says that the solution turns; all other limits are told."""
    overrides = ["initial.excess=-1e-2", "grid.points=512", "grid.length=25.0", "time.stop=0.25"]
    plan = plan_boxes("half_wave_box", overrides, 2, 1, str(tmp_path / "boxes"))
    assert run_sweep(plan, MPI.COMM_SELF) == DONE
    found = box_limit(plan)["quantities"]
    assert np.isfinite(found["scale"]["limit"])
    assert "law_time" not in found


def test_limits_that_there_are_not() -> None:
    """One message each."""
    with pytest.raises(UserError, match=r'"nls" on .*; give a half-wave equation with grid\.points and grid\.length'):
        plan_boxes("two_bubbles", [], 3, 1, None)
    with pytest.raises(UserError, match="--boxes 1: a limit needs at least 2"):
        plan_boxes("half_wave_box", [], 1, 1, None)
