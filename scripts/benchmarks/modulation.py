"""What the live modulation analysis costs: the share of a run's time that 200 samples take for it."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from scripts.benchmarks.benchmark import Benchmark
from scripts.benchmarks.figures import draw_cases
from scripts.benchmarks.launching import numbers_of, python
from scripts.benchmarks.samples import Numbers, Record, case, check, take_turns
from scripts.benchmarks.tables import HEADER, check_rows, markdown_table, rows_of

SAMPLES, WORST = 200, 1e-10
KINDS = {"decomposition": "decomposition", "everything": "with functionals and identities"}
LIMITS = {"decomposition": 0.08, "everything": 0.15}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Runs and ranks."""
    parser.add_argument("--runs", nargs="+", default=["two_bubbles"], help="examples or TOML files")
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])


def _shares(command: list[str]) -> Numbers:
    """What each kind of analysis adds, of the time of a run that has it."""
    numbers = numbers_of(command)
    shares = {kind: (numbers[kind] - numbers["default"]) / (numbers["stepping"] + numbers[kind]) for kind in KINDS}
    return shares | {"orthogonality": numbers["orthogonality"]}


def measure(options: argparse.Namespace) -> Record:
    """Shares of the run time; stepping and all kinds of samples take turns within one program."""
    cases, checks = [], []
    for run in options.runs:
        for ranks in options.ranks:
            label = f"{Path(run).stem}, {ranks} rank{'s' * (ranks > 1)}"
            command = python("modulation_engine", run, ranks=ranks)
            samples = take_turns({"engine": partial(_shares, command)}, options.rounds)
            values = {name: samples[kind]["engine"] for kind, name in KINDS.items()}
            cases.append(case(label, "", values, run=Path(run).stem, ranks=ranks, quantity="share"))
            for kind, name in KINDS.items():
                median = cases[-1]["programs"][name]["median"]
                checks.append(check(f"share of {SAMPLES} samples, {name}, {label}", median, LIMITS[kind]))
            worst = max(samples["orthogonality"]["engine"])
            checks.append(check(f"largest orthogonality condition, {label}", worst, WORST, timed=False))
    return {"cases": cases, "checks": checks}


def draw(record: Record, path: Path) -> None:
    """The shares."""
    draw_cases(
        record["cases"], path, f"Modulation analysis, {SAMPLES} samples", "share of the run time", max(LIMITS.values())
    )


def describe(record: Record) -> str:
    """The section of the report."""
    alone, whole = LIMITS.values()
    rows = [row[:5] for one in record["cases"] for row in rows_of(one)]
    return f"""\
Share of the time of the whole run that the modulation analysis takes in {SAMPLES} samples, beyond the default
diagnostics: the family modulation alone, and with the families functionals and localized. The run is followed from its
start to its end, and every sample is taken with and without the analysis, in turns. Required: at most {alone:g} and
{whole:g}, and orthogonality conditions of at most {WORST:g} in every sample.

{markdown_table(HEADER[:5], rows)}

{markdown_table(("requirement", "measured", "limit", ""), check_rows(record["checks"]), 1)}
"""


BENCHMARK = Benchmark("modulation", "What the modulation analysis costs", 1, measure, draw, describe, add_options)
