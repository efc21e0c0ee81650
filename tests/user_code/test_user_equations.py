"""An equation from a user's file is the package's own: same numbers, same bits on any ranks and over a resume."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.errors import DONE, RESUMABLE, UserError
from parallel_nls.results.reader import open_run
from parallel_nls.running.run import resume, run
from parallel_nls.running.simulation import Simulation
from scripts.faults.comparison import differences
from tests.running.leaving import leaving_after
from tests.support import parts_of
from tests.user_code.files import OWN, TRAP, configured, packaged_trap, trap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mpi4py.MPI import Intracomm

pytestmark = pytest.mark.mpi

NAMES = ("mass", "energy", "momentum", "variance", "variance_rate", "sup_norm")
SETTINGS = {
    "line": (1, ()),
    "plane": (2, ()),
    "line, tolerance": (1, ("time.step=off", "time.tolerance=1e-7", "time.frame=0.02")),
    "plane, single": (2, ("grid.precision=single",)),
    "line, drift first": (1, ("time.scheme=blanes-moan-prk4",)),
}
# What is held by which rank does not depend on how steps are chosen, their order, and precision (test_same_bits).
EACH = [
    pytest.param(name, marks=[pytest.mark.ranks(*((2, 3, 4) if name in ("line", "plane") else (1, 3)))])
    for name in SETTINGS
]


@pytest.mark.parametrize("name", EACH)
def test_the_same_bits_on_any_ranks_and_over_a_resume(comm: Intracomm, shared_path: Path, name: str) -> None:
    """With diagnostics of the user's own; the files themselves are gone when the run goes on."""
    dimension, overrides = SETTINGS[name]
    config = configured(shared_path, comm, trap(dimension), "time.stop=0.1", *overrides, extra=OWN)
    whole, left = shared_path / "whole", shared_path / "left"
    with parts_of(comm, {1}) as parts:
        for part in parts.values():
            assert run(config, part, whole).exit_code == DONE
    comm.Barrier()
    with leaving_after(3):
        assert run(config, comm, left).exit_code == RESUMABLE
    comm.Barrier()
    if comm.rank == 0:
        for file in ("trap.py", "densities.py"):
            (shared_path / file).unlink()
    comm.Barrier()
    assert resume(comm, left).exit_code == DONE
    comm.Barrier()
    assert differences(whole, left) == []
    assert (left / "equation.py").read_text(encoding="utf-8") == TRAP
    summary = json.loads((left / "summary.json").read_text())
    assert set(summary["sources_sha256"]) == {
        "equation.py",
        *(f"diagnostic_{own}.py" for own in ("quartic", "kinetic", "center_of_mass", "motion")),
    }
    assert set(summary["drift"]) == {"mass", "energy"}


@pytest.mark.parametrize("dimension", [1, 2])
@pytest.mark.ranks(1, 2)
def test_the_packaged_trap_has_the_same_numbers(comm: Intracomm, shared_path: Path, dimension: int) -> None:
    """Two implementations of one equation differ by rounding."""
    found = []
    for section in (trap(dimension), packaged_trap(dimension)):
        simulation = Simulation(configured(shared_path, comm, section), comm)
        simulation.advance(simulation.frames.count)
        found.append(simulation.measure())
        comm.Barrier()
    for name in NAMES:
        np.testing.assert_allclose(found[0][name], found[1][name], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("section", [trap, packaged_trap], ids=["file", "package"])
@pytest.mark.ranks(1, 2)
def test_the_energy_is_kept_and_the_center_swings(
    comm: Intracomm, shared_path: Path, section: Callable[[int, float], str]
) -> None:
    """At step 2e-3 the energy drifts by at most 1e-12; the center of mass is cos(2ωt) and moves as momentum says."""
    strength, stop = 0.8, 1.0
    config = configured(
        shared_path, comm, section(1, strength), "time.step=2e-3", f"time.stop={stop}", "grid.points=240",
        "grid.length=24.0", "diagnostics.every={steps=50}", extra=OWN,
    )  # fmt: skip
    root = shared_path / "run"
    assert run(config, comm, root).exit_code == DONE
    comm.Barrier()
    columns = open_run(root).columns
    energy, times = columns["energy"].values, columns["time"].values
    assert np.abs(energy / energy[0] - 1).max() <= 1e-12
    center = columns["center_of_mass"].values / columns["mass"].values
    np.testing.assert_allclose(center, np.cos(2 * strength * times), atol=1e-10)
    np.testing.assert_allclose(columns["velocity"].values, -2 * strength * np.sin(2 * strength * times), atol=1e-10)
    assert np.abs(columns["virial_residual"].values).max() <= 1e-3
    assert "momentum" not in json.loads((root / "summary.json").read_text())["drift"]


def test_another_symbol_refuses_schemes_that_lose_their_order(comm: Intracomm, shared_path: Path) -> None:
    """With the reason and the schemes that apply; these run, and keep what is conserved."""
    source = """
import numpy as np
from parallel_nls import SplitEquation

class Wave(SplitEquation):
    conserved = ("mass", "energy", "momentum")

    def symbol(self, *k):
        return np.sqrt(sum(q * q for q in np.broadcast_arrays(*k)))

    def phase_rate(self, square, *x):
        return square

    def potential(self, square, *x):
        return -square * square / 4
"""
    if comm.rank == 0:
        (shared_path / "wave.py").write_text(source)
    comm.Barrier()
    section = '[equation]\nfile = "wave.py"\ndimension = 1\n'
    config = configured(shared_path, comm, section, "time.scheme=blanes-moan-rkn6")
    with pytest.raises(UserError, match=r"blanes-moan-rkn6.*order 6 only where the symbol .* is \|k\|².*kahan-li6"):
        Simulation(config, comm)
    comm.Barrier()
    config = configured(shared_path, comm, section, "time.scheme=kahan-li6")
    simulation = Simulation(config, comm)
    first = simulation.measure()
    simulation.advance(simulation.frames.count)
    last = simulation.measure()
    assert "variance_acceleration" not in last
    for name in ("mass", "energy"):
        assert float(last[name]) == pytest.approx(float(first[name]), rel=1e-9)
    names = [quantity.name for quantity in simulation.sampler.quantities]
    assert "variance" in names
    assert "variance_rate" not in names


# Φ and G of which nothing is wrong: a constant turns all of u alike, and what cancels, or has a jump, is no error.
BELONG_TOGETHER = {
    "a constant": ("square + 3.0", "-0.25 * square**2"),
    "logarithms that cancel": ("square / (1 + square)", "-0.5 * (square - np.log(1 + square))"),
    "a large constant": ("square", "1e3 - 0.25 * square**2"),
    "a jump": ("1.0 * (square > 0.3)", "-0.5 * np.maximum(square - 0.3, 0.0)"),
    "lost in rounding": ("np.sin(50 * square)", "0.01 * (np.cos(50 * square) - 1)"),
    "none": ("0 * square", "0 * square"),
}


@pytest.mark.ranks(1, 2)
@pytest.mark.parametrize("amplitude", [0.8, 1e-6])
@pytest.mark.parametrize("name", BELONG_TOGETHER)
def test_an_energy_that_is_conserved_is_not_refused(
    comm: Intracomm, shared_path: Path, name: str, amplitude: float
) -> None:
    """Whatever else the potential has in it, and where differences of it tell nothing."""
    config = configured(shared_path, comm, trap(2), f"initial.amplitude={amplitude}", "time.step=1e-3")
    rate, potential = BELONG_TOGETHER[name]
    if comm.rank == 0:
        defined = f"""
        import numpy as np
        from parallel_nls import SplitEquation

        class Own(SplitEquation):
            def __init__(self, domain, strength):
                super().__init__(domain)

            def phase_rate(self, square, *places):
                return {rate}

            def potential(self, square, *places):
                return {potential}
        """
        (shared_path / "trap.py").write_text(dedent(defined), encoding="utf-8")
    comm.Barrier()
    simulation = Simulation(config, comm)
    first = simulation.measure()
    simulation.advance(2)
    last = simulation.measure()
    assert last["energy"] == pytest.approx(first["energy"], rel=1e-6 if name == "a jump" else 1e-9)
