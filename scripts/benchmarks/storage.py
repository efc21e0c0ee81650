"""Writing and reading back fields and resting states, against serial h5py and numpy."""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

from scripts.benchmarks.benchmark import Benchmark
from scripts.benchmarks.figures import draw_cases
from scripts.benchmarks.launching import numbers_of, python
from scripts.benchmarks.samples import Record, case, take_turns
from scripts.benchmarks.tables import HEADER, markdown_table, rows_of

GRIDS = {"1024²": (1024, 1024), "2^22": (2**22,)}
YARDSTICK = "h5py, serial"
QUANTITIES = ("field write", "field read", "state write", "state read")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Where the files go, and ranks."""
    parser.add_argument(
        "--storage", type=Path, help="existing folder on the file system to measure (default: temporary)"
    )
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])


def measure(options: argparse.Namespace) -> Record:
    """MB/s of every program."""
    cases = []
    with tempfile.TemporaryDirectory(dir=options.storage) as folder:
        for grid, points in GRIDS.items():
            programs = {
                YARDSTICK: partial(numbers_of, python("storage_serial", folder, "h5py", *points)),
                "numpy, serial": partial(numbers_of, python("storage_serial", folder, "numpy", *points)),
            }
            for ranks in options.ranks:
                name = f"parallel_nls, {ranks} rank{'s' * (ranks > 1)}"
                programs[name] = partial(numbers_of, python("storage_engine", folder, *points, ranks=ranks))
            samples = take_turns(programs, options.rounds)
            cases += [
                case(f"{grid} {quantity}", "MB/s", samples[quantity], YARDSTICK, grid=grid) for quantity in QUANTITIES
            ]
    return {"cases": cases}


def draw(record: Record, path: Path) -> None:
    """All samples in units of the yardstick's median."""
    draw_cases(record["cases"], path, "Writing and reading (more is faster)", "rate / median rate of serial h5py")


def describe(record: Record) -> str:
    """The section of the report."""
    rows = [row[:6] for one in record["cases"] for row in rows_of(one)]
    return f"""\
MB/s of writing a stored field (three real datasets, 24 bytes a point) and a resting state (16 bytes a point), and of
reading them back (of a field, u alone), against the same bytes from one array in one process by h5py without MPI-IO
and by numpy.save. Files are new each time and may stay in the memory of the operating system: what is compared is the
cost of the way to it. On a parallel file system, measure with `--storage FOLDER`. Ratios are of rates: more than 1 is
faster. The engine writes in eight pieces, collectively, so that no rank needs a second share of memory and the file is
the same on any number of ranks; the points of a line lie apart in its array and are put in order on the way.

{markdown_table(HEADER[:6], rows)}
"""


BENCHMARK = Benchmark("io", "Writing and reading fields", 2, measure, draw, describe, add_options)
