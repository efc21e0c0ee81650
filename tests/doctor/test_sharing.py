"""Memory that ranks of a node share: tried as in a run, and judged."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parallel_nls.doctor import sharing
from parallel_nls.doctor.checks import Situation
from parallel_nls.doctor.findings import Verdict
from parallel_nls.doctor.sharing import Sharing
from parallel_nls.parallel.sharing import SETTING
from tests.doctor.judging import judged, only

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

TROUBLE = "ranks of a node share no memory (No such file or directory)"


@pytest.mark.parametrize(
    ("fact", "outcome", "found"),
    [
        (Sharing(), Verdict.OK, "a rank alone"),
        (Sharing("shared memory"), Verdict.OK, "ranks exchange by shared memory"),
        (Sharing("messages", f"{SETTING} = off"), Verdict.OK, f"not used: {SETTING} = off"),
        (Sharing("messages", trouble=TROUBLE), Verdict.WARNING, TROUBLE),
        (Sharing(mistake=f'{SETTING} = "no": it takes'), Verdict.PROBLEM, f'{SETTING} = "no"'),
        (Sharing("shared memory", same=False), Verdict.PROBLEM, "rank 0 (a) read other numbers"),
    ],
)
def test_judgement(fact: Sharing, outcome: Verdict, found: str) -> None:
    """Slower is a warning, wrong a problem, unwanted neither."""
    finding = only(judged(sharing.judge_sharing, fact, fact))
    assert finding.outcome is outcome
    assert found in finding.found


def test_a_setting_that_no_run_starts_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is found on one rank, too."""
    monkeypatch.setenv(SETTING, "OFF")
    assert sharing.look_at_sharing(Situation(Path("out"), None)).mistake.startswith(f'{SETTING} = "OFF"')


@pytest.mark.mpi
@pytest.mark.ranks(2, 3, 4)
def test_the_trial(comm: Intracomm, monkeypatch: pytest.MonkeyPatch) -> None:
    """It works here, tells what one rank is refused or has set, and whose numbers do not arrive."""
    situation, last = Situation(Path("out"), comm), comm.size - 1
    assert sharing.look_at_sharing(situation) == Sharing("shared memory")
    with monkeypatch.context() as patches:
        patches.setenv(SETTING, "no" if comm.rank == last else "on")
        assert sharing.look_at_sharing(situation).mistake.startswith(f'{SETTING} = "no"')
    with monkeypatch.context() as patches:
        patches.setattr(os, "getpid", os.getppid)
        assert "share no memory" in sharing.look_at_sharing(situation).trouble
