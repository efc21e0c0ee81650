"""The directory of a sweep: whose it is, what jobs there know of each other, and what a killed one left."""

from __future__ import annotations

import errno
import json
import os
import time
from pathlib import Path
from typing import NoReturn

import pytest
from mpi4py import MPI

from parallel_nls import open_run
from parallel_nls.config import example_text
from parallel_nls.errors import DONE, UserError
from parallel_nls.numerics.compile_clock import begin_compiling, end_compiling
from parallel_nls.results.reader import describe_run
from parallel_nls.running.run import run
from parallel_nls.studies.sweep.claims import Claim, Claims
from parallel_nls.studies.sweep.folder import SweepPaths
from parallel_nls.studies.sweep.group import Group
from parallel_nls.studies.sweep.job_folder import JobFolder, Presence
from parallel_nls.studies.sweep.opening import open_sweep
from parallel_nls.studies.sweep.plan import SweepPlan, load_sweep
from parallel_nls.studies.sweep.table import exit_code_of
from tests.studies.sweeps import FOUR, plan_of, sweep_text


@pytest.fixture
def plan(tmp_path: Path) -> SweepPlan:
    """Four members."""
    return plan_of(MPI.COMM_SELF, tmp_path, sweep_text(FOUR))


@pytest.fixture
def paths(plan: SweepPlan) -> SweepPaths:
    """Their directory, which is there."""
    root = Path(plan.sweep.output)
    root.mkdir()
    return SweepPaths(root)


def test_a_member_has_one_owner(plan: SweepPlan, paths: SweepPaths) -> None:
    """Whether the other is a group of the same job or of another."""
    one, two = Presence(paths), Presence(paths)
    first, second, other = (Claims(plan, paths, JobFolder(job.folder.path)) for job in (one, one, two))
    for number, group in enumerate((first, second, other)):
        assert group.next() == Claim(number, begun=False)
    assert second.lock is not None
    second.lock.release()
    assert second.next() == Claim(3, begun=False)
    assert other.lock is not None
    assert first.lock is not None
    other.lock.release()
    # A member that failed, as it seems to this job: only others try it again, or those that another job has left.
    first.lock.release()
    assert first.next() == Claim(2, begun=False)
    assert one.folder.claimed() == 4
    for lock in (first.lock, second.lock):
        lock.release()
    assert (first.next(), second.next()) == (None, None)
    for number in (3, 0, 1):
        assert other.next() == Claim(number, begun=False)
        other.lock.release()
    assert other.next() is None
    for job in (one, two):
        job.leave()
    assert not list(paths.jobs.iterdir())


def test_a_member_of_a_file_system_without_locks_has_one_owner(
    plan: SweepPlan, paths: SweepPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among the groups of one job; the job says so."""

    def refuse(*_: object) -> None:
        """Have no locks."""
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", refuse)
    job = Presence(paths)
    assert not job.has_locks
    groups = [Claims(plan, paths, job.folder) for _ in range(2)]
    assert [groups[k].next() for k in (0, 1, 1, 0, 0, 1)] == [*(Claim(n, begun=False) for n in range(4)), None, None]


def test_what_a_killed_job_left_is_taken_away(paths: SweepPaths) -> None:
    """Its folder, and a stop file that it did not live to see."""
    killed = Presence(paths)
    os.utime(killed.folder.path / ".lock", (1e9, 1e9))
    paths.stop.touch()
    alive = Presence(paths)
    assert paths.stop.exists()  # it may be meant for the older one
    killed._lock.release()
    another = Presence(paths)
    another.leave()
    assert {path.name for path in paths.jobs.iterdir()} == {alive.folder.path.name}
    alive.leave()
    assert not paths.stop.exists()
    paths.stop.touch()
    os.utime(paths.stop, (1e9, 1e9))
    last = Presence(paths)
    assert not paths.stop.exists()
    last.leave()


def test_a_job_that_does_not_come_to_its_folder_leaves_none(paths: SweepPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where the disk refuses it, nor for long where it was killed in its first moments."""

    def refuse(path: Path, _target: Path) -> None:
        """Be refused."""
        raise OSError(f"no new name for {path}")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        with pytest.raises(OSError, match="no new name"):
            Presence(paths)
    assert not list(paths.jobs.iterdir())
    for name, age in (("new-old", 100.0), ("new-young", 10.0)):
        (paths.jobs / name).mkdir()
        os.utime(paths.jobs / name, (time.time() - age,) * 2)
    job = Presence(paths)
    assert {path.name for path in paths.jobs.iterdir()} == {job.folder.path.name, "new-young"}
    job.leave()


def test_groups_know_of_each_other_what_is_at_stake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not of themselves; where the disk does not tell, nothing is."""
    job = JobFolder(tmp_path)
    job.mark(10, True)
    assert [job.others_at_stake(group) for group in (1, 10)] == [True, False]
    job.mark(1, True)
    job.mark(10, False)
    assert [job.others_at_stake(group) for group in (1, 10)] == [False, True]
    JobFolder(tmp_path / "gone").mark(1, True)
    assert not JobFolder(tmp_path / "gone").others_at_stake(0)
    monkeypatch.setattr(Path, "glob", _refuse)
    assert not job.others_at_stake(10)


def test_a_disk_that_does_not_list_claims_costs_the_estimate_alone(
    plan: SweepPlan, paths: SweepPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the time that the other members take."""
    group = Group(MPI.COMM_SELF, plan, JobFolder(paths.root), print, 1, 4)
    group._ended = 1
    assert group._time_left().startswith("; 4 to go, about ")
    monkeypatch.setattr(Path, "glob", _refuse)
    assert group._time_left() == ""


def test_what_a_first_member_compiles_the_others_do_not(plan: SweepPlan, paths: SweepPaths) -> None:
    """So the estimate leaves it out."""
    group = Group(MPI.COMM_SELF, plan, JobFolder(paths.root), print, 1, 4)
    begin_compiling()
    time.sleep(1.0)
    end_compiling()
    group._ended = 1
    assert group._time_left() == "; 4 to go, about 0:00:00"


def _refuse(*_: object) -> NoReturn:
    raise OSError(errno.EIO, os.strerror(errno.EIO), "folder")


def test_a_member_killed_before_its_first_checkpoint_begins_again(plan: SweepPlan, paths: SweepPaths) -> None:
    """It left half a configuration and empty folders; one with a checkpoint goes on, one that has ended is left."""
    first, second, third = (paths.member(number) for number in range(3))
    first.fields.mkdir(parents=True)
    first.config.write_text("[gri", encoding="utf-8")
    second.checkpoints.mkdir(parents=True)
    second.checkpoint(0).touch()
    assert run(plan.configuration(2), MPI.COMM_SELF, third.root, quiet=True).exit_code == DONE
    job = Presence(paths)
    claims = Claims(plan, paths, job.folder)
    for expected in (Claim(0, False), Claim(1, True), Claim(3, False)):
        assert claims.next() == expected
        assert claims.lock is not None
        claims.lock.release()
    assert claims.next() is None
    assert not list(first.root.iterdir())
    job.leave()


def test_a_directory_of_something_else_is_refused(plan: SweepPlan, paths: SweepPaths) -> None:
    """Nothing is written into it."""
    (paths.root / "old.txt").touch()
    with pytest.raises(UserError, match="is not empty, and holds no sweep; give another with --output"):
        open_sweep(plan)
    assert [path.name for path in paths.root.iterdir()] == ["old.txt"]


def test_members_begun_with_other_values_are_refused(tmp_path: Path, plan: SweepPlan) -> None:
    """Whether the sweep has changed or its configuration; more values at the end of the first list are welcome."""
    open_sweep(plan).leave()
    for number in (0, 3):
        run(plan.configuration(number), MPI.COMM_SELF, SweepPaths(tmp_path / "scan").member(number).root, quiet=True)

    def opened(text: str) -> None:
        """Open the same directory with another sweep."""
        open_sweep(plan_of(MPI.COMM_SELF, tmp_path, text)).leave()

    steps, frequencies = FOUR["time.step"], FOUR["initial.bubbles.1.frequency"]
    with pytest.raises(UserError, match=r"member_0000 differs in initial.bubbles.1.frequency = 0.5 instead of 1.0"):
        opened(sweep_text({"time.step": steps, "initial.bubbles.1.frequency": frequencies[::-1]}))
    with pytest.raises(UserError, match=r"member_0003 is none of its members"):
        opened(sweep_text({"time.step": [1e-3]}))
    with pytest.raises(UserError, match=r"member_0000 differs in time.stop = -0.484 instead of -0.492; member_0003"):
        opened(sweep_text(FOUR, time__stop=-0.484))
    opened(sweep_text(FOUR, time__wall_limit="1 h", checkpoint__every="1 h", ranks=2))
    opened(sweep_text({**FOUR, "time.step": [*steps, 2.5e-4]}))
    assert (tmp_path / "scan" / "members.csv").read_text().splitlines()[-1] == "5,0.00025,0.5"


def test_info_on_a_sweep_names_its_members(plan: SweepPlan) -> None:
    """And so does everything else that wants a run: the first that is there, and a table once there is one."""
    open_sweep(plan).leave()
    root = Path(plan.sweep.output)
    for look in (describe_run, open_run):
        with pytest.raises(
            UserError, match=r"is a sweep of several runs; none of them is there yet; go on with all by:"
        ):
            look(root)
    for name in ("member_0001", "member_10000"):
        (root / name).mkdir()
        (root / name / "config.toml").touch()
    (root / "member_0000").mkdir()
    (root / "summary.csv").touch()
    with pytest.raises(UserError, match=r"give one of them, as .*member_0001; a table of all is in summary.csv there"):
        open_run(root)


@pytest.mark.parametrize(
    ("states", "code"),
    [
        (["done", "done"], 0),
        (["done", "stopped early"], 3),
        (["failed", "done"], 3),
        (["failed", "left", "done"], 75),
        (["done", "running in another job"], 75),
        (["not begun"], 75),
    ],
)
def test_the_exit_code_tells_what_is_left(states: list[str], code: int) -> None:
    """0 nothing, 3 nothing although not all came to their stop, 75 something."""
    assert exit_code_of([{"status": state} for state in states]) == code


def test_the_json_table_is_json(tmp_path: Path) -> None:
    """Of values that JSON does not know as well."""
    from parallel_nls.studies.sweep.table import json_text

    assert json.loads(json_text([{"member": 0, "status": "done", "value": tmp_path}]))["exit_code"] == 0


def test_a_file_of_the_user_is_not_overwritten_nor_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep file of that name, a configuration within the directory, a path back from what is not there."""
    monkeypatch.chdir(tmp_path)
    text, example = sweep_text(FOUR), sweep_text(FOUR, configuration="base.toml")
    for name in ("sweep.toml", "other.toml"):
        Path(name).write_text(text, encoding="utf-8")
    for output in (".", "missing/..", "missing/../../" + tmp_path.name):
        with pytest.raises(UserError, match="is not empty, and holds no sweep"):
            open_sweep(load_sweep("sweep.toml", output))
    assert Path("sweep.toml").read_text(encoding="utf-8") == text
    assert not Path("missing").exists()
    open_sweep(load_sweep("other.toml", "scan")).leave()
    Path("scan/base.toml").write_text(example_text("two_bubbles"), encoding="utf-8")
    Path("scan/again.toml").write_text(example, encoding="utf-8")
    Path("link").symlink_to("scan")
    for output in ("scan", "link"):
        with pytest.raises(UserError, match=r"holds .*base\.toml, which the members come from"):
            open_sweep(load_sweep("scan/again.toml", output))
