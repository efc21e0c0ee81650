"""Runs whose identities fail: the line that says so, the honest stop, and coming back from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from parallel_nls.bubbles.analysis import BubbleMonitor
from parallel_nls.config import load_configuration
from parallel_nls.errors import DONE, RESUMABLE, STOPPED
from parallel_nls.figures.accuracy import plot_conservation
from parallel_nls.figures.sheet import Sheet
from parallel_nls.reports.alternatives import describe_figure
from parallel_nls.reports.tables import drift_table
from parallel_nls.results.drifts import OF_TERMS, drifts_of
from parallel_nls.results.reader import describe_run, open_run
from parallel_nls.running.run import resume, run
from parallel_nls.running.simulation import Simulation
from parallel_nls.watching.observation import Observer
from parallel_nls.watching.picture import chosen
from scripts.faults.comparison import differences
from tests.running.leaving import leaving_after
from tests.support import small_run

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from parallel_nls.config import Configuration
    from parallel_nls.running.loop import RunOutcome

pytestmark = pytest.mark.mpi
WholeRun = Callable[["Configuration"], tuple["RunOutcome", Path]]

# On 64 × 60 points Strang's energy is off by more than the level; a row each step.
COARSE = ("time.scheme=strang", "time.stop=-0.45", "diagnostics.every={steps=1}", "output.fields_every=off")
SAID = " (relative) at t = -0.4925; "
IDENTITY = "the identity 16E: d²/dt²∫|x|²|u|² is off by "


def log_of(root: Path) -> str:
    """What a run has said, in all of its jobs."""
    return (root / "log.txt").read_text(encoding="utf-8")


def summary_of(root: Path) -> dict[str, Any]:
    """How its last job has ended."""
    document: dict[str, Any] = json.loads((root / "summary.json").read_text(encoding="utf-8"))
    return document


@pytest.mark.ranks(1, 2)
def test_a_violated_identity_is_said_once(comm: Intracomm, shared_path: Path, whole_run: WholeRun) -> None:
    """In a whole run, and in one that is left after that; both summaries hold the largest residual, bit for bit."""
    left = shared_path / "left"
    outcome, whole = whole_run(small_run(*COARSE))
    assert outcome.exit_code == DONE
    with leaving_after(12):
        assert run(small_run(*COARSE), comm, left).exit_code == RESUMABLE
    assert resume(comm, left).exit_code == DONE
    comm.Barrier()
    assert differences(whole, left) == []
    for root in (whole, left):
        assert log_of(root).count(SAID) == log_of(root).count(IDENTITY) == 1
    doubts = summary_of(whole)["identity_doubts"]["16E"]
    assert doubts == summary_of(left)["identity_doubts"]["16E"]
    assert 0 < doubts["told"] <= doubts["largest"]
    residuals = np.abs(open_run(whole).columns["virial_residual"].values)[3:-3]
    assert summary_of(whole)["identities"] == {"16E": residuals.max()} == summary_of(left)["identities"]


@pytest.mark.ranks(1, 2)
def test_beyond_the_limit_the_run_stops(comm: Intracomm, shared_path: Path, whole_run: WholeRun) -> None:
    """At the row that shows it, which is stored with field and checkpoint; resumed, until the limit is lifted."""
    root = shared_path / "run"
    limited = run(small_run(*COARSE, "limits.identity=1e-4"), comm, root)
    assert limited.exit_code == STOPPED
    begin = "limit reached: the relative residual "
    assert limited.reason.startswith(begin)
    assert "of the identity 16E at t = -0.4925 exceeds limits.identity = 0.0001; take a smaller step" in limited.reason
    assert len(set(comm.allgather(limited.reason))) == 1
    comm.Barrier()
    opened = open_run(root)
    assert opened.columns["step"].values[-1] == opened.fields[-1].steps == 6
    assert (root / "checkpoints" / "state_00000006.h5").exists()
    assert (summary_of(root)["end_reason"], summary_of(root)["exit_code"]) == (limited.reason, STOPPED)
    comm.Barrier()
    again = resume(comm, root)
    assert (again.exit_code, again.reason) == (STOPPED, limited.reason)
    comm.Barrier()
    if comm.rank == 0:
        path = root / "config.toml"
        path.write_text(path.read_text().replace("identity = 0.0001", 'identity = "off"'))
    comm.Barrier()
    assert resume(comm, root).exit_code == DONE
    _, whole = whole_run(small_run(*COARSE))
    comm.Barrier()
    ours, theirs = (open_run(path).columns for path in (root, whole))
    for name, column in ours.items():
        np.testing.assert_array_equal(column.values, theirs[name].values, err_msg=name)
    assert log_of(root).count(IDENTITY) == 1


@pytest.mark.ranks(1, 2)
def test_a_failed_fit_is_said(comm: Intracomm, shared_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of those in a row, in whatever job."""
    measure, failing = Simulation.measure, {3, 5, 6, 7, 8, 11}

    def failing_at_times(simulation: Simulation) -> dict[str, Any]:
        """A sample in which the fit fails at some steps."""
        values = measure(simulation)
        fails = simulation.state.steps in failing
        (bubbles,) = (one for one in simulation.sampler.monitors if isinstance(one, BubbleMonitor))
        bubbles.failure = "bubble 1 is gone" if fails else None
        return values | {"fit_passes": -40.0 if fails else 4.0}

    monkeypatch.setattr(Simulation, "measure", failing_at_times)
    root, analysed = shared_path / "run", "diagnostics.families=['conserved','virial','modulation']"
    with leaving_after(6):
        run(small_run(*COARSE, analysed), comm, root)
    resume(comm, root)
    comm.Barrier()
    lines = [line for line in log_of(root).splitlines() if "the decomposition failed at t = " in line]
    assert [line.split("t = ")[1] for line in lines] == [
        f"{time}: bubble 1 is gone" for time in ("-0.4925", "-0.4875", "-0.4725")
    ]


@pytest.mark.ranks(1, 2)
def test_an_energy_whose_parts_cancel(whole_run: WholeRun) -> None:
    """That of a wave at rest is 0: its drift and its virial identity are relative to what is left of the parts."""
    wave = "initial={kind='solitons', solitons=[{center=[-4.0], frequency=0.8}]}"
    steps = (
        "time={start=0.0, stop=0.2, tolerance=1e-4, frame=0.02}",
        "diagnostics.every=0.02",
        "output.fields_every=off",
    )
    grid = ("grid={points=512, length=32.0}", "limits.spectral_tail=off")
    outcome, root = whole_run(load_configuration("two_solitons_1d", [wave, *steps, *grid]))
    assert outcome.exit_code == DONE
    summary, energy = summary_of(root), open_run(root).columns["energy"].values
    scale = summary["scales"]["energy"]
    assert abs(energy[0]) < 1e-12 < 0.1 < scale
    assert summary["drift"]["energy"] == pytest.approx((energy[-1] - energy[0]) / (1e-3 * scale), rel=1e-12)
    assert 0 < abs(summary["drift"]["energy"]) < 1e-3
    assert summary["identities"]["16E"] < 1e-2
    assert "(relative to a thousandth of its terms)" in describe_run(root)
    shown = drifts_of(open_run(root).columns, open_run(root).scales)["energy"]
    assert shown.kind == OF_TERMS
    assert shown.sizes[-1] == pytest.approx(abs(summary["drift"]["energy"]), rel=1e-12)
    text = describe_figure(open_run(root), "conservation")[1]
    assert f"energy drifts by {shown.sizes.max():.1e} at most ({OF_TERMS})" in text
    table = drift_table(open_run(root))
    assert table is not None
    assert [row[3] for row in table.rows if row[0] == "energy"] == [OF_TERMS]
    seen = {one.name: one.values for one in chosen(Observer(open_run(root).paths).look(), None)}
    assert seen["drift of energy"][-1] == pytest.approx(abs(summary["drift"]["energy"]), rel=1e-12)
    figure = plot_conservation(open_run(root), Sheet())
    assert figure is not None
    lines = {str(line.get_label()): np.asarray(line.get_ydata()) for line in figure.axes[0].lines}
    assert lines["energy, $10^3|E-E_0|/S$"][-1] == pytest.approx(abs(summary["drift"]["energy"]), rel=1e-12)
    assert lines["virial residual"][3:-3].max() < 1e-2
