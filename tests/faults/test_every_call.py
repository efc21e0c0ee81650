"""All file calls of a command are found, and what lies there ahead of each is what a real kill leaves there."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from parallel_nls.running.compilation import TEXT as COMPILING
from scripts.faults import __main__ as command
from scripts.faults import every_call
from scripts.faults.cases import CampaignError
from scripts.faults.every_call import problems_of, unlike
from scripts.faults.problems import ALL_PROBLEMS
from scripts.faults.states import States
from tests.conftest import ROOT

# What a job does to its folder, between a call before it and one after it that do not count.
BODY = """
import json, os, shutil, sys
from pathlib import Path
from scripts.faults.nth_call import Calls

os.mkdir("RUN")
calls = Calls("RUN", int(sys.argv[1]), sys.argv[2])
calls.watch_sync()
if sys.argv[2] == "survey":
    calls.report_to(Path("calls").absolute())
sys.addaudithook(calls.hear)
with open("beside", "w") as file:
    file.write("not counted")
with open("RUN/a.new", "w") as file:
    file.write("text")
    file.flush()
    os.fsync(file.fileno())
os.rename("RUN/a.new", "RUN/a")
os.makedirs("RUN/folder/within")
os.listdir("RUN")
shutil.rmtree("RUN/folder")
Path("RUN2").mkdir()
"""
CALLS = [
    ("open", "a.new"), ("os.fsync", "a.new"), ("os.rename", "a.new"), ("os.mkdir", "folder"),
    ("os.mkdir", "folder/within"), ("os.listdir", ""), ("open", "folder"), ("os.scandir", "folder"),
    ("os.scandir", "folder/within"), ("os.rmdir", "folder/within"), ("os.rmdir", "folder"),
]  # fmt: skip


def _carried_out(folder: Path, number: int, how: str) -> subprocess.CompletedProcess[str]:
    given = [sys.executable, "-c", BODY, str(number), how]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(given, cwd=folder, capture_output=True, text=True, check=False, env=environment)


def test_a_survey_lists_all_calls_and_keeps_what_lies_there(tmp_path: Path) -> None:
    """Those below the folder alone, also by names that are relative to an open folder; each state once."""
    assert _carried_out(tmp_path, 0, "survey").returncode == 0
    found = json.loads((tmp_path / "calls").read_text())
    assert [(event, name) for event, name, _, _ in found["calls"]] == CALLS
    states = States(tmp_path / "calls.states")
    names = [state for _, _, _, state in found["calls"]]
    there = [sorted(states.entries(name)) for name in names]
    assert there[:4] == [[""], ["", "a.new"], ["", "a.new"], ["", "a"]]
    assert there[4:6] == [["", "a", "folder"], ["", "a", "folder", "folder/within"]]
    assert names[1] == names[2]
    assert len(set(names)) == len({*map(tuple, there)})
    assert found["end"] == names[3]
    states.put_back(names[5], tmp_path / "again")
    assert (tmp_path / "again/a").read_text() == "text"
    assert (tmp_path / "again/folder/within").is_dir()


@pytest.mark.parametrize("number", [3, 10])
def test_a_real_kill_leaves_the_state_of_its_call(tmp_path: Path, number: int) -> None:
    """To the last byte; and an error of the disk comes at the same call."""
    (tmp_path / "killed").mkdir()
    (tmp_path / "refused").mkdir()
    assert _carried_out(tmp_path, 0, "survey").returncode == 0
    state = json.loads((tmp_path / "calls").read_text())["calls"][number - 1][3]
    assert _carried_out(tmp_path / "killed", number, "kill").returncode == -9
    assert States(tmp_path / "killed/states").keep(str(tmp_path / "killed/RUN")) == state
    refused = _carried_out(tmp_path / "refused", number, "refuse")
    assert f"[Errno {errno.EIO}] {os.strerror(errno.EIO)}" in refused.stderr
    assert CALLS[number - 1][1] in refused.stderr.splitlines()[-1]


def test_states_are_told_apart_by_all_but_clocks_and_names_of_jobs(tmp_path: Path) -> None:
    """A byte of data, a mode, a link, an empty folder; a file is put back with its time."""
    run, states = tmp_path / "RUN", States(tmp_path / "states")
    assert states.entries(states.keep(str(run))) == {}
    (run / "job-host-17-ab").mkdir(parents=True)
    (run / "link").symlink_to("data")
    (run / "data").write_bytes(b"\xff\x00\x01")
    (run / "log").write_text("step 3 in 0.2 s by process 17, run 1234567890abcdef1234")
    os.utime(run / "data", ns=(10**18, 10**18))
    first = states.keep(str(run))
    (run / "data").write_bytes(b"\xff\x00\x02")
    os.utime(run / "data", ns=(10**18, 10**18))
    (run / "log").write_text(f"12:30  {COMPILING}\nstep 3 in 0.31 s by process 2, run 0034567890abcdef1234\n")
    (run / "job-host-17-ab").rename(run / "job-host-18-cd")
    other = states.keep(str(run))
    assert first != other
    assert unlike(states, first, states, other) == ["data has another content"]
    states.put_back(first, run)
    assert states.keep(str(run)) == first
    assert (run / "data").stat().st_mtime_ns == 10**18
    (run / "data").chmod(0o600)
    (run / "link").unlink()
    (run / "log").write_text("step 3 in 0.2 s by process 17, running")
    assert unlike(states, first, states, states.keep(str(run))) == [
        "link is in one of the two alone",
        "data is a file of mode 600, not a file of mode 644",
        "log has another content",
    ]


def test_all_calls_of_one_problem_or_of_all() -> None:
    """Each has a short run; one that there is not is refused."""
    assert len(problems_of("every")) == len(problems_of("all")) == len(ALL_PROBLEMS)
    assert [problem.name for problem in problems_of("every:half waves")] == ["half waves briefly"]
    assert all(problem.settings != problem.briefly().settings for problem in ALL_PROBLEMS)
    with pytest.raises(CampaignError, match="no problem 'none'; there are plane"):
        problems_of("every:none")
    options = command.parser().parse_args(["--calls", "every:half waves"])
    assert options.calls == "every:half waves"
    assert command.parser().parse_args(["--calls", "all"]).calls == "all"


def test_some_of_all_calls_of_a_run_survive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state that is gone on with behind a real kill, and an error of the disk; what was found is said."""
    monkeypatch.setattr(every_call, "COMMANDS", ("run",))
    given = ["--calls", "every:remainder", "--only", "calls:40-41", "--keep", str(tmp_path)]
    console = Console(file=io.StringIO(), width=120)
    assert command.campaign(command.parser().parse_args(given), console), (tmp_path / "report.json").read_text()
    report = json.loads((tmp_path / "report.json").read_text())
    assert [(row["fault"], row["survived"]) for row in report["table"]] == [
        ("SIGKILL at a file call of run", 1), ("I/O error at a file call of run", 1),
    ]  # fmt: skip
    assert isinstance(console.file, io.StringIO)
    assert "remainder briefly: run 2" in console.file.getvalue()
