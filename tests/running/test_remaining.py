"""The time that is left, against runs of which it is known."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from mpi4py import MPI

from parallel_nls.config import load_configuration
from parallel_nls.numerics.compile_clock import begin_compiling, end_compiling
from parallel_nls.running.progress import Reporter
from parallel_nls.running.remaining import Remaining
from parallel_nls.running.run import run


def elapsed_until(
    frames: float, scale: Callable[[float], float], steps: int = 4000
) -> list[tuple[float, float, float]]:
    """Clock, frames and λ after each of many steps of frames whose work goes as 1/λ²; the first one takes a minute."""
    clock, rows = 60.0, []
    for number in range(1, steps + 1):
        place = frames * number / steps
        clock += 100.0 / steps / scale(place - 0.5 * frames / steps) ** 2
        rows.append((clock, place, scale(place)))
    return rows


@pytest.mark.parametrize(
    "scale",
    [lambda _: 1.0, lambda frames: 0.5 - 0.0045 * frames, lambda frames: 0.5 + 0.01 * frames],
    ids=["steps all alike", "a bubble", "a bubble backward"],
)
def test_it_is_what_comes(scale: Callable[[float], float]) -> None:
    """To two percent at every tenth of the way, from the first step on, whose time is left out."""
    rows, remaining = elapsed_until(100.0, scale), Remaining(100.0)
    for number, row in enumerate(rows):
        remaining.note(*row)
        if number and number % 400 == 0:
            found = remaining.seconds(*row)
            assert found is not None
            seconds, least = found
            assert not least
            assert seconds == pytest.approx(rows[-1][0] - row[0], rel=0.02)


def test_where_the_scale_vanishes_it_is_a_bound() -> None:
    """A collapse that comes before the stop: so long at least."""
    rows, remaining = elapsed_until(50.0, lambda frames: 1.0 - frames / 60.0), Remaining(100.0)
    for row in rows:
        remaining.note(*row)
    found = remaining.seconds(*rows[-1])
    assert found is not None
    seconds, least = found
    assert least
    assert seconds > 0


def test_before_the_second_step_nothing_is_known() -> None:
    """Nor of a field that is zero."""
    remaining = Remaining(10.0)
    assert remaining.seconds(0.0, 0.0, 1.0) is None
    remaining.note(1.0, 1.0, 1.0)
    assert remaining.seconds(1.0, 1.0, 1.0) is None
    remaining.note(2.0, 2.0, 0.0)
    assert remaining.seconds(2.0, 2.0, 0.0) is None


@pytest.mark.parametrize(("power", "amplitude"), [(4.0, 1e-90), (16.0, 1e-20), (16.0, 1e-45)])
def test_faint_waves_run_whatever_their_scale(tmp_path: Path, power: float, amplitude: float) -> None:
    """With a tolerance a wave whose λ², or λ, is beyond all numbers ended in an OverflowError."""
    gaussian = f'initial={{kind = "gaussian", amplitude = {amplitude}, width = 1.0}}'
    grid = ["grid.points=64", "grid.length=16.0", f"equation.power={power}"]
    time = ["time.stop=0.02", "time.tolerance=1e-6", "time.frame=0.01", "diagnostics.every=0.01"]
    configuration = load_configuration("gaussian_collapse_1d", [gaussian, *grid, *time, "output.fields_every=off"])
    assert run(configuration, MPI.COMM_SELF, tmp_path / "faint", quiet=True).exit_code == 0


def test_what_was_compiled_on_the_way_does_not_come_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As by the first sample of a job that goes on, some steps behind its first one."""
    clock, monotonic = [1000.0], time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    with Reporter(tmp_path / "log.txt", 100, active=True, quiet=True) as reporter:
        for step in range(1, 51):
            if step == 3:
                begin_compiling()
                clock[0] += 60.0
                end_compiling()
            clock[0] += 0.5
            reporter.step(step, step, 0.01 * step, {"sup_norm": 1.0})
    monkeypatch.setattr(time, "monotonic", monotonic)
    lines = (tmp_path / "log.txt").read_text(encoding="utf-8").splitlines()
    assert lines[0].endswith("elapsed 0:01:02  left 0:00:48"), lines
