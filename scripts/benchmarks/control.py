"""What error control costs: a run under a tolerance against the same steps taken without it."""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

from scripts.benchmarks.benchmark import Benchmark
from scripts.benchmarks.figures import draw_cases
from scripts.benchmarks.launching import numbers_of, python
from scripts.benchmarks.methods import STOP, configuration
from scripts.benchmarks.samples import Numbers, Record, case, check, take_turns
from scripts.benchmarks.tables import HEADER, check_rows, markdown_table, rows_of

LIMIT = 0.10
# Scheme, tolerance, and turns: the shorter a run, the more, since where in memory its fields lie is worth some percent.
METHODS = (
    ("blanes-moan-rkn4", 1e-6, 8),
    ("blanes-moan-rkn4", 1e-8, 4),
    ("blanes-moan-rkn4", 1e-10, 2),
    ("blanes-moan-rkn6", 1e-8, 4),
    ("blanes-moan-rkn6", 1e-10, 2),
    ("blanes-moan-rkn6", 1e-12, 2),
)


def cost(command: list[str]) -> Numbers:
    """Seconds of both, and the part by which control is slower."""
    numbers = numbers_of(command)
    return {**numbers, "cost": numbers["controlled"] / numbers["replayed"] - 1}


def measure(options: argparse.Namespace) -> Record:
    """The cost for several schemes and tolerances, on the Gaussian problem of the accuracy benchmark."""
    cases, checks = [], []
    with tempfile.TemporaryDirectory() as folder:
        for scheme, tolerance, turns in METHODS:
            path = Path(folder) / f"{scheme}_{tolerance:.0e}.toml"
            path.write_text(configuration(scheme, f"tolerance = {tolerance!r}\nframe = {STOP!r}"), encoding="utf-8")
            command = python("control_engine", path, turns, ranks=1)
            samples = take_turns({"run": partial(cost, command)}, options.rounds)
            label = f"{scheme}, tolerance {tolerance:.0e}"
            cases.append(case(label, "", {"cost": samples["cost"]["run"]}, quantity="cost"))
            checks.append(check(f"cost of control, {label}", cases[-1]["programs"]["cost"]["median"], LIMIT))
    return {"cases": cases, "checks": checks}


def draw(record: Record, path: Path) -> None:
    """The costs."""
    draw_cases(record["cases"], path, "Error control", "additional time, relative", LIMIT)


def describe(record: Record) -> str:
    """The section of the report."""
    rows = [row[:5] for one in record["cases"] for row in rows_of(one)]
    return f"""\
By what part a run under a tolerance is slower than the very same steps taken without looking at errors: measuring the
error by a longer step after every twenty to forty, the steps that are taken back, and the maximum that chooses each
level. The problem is the Gaussian of the accuracy benchmark, on one rank; times are those of the processor. Required:
at most {LIMIT:g}. A measurement takes as long as about one step and three quarters, of which the long step is one. The
shortest run here takes 27 steps and measures twice, since its first steps are a tenth as long as the others and tell
little of them: so it cannot cost less than 0.13.

{markdown_table(HEADER[:5], rows)}

{markdown_table(("requirement", "measured", "limit", ""), check_rows(record["checks"]), 1)}
"""


BENCHMARK = Benchmark("control", "What error control costs", 1, measure, draw, describe)
