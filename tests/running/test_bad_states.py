"""Checkpoints that cannot be used, fields that are not finite, and communicators that are given back."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from mpi4py.MPI import Intracomm

from parallel_nls.config import load_configuration
from parallel_nls.errors import STOPPED, UserError
from parallel_nls.running.run import run
from parallel_nls.running.simulation import Simulation

pytestmark = pytest.mark.mpi
PLAIN = "diagnostics.families=['conserved']"
FEW_LINES = ("grid.points=[4,64]", "limits.spectral_tail='off'")


@pytest.mark.parametrize("name", ["missing.h5", "text.h5", "foreign.h5", "other_grid.h5"])
def test_a_bad_checkpoint_is_refused_on_all_ranks(comm: Intracomm, shared_path: Path, name: str) -> None:
    """The same message everywhere, also on ranks without a line of the field."""
    if comm.rank == 0:
        (shared_path / "text.h5").write_text("no HDF5")
        with h5py.File(shared_path / "foreign.h5", "w") as file:
            file.attrs["format_version"] = "1.0"
    config = load_configuration("one_bubble", FEW_LINES)
    other = Simulation(load_configuration("one_bubble", ["grid.points=[8,64]"]), comm)
    other.save_state(shared_path / "other_grid.h5")
    comm.Barrier()
    with pytest.raises(UserError) as caught:
        Simulation(config, comm, shared_path / name)
    assert name in str(caught.value)
    assert len(set(comm.allgather(str(caught.value)))) == 1


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        (["initial.width=1e-3", "initial.center=[0.1,0.1]", "limits.spectral_tail='off'"], "zero on the grid"),
        (["initial.chirp=1e9"], "not finite numbers"),
    ],
)
def test_a_start_that_leads_nowhere_is_named(
    comm: Intracomm, shared_path: Path, overrides: list[str], reason: str
) -> None:
    """It stops before the first step, says why, and leaves no field that is not finite."""
    config = load_configuration("gaussian_collapse", ["grid.points=[32,32]", *overrides])
    outcome = run(config, comm, shared_path / "run")
    assert outcome.exit_code == STOPPED
    assert reason in outcome.reason
    if comm.rank == 0:
        assert json.loads((shared_path / "run" / "summary.json").read_text())["steps"] == 0
        for path in (shared_path / "run" / "checkpoints").glob("*.h5"):
            with h5py.File(path) as file:
                assert np.isfinite(file["field"][()]).all()


@pytest.mark.parametrize(
    ("overrides", "name"),
    [
        (["time.scheme=strang"], "scheme"),
        (["time.step=0.001"], "frame"),
        (["time.start=-0.4"], "start"),
        (["grid.length=[21.0,20.0]"], "length"),
        (["equation.power=1.5", "initial={kind='gaussian',amplitude=1,width=1}", PLAIN], "power"),
        (
            [
                "equation={name='nls',dimension=1,power=2}",
                "grid={points=256,length=20}",
                "initial={kind='gaussian',amplitude=1,width=1}",
                PLAIN,
            ],
            "points",
        ),
    ],
)
def test_the_state_of_another_run_is_refused(
    comm: Intracomm, shared_path: Path, overrides: list[str], name: str
) -> None:
    """On the same array, but with another meaning: all ranks name what differs."""
    square = ["grid.points=[16,16]", "limits.spectral_tail=off"]
    Simulation(load_configuration("one_bubble", square), comm).save_state(shared_path / "state.h5")
    with pytest.raises(UserError, match=f"belongs to another run: its {name} is ") as caught:
        Simulation(load_configuration("one_bubble", [*square, *overrides]), comm, shared_path / "state.h5")
    assert len(set(comm.allgather(str(caught.value)))) == 1


def test_a_reference_without_values_fails_on_all_ranks(comm: Intracomm) -> None:
    """Behind the blow-up time there is nothing to take a distance to, on ranks without rows as well."""
    config = load_configuration("one_bubble", ["grid.points=[4,64]", "time.stop=-0.1", "time.step=0.1"])
    simulation = Simulation(config, comm)
    simulation.advance(4)
    for _ in range(2):
        simulation.step()
    with pytest.raises(UserError, match=r"blows up at T = 0\.0 and has no values at t = 0\.1"):
        simulation.measure()


def test_many_simulations_in_one_process(comm: Intracomm) -> None:
    """Each gives its communicators back; without that, the library runs out of them."""
    config = load_configuration("one_bubble", ["grid.points=[8,8]"])
    first = Simulation(config, comm)
    handle = first.domain.grid.active_comm
    first.close()
    assert not handle
    for _ in range(20):
        simulation = Simulation(config, comm)
        simulation.advance()
        simulation.close()


def test_steps_beyond_the_stop_are_refused(comm: Intracomm) -> None:
    """And negative ones; nothing moves."""
    simulation = Simulation(load_configuration("one_bubble", ["grid.points=[8,8]", "time.stop=-0.499"]), comm)
    simulation.advance(1)
    for steps in (-1, 2):
        with pytest.raises(ValueError, match=f"{steps} frames cannot be taken: 1 are left"):
            simulation.advance(steps)
    assert simulation.state.steps == 1
