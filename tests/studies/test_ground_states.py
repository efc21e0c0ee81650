"""`parallel-nls ground-state`: numbers, files from which runs start, and a job of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from subprocess import CompletedProcess
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls import Simulation
from parallel_nls.config import Configuration, HalfWaveEquation, load_configuration
from parallel_nls.errors import DONE, UserError
from parallel_nls.results.reader import open_run
from parallel_nls.running.assembly.standing_waves import make_problem
from parallel_nls.running.run import run
from parallel_nls.studies.ground_states import compute_ground_state
from tests.conftest import ROOT
from tests.elliptic.waves import needs_petsc
from tests.half_wave.references import INTEGRAL, MASS, PEAK
from tests.support import besides_compiling

if TYPE_CHECKING:
    from pathlib import Path

    from mpi4py.MPI import Intracomm

NUMBERS = ("peak", "mass", "quadratic_form", "power_integral", "integral")
TRAP = ("equation.dimension=2", "grid.points=[60,64]", "grid.length=[11.0,11.0]")
BOXES: dict[str, tuple[str, tuple[str, ...]]] = {
    "line": ("two_solitons_1d", ("grid.points=256", "grid.length=30.0", "equation.power=3.0")),
    "trap": ("trap", TRAP),
    "single precision": ("trap", (*TRAP, "grid.precision='single'")),
}


def start_from(name: str, overrides: tuple[str, ...], initial: str) -> Configuration:
    """An example with another start, which rests for 20 steps."""
    time = "time={start=0.0,stop=0.02,step=0.001,scheme='blanes-moan-rkn4'}"
    plain = "diagnostics.families=['conserved','resolution']"
    return load_configuration(name, [f"initial={initial}", time, plain, "limits={}", *overrides])


@needs_petsc
@pytest.mark.mpi
@pytest.mark.ranks(1, 3)
@pytest.mark.parametrize("case", BOXES)
def test_a_run_from_the_stored_field(comm: Intracomm, shared_path: Path, case: str) -> None:
    """It stands still: e^{it}Q at every time."""
    name, overrides = BOXES[case]
    field = shared_path / "q.h5"
    config = start_from(name, overrides, "{kind='gaussian',amplitude=1.0,width=1.0}")
    found = compute_ground_state(config, comm, field=field)
    assert all(isinstance(found[each], float) for each in NUMBERS)
    assert found["field"] == str(field)
    simulation = Simulation(start_from(name, overrides, f"{{kind='file',file='{field}'}}"), comm)
    for frames in (0, 20):
        simulation.advance(frames)
        # Single precision loses about its rounding with each step.
        digits = 2e-7 * (1 + frames) if case == "single precision" else 1e-10
        values = simulation.measure()
        assert values["mass"] == pytest.approx(found["mass"], rel=digits)
        assert values["sup_norm"] == pytest.approx(found["peak"], rel=digits)
    with pytest.raises(UserError, match=r"--field .*q\.h5: is there already"):
        compute_ground_state(config, comm, field=field)


def test_the_whole_line(tmp_path: Path) -> None:
    """Numbers of Q to 14 digits; a run from the stored field stands still."""
    overrides = ("grid.points=128", "time.stop=0.2", "diagnostics.every=0.1", "limits.spectral_tail=off")
    field = tmp_path / "q.h5"
    config = load_configuration("half_wave_blowup", overrides)
    found = compute_ground_state(config, MPI.COMM_SELF, field=field)
    assert [found[name] for name in NUMBERS] == pytest.approx([PEAK, MASS, MASS, 2 * MASS, INTEGRAL], rel=5e-15)
    start = load_configuration("half_wave_blowup", [*overrides, f"initial={{kind='file',file='{field}'}}"])
    assert run(start, MPI.COMM_SELF, tmp_path / "run", quiet=True).exit_code == DONE
    columns = {name: column.values for name, column in open_run(tmp_path / "run").columns.items()}
    assert columns["excess_mass"] == pytest.approx(0, abs=1e-12)
    assert columns["scale"] == pytest.approx(1.0, abs=1e-9)
    with pytest.raises(UserError, match=r"--frequency 2\.0: on the whole line it is 1"):
        compute_ground_state(config, MPI.COMM_SELF, frequency=2.0)
    coarse = load_configuration("half_wave_blowup", [*overrides, "grid.points=16"])
    with pytest.raises(UserError, match=r"grid\.points = 16, grid\.scale = 3: they do not resolve the ground state"):
        compute_ground_state(coarse, MPI.COMM_SELF, field=tmp_path / "other.h5")


def test_a_half_wave_in_a_box() -> None:
    """What a configuration of it is turned into: |ξ|, p = 2, and its k."""
    given = {"kind": "rational", "base": 0.5, "height": 0.5, "curvature": 2.0}
    section = HalfWaveEquation.model_validate({"name": "half-wave", "inhomogeneity": given})
    config = load_configuration("trap", ["grid.points=64"]).model_copy(update={"equation": section})
    problem = make_problem(config, MPI.COMM_SELF, {}, 1.0)
    assert (problem.order, problem.power, problem.potential) == (1.0, 2.0, None)
    assert problem.coefficient is not None
    assert problem.coefficient(np.array([0.0, 2.0])) == pytest.approx([1.0, 0.5 + 0.5 / 9])
    problem.domain.close()


@needs_petsc
def test_a_job(mpirun: Callable[..., CompletedProcess[str]], tmp_path: Path) -> None:
    """Numbers and a field on 2 ranks; PETSc says nothing, whatever the environment asks of it, and ends well."""
    asked = {"PYTHONPATH": f"{ROOT}:{':'.join(sys.path)}", "PETSC_OPTIONS": "-log_view -info -options_left"}
    (tmp_path / ".petscrc").write_text("-log_view\n")
    line = "from parallel_nls.cli import main; main()"
    small = ["--set", "grid.points=256", "--set", "grid.length=30.0", "--frequency", "2"]
    command = [sys.executable, "-c", line, "ground-state", "soliton_collision_1d", *small, "--json", "q.json"]
    done = mpirun(2, *command, cwd=tmp_path, env=asked)
    assert done.returncode == 0, done.stderr
    assert besides_compiling(done.stderr) == ""
    assert [text.split()[0] for text in done.stdout.splitlines()][:5] == list(NUMBERS)
    assert "PETSc" not in done.stdout
    found: dict[str, Any] = json.loads((tmp_path / "q.json").read_text())
    assert found["mass"] == pytest.approx(4 * np.sqrt(2), rel=1e-12)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".petscrc", "q.h5", "q.json"]
