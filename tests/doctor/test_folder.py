"""The folder for output, in all states of disrepair."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
from pathlib import Path
from typing import Any, NoReturn

import pytest

from parallel_nls.doctor import folder
from parallel_nls.doctor.checks import Situation
from parallel_nls.doctor.examination import examine
from parallel_nls.doctor.findings import Finding, Verdict, problem
from parallel_nls.doctor.folder import Place, Room
from parallel_nls.doctor.storage import Passage, judge_storage, look_at_storage
from tests.doctor.judging import judged, only

GB = 10**9


def no_mpi() -> NoReturn:
    """Fail to start."""
    raise RuntimeError("no MPI in this test")


def examined(where: Path) -> dict[str, Finding]:
    """Findings about a folder by their titles, in one process without MPI."""
    return {finding.title: finding for finding in examine(no_mpi, where, folder.CHECKS).findings}


def refuse(number: int) -> Any:
    """A function that the operating system refuses."""

    def refused(*_arguments: Any, **_options: Any) -> NoReturn:
        """Refuse."""
        raise OSError(number, os.strerror(number))

    return refused


def test_a_good_folder(tmp_path: Path) -> None:
    """Nothing to do, and nothing is left behind."""
    found = examined(tmp_path)
    assert list(found) == ["folder", "locks", "free space", "file size limit"]
    assert {found[title].outcome for title in ("folder", "locks", "file size limit")} == {Verdict.OK}
    assert str(tmp_path) in found["folder"].found
    assert not list(tmp_path.iterdir())


def test_a_missing_folder(tmp_path: Path) -> None:
    """One problem, not several that follow from it."""
    found = examined(tmp_path / "missing")
    assert list(found) == ["folder", "file size limit"]
    assert found["folder"].outcome is Verdict.PROBLEM
    assert "does not exist" in found["folder"].found
    assert found["folder"].remedy.startswith(f"mkdir -p {tmp_path / 'missing'}")


def test_a_file_in_place_of_a_folder(tmp_path: Path) -> None:
    """It is there, but is none."""
    (tmp_path / "file").touch()
    finding = examined(tmp_path / "file")["folder"]
    assert "is not a folder" in finding.found
    assert finding.remedy.startswith("name another folder")


def test_a_folder_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Root may write anywhere, so that the system's answer is put in here."""
    monkeypatch.setattr(os, "mkdir", refuse(errno.EROFS))
    finding = examined(tmp_path)["folder"]
    assert finding.outcome is Verdict.PROBLEM
    assert "cannot be written (Read-only file system)" in finding.found


def test_a_folder_that_other_nodes_do_not_share() -> None:
    """The same path, another disk."""
    here, there = Place("", visible=True, kind="ext4"), Place("", visible=False, kind="ext4")
    finding = only(judged(folder.judge_folder, here, here, there, hosts=["a", "a", "b"]))
    assert finding.outcome is Verdict.PROBLEM
    assert "out is another one on b than on a" in finding.found
    assert "share" in finding.remedy


@pytest.mark.parametrize("setting", ["", "FALSE"])
def test_a_file_system_without_locks(setting: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Said with what to tell HDF5, unless it is told already."""
    monkeypatch.setenv("HDF5_USE_FILE_LOCKING", setting)
    monkeypatch.setattr(fcntl, "flock", refuse(errno.ENOLCK))
    finding = examined(tmp_path)["locks"]
    assert finding.outcome is Verdict.WARNING
    assert "no locks" in finding.found
    assert ("HDF5_USE_FILE_LOCKING=FALSE" in finding.remedy) == (setting == "")


def test_locks_that_keep_nobody_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same lock twice on one node, or once on each of two nodes."""
    monkeypatch.setattr(fcntl, "flock", lambda *_: None)
    twice = examined(tmp_path)["locks"]
    assert twice.outcome is Verdict.WARNING
    assert "grants one lock twice" in twice.found
    apart = only(judged(folder.judge_locks, "refused", "granted", hosts=["a", "b"]))
    assert apart.outcome is Verdict.WARNING
    assert "locks of a are not seen on b" in apart.found
    assert only(judged(folder.judge_locks, "refused", "refused", hosts=["a", "b"])).outcome is Verdict.OK


@pytest.mark.parametrize(
    ("room", "outcome", "found"),
    [
        (Room(50 * GB, 10, 100 * GB), Verdict.OK, "50 GB free of 100 GB"),
        (Room(50 * GB, None, 100 * GB), Verdict.OK, "50 GB free"),
        (Room(GB // 2, 10, 100 * GB), Verdict.WARNING, "small runs only"),
        (Room(GB // 100, 10, 100 * GB), Verdict.PROBLEM, "too little"),
        (Room(50 * GB, 0, 100 * GB), Verdict.PROBLEM, "no more files"),
    ],
)
def test_free_space(room: Room, outcome: Verdict, found: str) -> None:
    """For bytes and for files."""
    finding = only(judged(folder.judge_space, room))
    assert finding.outcome is outcome
    assert found in finding.found


@pytest.mark.parametrize(
    ("limit", "outcome"), [(10**6, Verdict.PROBLEM), (5 * GB, Verdict.WARNING), (resource.RLIM_INFINITY, Verdict.OK)]
)
def test_a_limit_of_file_sizes(limit: int, outcome: Verdict, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As of `ulimit -f`."""
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (limit, resource.RLIM_INFINITY))
    finding = examined(tmp_path)["file size limit"]
    assert finding.outcome is outcome
    assert ("ulimit -f unlimited" in finding.remedy) == (outcome is not Verdict.OK)


def test_what_came_back_from_the_file() -> None:
    """Wrong numbers on one rank, a refusal, a slow disk."""
    good, wrong = Passage(same=True, writing=0.1, reading=0.1), Passage(same=False, writing=0.1, reading=0.1)
    assert only(judged(judge_storage, good, good)).outcome is Verdict.OK
    finding = only(judged(judge_storage, good, wrong, hosts=["a", "b"]))
    assert finding.outcome is Verdict.PROBLEM
    assert "rank 1 (b) read other numbers" in finding.found
    refusal = Passage(refusal="array.h5 cannot be written or read (Disk quota exceeded)")
    assert "quota" in only(judged(judge_storage, refusal, refusal)).found
    assert only(judged(judge_storage, Passage(same=True, writing=60.0, reading=0.1))).outcome is Verdict.WARNING


def test_nothing_is_written_into_a_bad_folder(tmp_path: Path) -> None:
    """What is known to fail is not tried."""
    situation = Situation(tmp_path, scratch=tmp_path, findings=[problem("full", "remove files", "free space")])
    assert look_at_storage(situation) is None
    assert only(judged(judge_storage, None)).outcome is Verdict.WARNING
