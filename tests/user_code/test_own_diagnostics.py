"""Densities and monitors of the user: their values, wherever results are read, and integrals from Python."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.errors import DONE, UserError
from parallel_nls.results.reader import describe_run, open_run
from parallel_nls.running.run import run
from parallel_nls.running.simulation import Simulation
from parallel_nls.studies.sweep.plan import load_sweep
from parallel_nls.studies.sweep.run_sweep import run_sweep
from scripts.faults.comparison import differences
from tests.support import gather_field
from tests.user_code.files import OWN, TRAP, configured, packaged_trap, trap

if TYPE_CHECKING:
    from pathlib import Path

    from mpi4py.MPI import Intracomm

pytestmark = pytest.mark.mpi


def gaussian(dimension: int) -> dict[str, float]:
    """Integrals of 0.8·exp(−|x − c|²/2), c = (1, 0.5): ∫|u|⁴, ½∫|∇u|², ∫x|u|²."""
    mass = 0.64 * np.pi ** (dimension / 2)
    return {
        "quartic": 0.8**4 * (np.pi / 2) ** (dimension / 2),
        "kinetic": 0.5 * mass * dimension / 2,
        "center_of_mass": mass,
        "velocity": 0.0,
    }


@pytest.mark.parametrize("dimension", [1, 2])
@pytest.mark.ranks(1, 2)
def test_own_quantities_are_measured_like_all_others(comm: Intracomm, shared_path: Path, dimension: int) -> None:
    """In the series, in info, with the exact values at the start; a file beside the user's is read."""
    if comm.rank == 0:
        (shared_path / "factor.txt").write_text("1.0")
    config = configured(shared_path, comm, packaged_trap(dimension), extra=OWN)
    assert run(config, comm, shared_path / "run").exit_code == DONE
    comm.Barrier()
    opened = open_run(shared_path / "run")
    for name, value in gaussian(dimension).items():
        assert opened.columns[name].values[0] == pytest.approx(value, rel=1e-12, abs=1e-12)
        assert len(opened.columns[name].values) == len(opened.columns["mass"].values) == 11
    assert opened.columns["quartic"].attributes["formula"].startswith("∫ quartic(u, ∇u, x")
    assert opened.series["velocity"].dims == ("time",)
    text = describe_run(shared_path / "run")
    assert "quartic" in text
    assert "momentum 0" not in text


@pytest.mark.parametrize("dimension", [1, 2])
def test_integrals_from_python(comm: Intracomm, shared_path: Path, dimension: int) -> None:
    """Coordinates, field and gradient are this rank's; integrals are the same on all, of values and of functions."""
    simulation = Simulation(configured(shared_path, comm, packaged_trap(dimension)), comm)
    places, u, gradient = simulation.coordinates(), simulation.field().copy(), simulation.gradient()
    assert gradient.shape == (dimension, *u.shape)
    c = (1.0, 0.5)[:dimension]
    exact = 0.8 * np.exp(-0.5 * sum((x - at) ** 2 for x, at in zip(places, c, strict=True)))
    np.testing.assert_allclose(u, np.broadcast_to(exact, u.shape), atol=1e-15)
    for part, x, at in zip(gradient, places, c, strict=True):
        np.testing.assert_allclose(part, -(x - at) * u, atol=1e-12)
    expected = gaussian(dimension)
    assert simulation.integrate(np.abs(u) ** 4) == pytest.approx(expected["quartic"], rel=1e-13)
    kinetic = simulation.integrate(0.5 * np.sum(np.abs(gradient) ** 2, axis=0))
    assert kinetic == pytest.approx(expected["kinetic"], rel=1e-12)

    def center(values: np.ndarray, _gradient: np.ndarray, *where: np.ndarray) -> np.ndarray:
        """X|u|²."""
        return np.asarray(where[0] * np.abs(values) ** 2)

    found = simulation.integrate(center)
    assert found == pytest.approx(expected["center_of_mass"], rel=1e-12)
    assert len(set(comm.allgather(found))) == 1
    whole = gather_field(simulation.domain.layouts[0], simulation.field())
    assert simulation.integrate(np.ones(u.shape)) == pytest.approx(simulation.domain.cell * whole.size, rel=1e-15)


def test_a_sweep_varies_parameters_and_lists_own_quantities(comm: Intracomm, shared_path: Path) -> None:
    """In the table the last value of each; a member has the bits of its run alone; an edited file is noticed."""
    config = configured(shared_path, comm, trap(1, 0.5), "time.stop=0.1", extra=OWN)
    if comm.rank == 0:
        keys = f'configuration = "case.toml"\noutput = "{shared_path}/scan"\n[set]\n"time.stop" = 0.1\n'
        (shared_path / "scan.toml").write_text(f'{keys}[vary]\n"equation.parameters.strength" = [0.5, 1.0]\n')
    comm.Barrier()
    assert run_sweep(load_sweep(str(shared_path / "scan.toml")), comm) == DONE
    assert run(config, comm, shared_path / "alone").exit_code == DONE
    comm.Barrier()
    with (shared_path / "scan" / "summary.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows):
        columns = open_run(shared_path / "scan" / f"member_000{number}").columns
        assert [float(row[name]) for name in ("quartic", "velocity")] == [
            columns[name].values[-1] for name in ("quartic", "velocity")
        ]
        assert abs(float(row["energy_drift"])) < 1e-8
        assert "momentum_drift" not in row
    assert differences(shared_path / "alone", shared_path / "scan" / "member_0000") == []
    comm.Barrier()
    if comm.rank == 0:
        (shared_path / "trap.py").write_text(TRAP.replace("0.5 * square", "0.50 * square"), encoding="utf-8")
    comm.Barrier()
    with pytest.raises(UserError, match=r"the text of .*trap\.py"):
        run_sweep(load_sweep(str(shared_path / "scan.toml")), comm)
