"""The campaign draws the same from the same seed, counts what failed, and ends jobs as it says."""

from __future__ import annotations

import io
import json
import os
import time
from pathlib import Path

import pytest
from rich.console import Console

from scripts.faults import __main__ as command
from scripts.faults.calls import which_call
from scripts.faults.cases import CampaignError, Case, Result, Scene
from scripts.faults.configs import DRY, PROCESS, RESUME, check_answer, drawn
from scripts.faults.environments import environments
from scripts.faults.flips import check_what_it_says
from scripts.faults.garbled import any_files, can_run, draw, loaded, runnable_files
from scripts.faults.hostile import sources
from scripts.faults.jobs import Job
from scripts.faults.kills import draw_kill
from scripts.faults.problems import PROBLEMS
from scripts.faults.report import rows
from scripts.faults.stage import Stage
from scripts.faults.warm import NTH_CALL, WarmStarter

FIRST_CONFIGS = [option for number in (1, 2, 12) for option in ("--only", f"configs:{number}")]


def _quiet() -> Console:
    return Console(file=io.StringIO(), width=120)


def test_a_case_draws_from_its_seed_kind_and_number_alone() -> None:
    """The same case draws the same, every other one something else."""
    numbers = {
        Case(kind, number, seed).generator().uniform()
        for kind in ("kills", "flips")
        for number in (0, 1)
        for seed in (1, 2)
    }
    assert len(numbers) == 8
    case = Case("kills", 17, 1)
    assert case.generator().uniform() == Case("kills", 17, 1).generator().uniform()
    one, other = (draw_kill(case.generator(), 3, whole=False, inside=True) for _ in range(2))
    assert one == other
    assert one.rank in range(3)


def test_garbled_configurations_are_drawn_from_the_seed() -> None:
    """The same seed the same; some valid and many not, those to be run all valid."""
    files = draw(any_files(), 30, 1)
    assert files == draw(any_files(), 30, 1) != draw(any_files(), 30, 2)
    assert 0 < sum(loaded(one) is not None for one in files) < 25
    assert all(can_run(one) for one in draw(runnable_files(), 10, 1))
    assert len(drawn(RESUME, 33, 1)) == 3 * len(PROBLEMS)


def test_single_cases_are_those_of_the_whole_campaign() -> None:
    """--only names them; one that there is not is refused."""
    everything = command.planned(command.parser().parse_args([]))
    others = len(sources()) + len(environments()) + 40
    assert others >= 150 + 50 + 40
    assert len(everything) == 50 + 50 + 8 + 300 + 20 + 40 + 24 + others
    full = command.planned(command.parser().parse_args(["--full", "--calls", "9"]))
    assert len(full) == 408 + 100 + 400 + 9 + others
    options = command.parser().parse_args(["--only", "kills:17", "--only", "disk:0"])
    assert command.planned(options) == [everything[17], everything[100]]
    options = command.parser().parse_args(["--only", "kills:48-49", "--only", "disk:0-0"])
    assert command.planned(options) == [everything[48], everything[49], everything[100]]
    options = command.parser().parse_args(["--only", "kills:48-", "--only", "disk"])
    assert command.planned(options) == [*everything[48:50], *everything[100:108]]
    with pytest.raises(CampaignError, match="no such case: kills:50"):
        command.planned(command.parser().parse_args(["--only", "kills:50"]))


def test_disturbed_calls_are_spread_over_all_of_a_command() -> None:
    """With turns enough each call is disturbed."""
    assert [which_call(turn, 5, 5) for turn in range(5)] == [1, 2, 3, 4, 5]
    assert [which_call(turn, 7, 5) for turn in range(7)] == [1, 2, 3, 4, 5, 1, 2]
    assert [which_call(turn, 4, 800) for turn in range(4)] == [101, 301, 501, 701]
    assert [which_call(0, 1, 1), which_call(1, 2, 3)] == [1, 3]


def test_a_folder_of_others_is_not_used(tmp_path: Path) -> None:
    """It is refused unless it is empty or missing."""
    assert command.fresh_folder(tmp_path / "new").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(CampaignError, match="is not empty"):
        command.fresh_folder(tmp_path)


def test_a_small_campaign_passes(tmp_path: Path) -> None:
    """Three dry runs, one of them in a process of its own: the table says so, and nothing is kept of them."""
    options = command.parser().parse_args(["--configs", "13", "--keep", str(tmp_path), *FIRST_CONFIGS])
    console = _quiet()
    assert command.campaign(options, console)
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["cases"], report["failed"], report["failures"]) == (3, 0, [])
    assert {row["fault"]: (row["cases"], row["survived"]) for row in report["table"]} == {DRY: (2, 2), PROCESS: (1, 1)}
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
    assert isinstance(console.file, io.StringIO)
    assert "3 cases" in console.file.getvalue()


def _broken(case: Case, folder: Path, stage: Stage, **_: object) -> Result:
    if case.number == 1:
        raise ArithmeticError("put in")
    (folder / "evidence").touch()
    result = Result(case.name, f"fault of {stage.folder.name}")
    result.expect(case.number == 12, "bits were lost")
    return result


def test_what_is_lost_is_said_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure, and an error of a case itself, count; their folders stay, with the story."""
    monkeypatch.setattr(command, "config_case", _broken)
    options = command.parser().parse_args(["--configs", "13", "--keep", str(tmp_path), *FIRST_CONFIGS])
    console = _quiet()
    assert not command.campaign(options, console)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["failed"] == 2
    assert "ArithmeticError: put in" in report["failures"][0]["failures"][0]
    assert report["failures"][1]["failures"] == ["bits were lost"]
    assert (tmp_path / "configs-2" / "evidence").exists()
    assert "bits were lost" in (tmp_path / "configs-2" / "story.txt").read_text()
    assert not (tmp_path / "configs-12").exists()
    assert isinstance(console.file, io.StringIO)
    assert "--seed 1 --configs 13 --only configs:2" in console.file.getvalue()


def test_rows_count_survivors_and_keep_the_worst_seconds() -> None:
    """One row a fault."""
    results = [
        Result("kills:0", "a", seconds=1.0),
        Result("kills:1", "a", ["lost"], seconds=3.0),
        Result("kills:2", "b"),
    ]
    first, second = rows(results)
    assert (first["cases"], first["survived"], first["worst_seconds"], first["failed"]) == (2, 1, 3.0, ["kills:1"])
    assert (second["cases"], second["survived"], second["worst_seconds"], second["failed"]) == (1, 1, None, [])


@pytest.mark.parametrize(
    ("code", "messages", "accepted"),
    [
        (0, "", True),
        (2, "parallel-nls: time.step = 0 is not positive\n", True),
        (2, "", False),
        (2, "parallel-nls: one\nparallel-nls: two\n", False),
        (0, "parallel-nls: and yet done\n", False),
        (1, "Traceback (most recent call last):\n", False),
        (-14, "", False),
    ],
)
def test_an_answer_is_judged(code: int, messages: str, accepted: bool) -> None:
    """By its exit code and the number of messages."""
    result = Result("configs:0", DRY)
    check_answer(result, code, "", messages, (0, 2))
    assert (result.failures == []) == accepted


def test_a_damaged_checkpoint_must_be_named(tmp_path: Path) -> None:
    """In the output and in the log; without a good one, that the run begins anew."""
    scene = Scene(tmp_path, Result("flips:0", "fault"))
    scene.run.mkdir()
    damaged = scene.run / "checkpoints" / "state_00000009.h5"
    text = "checkpoint state_00000009.h5 cannot be used"
    (scene.run / "log.txt").write_text(text)
    check_what_it_says(scene, text, [damaged], [6])
    assert scene.result.failures == []
    check_what_it_says(scene, "", [damaged], [6])
    assert scene.result.failures == ["the output does not say that state_00000009.h5 is damaged"]
    check_what_it_says(scene, text, [damaged], [])
    assert len(scene.result.failures) == 3


@pytest.mark.parametrize("victim", [None, 1])
def test_a_killed_job_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, victim: int | None) -> None:
    """All its processes, whether one rank is killed or all."""
    for name in os.environ:
        if name.startswith(("OMPI_COMM", "PMIX", "PRTE")):
            monkeypatch.delenv(name)
    job = Job(2, ["run", "two_bubbles", "--output", str(tmp_path / "RUN")], tmp_path, "job")
    deadline = time.monotonic() + 30
    while len(job.ranks()) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sorted(job.ranks()) == [0, 1]
    if victim is None:
        job.kill()
    else:
        assert job.kill_rank(victim)
    end = job.wait(30)
    assert end.gone
    assert end.code != 0
    assert not list(job.processes())


def test_a_job_of_one_rank_is_forked(tmp_path: Path) -> None:
    """It ends with its code and all that it says; it is killed, or kills itself at a file call, as others are."""
    run = ["run", "two_bubbles", "--output", str(tmp_path / "RUN")]
    with WarmStarter() as starter:
        job = Job(1, ["examples", "nothing"], tmp_path, "refused", starter=starter)
        end = job.wait(30)
        assert (end.code, end.gone, job.text.count("parallel-nls: ")) == (2, True, 1)
        job = Job(1, run, tmp_path, "killed", starter=starter)
        assert list(job.ranks()) == [0]
        job.kill()
        end = job.wait(30)
        assert (end.code, end.gone, list(job.processes()), job.ranks()) == (-9, True, [], {})
        disturbed = [NTH_CALL, str(tmp_path / "RUN"), "2", "kill", str(tmp_path / "count"), *run]
        end = Job(1, disturbed, tmp_path, "disturbed", starter=starter).wait(30)
        assert (end.code, end.gone) == (-9, True)
