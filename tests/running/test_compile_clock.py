"""What is compiled once is not taken for the time of steps to come."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from mpi4py import MPI

from parallel_nls.config import load_configuration
from parallel_nls.errors import DONE
from parallel_nls.numerics.compile_clock import begin_compiling, end_compiling, working_clock
from parallel_nls.results.reader import describe_run
from parallel_nls.running.run import resume, run
from parallel_nls.running.simulation import Simulation
from tests.running.test_compilation import loaded


def test_what_is_compiled_takes_no_time_of_the_working_clock(tmp_path: Path) -> None:
    """But as long as all else takes; what is nested counts once."""
    module, begin, working = loaded(tmp_path), time.monotonic(), working_clock()
    assert module.twice(1.0) == 2.0
    begin_compiling()
    begin_compiling()
    time.sleep(0.1)
    end_compiling()
    end_compiling()
    time.sleep(0.05)
    taken, counted = time.monotonic() - begin, working_clock() - working
    assert taken > 0.15
    assert 0.05 <= counted < taken - 0.1
    assert 0.05 <= counted < 0.15 + 0.5 * (taken - 0.15)


def test_info_tells_what_was_compiled_beside_the_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all jobs of a run; a step is told as long as those to come will take."""
    step = Simulation.step

    def compiling(simulation: Simulation) -> str | None:
        """A step whose kernels are not there yet, to a clock."""
        begin_compiling()
        time.sleep(0.3)
        end_compiling()
        return step(simulation)

    few = ["grid.points=256", "grid.length=40.0", "limits.spectral_tail=off", "time.tolerance=off", "time.step=0.01"]
    config = load_configuration("two_solitons_1d", [*few, "diagnostics.every={steps=1}", "time.stop=0.02"])
    monkeypatch.setattr(Simulation, "step", compiling)
    assert run(config, MPI.COMM_SELF, tmp_path / "run", quiet=True).exit_code == DONE
    assert resume(MPI.COMM_SELF, tmp_path / "run", 0.03, quiet=True).exit_code == DONE
    summary = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))
    assert 0.9 <= summary["compiling_seconds"] <= summary["wall_seconds"]
    told = describe_run(tmp_path / "run")
    each = 1000 * (summary["wall_seconds"] - summary["compiling_seconds"]) / 3
    assert f"{each:.1f} ms a step, in 2 jobs" in told
    assert f"compiling   {summary['compiling_seconds']:.1f} s of these" in told
