"""A virial identity that is not that of the equation is refused by the initial data, or else named by the guard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_nls.errors import DONE, UserError
from parallel_nls.running.run import run
from parallel_nls.running.simulation import Simulation
from tests.user_code.files import configured, trap

if TYPE_CHECKING:
    from pathlib import Path

    from mpi4py.MPI import Intracomm

pytestmark = pytest.mark.mpi

QUARTIC = "- 2 * d * quartic"
# What is wrong in the trap, what stands there in its place, and what it gives on the line.
WRONG = {
    "half of the nonlinear term": (QUARTIC, "- d * quartic", -4.68784),
    "no trap": (" - 8 * omega**2 * integrals.variance", "", 3.51077),
    "another kinetic term": ("8 * integrals.gradient", "7 * integrals.gradient", -5.76838),
}
# A kick of the class's own, by which the initial data tell nothing.
KICK = "    @property\n    def kick(self):\n        return SplitEquation.kick.func(self)\n\n"


def changed(comm: Intracomm, folder: Path, old: str, new: str) -> None:
    """Change the user's file."""
    comm.Barrier()
    if comm.rank == 0:
        text = (folder / "trap.py").read_text(encoding="utf-8")
        assert old in text
        (folder / "trap.py").write_text(text.replace(old, new), encoding="utf-8")
    comm.Barrier()


@pytest.mark.parametrize("overrides", [(), ("grid.precision=single",)], ids=["double", "single"])
@pytest.mark.parametrize("dimension", [1, 2])
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_identity_is_refused(
    comm: Intracomm, shared_path: Path, name: str, dimension: int, overrides: tuple[str, ...]
) -> None:
    """Before the first step, which no smaller one would mend; with what it declares, and what it should be."""
    old, new, declared = WRONG[name]
    config = configured(shared_path, comm, trap(dimension), *overrides)
    assert "variance_acceleration" in Simulation(config, comm).measure()
    changed(comm, shared_path, old, new)
    with pytest.raises(UserError) as caught:
        Simulation(config, comm)
    text = str(caught.value)
    assert set(comm.allgather(text)) == {text}
    assert "trap.py: variance_acceleration of trap is " in text
    assert "by its phase_rate is " in text
    if dimension == 1:
        assert (
            f" is {declared} of the initial data, where d²/dt²∫|x|²|u|² by its phase_rate is -5.2012; correct it"
            in text
        )


def test_what_the_initial_data_do_not_tell_the_guard_tells(
    comm: Intracomm, shared_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """It names what is declared beside steps and points; nothing is said of the right one."""
    config = configured(shared_path, comm, trap(1), "time.step=0.002", "diagnostics.every={steps=2}")
    told = "where none of these changes it, correct variance_acceleration in "
    changed(comm, shared_path, "    def phase_rate", f"{KICK}    def phase_rate")
    for name, expected in (("right", False), ("wrong", True)):
        if expected:
            changed(comm, shared_path, *WRONG["another kinetic term"][:2])
        assert run(config, comm, shared_path / name).exit_code == DONE
        if comm.rank == 0:
            assert (told in capfd.readouterr().out) == expected


def test_identities_that_hold_pass_on_rough_data(comm: Intracomm, shared_path: Path) -> None:
    """Of few points, at the edge, and of what changes with the number of points: all that only looks wrong."""
    for overrides in (("grid.points=40",), ("grid.length=5.0",), ("initial.width=0.05", "grid.points=60")):
        config = configured(shared_path, comm, trap(1), *overrides)
        assert "variance_acceleration" in Simulation(config, comm).measure()
