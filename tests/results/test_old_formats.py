"""Runs that earlier versions stored stay readable, and their states can be continued."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.results.reader import describe_run, open_run
from parallel_nls.running.simulation import Simulation
from tests.conftest import ROOT
from tests.support import gather_field

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

STORED = ROOT / "tests" / "output" / "stored_runs" / "format_1_0"


def test_everything_in_it_is_read() -> None:
    """A Gaussian on 16 × 12 points, 10 steps: configuration, series, fields, summary, description."""
    run = open_run(STORED)
    assert (run.config.equation.power, run.config.time.step, run.summary["exit_code"]) == (2.0, 0.01, 0)
    assert run.columns["time"].values[-1] == 0.1
    assert run.columns["mass"].values[0] == pytest.approx(3.1414744981676717, abs=1e-15)
    assert [stored.steps for stored in run.fields] == [0, 5, 10]
    assert run.field(0).values[8, 6] == pytest.approx(1.0, abs=1e-15)
    assert "done at t = 0.1" in describe_run(STORED)


@pytest.mark.mpi
def test_its_state_is_continued(comm: Intracomm) -> None:
    """The state at the end is the stored field, and the steps from the first one lead to it."""
    run = open_run(STORED)
    expected = run.field(-1).values
    end = Simulation(run.config, comm, STORED / "checkpoints" / "state_00000010.h5")
    assert (end.frame, end.state.steps, end.time) == (10, 10, 0.1)
    begin = Simulation(run.config, comm, STORED / "checkpoints" / "state_00000000.h5")
    begin.advance(10)
    for simulation in (begin, end):
        found = gather_field(simulation.domain.layouts[0], simulation.field())
        assert np.abs(found - expected).max() <= 1e-14
