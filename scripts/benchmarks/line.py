"""The engine's step on the distributed line against scipy.fft."""

from __future__ import annotations

import argparse
import math
from functools import partial
from pathlib import Path

from scripts.benchmarks.benchmark import Benchmark
from scripts.benchmarks.figures import draw_cases
from scripts.benchmarks.launching import numbers_of, python
from scripts.benchmarks.samples import Numbers, Record, case, check, take_turns
from scripts.benchmarks.tables import HEADER, check_rows, markdown_table, rows_of

YARDSTICK = "scipy.fft, serial"
POINT_STEPS = 2**24 * 4
LIMITS = {(2**22, 1): 1.2, (2**22, 2): 0.75}
TRANSFORM_POINTS = (250, 3000, 2**20)
TRANSFORM_LIMIT = 1e-14  # times log₂N


def size(points: int) -> str:
    """Points as a power of two where they are one."""
    exponent = points.bit_length() - 1
    return f"2^{exponent}" if points == 2**exponent else str(points)


def program(ranks: int) -> str:
    """Name of the engine on so many ranks."""
    return f"parallel_nls, {ranks} rank{'s' * (ranks > 1)}"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Lines and ranks."""
    parser.add_argument("--points", type=int, nargs="+", default=[2**20, 2**22, 2**24], help="points of the line")
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])


def milliseconds(command: list[str]) -> Numbers:
    """Run one program; only its time counts."""
    return {"step": numbers_of(command)["ms_per_step"]}


def measure(options: argparse.Namespace) -> Record:
    """Milliseconds a step, and the error of the transform."""
    cases = []
    for points in options.points:
        arguments = (points, max(3, POINT_STEPS // points))
        programs = {YARDSTICK: partial(milliseconds, python("line_scipy", *arguments))}
        for ranks in options.ranks:
            programs[program(ranks)] = partial(milliseconds, python("line_engine", *arguments, ranks=ranks))
        samples = take_turns(programs, options.rounds)["step"]
        limits = {program(ranks): LIMITS[points, ranks] for ranks in options.ranks if (points, ranks) in LIMITS}
        cases.append(case(f"{size(points)} points", "ms", samples, YARDSTICK, limits, points=points))
    errors = numbers_of(python("line_error", *TRANSFORM_POINTS, ranks=1))
    checks = [
        check(f"error of the transform, {size(n)} points", errors[str(n)], TRANSFORM_LIMIT * math.log2(n), timed=False)
        for n in TRANSFORM_POINTS
    ]
    return {"cases": cases, "checks": checks}


def draw(record: Record, path: Path) -> None:
    """All samples in units of the yardstick's median."""
    draw_cases(record["cases"], path, "One step on the line", "time / median time of scipy.fft on one core")


def describe(record: Record) -> str:
    """The section of the report."""
    rows = [row for one in record["cases"] for row in rows_of(one)]
    return f"""\
One step with one FFT pair of the quintic equation i u_t + u_xx + |u|⁴u = 0 on a line that is distributed over the
ranks, against the same step as a careful user of numpy writes it on one core: scipy.fft in place with one worker, the
propagator from a table, no temporary arrays, cosine and sine instead of a complex exponential. The transform of a
distributed line takes four steps (short transforms, a turn, an exchange, short transforms); that costs memory traffic
on one rank and pays on several. Required ratios at 2^22: 1.2 on 1 rank, 0.75 on 2.

{markdown_table(HEADER, rows)}

Relative L² difference of the transform from scipy's, for random complex vectors; required is 1e-14·log₂N:

{markdown_table(("requirement", "measured", "limit", ""), check_rows(record["checks"]), 1)}
"""


BENCHMARK = Benchmark("line", "A step on the line, against scipy.fft", 1, measure, draw, describe, add_options)
