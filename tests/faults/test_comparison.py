"""The comparison of two runs finds one flipped bit, and every file too many or too few."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.faults.comparison import differences
from tests.faults.made_runs import SUMMARY, make_run, make_state

COMPARED = (
    "config.toml",
    "series.h5",
    "fields/field_00000000.h5",
    "fields/fields.xmf",
    "checkpoints/state_00000009.h5",
)


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    """A run and its copy."""
    reference = make_run(tmp_path / "reference")
    return reference, Path(shutil.copytree(reference, tmp_path / "run"))


def test_a_copy_has_no_differences(runs: tuple[Path, Path]) -> None:
    """All bytes are equal."""
    assert differences(*runs) == []


@pytest.mark.parametrize("name", COMPARED)
def test_one_flipped_bit_is_found(runs: tuple[Path, Path], name: str) -> None:
    """In every file that is promised; the message says where."""
    path = runs[1] / name
    content = bytearray(path.read_bytes())
    content[37] ^= 4
    path.write_bytes(content)
    assert differences(*runs) == [f"{name}: differs from byte 37"]


@pytest.mark.parametrize("name", COMPARED)
def test_a_lost_end_and_a_lost_file_are_found(runs: tuple[Path, Path], name: str) -> None:
    """One byte is enough; without the newest state the one before it is too many."""
    path = runs[1] / name
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    assert differences(*runs) == [f"{name}: {len(content)} bytes and {len(content) - 1}"]
    path.unlink()
    assert differences(*runs)[0] == f"{name} is missing"


@pytest.mark.parametrize("name", ["series.h5.new", "checkpoints/state_00000009.json.new", "stop", "fields/field_1.h5"])
def test_a_file_too_many_is_found(runs: tuple[Path, Path], name: str) -> None:
    """Such as what a job has left behind."""
    (runs[1] / name).touch()
    assert differences(*runs) == [f"{name} should not be there"]


def test_what_may_differ_does(runs: tuple[Path, Path]) -> None:
    """The log, the figures, older checkpoints, the manifests, clocks in the summary."""
    run = runs[1]
    (run / "log.txt").write_text("resumed")
    (run / "figures").mkdir()
    (run / "figures" / "mass.png").touch()
    for path in (run / "checkpoints").glob("state_00000006.*"):
        path.unlink()
    make_state(run, 7)
    (run / "checkpoints" / "state_00000009.json").write_text("{}")
    (run / "summary.json").write_text(json.dumps(SUMMARY | {"wall_seconds": 8.0}))
    assert differences(*runs) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [("end_time", 0.2), ("steps", 8), ("exit_code", 75), ("pairs", 60), ("drift", {"mass": 2e-15})],
)
def test_another_summary_is_found(runs: tuple[Path, Path], key: str, value: object) -> None:
    """In each of the entries that must be the same."""
    (runs[1] / "summary.json").write_text(json.dumps(SUMMARY | {key: value}))
    (difference,) = differences(*runs)
    assert difference == f"summary.json: {key} is {value}, not {SUMMARY[key]}"


def _with_a_tolerance(path: Path, pairs: int) -> None:
    path.write_text(json.dumps(SUMMARY | {"error_estimate": 1e-9, "pairs": pairs}))


def test_with_a_tolerance_the_pairs_may_differ(runs: tuple[Path, Path]) -> None:
    """Steps that were taken back are counted there."""
    for run, pairs in zip(runs, (54, 60), strict=True):
        _with_a_tolerance(run / "summary.json", pairs)
    assert differences(*runs) == []


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_text("{")], ids=["missing", "no JSON"])
def test_a_summary_that_cannot_be_read_is_found(runs: tuple[Path, Path], spoil: Callable[[Path], object]) -> None:
    """Missing or damaged."""
    spoil(runs[1] / "summary.json")
    (difference,) = differences(*runs)
    assert difference.startswith("summary.json cannot be read")
