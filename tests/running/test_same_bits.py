"""The promise of the engine: the same bits on any number of ranks, whatever is looked at, stopped and continued."""

from __future__ import annotations

import filecmp
from dataclasses import astuple
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest

from parallel_nls.config import Configuration
from parallel_nls.errors import UserError
from parallel_nls.running.opening import AnySimulation, open_simulation
from parallel_nls.running.run import run
from parallel_nls.running.simulation import Simulation
from tests.support import (
    DECOMPOSED,
    PLANE_OF_REMAINDER,
    digest,
    gather_field,
    small_bubbles_on_line,
    small_line,
    small_remainder,
    small_run,
    wait_for_all,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mpi4py.MPI import Intracomm

    from parallel_nls.running.loop import RunOutcome
    from tests.one_rank import OneRank

pytestmark = pytest.mark.mpi

SIZES = ["[256,256]", "[250,240]", "[243,128]"]
ADAPTIVE = ("time.step=off", "time.tolerance=1e-6", "time.frame=0.01")
MODULATION = "diagnostics.families=['conserved','modulation','functionals','localized']"
CONFIGURATIONS = {
    **{f"{points} {scheme}": small_run(f"grid.points={points}", f"time.scheme={scheme}")
       for points in SIZES for scheme in ("blanes-moan-rkn4", "strang")},
    "even": small_run("grid.even=['x','y']", "grid.points=[70,60]"),
    "even in y, tolerance, single": small_run(
        "grid.even=['y']", "grid.precision=single", "time.step=off", "time.tolerance=1e-4", "time.frame=0.01"
    ),
    "drift first": small_run("time.scheme=blanes-moan-prk4"),
    "tolerance": small_run(*ADAPTIVE),
    "drift first, tolerance": small_run(*ADAPTIVE, "time.scheme=blanes-moan-prk4"),
    "single": small_run("grid.precision=single"),
    "another power": small_run("initial={kind='gaussian', amplitude=2.0, width=1.5}", "equation.power=2.5",
                               "diagnostics.families=['conserved']"),
    "modulation": small_run(MODULATION),
    "modulation, single": small_run(MODULATION, "grid.precision=single"),
    "modulation, drift first": small_run(MODULATION, "time.scheme=blanes-moan-prk4"),
    "modulation, oblique": small_run(MODULATION, "modulation.direction=[1.0, 0.3]"),
    "modulation, along rows": small_run(
        MODULATION, "initial.bubbles.0.center=[0.5,-2.0]", "initial.bubbles.1.center=[0.5,2.0]"
    ),
    "modulation on few rows": small_run(MODULATION, "grid.points=[6,64]"),
    "modulation on a line": small_bubbles_on_line(MODULATION),
    "few rows": small_run("grid.points=[4,64]"),
    "few columns": small_run("grid.points=[64,5]"),
    "few of both": small_run("grid.points=[7,4]"),
    "backward": small_run("time.start=-0.4", "time.stop=-0.5"),
    "backward, tolerance": small_run(*ADAPTIVE, "time.start=-0.4", "time.stop=-0.5"),
    "line": small_line(),
    "line, fixed step": small_line("time.tolerance=off", "time.frame=off", "time.step=0.005"),
    "line, drift first": small_line("time.scheme=blanes-moan-prk4"),
    "line, single": small_line("grid.precision=single", "time.tolerance=1e-5"),
    "line of few rows": small_line("grid.points=1006"),
    "remainder": small_remainder(6.0, 5.0, 0.1, DECOMPOSED, "grid.points=400", "grid.length=60.0"),
    "remainder, strang": small_remainder(-0.25, -0.3, 0.01, "equation.frame=blow-up", "time.scheme=strang"),
    "remainder, perturbed": small_remainder(
        6.0, 5.0, 0.1, "grid.points=400", "grid.length=60.0",
        "initial.remainder={kind='perturbation', direction='velocity', amplitude=1e-3}",
    ),
    "remainder, yoshida4": small_remainder(5.0, 4.8, 0.1, "time.scheme=yoshida4", "grid.points=400"),
    "remainder in the plane": small_remainder(
        5.0, 4.0, 0.1, *PLANE_OF_REMAINDER, DECOMPOSED, "grid.points=[45,27]", "grid.length=[45.0,27.0]",
        "time.scheme=if-rk4",
    ),
    "remainder on few rows": small_remainder(
        5.0, 4.0, 0.1, *PLANE_OF_REMAINDER, DECOMPOSED, "grid.points=[5,33]", "grid.length=[27.0,45.0]"
    ),
}  # fmt: skip
STEPS = 2


def bits(simulation: AnySimulation) -> str:
    """A hash of the resting state, the field, and everything measured."""
    domain, state = simulation.domain, simulation.state
    half = gather_field(domain.layouts[0], state.field)
    values = [np.asarray(value) for _, value in sorted(simulation.measure().items())]
    field = gather_field(domain.layouts[0], simulation.field())
    return digest(half, field, np.array([state.ticks, state.steps, state.pending, *astuple(state.control)]), *values)


def history(config: Configuration, comm: Intracomm, steps: int = STEPS) -> list[str]:
    """The bits at the start and after each of some steps."""
    simulation = open_simulation(config, comm)
    found = [bits(simulation)]
    for _ in range(steps):
        simulation.advance()
        found.append(bits(simulation))
    return found


@pytest.mark.parametrize("name", CONFIGURATIONS)
@pytest.mark.ranks(2, 3, 4)
def test_same_bits_on_any_number_of_ranks(one_rank: OneRank, name: str) -> None:
    """Resting state, step control, field and all quantities, after every frame; mostly empty blocks included."""
    assert one_rank.agrees(lambda comm: history(CONFIGURATIONS[name], comm))


@pytest.mark.ranks(1, 2)
def test_time_falls_backward(comm: Intracomm) -> None:
    """A run with stop before start ends at its stop, in fixed steps and in steps that a tolerance chooses."""
    for name in ("backward", "backward, tolerance"):
        simulation = Simulation(CONFIGURATIONS[name], comm)
        simulation.advance(simulation.frames.count)
        assert simulation.time == pytest.approx(-0.5, abs=1e-15)


# Who holds what does not depend on scheme, steps and precision: these go on with 1 and 3 ranks, each kind on all.
ON_THREE = pytest.mark.ranks(1, 3)
HALVES = [
    "[250,240] strang", "line", "remainder",
    *(pytest.param(name, marks=ON_THREE) for name in ("drift first, tolerance", "tolerance", "line, single")),
]  # fmt: skip


@pytest.mark.parametrize("name", HALVES)
def test_a_run_is_its_two_halves(
    comm: Intracomm, shared_path: Path, name: str, first_ranks: Callable[[int], Intracomm | None]
) -> None:
    """A state saved on some ranks is continued on others, looked at or not, to the same bits."""
    config = CONFIGURATIONS[name]
    whole = open_simulation(config, comm)
    whole.advance(8)
    expected = bits(whole)
    for before, after in dict.fromkeys([(1, comm.size), (comm.size, 1), (comm.size, max(1, comm.size - 1))]):
        path = shared_path / f"state_{before}_{after}.h5"
        writers, readers = first_ranks(before), first_ranks(after)
        if writers is not None:
            half = open_simulation(config, writers)
            half.advance(2)
            half.measure()
            half.advance(2)
            half.save_state(path)
        wait_for_all(comm)
        if readers is not None:
            rest = open_simulation(config, readers, state=path)
            assert rest.frame == 4
            rest.advance(4)
            assert bits(rest) == expected
        wait_for_all(comm)


def test_the_field_of_another_grid_is_refused(comm: Intracomm, shared_path: Path) -> None:
    """On all ranks, with both sizes."""
    Simulation(small_run(), comm).save_state(shared_path / "state.h5")
    with pytest.raises(UserError, match=r"its points is \[64. 60.\], that of this one \(60, 64\)"):
        Simulation(small_run("grid.points=[60,64]"), comm, state=shared_path / "state.h5")


def files_of(root: Path) -> dict[str, Path]:
    """The data files of a run by name; config.toml is one, log and summary tell of clock and ranks."""
    found = {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}
    return {name: path for name, path in found.items() if path.suffix not in (".txt", ".json")}


@pytest.mark.parametrize("config", [small_run("grid.points=[50,48]"), small_line()], ids=["plane", "line"])
@pytest.mark.ranks(2, 3, 4)
def test_files_have_the_same_bytes_on_any_number_of_ranks(
    one_rank: OneRank, whole_run: Callable[[Configuration], tuple[RunOutcome, Path]], config: Configuration
) -> None:
    """Series, fields, index, checkpoints and configuration, byte for byte."""
    outcome, whole = whole_run(config)
    assert outcome.exit_code == 0
    expected = files_of(one_rank.runs(config))
    assert {"series.h5", "config.toml", "fields/fields.xmf"} < set(expected)
    assert len([name for name in expected if name.startswith("fields/field_")]) == 3
    assert len([name for name in expected if name.startswith("checkpoints/")]) == 2
    other = files_of(whole)
    assert set(other) == set(expected)
    for name, path in expected.items():
        assert filecmp.cmp(path, other[name], shallow=False), name


def stored_state(path: Path) -> str:
    """A hash of what a checkpoint says of the state, without the series that it carries."""
    with h5py.File(path) as file:
        numbers = [file.attrs[name] for name in ("ticks", "steps", "pending")]
        numbers += [value for _, value in sorted(file["step_control"].attrs.items())]
        return digest(file["field"][()], np.array(numbers))


@pytest.mark.parametrize(
    "eight_frames", [("time.stop=-0.48",), (*ADAPTIVE, "time.stop=-0.42")], ids=["step", "tolerance"]
)
@pytest.mark.ranks(1, 2)
def test_another_cadence_changes_no_bit_of_the_state(
    comm: Intracomm, shared_path: Path, eight_frames: tuple[str, ...]
) -> None:
    """Samples, fields and checkpoints at other times: the last state and the last field are the same."""
    cadences = {
        "seldom": ("diagnostics.every={steps=1000}", "output.fields_every=off", "checkpoint.every=off"),
        "often": ("diagnostics.every={steps=1}", "output.fields_every={steps=3}", "checkpoint.every={steps=1}"),
        "by the clock": ("diagnostics.every={steps=1000}", 'checkpoint.every="0.01 s"'),
        "with distances": ('diagnostics.families=["distance"]', "diagnostics.every={steps=7}"),
        "without": ('diagnostics.families=["resolution"]', "diagnostics.every={steps=7}"),
    }
    for name, overrides in cadences.items():
        run(small_run(*eight_frames, *overrides), comm, shared_path / name)
    comm.Barrier()
    state, field = (max((shared_path / "seldom" / folder).glob("*.h5")) for folder in ("checkpoints", "fields"))
    for name in list(cadences)[1:]:
        assert filecmp.cmp(field, shared_path / name / "fields" / field.name, shallow=False), name
        assert stored_state(state) == stored_state(shared_path / name / "checkpoints" / state.name), name
