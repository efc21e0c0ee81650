"""A step of γ⁽²⁾ on a radial axis, against scipy's sine transforms."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from scripts.benchmarks.benchmark import Benchmark
from scripts.benchmarks.figures import draw_cases
from scripts.benchmarks.launching import numbers_of, python
from scripts.benchmarks.samples import Numbers, Record, case, check, take_turns
from scripts.benchmarks.tables import HEADER, check_rows, markdown_table, rows_of

YARDSTICK = "scipy dstn + idstn, 1 rank"
LIMITS = {1: 0.75, 2: 0.45}
LARGEST_STEP = 3.0  # kinetic flows that a whole step takes
LARGEST_SHARE = 0.6 * 1024  # MiB a rank on 2 ranks besides the program


def add_options(parser: argparse.ArgumentParser) -> None:
    """Points and ranks."""
    parser.add_argument("--points", type=int, default=63)
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repetitions", type=int, default=5)


def of_kinetic(command: list[str]) -> Numbers:
    """Only the kinetic flow, which the yardstick has too."""
    return {"kinetic": numbers_of(command)["kinetic"]}


def measure(options: argparse.Namespace) -> Record:
    """Milliseconds of the kinetic flow beside scipy, of a step beside the kinetic flow, and memory."""
    size, repetitions = str(options.points), str(options.repetitions)
    engines = {
        f"parallel_nls, {ranks} rank{'s' * (ranks > 1)}": python("hierarchy_engine", size, repetitions, ranks=ranks)
        for ranks in options.ranks
    }
    programs = {name: partial(of_kinetic, command) for name, command in engines.items()}
    programs[YARDSTICK] = partial(numbers_of, python("hierarchy_scipy", size, repetitions, ranks=1))
    samples = take_turns(programs, options.rounds)
    limits = {name: LIMITS[ranks] for name, ranks in zip(engines, options.ranks, strict=True) if ranks in LIMITS}
    cases = [case(f"kinetic flow, {size}⁴", "ms", samples["kinetic"], YARDSTICK, limits, points=options.points)]
    checks = []
    for name, command in engines.items():
        found = numbers_of(command)
        checks.append(
            check(
                f"step of the cumulant closure / kinetic flow, {name}", found["step"] / found["kinetic"], LARGEST_STEP
            )
        )
        if "2 ranks" in name:
            share = found["memory"] - found["before"]
            checks.append(check(f"MiB a rank besides the program, {name}", share, LARGEST_SHARE, timed=False))
    return {"cases": cases, "checks": checks}


def draw(record: Record, path: Path) -> None:
    """All samples in units of the yardstick's median."""
    draw_cases(record["cases"], path, "Kinetic flow of γ⁽²⁾", "time / median time of scipy on one core")


def describe(record: Record) -> str:
    """The section of the report."""
    rows = [row for one in record["cases"] for row in rows_of(one)]
    return f"""\
The kinetic flow of a two-particle density matrix γ⁽²⁾(r₁, r₂; r₁', r₂') on a radial axis, e^{{iτΔ}} on both sides by
sine transforms, against scipy.fft.dstn and idstn of the same complex array on one core, without the phases. Each axis
is one sweep there and back in cache. Required ratios on 63 points: 0.75 on 1 rank, 0.45 on 2; a whole Strang step of
the cumulant closure, with the exact interaction flow, takes at most three kinetic flows.

{markdown_table(HEADER, rows)}

{markdown_table(("requirement", "measured", "limit", ""), check_rows(record["checks"]), 1)}
"""


BENCHMARK = Benchmark(
    "hierarchy", "A step of the Hartree hierarchy, against scipy.fft", 1, measure, draw, describe, add_options
)
