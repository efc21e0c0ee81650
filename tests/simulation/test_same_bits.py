"""The promise of the engine: the same bits on any number of ranks, whatever is looked at, stopped and continued."""

from __future__ import annotations

import filecmp
from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.config import Configuration
from parallel_nls.errors import UserError
from parallel_nls.runner import run
from parallel_nls.simulation import Simulation
from tests.support import digest, gather_field, parts_of, small_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mpi4py.MPI import Intracomm

pytestmark = pytest.mark.mpi

SIZES = ["[256,256]", "[250,240]", "[243,128]"]
STEPS = 3


def bits(simulation: Simulation) -> str:
    """A hash of the resting state, the field, and everything measured."""
    domain, state = simulation.domain, simulation.state
    half = gather_field(domain.layouts[0], state.field)
    values = [np.asarray(value) for _, value in sorted(simulation.measure().items())]
    field = gather_field(domain.layouts[0], simulation.field())
    return digest(half, field, np.array([state.frames, state.pending]), *values)


def history(config: Configuration, comm: Intracomm, steps: int = STEPS) -> list[str]:
    """The bits at the start and after each of some steps."""
    simulation = Simulation(config, comm)
    found = [bits(simulation)]
    for _ in range(steps):
        simulation.advance()
        found.append(bits(simulation))
    return found


def agreed(comm: Intracomm, values: list[str]) -> bool:
    """Whether all ranks found the same values, and this one anything at all."""
    everyone = comm.allgather(values)
    return all(everyone) and len({text for texts in everyone for text in texts}) == 1


@pytest.mark.parametrize("points", SIZES)
@pytest.mark.parametrize("scheme", ["blanes-moan-rkn4", "strang"])
def test_same_bits_on_any_number_of_ranks(comm: Intracomm, points: str, scheme: str) -> None:
    """Resting state, field and all quantities, after every step."""
    config = small_run(f"grid.points={points}", f"time.scheme={scheme}")
    with parts_of(comm, {1, comm.size}) as parts:
        found = ["\n".join(history(config, part)) for part in parts.values()]
    assert agreed(comm, found)


@pytest.mark.parametrize("points", ["[4,64]", "[64,5]", "[7,4]"])
def test_same_bits_with_few_lines(comm: Intracomm, points: str) -> None:
    """Blocks that are mostly empty, shares of one line; a short axis would leave ranks idle."""
    config = small_run(f"grid.points={points}")
    with parts_of(comm, {1, comm.size}) as parts:
        found = ["\n".join(history(config, part)) for part in parts.values()]
    assert agreed(comm, found)


def test_same_bits_backward_in_time(comm: Intracomm) -> None:
    """A run with stop before start moves the same way on all ranks, and its time falls."""
    config = small_run("time.start=-0.4", "time.stop=-0.5")
    with parts_of(comm, {1, comm.size}) as parts:
        found = ["\n".join(history(config, part)) for part in parts.values()]
    assert agreed(comm, found)
    simulation = Simulation(config, comm)
    simulation.advance(40)
    assert simulation.time == pytest.approx(-0.5, abs=1e-15)


@pytest.mark.parametrize("scheme", ["blanes-moan-rkn4", "strang"])
def test_forty_steps_are_twice_twenty(
    comm: Intracomm, shared_path: Path, scheme: str, first_ranks: Callable[[int], Intracomm | None]
) -> None:
    """A state saved on some ranks is continued on others, looked at or not, to the same bits."""
    config = small_run(f"time.scheme={scheme}")
    whole = Simulation(config, comm)
    whole.advance(40)
    expected = bits(whole)
    for before, after in ((1, comm.size), (comm.size, 1), (comm.size, max(1, comm.size - 1))):
        path = shared_path / f"state_{before}_{after}.h5"
        writers, readers = first_ranks(before), first_ranks(after)
        if writers is not None:
            half = Simulation(config, writers)
            half.advance(10)
            half.measure()
            half.advance(10)
            half.save_state(path)
        comm.Barrier()
        if readers is not None:
            rest = Simulation(config, readers, state=path)
            assert rest.state.frames == 20
            rest.advance(20)
            assert bits(rest) == expected
        comm.Barrier()


def test_the_field_of_another_grid_is_refused(comm: Intracomm, shared_path: Path) -> None:
    """On all ranks, with both sizes."""
    Simulation(small_run(), comm).save_state(shared_path / "state.h5")
    with pytest.raises(UserError, match=r"holds a field of \(64, 60\) points, the run has \(60, 64\)"):
        Simulation(small_run("grid.points=[60,64]"), comm, state=shared_path / "state.h5")


def files_of(root: Path) -> dict[str, Path]:
    """The data files of a run by name; config.toml is one, log and summary tell of clock and ranks."""
    found = {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}
    return {name: path for name, path in found.items() if name not in ("log.txt", "summary.json")}


def test_files_have_the_same_bytes_on_any_number_of_ranks(comm: Intracomm, shared_path: Path) -> None:
    """Series, fields, index, checkpoints and configuration, byte for byte."""
    config = small_run("grid.points=[50,48]")
    with parts_of(comm, {1, comm.size}) as parts:
        for count, part in parts.items():
            assert run(config, part, shared_path / str(count)).exit_code == 0
    comm.Barrier()
    expected = files_of(shared_path / "1")
    assert {"series.h5", "config.toml", "fields/fields.xmf"} < set(expected)
    assert {name for name in expected if name.startswith("fields/field_")} == {
        f"fields/field_{frames:08d}.h5" for frames in (0, 20, 40)
    }
    assert {name for name in expected if name.startswith("checkpoints/")} == {
        f"checkpoints/state_{frames:08d}.h5" for frames in (0, 40)
    }
    other = files_of(shared_path / str(comm.size))
    assert set(other) == set(expected)
    for name, path in expected.items():
        assert filecmp.cmp(path, other[name], shallow=False), name


def test_another_cadence_changes_no_bit_of_the_state(comm: Intracomm, shared_path: Path) -> None:
    """Samples and fields at other times: the last checkpoint and the last field are the same files."""
    cadences = {
        "seldom": ("diagnostics.every={steps=1000}", "output.fields_every=off"),
        "often": ("diagnostics.every={steps=1}", "output.fields_every={steps=3}"),
        "with distances": ('diagnostics.families=["distance"]', "diagnostics.every={steps=7}"),
        "without": ('diagnostics.families=["resolution"]', "diagnostics.every={steps=7}"),
    }
    for name, overrides in cadences.items():
        run(small_run(*overrides), comm, shared_path / name)
    comm.Barrier()
    for name in list(cadences)[1:]:
        for file in ("checkpoints/state_00000040.h5", "fields/field_00000040.h5"):
            assert filecmp.cmp(shared_path / "seldom" / file, shared_path / name / file, shallow=False), (name, file)
