"""A command says why its result takes so long to come: once, and beside the result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mpi4py import MPI

from parallel_nls.cli import commands
from parallel_nls.cli.parser import make_parser
from parallel_nls.errors import StorageError, UserError
from parallel_nls.running.compilation import TEXT
from parallel_nls.studies.sweep.group import Group
from parallel_nls.studies.sweep.run_sweep import run_sweep
from tests.running.test_compilation import loaded
from tests.studies.sweeps import FOUR, plan_of, sweep_text

LINES = {
    "parallel_nls.studies.ground_states.compute_ground_state": "ground-state trap",
    "parallel_nls.studies.half_wave_states.profile_numbers": "blow-up-profile half_wave_blowup",
    "parallel_nls.studies.hypotheses.check_hypotheses": "check inverse_square_collapse",
    "parallel_nls.decompose.command.decompose": "decompose field_00000000.h5",
    "parallel_nls.doctor.calibration.calibrate.calibrate": "calibrate",
}


class _Compiling:
    """What is computed with kernels that are not there yet."""

    def __init__(self, folder: Path) -> None:
        self.module = loaded(folder)

    def __call__(self, *_: Any, **__: Any) -> Any:
        """Two of them; of the result nothing is asked here."""
        assert (self.module.twice(1.0), self.module.thrice(1.0)) == (2.0, 3.0)
        raise UserError("computed")


@pytest.mark.parametrize("name", LINES)
def test_it_is_said_once_on_the_standard_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Where it does not come between the numbers; and not where kernels are there."""
    monkeypatch.setattr(commands, "world", lambda: MPI.COMM_SELF)
    monkeypatch.setattr(commands, "without_mpi", lambda: None)
    arguments = make_parser().parse_args(LINES[name].split())
    for said in (f"parallel-nls: {TEXT}\n", ""):
        monkeypatch.setattr(name, _Compiling(tmp_path))
        with pytest.raises(UserError, match="computed"):
            arguments.function(arguments)
        assert capsys.readouterr() == ("", said)


def test_a_sweep_says_it_among_its_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its members say nothing."""
    plan = plan_of(MPI.COMM_SELF, tmp_path, sweep_text(FOUR))
    module = loaded(tmp_path)
    monkeypatch.setattr(Group, "work", lambda _: f"twice 1 is {module.twice(1.0)}")
    with pytest.raises(StorageError, match="twice 1 is 2"):
        run_sweep(plan, MPI.COMM_SELF)
    assert TEXT in capsys.readouterr().out.splitlines()
