"""Times so late that six digits do not tell them apart: whatever tells of a run has them all."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from mpi4py import MPI

from parallel_nls.comparison.comparison import compare
from parallel_nls.config import load_configuration
from parallel_nls.figures.curves import digits_of
from parallel_nls.figures.looks import house_style
from parallel_nls.reports.page import write_report
from parallel_nls.results.reader import describe_run, open_run
from parallel_nls.running.opening import open_simulation
from parallel_nls.running.run import run
from parallel_nls.schedules import shown_time
from parallel_nls.watching.following import watch

LATE = (
    "grid={points=64,length=16.0}",
    "time={start=1234567.0,stop=1234567.5,step=0.0625}",
    "initial.amplitude=0.5",
    "diagnostics.every={steps=1}",
    "output.fields_every={steps=4}",
    "limits.spectral_tail=off",
)
"""As 1.23457e+06 all times look alike."""


@pytest.mark.parametrize(
    ("time", "digits", "text"),
    [
        (1234567.5, 6, "1234567.5"),
        (-1234567.5, 6, "-1234567.5"),
        (1e6, 6, "1000000"),
        (12345.678, 6, "12345.678"),
        (123456789.0625, 10, "123456789.0625"),
        (1234567.5625, 10, "1234567.5625"),
        (12345.678, 4, "12345.678"),
        (1e100, 6, "1e+100"),
    ],
)
def test_late_times_have_all_of_their_digits(time: float, digits: int, text: str) -> None:
    """As they were written, up to fifteen."""
    assert shown_time(time, digits) == text


@pytest.mark.parametrize("digits", [4, 6, 8, 10, 12])
def test_other_times_are_what_they_were(digits: int) -> None:
    """In so many digits, to the character; and so are whole numbers below a million in six."""
    for time in (0.0, -0.0, 1e-7, 0.1 + 0.2, -0.4975, 1 / 3, 12.3456789012345, 9999.5, float("nan"), float("inf")):
        assert shown_time(time, digits) == f"{time:.{digits}g}"
    assert [shown_time(float(time)) for time in (10000, 123456, 999999)] == ["10000", "123456", "999999"]


def test_a_lone_late_time_of_a_figure() -> None:
    """It has as many digits as it takes."""
    assert [digits_of([time]) for time in (1234567.5, 0.1234567, 1000.0)] == [8, 6, 6]


def test_whatever_tells_of_a_late_run_tells_when(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its log, info, compare, watch, report, and what notebooks show."""
    monkeypatch.setitem(house_style(), "savefig.dpi", 40)
    config, root = load_configuration("gaussian_collapse_1d", LATE), tmp_path / "run"
    run(config, MPI.COMM_SELF, root)
    told = (root / "log.txt").read_text(encoding="utf-8")
    assert "8 steps from t = 1234567 to 1234567.5" in told
    assert "done at t = 1234567.5 after 8 steps" in told
    capsys.readouterr()
    watch(root, (), once=True)
    watched = capsys.readouterr().out
    assert "t = 1234567.5 of 1234567 to 1234567.5, step 8 of 8" in watched
    assert "checkpoint at t = 1234567.5" in watched
    described = describe_run(root)
    assert "time        t = 1234567 to 1234567.5" in described
    assert "done at t = 1234567.5" in described
    assert "3 fields at t = 1234567, 1234567.25, 1234567.5" in described
    compared = compare([root, shutil.copytree(root, tmp_path / "copy")]).text()
    assert "t = 1234567 to 1234567.5" in compared
    page = write_report(root).read_text(encoding="utf-8").partition("<body")[2]
    found, simulation = open_run(root), open_simulation(config)
    shown = found._repr_html_(), repr(simulation)
    assert "at t = 1234567.5 after 8 steps" in shown[0]
    assert "time = 1234567 (from 1234567 to 1234567.5)" in shown[1]
    for text in (told, watched, described, compared, re.sub('<img[^>]*>|base64,[^"]*', "", page), *shown):
        assert "e+06" not in text
