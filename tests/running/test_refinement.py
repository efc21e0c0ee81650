"""Runs that refine their grid: rows, fields and states of all parts, the same bits whatever happens to the job."""

from __future__ import annotations

import dataclasses
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from mpi4py.MPI import Intracomm

from parallel_nls import open_run
from parallel_nls.config import Configuration, load_configuration
from parallel_nls.errors import DONE, RESUMABLE, STOPPED, UserError
from parallel_nls.integrators.controlled_steps import FieldSteps
from parallel_nls.integrators.grid_resonances import GridResonances
from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.planning.memory import check_memory, required_bytes, share_bytes
from parallel_nls.planning.resources import describe_resources
from parallel_nls.results.files import read_summary
from parallel_nls.results.reader import describe_run
from parallel_nls.running.limits import may_refine
from parallel_nls.running.loop import RunOutcome
from parallel_nls.running.run import resume, run
from parallel_nls.running.simulation import Simulation
from scripts.faults.comparison import differences
from tests.running.leaving import leaving_after
from tests.support import gather_field, parts_of

WholeRun = Callable[[Configuration], tuple[RunOutcome, Path]]
mpi = pytest.mark.mpi


def collapse(*overrides: str) -> Configuration:
    """A Gaussian that focuses, from 20 × 24 points to 80 × 96 within 30 steps, with overrides as after --set."""
    common = (
        "grid={points=[20, 24], length=[8.0, 8.0], refine='auto', max_points=[80, 96], refine_tail=1e-3}",
        "initial.amplitude=2.7", "time.step=0.01", "time.stop=0.3", "limits.spectral_tail=0.1",
        "diagnostics.every={steps=3}", "output.fields_every={steps=6}",
        "diagnostics.families=['conserved','resolution']",
    )  # fmt: skip
    return load_configuration("gaussian_collapse", [*common, *overrides])


def line(*overrides: str) -> Configuration:
    """The same for two bubbles on a line, decomposed at every row, under a tolerance, from 160 points to 320."""
    common = (
        "equation.dimension=1", "grid={points=160, length=20.0, refine='auto', max_points=320}",
        "initial={kind='bubbles', bubbles=[{center=-2.5}, {center=2.5, frequency=1.2}]}",
        "time={start=-0.5, stop=-0.4, tolerance=1e-5, frame=0.02}", "limits.spectral_tail=1e-2",
        "diagnostics.every={steps=1}", "diagnostics.families=['conserved','resolution','modulation']",
    )  # fmt: skip
    return load_configuration("two_bubbles", [*common, *overrides])


TOLERANCE = ("time.step=off", "time.tolerance=1e-5", "time.frame=0.02", "time.scheme=blanes-moan-prk4")
FEW = ("time.stop=0.18", "output.fields_every=off")
CONFIGURATIONS = {
    "plane": collapse(),
    "plane, even": collapse(*FEW, "grid.even=['x','y']"),
    "plane, drift first, tolerance": collapse(*TOLERANCE, *FEW, "diagnostics.every={steps=1}"),
    "plane, single": collapse("grid.precision=single", *FEW),
    "line": line(),
}


def resonances_of(simulation: Simulation) -> GridResonances:
    """Which resonances bound its steps."""
    assert simulation._control is not None
    steps = simulation._control.steps
    assert isinstance(steps, FieldSteps)
    return steps.resonances


def grids_of(root: Path) -> list[int]:
    """Points on the first axis, row by row."""
    points = open_run(root).columns["grid_points"].values
    return [int(n) for n in points[:, 0]]


# States and samples have the same bits on any number of ranks (test_same_bits); here it is the change of grids.
EACH = [
    "plane",
    *(
        pytest.param(name, marks=pytest.mark.ranks(1, ranks))
        for name, ranks in zip([*CONFIGURATIONS][1:], (2, 4, 2, 3), strict=True)
    ),
]


@mpi
@pytest.mark.parametrize("name", EACH)
def test_same_bits_left_and_resumed_on_other_ranks(
    comm: Intracomm, shared_path: Path, whole_run: WholeRun, name: str
) -> None:
    """Left where the grid is about to be refined, just refined, and later, on one rank: as if never left on all."""
    config, left = CONFIGURATIONS[name], shared_path / "left"
    expected, whole = whole_run(config)
    assert expected.exit_code == DONE
    steps, grids = open_run(whole).columns["step"].values, grids_of(whole)
    changed = next(k for k, n in enumerate(grids) if n > grids[0])
    with leaving_after(int(steps[changed - 1]) + (name == "plane")):
        assert run(config, comm, left).exit_code == RESUMABLE
    with parts_of(comm, {1}) as parts:
        for part in parts.values():
            for looks in (1, 3) if name == "plane" else (2,):
                with leaving_after(looks):
                    assert resume(part, left).exit_code == RESUMABLE
    comm.Barrier()
    outcome = resume(comm, left)
    assert (outcome.exit_code, outcome.reason) == (expected.exit_code, expected.reason)
    comm.Barrier()
    assert differences(whole, left) == []


@mpi
@pytest.mark.ranks(1, 2)
def test_rows_and_fields_of_all_grids(comm: Intracomm, whole_run: WholeRun) -> None:
    """Rows as often as without; fields, and the index of them, each on the grid of its time; the mass is kept."""
    _, root = whole_run(CONFIGURATIONS["plane"])
    found = open_run(root)
    assert grids_of(root) == [20] * 5 + [40] * 5 + [80]
    assert found.columns["step"].values.tolist() == list(range(0, 31, 3))
    assert np.ptp(found.columns["mass"].values) <= 1e-5 * found.columns["mass"].values[0]
    shapes = {stored.steps: stored.density().shape for stored in found.fields}
    assert shapes == {0: (20, 24), 6: (20, 24), 12: (20, 24), 18: (40, 48), 24: (40, 48), 30: (80, 96)}
    collection = ET.parse(root / "fields" / "fields.xmf")
    sizes = [item.attrib["Dimensions"] for item in collection.iter("Topology")]
    assert sizes == [f"1 {rows} {columns}" for rows, columns in shapes.values()]
    points = [item[0].text for item in collection.iter("Geometry")]
    assert points == [f"grid_{rows}x{columns}.hdf:/points" for rows, columns in shapes.values()]
    with h5py.File(root / "fields" / "grid_80x96.hdf") as file:
        corners = file["points"][()][[0, -1], [0, -1]]
    expected = np.array([[-4.0, -4.0, 0.0], [4 - 8 / 80, 4 - 8 / 96, 0.0]])
    np.testing.assert_allclose(corners, expected, rtol=0, atol=1e-15)
    text = describe_run(root)
    assert "grid        20 × 24 points" in text
    assert "refined to 40 × 48 points, in rows from t = 0.15 on" in text
    comm.Barrier()


def put(comm: Intracomm, path: Path, text: str) -> None:
    """Write a file that all ranks see."""
    comm.Barrier()
    if comm.rank == 0:
        path.write_text(text)
    comm.Barrier()


@mpi
@pytest.mark.ranks(1, 2)
def test_at_the_most_points_a_run_stops_and_goes_on_with_more(
    comm: Intracomm, shared_path: Path, whole_run: WholeRun
) -> None:
    """It says how many were allowed, and what to accept; then it is the run that was allowed more from the start."""
    root = shared_path / "run"
    outcome = run(collapse("grid.max_points=[40, 48]", "limits.spectral_tail=2e-3"), comm, root)
    assert outcome.exit_code == STOPPED
    assert "grid.max_points allows no more than the 40 × 48 points of this grid; begin again" in outcome.reason
    assert "if what is lost may stay lost" in outcome.reason
    comm.Barrier()
    text = (root / "config.toml").read_text()
    without = re.sub(r'refine = "auto"\nmax_points = .*\nrefine_tail = .*\n', "", text)
    put(comm, root / "config.toml", without)
    with pytest.raises(UserError, match=r'give grid\.refine = "auto" and grid\.max_points = \[40, 48\], or more'):
        resume(comm, root)
    more = text.replace("max_points = [40, 48]", "max_points = [80, 96]")
    put(comm, root / "config.toml", more)
    # The limit holds for a field that a finer grid would go on from, too.
    found = resume(comm, root)
    assert (found.exit_code, "since the row before" in found.reason) == (STOPPED, True)
    put(comm, root / "config.toml", more.replace("spectral_tail = 0.002", "spectral_tail = 0.1"))
    assert resume(comm, root).exit_code == DONE
    _, whole = whole_run(CONFIGURATIONS["plane"])
    comm.Barrier()
    # The field at which it stopped is one more.
    assert [text for text in differences(whole, root) if "fields" not in text] == []


@mpi
def test_the_most_points_may_not_be_fewer_than_there_are(comm: Intracomm, shared_path: Path) -> None:
    """A run on the third of its grids is refused on the second, changes nothing, and stays on the third if it may."""
    root = shared_path / "run"
    with leaving_after(30):  # two of the looks are at the changes of grids
        assert run(collapse("grid.max_points=[160, 192]"), comm, root).exit_code == RESUMABLE
    comm.Barrier()
    text, rows = (root / "config.toml").read_text(), (root / "series.h5").read_bytes()
    put(comm, root / "config.toml", text.replace("max_points = [160, 192]", "max_points = [40, 48]"))
    told = (
        r"^grid\.max_points = \[40, 48\]: .* on grid\.points = \[80, 96\], .* give max_points = \[80, 96\], with which"
    )
    with pytest.raises(UserError, match=told):
        resume(comm, root)
    assert (root / "series.h5").read_bytes() == rows
    put(comm, root / "config.toml", text.replace("max_points = [160, 192]", "max_points = [80, 96]"))
    assert resume(comm, root).exit_code == DONE


@mpi
@pytest.mark.ranks(1, 2)
def test_what_is_lost_between_two_rows_ends_a_run(comm: Intracomm, shared_path: Path) -> None:
    """However many points are allowed: a finer grid would go on from it, and show nothing of it."""
    sparse = collapse("diagnostics.every={steps=15}", "limits.spectral_tail=2e-3")
    outcome = run(sparse, comm, shared_path / "run")
    assert outcome.exit_code == STOPPED
    assert "it passed grid.refine_tail = 0.001 since the row before; take a shorter diagnostics.every" in outcome.reason
    points = open_run(shared_path / "run").columns["grid_points"].values
    assert points.tolist() == [[20.0, 24.0]] * len(points)


@mpi
def test_each_job_comes_further(comm: Intracomm, shared_path: Path) -> None:
    """Where all are asked to leave at once, as near a time limit: to refine a grid alone stores nothing."""
    config, root, done = collapse(*FEW), shared_path / "run", [0]
    with leaving_after(1):
        outcome = run(config, comm, root)
    while outcome.exit_code == RESUMABLE:
        done.append(int(read_summary(RunPaths(root))["steps"]))
        assert done[-1] > done[-2]
        with leaving_after(1):
            outcome = resume(comm, root)
    assert outcome.exit_code == DONE
    assert len(set(grids_of(root))) > 1


@mpi
def test_a_state_on_twice_the_points(comm: Intracomm) -> None:
    """The field at its points, with the last flow done; counts and accounts go on, and the highest waves are others."""
    simulation = Simulation(collapse(*TOLERANCE, "grid.max_points=[40, 48]"), comm)
    simulation.advance(4)
    simulation.measure()
    whole = gather_field(simulation.domain.layouts[0], simulation.field())
    before, memory = simulation.state.copied(), dataclasses.asdict(simulation.state.control)
    pairs, largest = simulation.integrator.pairs, resonances_of(simulation).largest
    simulation.refine()
    assert simulation.domain.points == (40, 48)
    fine = gather_field(simulation.domain.layouts[0], simulation.field())
    assert np.abs(fine[::2, ::2] - whole).max() <= 4e-15 * np.abs(whole).max()
    assert (simulation.state.ticks, simulation.state.steps) == (before.ticks, before.steps)
    assert (simulation.state.pending, simulation.integrator.pairs) == (0.0, pairs)
    assert resonances_of(simulation).largest == 4 * largest
    control = dataclasses.asdict(simulation.state.control)
    kept = {
        "level",
        "constant",
        "order",
        "since_check",
        "cadence",
        "doublings",
        "error_estimate",
        "step_size",
        "growth",
    }
    assert {key: control[key] for key in kept} == {key: memory[key] for key in kept}
    assert (control["unmended"], control["mass"]) == (0, 0.0)
    assert control["noise"] <= 1e-15  # the new highest waves are rounding; those of the start were not
    assert memory["noise"] > 1e-10
    with pytest.raises(ValueError, match="not to be refined any further"):
        simulation.refine()
    simulation.advance(1)
    simulation.close()


@mpi
def test_a_state_that_was_never_measured(comm: Intracomm) -> None:
    """Its analyses have nothing to go on from: they begin on the new grid, with the same numbers of the field."""
    simulations = [Simulation(collapse("grid.max_points=[40, 48]"), comm) for _ in range(2)]
    masses = []
    for simulation in simulations:
        simulation.advance(4)
        if simulation is simulations[0]:
            simulation.measure()
        simulation.refine()
        masses.append(float(simulation.measure()["mass"]))
        simulation.close()
    assert masses[0] == masses[1]


def followed(config: Configuration, comm: Intracomm) -> ComplexArray:
    """The field at the stop, on whatever grid the run has come to by then."""
    simulation = Simulation(config, comm)
    for _ in range(config.frames.count):
        simulation.advance()
        if may_refine(simulation.config, simulation.measure(), simulation.state.steps):
            simulation.refine()
    field: ComplexArray = gather_field(simulation.domain.layouts[0], simulation.field())
    simulation.close()
    return field


@mpi
@pytest.mark.ranks(1, 2)
@pytest.mark.parametrize("dimension", [1, 2])
def test_as_exact_as_the_fine_grid_throughout(comm: Intracomm, dimension: int) -> None:
    """To what the coarse grid leaves out when it is refined: 1e-9 of the largest coefficient, at a step of 0.004."""
    coarse, fine = ([128] if dimension == 1 else [40, 40], [256] if dimension == 1 else [80, 80])
    common = (
        f"equation.dimension={dimension}", "equation.power=2.0", f"grid.length={[12.0] * dimension}",
        f"initial={{kind='gaussian', amplitude=2.7, width=1.0, center={[0.0] * dimension}}}", "time.step=0.004",
        "time.stop=0.24", "diagnostics.families=['conserved', 'resolution']", "limits.spectral_tail=off",
    )  # fmt: skip
    fields = [
        followed(load_configuration("gaussian_collapse", [*common, *overrides]), comm)
        for overrides in (
            (f"grid.points={coarse}", "grid.refine=auto", f"grid.max_points={fine}", "grid.refine_tail=1e-9"),
            (f"grid.points={fine}",),
        )
    ]
    assert fields[0].shape == fields[1].shape
    error = np.linalg.norm(fields[0] - fields[1]) / np.linalg.norm(fields[1])
    assert error <= 1e-8


def test_what_it_will_take() -> None:
    """A dry run speaks of every grid; memory and disk are those of the largest, and of one share before it."""
    config = collapse()
    text = describe_resources(config, 2)
    assert "refined    to 40 × 48, 80 × 96 points in turn, where spectral_tail passes 0.001" in text
    assert "… refined  k²·step = mπ for m up to" in text
    alone = collapse("grid={points=[80, 96], length=[8.0, 8.0]}")
    middle = collapse("grid={points=[40, 48], length=[8.0, 8.0]}").grid
    assert required_bytes(config, 2) == required_bytes(alone, 2) + share_bytes(middle, 2)
    with pytest.raises(UserError, match=r"grid\.max_points = \[80, 96\] on 1 rank: 3 field shares"):
        check_memory(config, 1, 1, available=10**5)
