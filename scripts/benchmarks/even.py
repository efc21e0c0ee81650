"""The engine's step in the plane where fields are even, beside its step on all points."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from scripts.benchmarks.benchmark import Benchmark
from scripts.benchmarks.figures import draw_cases
from scripts.benchmarks.launching import python
from scripts.benchmarks.samples import Record, case, take_turns
from scripts.benchmarks.step import POINT_STEPS, milliseconds
from scripts.benchmarks.tables import HEADER, markdown_table, rows_of

WHOLE = "all points"
LIMITS = {"even in y": 0.7, "even in x and y": 0.45}
AXES = {"even in y": ("1",), "even in x and y": ("0", "1")}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Grids and ranks."""
    parser.add_argument("--points", type=int, nargs="+", default=[512, 2048], help="points an axis")
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])


def measure(options: argparse.Namespace) -> Record:
    """Milliseconds a step, in turns."""
    cases = []
    for points in options.points:
        for ranks in options.ranks:
            arguments = [str(points), str(max(5, POINT_STEPS // points**2))]
            programs = {
                name: partial(milliseconds, python("step_engine", *arguments, *axes, ranks=ranks))
                for name, axes in {**AXES, WHOLE: ()}.items()
            }
            samples = take_turns(programs, options.rounds)["step"]
            cases.append(case(f"{points}², {ranks} rank{'s' * (ranks > 1)}", "ms", samples, WHOLE, LIMITS))
    return {"cases": cases}


def draw(record: Record, path: Path) -> None:
    """All samples in units of the median of all points."""
    draw_cases(record["cases"], path, "One step where fields are even", "time / median time on all points")


def describe(record: Record) -> str:
    """The section of the report."""
    rows = [row for one in record["cases"] for row in rows_of(one)]
    return f"""\
One step of the splitting with one pair of transforms, where the field is even about the origin of one axis or of both
(`grid.even`), beside the same step on all points. A half or a quarter of the points is held; a transform to cosines
takes about two of Fourier of its length. Required ratios: {LIMITS["even in y"]} and {LIMITS["even in x and y"]}.

{markdown_table(HEADER, rows)}
"""


BENCHMARK = Benchmark("even", "A step where fields are even", 1, measure, draw, describe, add_options)
