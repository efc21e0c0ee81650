"""Tables of sweeps with chosen quantities, from the command line and from Python; and what few rows do not allow."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from mpi4py import MPI
from rich.console import Console

import parallel_nls
from parallel_nls.config import load_configuration
from parallel_nls.errors import DONE, STOPPED, UserError
from parallel_nls.output.run_lock import RunLock
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.results.reader import describe_run
from parallel_nls.running.run import run
from parallel_nls.studies.sweep.run_sweep import run_sweep
from parallel_nls.studies.sweep.table import check_quantities, print_rows
from tests.studies.sweeps import plan_of, sweep_text


def test_a_table_of_chosen_quantities(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Their last values in place of the usual ones; made anew of a sweep that is done; a wrong name is told before."""
    plan = plan_of(MPI.COMM_SELF, tmp_path, sweep_text({"time.step": [1e-3, 5e-4]}))
    assert run_sweep(plan, MPI.COMM_SELF) == DONE
    assert "sup_norm" in (tmp_path / "scan" / "summary.csv").read_text()
    assert run_sweep(plan, MPI.COMM_SELF, ["variance", "spectral_tail"]) == DONE
    assert "variance" in capfd.readouterr().out
    rows = json.loads((tmp_path / "scan" / "summary.json").read_text())["members"]
    assert parallel_nls.sweep_table(tmp_path / "scan", ["variance", "spectral_tail"]) == rows
    for number, row in enumerate(rows):
        series = parallel_nls.open_run(tmp_path / "scan" / f"member_{number:04d}").series.isel(time=-1)
        assert row["variance"] == float(series.variance)
        assert [row["spectral_tail_1"], row["spectral_tail_2"]] == series.spectral_tail.values.tolist()
        assert "sup_norm" not in row
    for wrong in (
        lambda: check_quantities(plan, ["varance"]),
        lambda: parallel_nls.sweep_table(tmp_path / "scan", ["varance"]),
    ):
        with pytest.raises(UserError, match="there is no quantity 'varance'; did you mean \"variance\""):
            wrong()
    with pytest.raises(UserError, match=r"give a list of names, as \['variance'\]"):
        parallel_nls.sweep_table(tmp_path / "scan", "variance")
    with pytest.raises(UserError, match="is no directory of a sweep"):
        parallel_nls.sweep_table(tmp_path)


def test_late_times_and_long_values_are_told_in_all_digits(capsys: pytest.CaptureFixture[str]) -> None:
    """In six, members that end half a unit apart about t = 123456 look alike; what was measured has six."""
    ends = ((123456.5, 0.09969321697), (123457.0, 0.098800594758))
    rows = [
        {"member": n, "time.stop": end, "time.step": 0.0009765625, "status": "done", "end_time": end, "sup_norm": top}
        for n, (end, top) in enumerate(ends)
    ]
    print_rows(rows, Console())
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if "member_" in line]
    assert lines == [
        ["member_0000", "123456.5", "0.0009765625", "done", "123456.5", "0.0996932"],
        ["member_0001", "123457", "0.0009765625", "done", "123457", "0.0988006"],
    ]


def test_members_that_failed(tmp_path: Path) -> None:
    """Are told as the table of the job tells them, until they are tried again."""
    (tmp_path / "bad.py").write_text("def u0(x, y):\n    return 1 // 0 + x\n", encoding="utf-8")
    starts = [{"kind": "python", "file": f"{tmp_path}/bad.py"}, {"kind": "gaussian", "amplitude": 1.0, "width": 1.0}]
    text = sweep_text({"initial": starts}, diagnostics__families=["conserved"], equation__power=2)
    plan = plan_of(MPI.COMM_SELF, tmp_path, text)
    assert run_sweep(plan, MPI.COMM_SELF) == STOPPED
    root = tmp_path / "scan"
    rows = json.loads((root / "summary.json").read_text())["members"]
    assert [row["status"] for row in rows] == ["failed", "done"]
    assert "division" in rows[0]["reason"]
    told = parallel_nls.sweep_table(root)
    assert [(row["status"], row["reason"]) for row in told] == [(row["status"], row["reason"]) for row in rows]
    member = RunPaths(root / "member_0000")
    member.checkpoints.mkdir(parents=True)
    lock = RunLock(member.lock)
    lock.take()
    assert parallel_nls.sweep_table(root)[0]["status"] == "running in another job"
    lock.release()
    for name in ("state_00000001.h5", "state_00000001.json"):
        (member.checkpoints / name).touch()
    os.utime(member.checkpoints, (2e9, 2e9))
    assert parallel_nls.sweep_table(root)[0]["status"] == "left"


def test_quantities_of_a_user_do_not_take_the_place_of_columns(tmp_path: Path) -> None:
    """Whatever they are called: by what a table says a program decides what is left to do."""
    (tmp_path / "own.py").write_text("def one(u, gradient, x, y):\n    return abs(u) ** 2\n", encoding="utf-8")
    own = [{"name": n, "file": f"{tmp_path}/own.py", "function": "one"} for n in ("status", "steps", "member")]
    plan = plan_of(MPI.COMM_SELF, tmp_path, sweep_text({"time.step": [1e-3]}, diagnostics__own=own))
    assert run_sweep(plan, MPI.COMM_SELF) == DONE
    (row,) = parallel_nls.sweep_table(tmp_path / "scan")
    assert (row["member"], row["status"], row["steps"]) == (0, "done", 8)
    mass = parallel_nls.open_run(tmp_path / "scan" / "member_0000").series.mass.values[-1]
    for name in ("status_1", "steps_1", "member_1"):
        assert row[name] == pytest.approx(mass, rel=1e-14)


def test_a_table_of_files_that_were_moved_or_edited(tmp_path: Path) -> None:
    """The directory of a sweep suffices; values that its file has got since are not put beside the numbers."""
    plan = plan_of(MPI.COMM_SELF, tmp_path, sweep_text({"time.step": [1e-3, 5e-4]}))
    assert run_sweep(plan, MPI.COMM_SELF) == DONE
    expected = parallel_nls.sweep_table(tmp_path / "scan", ["mass"])
    moved = (tmp_path / "scan").rename(tmp_path / "elsewhere")
    text = (moved / "sweep.toml").read_text(encoding="utf-8")
    assert f'configuration = "{plan.sweep.configuration}"' in text
    gone = text.replace(plan.sweep.configuration, str(tmp_path / "gone.toml"))
    (moved / "sweep.toml").write_text(gone, encoding="utf-8")
    assert parallel_nls.sweep_table(moved, ["mass"]) == expected
    (moved / "sweep.toml").write_text(gone.replace("0.0005", "0.0002"), encoding="utf-8")
    told = "sweep.toml has been changed since its members were begun: it tells '1,0.0002', and members.csv"
    with pytest.raises(UserError, match=re.escape(told)):
        parallel_nls.sweep_table(moved)


def test_directories_that_were_exchanged(tmp_path: Path) -> None:
    """Numbers of one member do not stand beside the values of another; values in other words are the same values."""
    (tmp_path / "own.py").write_text("def one(u, gradient, x, y):\n    return abs(u) ** 2\n", encoding="utf-8")
    own = [{"name": n, "file": "./own.py", "function": "one"} for n in ("a", "b", "c")]
    bubbles = [[{"center": [0, shift]}] for shift in (0, 0.25, 0.5)]
    varied = {
        "time.step": [1e-3, 5e-4, 25e-5], "initial.bubbles": bubbles, "diagnostics.own": [[one] for one in own],
        "grid.length.0": [20, 20.0, 20], "diagnostics.every": [{"steps": n} for n in (2, 2, 4)],
    }  # fmt: skip
    base = tmp_path / "base.toml"
    base.write_text(load_configuration("two_bubbles").complete_toml(), encoding="utf-8")
    plan = plan_of(MPI.COMM_SELF, tmp_path, "together = true\n" + sweep_text(varied, configuration=str(base)))
    assert run_sweep(plan, MPI.COMM_SELF) == DONE
    scan, expected = tmp_path / "scan", parallel_nls.sweep_table(tmp_path / "scan")
    assert [row["a"] is not None for row in expected] == [True, False, False]

    def exchange(one: str, other: str) -> None:
        """Exchange two directories."""
        for old, new in ((one, "aside"), (other, one), ("aside", other)):
            (scan / old).rename(scan / new)

    exchange("member_0000", "member_0002")
    told = (
        "member_0000 holds the run of member_0002: time.step = 0.00025 in its config.toml, where the sweep tells "
        "0.001; directories of members were exchanged or replaced, put them back"
    )
    with pytest.raises(UserError, match=re.escape(told)):
        parallel_nls.sweep_table(scan)
    exchange("member_0000", "member_0002")
    assert parallel_nls.sweep_table(scan) == expected
    config = scan / "member_0001" / "config.toml"
    config.write_text(config.read_text(encoding="utf-8").replace("step = 0.0005", "step = 0.0004"), encoding="utf-8")
    with pytest.raises(UserError, match=r"member_0001 holds a run of no member: time.step = 0.0004 in its"):
        parallel_nls.sweep_table(scan)
    for unreadable in ("", "[time]\nstep = 0.3\nkey_of_tomorrow = 1\n"):
        config.write_text(unreadable, encoding="utf-8")
        assert parallel_nls.sweep_table(scan)[0] == expected[0]


@pytest.mark.parametrize(("steps", "hint"), [(12, True), (2, False)])
def test_a_hint_where_rows_are_too_few(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], steps: int, hint: bool
) -> None:
    """What would give enough, before the run begins; and what `info` makes of nan."""
    settings = [
        "grid.points=[16,16]",
        "limits.spectral_tail=off",
        "time.stop=-0.494",
        f"diagnostics.every={{steps={steps}}}",
    ]
    assert run(load_configuration("one_bubble", settings), MPI.COMM_SELF, tmp_path / "few").exit_code == DONE
    said = capfd.readouterr().out
    wanted = (
        "hint: 2 rows where derivatives in time take 7: virial_residual will be NaN; diagnostics.every = {steps = 2}"
    )
    assert (wanted in said) == hint
    told = "2 rows so far: what is differentiated in time takes seven, and is nan"
    assert (told in describe_run(tmp_path / "few")) == hint
