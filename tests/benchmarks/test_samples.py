"""Statistics, turns and requirements of the benchmarks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.benchmarks.interpolation import best, seconds_at
from scripts.benchmarks.samples import (
    BenchmarkError,
    Numbers,
    case,
    check,
    checks_of,
    read_record,
    summary,
    take_turns,
    write_record,
)


def test_a_summary_holds_the_statistics_and_the_samples() -> None:
    """Exact values of a small sample; the standard deviation is that of a sample (n − 1)."""
    assert summary([4.0, 1.0, 1.0]) == {
        "median": 1.0,
        "mean": 2.0,
        "std": pytest.approx(3.0**0.5, rel=1e-15),
        "min": 1.0,
        "max": 4.0,
        "values": [4.0, 1.0, 1.0],
    }
    assert summary([2.5])["std"] == 0.0


def test_programs_take_turns_and_the_first_one_changes() -> None:
    """Three rounds: forward, backward, forward; every quantity keeps its own samples in the order of the rounds."""
    order: list[str] = []

    def program(name: str) -> Callable[[], Numbers]:
        """A program that notes its turn."""

        def run() -> Numbers:
            """One measurement."""
            order.append(name)
            return {"turn": float(len(order)), "round": float(order.count(name))}

        return run

    samples = take_turns({name: program(name) for name in "abc"}, 3)
    assert "".join(order) == "abccbaabc"
    assert samples == {
        "turn": {"a": [1, 6, 7], "b": [2, 5, 8], "c": [3, 4, 9]},
        "round": {"a": [1, 2, 3], "b": [1, 2, 3], "c": [1, 2, 3]},
    }


def test_ratios_are_of_medians_and_are_checked() -> None:
    """An outlier does not count; a ratio at the limit passes, one above it does not."""
    samples = {"engine": [1.0, 3.0, 100.0], "peer": [4.0, 4.0, 400.0], "slow": [8.0, 8.0, 8.0]}
    one = case("grid", "ms", samples, "peer", {"engine": 0.75, "slow": 1.9}, points=64)
    assert one["ratios"] == {"engine": 0.75, "slow": 2.0}
    assert [(item["program"], item["met"]) for item in one["checks"]] == [("engine", True), ("slow", False)]
    assert one["parameters"] == {"points": 64}
    assert checks_of({"cases": [one], "checks": [check("own", 1.0, 0.5)]})[-1]["met"] is False


def test_without_a_yardstick_there_are_no_ratios() -> None:
    """A program without samples is left out; a requirement without a value is not met."""
    one = case("grid", "ms", {"engine": [1.0], "peer": []}, "peer", {"engine": 0.75})
    assert list(one["programs"]) == ["engine"]
    assert one["ratios"] == {}
    assert one["checks"][0]["value"] is None
    assert one["checks"][0]["met"] is False


def test_a_record_comes_back_and_another_version_is_refused(tmp_path: Path) -> None:
    """JSON keeps all; a file of another version is not read as if it were of this one."""
    path = tmp_path / "results" / "step.json"
    record = {"benchmark": "step", "cases": [case("512²", "ms", {"engine": [1.25, 0.1]})]}
    write_record(path, record)
    assert read_record(path) == {"format_version": "1.1", **record}
    path.write_text(json.dumps({"format_version": "0.9"}), encoding="utf-8")
    with pytest.raises(BenchmarkError, match="another version"):
        read_record(path)


def test_seconds_follow_a_power_law_exactly() -> None:
    """Between error 1e-4 in 1 s and 1e-8 in 100 s: error 1e-6 in 10 s, at the ends the measured seconds."""
    points = [(1e-8, 100.0), (1e-4, 1.0)]
    assert seconds_at(1e-6, points) == pytest.approx(10.0, rel=1e-12)
    assert seconds_at(1e-4, points) == pytest.approx(1.0, rel=1e-12)
    assert seconds_at(1e-8, points) == pytest.approx(100.0, rel=1e-12)


def test_nothing_is_extrapolated() -> None:
    """An error outside the settings, or a single setting, gives no seconds."""
    points = [(1e-4, 1.0), (1e-8, 100.0)]
    assert seconds_at(2e-4, points) is None
    assert seconds_at(0.5e-8, points) is None
    assert seconds_at(1e-4, points[:1]) is None


def test_the_cheapest_pair_that_encloses_the_error_counts() -> None:
    """Errors that rise again at the floor of rounding do not hide the first pair."""
    points = [(1e-2, 1.0), (1e-6, 4.0), (1e-3, 8.0), (1e-7, 16.0)]
    assert seconds_at(1e-4, points) == pytest.approx(2.0, rel=1e-12)


def test_the_best_method_is_the_fastest_that_reaches_the_error() -> None:
    """Those that do not reach it are passed over."""
    assert best({"a": None, "b": 3.0, "c": 2.0}) == ("c", 2.0)
    assert best({"a": None}) is None
