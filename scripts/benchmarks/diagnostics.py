"""What looking costs: the share of the run time that the diagnostics take."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from scripts.benchmarks.benchmark import Benchmark
from scripts.benchmarks.figures import draw_cases
from scripts.benchmarks.launching import numbers_of, python
from scripts.benchmarks.samples import Numbers, Record, case, check, take_turns
from scripts.benchmarks.tables import HEADER, check_rows, markdown_table, rows_of

SAMPLES, LIMIT = 200, 0.15
SECONDS = 2.0  # of frames and samples in one measurement


def add_options(parser: argparse.ArgumentParser) -> None:
    """Runs and ranks."""
    parser.add_argument("--runs", nargs="+", default=["two_bubbles", "two_solitons_1d"], help="examples or TOML files")
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])


def share(command: list[str]) -> Numbers:
    """Seconds of a frame, of a sample, and the share of the run time that 200 samples take."""
    numbers = numbers_of(command)
    looking = SAMPLES * numbers["sample"]
    stepping = numbers["frames"] * numbers["frame"]
    return {
        "frame": 1e3 * numbers["frame"],
        "sample": 1e3 * numbers["sample"],
        "share": looking / (looking + stepping),
    }


def measure(options: argparse.Namespace) -> Record:
    """Milliseconds of frames and samples, and their share; distances are not among the default diagnostics."""
    cases, checks = [], []
    for run in options.runs:
        for ranks in options.ranks:
            commands = {
                name: partial(share, python("diagnostics_engine", run, families, SECONDS, ranks=ranks))
                for name, families in (("default", "default"), ("with distances", "distance"))
            }
            samples = take_turns(commands, options.rounds)
            label = f"{Path(run).stem}, {ranks} rank{'s' * (ranks > 1)}"
            for quantity, name in (("frame", "one frame"), ("sample", "one sample"), ("share", "share of samples")):
                unit = "" if quantity == "share" else "ms"
                values = {f"{name}, {families}": found for families, found in samples[quantity].items()}
                cases.append(case(label, unit, values, run=Path(run).stem, ranks=ranks, quantity=quantity))
            median = cases[-1]["programs"]["share of samples, default"]["median"]
            checks.append(check(f"share of {SAMPLES} samples, {label}", median, LIMIT))
    return {"cases": cases, "checks": checks}


def draw(record: Record, path: Path) -> None:
    """The shares."""
    shares = [one for one in record["cases"] if one["parameters"]["quantity"] == "share"]
    draw_cases(shares, path, f"{SAMPLES} samples in a run", "share of the run time", LIMIT)


def describe(record: Record) -> str:
    """The section of the report."""
    rows = [row[:5] for one in record["cases"] for row in rows_of(one)]
    return f"""\
Share of the run time that {SAMPLES} samples take: of the default diagnostics (conserved quantities, virial, maximum,
resolution), and with the distances in three norms to the sum of bubbles or solitary waves, which evaluate that sum on
the whole grid each time. Frames (steps, where the step is fixed) and samples are timed apart, in turns, and the share
follows from the number of frames of the whole run. Required of the default diagnostics: at most {LIMIT:g}.

{markdown_table(HEADER[:5], rows)}

{markdown_table(("requirement", "measured", "limit", ""), check_rows(record["checks"]), 1)}
"""


BENCHMARK = Benchmark("diagnostics", "What the diagnostics cost", 1, measure, draw, describe, add_options)
