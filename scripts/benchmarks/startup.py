"""How long it takes until a run computes."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from scripts.benchmarks.benchmark import Benchmark
from scripts.benchmarks.figures import draw_cases
from scripts.benchmarks.launching import output_of, python
from scripts.benchmarks.samples import Numbers, Record, case, check, take_turns
from scripts.benchmarks.tables import HEADER, check_rows, markdown_table, rows_of

LIMIT = 2.0
STAGES = ("interpreter", "mpi", "imports", "initial data", "first sample", "first step", "end")
MEANING = {
    "interpreter": "mpirun and Python have started",
    "mpi": "MPI is up",
    "imports": "everything is imported",
    "initial data": "FFTs are planned, kernels loaded, initial data placed",
    "first sample": "the first row is measured",
    "first step": "the first step is taken",
    "end": "the run is over (one step, two fields and checkpoints) and mpirun has returned",
}
SMALL_RUN = (
    "two_bubbles",
    "--set=grid.points=[256, 256]",
    "--set=time.stop=-0.499375",
    "--set=diagnostics.every={steps = 1}",
    "--set=output.fields_every='off'",
    "--set=limits.spectral_tail=1.0",
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Ranks."""
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])


def start(ranks: int, run: Sequence[str] = SMALL_RUN) -> Numbers:
    """Seconds from the launch of mpirun to the end of each stage, of a run of one step."""
    with tempfile.TemporaryDirectory() as folder:
        stamps = Path(folder) / "stamps.json"
        begin = time.time()
        output_of(python("startup_engine", repr(begin), stamps, *run, "--output", f"{folder}/run", ranks=ranks))
        end = time.time() - begin
        numbers: Numbers = json.loads(stamps.read_text(encoding="utf-8"))
    return {**numbers, "end": end}


def measure(options: argparse.Namespace) -> Record:
    """Seconds to the end of each stage, warm: the first start is not counted."""
    cases, checks = [], []
    for ranks in options.ranks:
        start(ranks)
        samples = take_turns({"run": partial(start, ranks)}, options.rounds)
        label = f"{ranks} rank{'s' * (ranks > 1)}"
        cases.append(case(label, "s", {stage: samples[stage]["run"] for stage in STAGES}, ranks=ranks))
        median = cases[-1]["programs"]["first step"]["median"]
        checks.append(check(f"launch to first step, {label}", median, LIMIT))
    return {"cases": cases, "checks": checks}


def draw(record: Record, path: Path) -> None:
    """When each stage ends."""
    draw_cases(record["cases"], path, "From the launch of a run", "seconds since mpirun was launched", LIMIT)


def describe(record: Record) -> str:
    """The section of the report."""
    rows = [row[:5] for one in record["cases"] for row in rows_of(one)]
    stages = "\n".join(f"- {stage}: {meaning}" for stage, meaning in MEANING.items())
    return f"""\
Seconds since mpirun was launched when the parts of `parallel-nls run` were done, for two bubbles on 256² points and one
step, with warm caches (compiled kernels on disk, files in memory). Required: the first step within {LIMIT:g} s.

{stages}

{markdown_table(("ranks", "stage done", *HEADER[2:5]), rows)}

{markdown_table(("requirement", "measured", "limit", ""), check_rows(record["checks"]), 1)}
"""


BENCHMARK = Benchmark("startup", "From launch to the first step", 5, measure, draw, describe, add_options)
