"""The examination on several ranks: one report for all, whatever one of them meets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parallel_nls.doctor import folder, storage
from parallel_nls.doctor.checks import Check, Situation
from parallel_nls.doctor.examination import CHECKS, examine
from parallel_nls.doctor.findings import Verdict, ok

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

pytestmark = pytest.mark.mpi


def test_all_is_well_here(comm: Intracomm, shared_path: Path) -> None:
    """The environment of the tests is in order, but for its few cores; nothing is left behind."""
    report = examine(lambda: comm, shared_path)
    assert {check.title for check in CHECKS} <= {finding.title for finding in report.findings}
    assert [finding for finding in report.findings if finding.outcome is Verdict.PROBLEM] == []
    assert report.exit_code == 0
    assert comm.bcast(report) == report
    assert not list(shared_path.iterdir())
    found = {finding.title: finding.found for finding in report.findings}
    assert f"8 MiB by {comm.size} rank" in found["write and read"]
    assert "the same bits" in found["write and read"]
    assert found["processes"].startswith(f"{comm.size} rank")


def test_a_failure_on_one_rank_is_a_finding(comm: Intracomm, shared_path: Path) -> None:
    """The others do not wait; all have the same report, and the next check is in step."""
    last = comm.size - 1

    def look(situation: Situation) -> int:
        """Fail on the last rank."""
        if situation.rank == last:
            raise OSError("a bad node")
        return situation.rank

    checks = [
        Check("bad", look, lambda *_: [ok("fine")]),
        Check("next", lambda situation: situation.rank, lambda _, seen: [ok(str([one.fact for one in seen]))]),
    ]
    report = examine(lambda: comm, shared_path, checks)
    bad, good = report.findings
    assert bad.outcome is Verdict.PROBLEM
    assert "OSError: a bad node" in bad.found
    assert comm.size == 1 or f"on rank {last} (" in bad.found
    assert good.found == str(list(range(comm.size)))
    assert comm.bcast(report) == report


def test_a_missing_folder_on_all_ranks(comm: Intracomm, shared_path: Path) -> None:
    """One problem; nothing is written."""
    report = examine(lambda: comm, shared_path / "missing", [*folder.CHECKS, *storage.CHECKS])
    problems = [finding for finding in report.findings if finding.outcome is Verdict.PROBLEM]
    assert [finding.title for finding in problems] == ["folder"]
    assert "does not exist" in problems[0].found
    assert report.findings[-1].found.startswith("not tried")
