"""Whole steps of the other equations, in units of scipy's transform of one field there and back."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from scripts.benchmarks.benchmark import Benchmark
from scripts.benchmarks.figures import draw_cases
from scripts.benchmarks.launching import numbers_of, python
from scripts.benchmarks.samples import Record, case, take_turns
from scripts.benchmarks.tables import HEADER, markdown_table, rows_of

YARDSTICK = "scipy.fft pair, 1 rank"
REPETITIONS = 5
# Name of the case, example, what is changed in it, and the shape of the field.
Case = tuple[str, str, Sequence[str], Sequence[int]]
HALF_WAVES: tuple[Case, ...] = tuple(
    (
        f"{scheme}, 2^20 points",
        "half_wave_box",
        (f"grid.points={2**20}", f"time.scheme={scheme}", "time.tolerance=off", "time.step=0.0001"),
        (2**20,),
    )
    for scheme in ("strang", "suzuki4")
)
REMAINDERS: tuple[Case, ...] = tuple(
    (f"{scheme}, 1008 × 1024", "remainder_2d", ("grid.points=[1008,1024]", f"time.scheme={scheme}"), (1008, 1024))
    for scheme in ("if-rk4", "etdrk4")
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Ranks."""
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])


def measured(cases: Sequence[Case], options: argparse.Namespace) -> Record:
    """Milliseconds a step beside those of the pair."""
    found = []
    for name, example, changes, shape in cases:
        programs = {
            f"parallel_nls, {ranks} rank{'s' * (ranks > 1)}": partial(
                numbers_of, python("run_engine", example, REPETITIONS, *changes, ranks=ranks)
            )
            for ranks in options.ranks
        }
        programs[YARDSTICK] = partial(numbers_of, python("scipy_pair", REPETITIONS, *shape, ranks=1))
        found.append(case(name, "ms", take_turns(programs, options.rounds)["step"], YARDSTICK))
    return {"cases": found}


def _drawn(title: str) -> Callable[[Record, Path], None]:
    return lambda record, path: draw_cases(record["cases"], path, title, "time / median time of a pair of scipy.fft")


def _described(text: str, record: Record) -> str:
    rows = [row for one in record["cases"] for row in rows_of(one)]
    return f"{text}\n\n{markdown_table(HEADER, rows)}\n"


HALF_WAVE_TEXT = """\
A step of the half-wave equation on a line of a periodic box, beside scipy's transform of such a line there and back on
one core, without the flows. A step of `strang` takes one such pair, of `suzuki4` five."""
REMAINDER_TEXT = """\
A step of the remainder equation in the plane, beside scipy's transform of one field there and back on one core. A step
of either scheme takes four pairs, each with its source: the waves at the stage's time and the differences of powers
that do not cancel, at every point."""


def benchmark(name: str, title: str, cases: Sequence[Case], text: str) -> Benchmark:
    """One of them."""
    return Benchmark(name, title, 1, partial(measured, cases), _drawn(title), partial(_described, text), add_options)


BENCHMARKS = (
    benchmark("half-wave", "A step of half waves, beside scipy.fft", HALF_WAVES, HALF_WAVE_TEXT),
    benchmark("remainder", "A step of the remainder, beside scipy.fft", REMAINDERS, REMAINDER_TEXT),
)
