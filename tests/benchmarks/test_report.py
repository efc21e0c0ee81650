"""Tables, figures and the page, from made-up results."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from parallel_nls.planning.node import busy_seconds
from scripts.benchmarks import __main__ as command
from scripts.benchmarks import environment, parts
from scripts.benchmarks.benchmark import Benchmark
from scripts.benchmarks.figures import draw_cases
from scripts.benchmarks.gains import gains
from scripts.benchmarks.load import OtherLoad, _own
from scripts.benchmarks.report import load_of, overview, write_report
from scripts.benchmarks.samples import BenchmarkError, Record, case, check, checks_of, read_record, write_record
from scripts.benchmarks.tables import number, tables
from tests.benchmarks import records

PNG = b"\x89PNG\r\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.0123, "0.0123"),
        (0.0999999, "0.100"),
        (1.234, "1.23"),
        (-12.34, "-12.3"),
        (1234.6, "1230"),
        (2.5e-13, "2.50e-13"),
        (3e6, "3.00e+06"),
    ],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    """Three significant digits; an exponent only where it is needed."""
    assert number(value) == text


def test_the_table_shows_ratio_limit_and_what_is_missed() -> None:
    """One row for each program, columns under each other."""
    lines = tables(records.step()).splitlines()
    assert len(lines) == 5
    assert lines[0].split() == ["case", "program", "median", "mean", "±", "std", "min", "…", "max", "ratio", "limit"]
    assert lines[1].endswith("0.620         0.75")
    assert "3.10 ms  3.10 ± 0.100  3.00 … 3.20" in lines[1]
    assert lines[3].endswith("1.050  0.75 MISSED")
    assert "launch to first step, 1 rank      1.50  ≤ 2.00  met" in tables(records.startup())


def test_the_page_has_requirements_sections_and_figures(tmp_path: Path) -> None:
    """From three stored results; the benchmarks that were not measured are named."""
    for record in (records.step(), records.accuracy(), records.startup()):
        write_record(tmp_path / f"{record['benchmark']}.json", record)
    page = tmp_path / "docs" / "performance.md"
    missing = write_report(command.BENCHMARKS, tmp_path, page)
    assert missing == [
        "parts",
        "even",
        "line",
        "control",
        "diagnostics",
        "modulation",
        "io",
        "checkpoints",
        "hierarchy",
        "model",
        "half-wave",
        "remainder",
    ]
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Performance\n")
    assert text.index("## What you gain") < text.index("## How it was measured") < text.index("## Requirements")
    assert "Measured 2030-01-02 on Some CPU, 8 cores; Some MPI v1, FFTW 3.3.10, Python 3.11.0, numpy 2.0" in text
    assert "| step | 512², 2 ranks: parallel_nls / C | 1.05 | ≤ 0.750 | MISSED |" in text
    assert "`scripts/bench step`; 3 rounds; other programs kept 0.03 cores busy meanwhile." in text
    for name in ("step", "accuracy", "startup"):
        assert f"(images/performance_{name}.png)" in text
        assert (page.parent / "images" / f"performance_{name}.png").read_bytes().startswith(PNG)


def test_the_floor_of_a_step() -> None:
    """Transforms, columns and two copies together, in nanoseconds a point of 512² and as a part of the step."""
    samples = {
        "a step": [4.0], "transforms of rows": [1.0], "kick": [0.5], "columns": [0.6], "two copies of the field": [0.2],
    }  # fmt: skip
    text = parts.describe({"cases": [case("512²", "ms", samples, "a step", points=512)]})
    assert "| 512² | transforms of rows | 1.00 ms | 3.81 | 25 % |" in text
    assert text.rstrip().endswith("| 512² | floor | 1.80 ms | 6.87 | 45 % |")


def test_the_page_begins_with_what_a_user_gains() -> None:
    """6000 pairs of 3.1 ms and 2.1 ms; 0.62 and 1.05 of the time of C; 16^(3/4) s against four times as many."""
    text = gains({"step": records.step(), "accuracy": records.accuracy(), "startup": records.startup()})
    assert "| 1000 steps at 512² | 6000 | 18.6 s | 12.6 s |" in text
    assert "| the Gaussian below, 512² to t = 1, error 1e-09 |  | 8.00 s |  |" in text
    assert "1e-11 |" not in text
    assert "a step takes 0.62 to 1.05 of the time" in text
    assert "error of 1e-06 in 1.00 s against 4.00 s; 1e-09 in 8.00 s against 32.0 s." in " ".join(text.split())
    assert "divides the time of a step by 1.48 at 512²." in text
    assert gains({"startup": records.startup()}) == ""
    assert "XMDS2" not in gains({"accuracy": records.accuracy(peer=None)})


def test_the_accuracy_section_compares_and_does_not_extrapolate(tmp_path: Path) -> None:
    """Seconds at the wanted errors by the power law between settings, the ratio 1/4, nothing at 1e-11."""
    record = records.accuracy()
    seconds = 16 ** (3 / 4)  # three of four decades from 1 s to 16 s
    assert record["results"][1]["seconds"]["rkn4"] == pytest.approx(seconds, rel=1e-12)
    assert record["results"][1]["ratio"] == pytest.approx(0.25, rel=1e-12)
    assert record["results"][2] == {
        "ranks": 1,
        "error": 1e-11,
        "seconds": {"rkn4": None, "XMDS2 RK4": None},
        "best": None,
        "peer": None,
        "ratio": None,
    }
    (accuracy,) = (benchmark for benchmark in command.BENCHMARKS if benchmark.name == "accuracy")
    text = accuracy.describe(record)
    assert "| 1 | 1e-09 | 8.00 s (rkn4) | 32.0 s (XMDS2 RK4) | 0.250 |" in text
    assert "| 1 | 1e-11 | not reached | not reached |  |" in text
    assert "XMDS2 9.9" in text
    accuracy.draw(record, tmp_path / "accuracy.png")
    assert (tmp_path / "accuracy.png").read_bytes().startswith(PNG)


def test_without_the_peer_the_page_says_how_to_install_it() -> None:
    """No requirement is claimed then."""
    record = records.accuracy(peer=None)
    (accuracy,) = (benchmark for benchmark in command.BENCHMARKS if benchmark.name == "accuracy")
    assert "apt-get install xmds2 libfftw3-mpi-dev" in accuracy.describe(record)
    assert "| 1 | 1e-09 | 8.00 s (rkn4) |  |  |" in accuracy.describe(record)
    assert checks_of(record) == []


def test_without_results_the_report_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One message, exit code 1, no page."""
    assert command.main(["report", "--results", str(tmp_path), "--page", str(tmp_path / "p.md")]) == 1
    assert "measure first: scripts/bench all" in capsys.readouterr().err
    assert not (tmp_path / "p.md").exists()


def test_a_missed_requirement_fails_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results are stored all the same; `all` goes on after a benchmark that cannot be measured."""

    def stub(record: Record | None) -> Benchmark:
        """A benchmark that measures nothing."""
        name = record["benchmark"] if record else "broken"

        def measure(_: argparse.Namespace) -> Record:
            """The made-up results, or none."""
            if record is None:
                raise BenchmarkError("no compiler")
            return {key: record[key] for key in ("cases", "checks") if key in record}

        return Benchmark(name, name, 3, measure, lambda _, path: path.touch(), str)

    monkeypatch.setattr(environment, "describe", lambda: dict(records.ENVIRONMENT))
    stubs = {"step": stub(records.step()), "startup": stub(records.startup()), "broken": stub(None)}
    for names, code in ((("startup",), 0), (("step", "startup"), 1), (("broken", "startup"), 1)):
        monkeypatch.setattr(command, "BENCHMARKS", tuple(stubs[name] for name in names))
        results = tmp_path / "_".join(names)
        assert command.main(["all", "--results", str(results)]) == code
        stored = json.loads((results / "startup.json").read_text(encoding="utf-8"))
        assert stored["benchmark"] == "startup"
        assert stored["rounds"] == 3
        assert "other_load" in stored["environment"]


def test_times_of_a_busy_machine_are_not_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither met nor missed, and said so; what has nothing to do with times is judged all the same."""
    exact = check("error", 1e-9, 1e-10, timed=False)

    def measure(_: argparse.Namespace) -> Record:
        """One requirement on times, met on an idle machine, and one on an error, missed."""
        record = records.startup()
        return {"cases": record["cases"], "checks": [*record["checks"], exact]}

    busy = Benchmark("startup", "startup", 3, measure, lambda _, path: path.touch(), str)
    monkeypatch.setattr(environment, "describe", lambda: dict(records.ENVIRONMENT))
    monkeypatch.setattr(command, "BENCHMARKS", (busy,))
    monkeypatch.setattr(OtherLoad, "cores", lambda _: 0.8)
    monkeypatch.setattr(OtherLoad, "is_too_large", lambda _: True)
    assert command.main(["startup", "--results", str(tmp_path)]) == 1
    stored = read_record(tmp_path / "startup.json")
    assert [item["met"] for item in checks_of(stored)] == [None, False]
    said = capsys.readouterr().out
    assert "1 of 2 requirements missed, 1 not judged: other programs kept 0.8 cores busy meanwhile" in said
    assert "not judged" in overview({"startup": stored})
    assert "no judgement of times" in load_of(stored)


# Processor time that a child takes at least which starts and counts to ten million, whatever the machine.
CHILD = 0.02


def test_own_work_is_no_load_of_others() -> None:
    """What this program and its children do does not count."""
    others = OtherLoad()
    subprocess.run([sys.executable, "-c", "sum(range(10**7))"], check=True)
    end = time.process_time() + 0.1
    while time.process_time() < end:
        pass
    begin, busy, own = others._start
    assert others.cores() <= max(0.0, (busy_seconds() - busy) / (time.monotonic() - begin)) + 0.01
    assert _own() - own >= 0.1 + CHILD


@pytest.mark.parametrize(("least", "left"), [(0.05, True), (-0.04, False)])
def test_a_figure_hides_no_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, least: float, left: bool) -> None:
    """The axis begins at 0, unless a difference of times has come out below: then all of it is seen."""
    seen: list[float] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, _: seen.append(figure.axes[0].get_xlim()[0]))
    cases = [case("a tolerance", "", {"cost": [least, 0.1, 0.15]}, quantity="cost")]
    draw_cases(cases, tmp_path / "cost.png", "Error control", "additional time, relative", 0.1)
    assert (seen == [0.0]) == left
    assert seen[0] <= least
