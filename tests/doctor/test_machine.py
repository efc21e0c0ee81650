"""Processors, memory, room for messages, and the place for compiled code."""

from __future__ import annotations

import os
import subprocess
import sys
from errno import ENOSPC
from pathlib import Path

import pytest

from parallel_nls.doctor import machine
from parallel_nls.doctor.checks import Situation
from parallel_nls.doctor.findings import Verdict
from parallel_nls.doctor.machine import CodeFolder, Processor, Room
from tests.conftest import ROOT
from tests.doctor.judging import judged, only

NOWHERE = Situation(Path("out"))
GB = 10**9


def test_nodes_with_different_processors() -> None:
    """Named with a node of each kind; bits may differ."""
    old, new = Processor("Old", "a1"), Processor("New", "b2")
    finding = only(judged(machine.judge_processor, old, old, new, hosts=["a", "a", "b"]))
    assert finding.outcome is Verdict.WARNING
    assert "Old (a), New (b)" in finding.found
    assert "bits" in finding.remedy
    assert only(judged(machine.judge_processor, old, old)).outcome is Verdict.OK


def test_nodes_that_only_say_different_names() -> None:
    """What counts is what the processor can do."""
    facts = Processor("Name", "a1"), Processor("Another name", "a1")
    assert only(judged(machine.judge_processor, *facts)).outcome is Verdict.OK


@pytest.mark.parametrize(
    ("facts", "hosts", "outcome", "found"),
    [
        ([(8 * GB, 8 * GB)] * 2, "aa", Verdict.OK, "a grants 8 GB, 4 GB a rank"),
        ([(2 * GB, 8 * GB)], "a", Verdict.OK, "2 GB of 8 GB, by a control group"),
        ([(GB // 2, 8 * GB)] * 4, "aaaa", Verdict.WARNING, "125 MB a rank"),
        ([(8 * GB, 8 * GB), (GB // 10, GB // 10)], "ab", Verdict.WARNING, "b grants 100 MB"),
    ],
)
def test_memory(facts: list[tuple[int, int]], hosts: str, outcome: Verdict, found: str) -> None:
    """Granted, not only there; shared by the ranks of a node; the scarcest node speaks."""
    finding = only(judged(machine.judge_memory, *facts, hosts=list(hosts)))
    assert finding.outcome is outcome
    assert found in finding.found


@pytest.mark.parametrize(
    ("room", "outcome", "found"),
    [
        (Room(GB, GB, "/tmp", writable=True), Verdict.OK, "/dev/shm has 1 GB"),
        (Room(None, GB, "/tmp", writable=True), Verdict.OK, "no shared memory"),
        (
            Room(10**7, GB, "/tmp", writable=True),
            Verdict.WARNING,
            "has 10 MB left, 2 ranks may need 16 MB",
        ),
        (Room(GB, 1000, "/scratch", writable=True), Verdict.WARNING, "/scratch of a has 1 kB left"),
        (Room(GB, 0, "/gone", writable=False), Verdict.PROBLEM, "/gone of a"),
    ],
)
def test_room_for_messages(room: Room, outcome: Verdict, found: str) -> None:
    """Shared memory or temporary files; both are short in containers."""
    finding = only(judged(machine.judge_room, room, room))
    assert finding.outcome is outcome
    assert found in finding.found


def test_a_temporary_folder_that_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As where TMPDIR names a folder of another node."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "missing"))
    finding = only(judged(machine.judge_room, machine.look_at_room(NOWHERE)))
    assert finding.outcome is Verdict.PROBLEM
    assert "TMPDIR" in finding.remedy


def test_a_place_for_compiled_code(tmp_path: Path) -> None:
    """The folder that numba has chosen, here by its variable; nothing of the trial is left there."""
    code = (
        "from pathlib import Path; from parallel_nls.doctor import machine; "
        "print(machine.look_at_compiled_code(machine.Situation(Path())).folder)"
    )
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    folder = Path(result.stdout.strip())
    assert folder.parent == tmp_path
    assert {file.suffix for file in folder.iterdir()} <= {".nbi", ".nbc"}
    assert only(judged(machine.judge_compiled_code, CodeFolder(str(folder)))).outcome is Verdict.OK


def test_no_place_for_compiled_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As a folder that can no longer be written, or of a disk that is full, it means waiting at each start."""
    here = CodeFolder(str(tmp_path))
    finding = only(judged(machine.judge_compiled_code, here, CodeFolder(""), hosts=["a", "b"]))
    assert finding.outcome is Verdict.WARNING
    assert "b has no folder" in finding.found
    assert "NUMBA_CACHE_DIR" in finding.remedy

    def refuse(*_arguments: object) -> None:
        """As a disk does that is full."""
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    assert machine.look_at_compiled_code(NOWHERE).trouble == ""
    monkeypatch.setattr(os, "fsync", refuse)
    full = machine.look_at_compiled_code(NOWHERE)
    finding = only(judged(machine.judge_compiled_code, here, full, hosts=["a", "b"]))
    assert finding.outcome is Verdict.WARNING
    assert f"{full.folder} of b takes no file (No space left on device)" in finding.found
