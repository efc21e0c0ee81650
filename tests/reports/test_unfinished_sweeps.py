"""The page of a sweep of which not all members have a run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tests.reports.test_report import page_of
from tests.stored_runs import end_run, rows, store_run

TIMES = np.linspace(-2.0, -1.5, 11)


def test_a_sweep_is_not_done_while_members_are_not(tmp_path: Path) -> None:
    """Those that failed have no run; those that are not begun neither. Both are told."""
    root = tmp_path / "scan"
    root.mkdir()
    (root / "sweep.toml").write_text("")
    end_run(store_run(root / "member_0001", rows(TIMES, sup_norm=-1 / TIMES)))
    (root / "members.csv").write_text('member,initial\n0,"{\n}"\n1,b\n2,c\n')
    page = page_of(root)
    assert "3 runs of one sweep" in page.text
    assert "Not all runs came to their stop. 1 done, 2 not begun." in page.text
    failed = {"member": 0, "status": "failed", "reason": "no luck"}
    (root / "summary.json").write_text(json.dumps({"members": [failed]}))
    page = page_of(root)
    assert "Not all runs came to their stop. 1 done, 1 failed, 1 not begun." in page.text
    assert "member_0000 failed: no luck" in page.text


def test_members_that_the_disk_ended_are_counted_apart(tmp_path: Path) -> None:
    """They are not among those that were killed, as log.txt has it."""
    root = tmp_path / "scan"
    root.mkdir()
    (root / "sweep.toml").write_text("")
    for number in range(3):
        store_run(root / f"member_{number:04d}", rows(TIMES, sup_norm=-1 / TIMES))
    (root / "member_0001" / "log.txt").write_text("2026-01-02 03:04:05  ended: series.h5: no room\n")
    page = page_of(root)
    assert "Not all runs came to their stop. 2 killed, 1 ended by the disk." in page.text
    assert "ended by the disk: series.h5: no room" in page.text
