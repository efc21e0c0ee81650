"""The parts of the engine's step in the plane, and what forbids a shorter one."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from scripts.benchmarks.benchmark import Benchmark
from scripts.benchmarks.figures import draw_cases
from scripts.benchmarks.launching import numbers_of, python
from scripts.benchmarks.samples import Record, case, take_turns
from scripts.benchmarks.tables import markdown_table, number

STEP = "a step"
FLOOR = ("transforms of rows", "columns", "two copies of the field")
HEADER = ("points", "part", "median", "ns a point", "of the step")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Grids."""
    parser.add_argument("--points", type=int, nargs="+", default=[512, 2048], help="points an axis")


def measure(options: argparse.Namespace) -> Record:
    """Milliseconds of each part, on one rank."""
    cases = []
    for points in options.points:
        program = python("step_parts", points, ranks=1)
        found = take_turns({STEP: partial(numbers_of, program)}, options.rounds)
        samples = {part: values[STEP] for part, values in found.items()}
        cases.append(case(f"{points}²", "ms", samples, STEP, points=points))
    return {"cases": cases}


def draw(record: Record, path: Path) -> None:
    """All samples in units of the step."""
    draw_cases(record["cases"], path, "The parts of a step in the plane", "time / median time of a step")


def rows_of(one: Record) -> list[tuple[str, ...]]:
    """The parts of a step, and its floor."""
    points = one["parameters"]["points"] ** 2
    medians = {part: stats["median"] for part, stats in one["programs"].items()}
    floor = sum(medians[part] for part in FLOOR)
    whole = medians[STEP]
    return [
        (one["name"], part, f"{number(ms)} ms", number(1e6 * ms / points), f"{100 * ms / whole:.0f} %")
        for part, ms in {**medians, "floor": floor}.items()
    ]


def describe(record: Record) -> str:
    """The section of the report."""
    rows = [row for one in record["cases"] for row in rows_of(one)]
    return f"""\
Where the time of a step with one pair of transforms goes, on one rank: its parts one by one, the shortest times of the
processor. Transforms of rows and the kick work on blocks of 32 lines in the cache, the drift on 32 columns where they
lie, and are measured as by `parallel-nls calibrate`. What else a step takes is memory: the field is read and written
twice, as by two copies of it. The floor is a step whose kick costs nothing.

{markdown_table(HEADER, rows)}
"""


BENCHMARK = Benchmark("parts", "The parts of a step in the plane", 1, measure, draw, describe, add_options)
