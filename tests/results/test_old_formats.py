"""Runs that earlier versions stored stay readable, and go on.

Formats 1.0 and 1.1 store states without the history of the run: their states can be continued, the runs cannot be
resumed. From 1.2 on a resumed run has the rows of one that was never left.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from mpi4py.MPI import Intracomm

from parallel_nls.config import Configuration, load_configuration
from parallel_nls.config.sections.output import OutputSection
from parallel_nls.errors import DONE, UserError
from parallel_nls.integrators.error_model import STEPS_BETWEEN_CHECKS
from parallel_nls.output.checkpoint_reading import read_history
from parallel_nls.results.files import read_series
from parallel_nls.results.reader import Run, describe_run, open_run
from parallel_nls.running.run import resume, run
from parallel_nls.running.simulation import Simulation
from tests.conftest import ROOT
from tests.support import gather_field

LATER = ("edge", "resonance_gain")
"""Series that came with format 1.4."""
STORED = ROOT / "tests" / "output" / "stored_runs"


class LaterOutput(OutputSection):
    """With a key more."""

    smoothness: int = 3


class LaterConfiguration(Configuration):
    """Of a later version."""

    output: LaterOutput = LaterOutput()


@pytest.mark.parametrize(
    ("name", "stop", "steps"),
    [("format_1_0", 0.1, [0, 5, 10]), ("format_1_1", 0.1, [0, 6, 11]), ("format_1_2", 0.05, [0, 6])],
)
def test_everything_in_it_is_read(name: str, stop: float, steps: list[int]) -> None:
    """A Gaussian on 16 × 12 points: configuration, series, fields, summary, description."""
    stored = open_run(STORED / name)
    assert stored.config.equation.parameters() == {"power": 2.0}
    assert (stored.config.time.stop, stored.summary["exit_code"]) == (stop, DONE)
    assert stored.columns["time"].values[-1] == stop
    assert stored.columns["mass"].values[0] == pytest.approx(3.1414744981676717, abs=1e-15)
    assert [field.steps for field in stored.fields] == steps
    assert stored.field(0).values[8, 6] == pytest.approx(1.0, abs=1e-15)
    assert f"done at t = {stop:g}" in describe_run(STORED / name)


@pytest.mark.mpi
@pytest.mark.parametrize(("name", "steps"), [("format_1_0", 10), ("format_1_1", 11)])
@pytest.mark.ranks(1, 2)
def test_its_state_is_continued(comm: Intracomm, name: str, steps: int) -> None:
    """The state at the end is the stored field, and the steps from the first one lead to it, under a tolerance too."""
    stored = open_run(STORED / name)
    expected = stored.field(-1).values
    end = Simulation(stored.config, comm, STORED / name / "checkpoints" / f"state_{steps:08d}.h5")
    assert (end.frame, end.state.steps, end.time) == (10, steps, 0.1)
    begin = Simulation(stored.config, comm, STORED / name / "checkpoints" / "state_00000000.h5")
    begin.advance(10)
    assert begin.state.steps == steps
    assert begin.state.control.error_estimate == pytest.approx(end.state.control.error_estimate, rel=1e-6)
    for simulation in (begin, end):
        found = gather_field(simulation.domain.layouts[0], simulation.field())
        assert np.abs(found - expected).max() <= 1e-14


@pytest.mark.mpi
@pytest.mark.parametrize("name", ["format_1_0", "format_1_1"])
def test_a_run_without_its_history_is_not_resumed(comm: Intracomm, shared_path: Path, name: str) -> None:
    """All ranks say how to start it again; nothing is changed."""
    root = copied(comm, name, shared_path)
    before = sorted(root.rglob("*"))
    comm.Barrier()
    with pytest.raises(UserError, match="by a version that stored nothing to go on from; start it again"):
        resume(comm, root, 0.2)
    comm.Barrier()
    assert [path for path in sorted(root.rglob("*")) if path.name != ".lock"] == before


@pytest.mark.mpi
@pytest.mark.parametrize(("name", "stop"), [("format_1_2", 0.1), ("format_1_2_bubbles", -0.96), ("format_1_3", 0.1)])
@pytest.mark.ranks(1, 3)
def test_a_resumed_run_is_what_one_job_computes_now(
    comm: Intracomm, shared_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, stop: float
) -> None:
    """With a tolerance, with all of the modulation analysis, of which the checkpoint alone is left, and in a trap."""
    monkeypatch.setattr("parallel_nls.integrators.error_model.STEPS_BETWEEN_CHECKS", 16)  # as it was begun
    root, whole = copied(comm, name, shared_path), shared_path / "whole"
    assert resume(comm, root, stop).exit_code == DONE
    assert run(with_stop(STORED / name, stop), comm, whole).exit_code == DONE
    comm.Barrier()
    old, new = open_run(root), open_run(whole)
    assert old.config == new.config
    assert old.columns["time"].values[-1] == stop
    compare(old, new)


@pytest.mark.mpi
def test_a_run_keeps_the_steps_from_one_measured_error_to_the_next(comm: Intracomm) -> None:
    """As many as when it was begun: more in later runs, and it would have other steps with them."""
    config, states = open_run(STORED / "format_1_1").config, STORED / "format_1_1" / "checkpoints"
    stored, later = Simulation(config, comm, states / "state_00000011.h5"), Simulation(config, comm)
    later.advance(1)
    assert (stored.state.control.cadence, later.state.control.cadence) == (16, STEPS_BETWEEN_CHECKS)


@pytest.mark.mpi
def test_a_key_that_came_later_has_its_default(
    comm: Intracomm, shared_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run goes on under a version with one key more, and not with another value of it."""
    root = copied(comm, "format_1_2", shared_path)
    monkeypatch.setattr("parallel_nls.config.loading.Configuration", LaterConfiguration)
    config, before = root / "config.toml", "fields_every = "
    text = config.read_text(encoding="utf-8")
    comm.Barrier()
    if comm.rank == 0:
        config.write_text(text.replace(before, f"smoothness = 4\n{before}"), encoding="utf-8")
    comm.Barrier()
    with pytest.raises(UserError, match=r"disagree: output\.smoothness = 4 instead of 3; undo the change"):
        resume(comm, root, 0.1)
    comm.Barrier()
    if comm.rank == 0:
        config.write_text(text, encoding="utf-8")
    comm.Barrier()
    assert resume(comm, root, 0.1).exit_code == DONE
    assert "smoothness = 3" in config.read_text(encoding="utf-8")
    comm.Barrier()
    newest = max(root.glob("checkpoints/state_*.h5"))
    assert read_history(newest, comm).settings["output"] == {"fields_every": 0.02, "smoothness": 3}
    assert resume(comm, root, 0.12).exit_code == DONE


def copied(comm: Intracomm, name: str, folder: Path) -> Path:
    """A copy of a stored run, to be changed."""
    root = folder / name
    if comm.rank == 0:
        shutil.copytree(STORED / name, root)
    comm.Barrier()
    return root


def with_stop(root: Path, stop: float) -> Configuration:
    """The configuration of a run that goes to another stop."""
    return load_configuration(str(root / "config.toml"), [f"time.stop={stop}"])


def compare(old: Run, new: Run) -> None:
    """The same but for rounding: stored rows are of an arithmetic before 1.4, so bits cannot be the same.

    Residuals of identities are differences of rows, which make rounding larger by the inverse of their distance.
    """
    columns = read_series(new.paths)
    assert list(old.columns) == list(columns)
    for name, column in columns.items():
        found = old.columns[name].values
        if name in LATER:
            # Rows of that time have none of it.
            assert np.isnan(found[0])
            assert np.isfinite(found[-1])
            continue
        scale = np.nanmax(np.abs(column.values), initial=1.0)
        np.testing.assert_allclose(found, column.values, rtol=0, atol=1e-8 * scale, equal_nan=True, err_msg=name)
