"""What checkpoints cost: against plain collective writes of the same bytes, and as a share of the run time."""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

from scripts.benchmarks.benchmark import Benchmark
from scripts.benchmarks.figures import draw_cases
from scripts.benchmarks.launching import numbers_of, python
from scripts.benchmarks.samples import Numbers, Record, case, check, take_turns
from scripts.benchmarks.tables import HEADER, check_rows, markdown_table, rows_of

CHECKPOINTS, LARGEST_SHARE, LEAST_RATE = 5, 0.02, 0.5
STAGES = {
    "plain": "plain collective write",
    "state_only": "state",
    "plain_flushed": "plain collective write, flushed",
    "state_flushed": "state, flushed",
    "checkpoint": "whole checkpoint: flushed, read back, sealed",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Where the files go, runs and ranks."""
    parser.add_argument(
        "--storage", type=Path, help="existing folder on the file system to measure (default: temporary)"
    )
    parser.add_argument("--runs", nargs="+", default=["two_bubbles"], help="examples or TOML files")
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])


def _numbers(command: list[str]) -> Numbers:
    numbers = numbers_of(command)
    storing, stepping = CHECKPOINTS * numbers["seconds"], numbers["frames"] * numbers["frame"]
    return numbers | {"share": storing / (storing + stepping)}


def measure(options: argparse.Namespace) -> Record:
    """MB/s of the stages, which take turns within one program, and the share of the run time."""
    cases, checks = [], []
    with tempfile.TemporaryDirectory(dir=options.storage) as folder:
        for run in options.runs:
            for ranks in options.ranks:
                label = f"{Path(run).stem}, {ranks} rank{'s' * (ranks > 1)}"
                command = python("checkpoint_engine", folder, run, ranks=ranks)
                samples = take_turns({"engine": partial(_numbers, command)}, options.rounds)
                values = {quantity: found["engine"] for quantity, found in samples.items()}
                rates = {name: values[stage] for stage, name in STAGES.items()}
                cases.append(case(label, "MB/s", rates, STAGES["plain"], run=run, ranks=ranks, quantity="rate"))
                share = {f"{CHECKPOINTS} checkpoints": values["share"]}
                cases.append(case(f"{label}, share", "", share, run=run, ranks=ranks, quantity="share"))
                medians = {name: one["median"] for name, one in cases[-2]["programs"].items()}
                for kind in ("", ", flushed"):
                    slowness = medians[f"plain collective write{kind}"] / medians[f"state{kind}"]
                    checks.append(check(f"time of a state / of a plain write{kind}, {label}", slowness, 1 / LEAST_RATE))
                median = next(iter(cases[-1]["programs"].values()))["median"]
                checks.append(check(f"share of {CHECKPOINTS} checkpoints, {label}", median, LARGEST_SHARE))
    return {"cases": cases, "checks": checks}


def draw(record: Record, path: Path) -> None:
    """The rates in units of the plain write's."""
    rates = [one for one in record["cases"] if one["parameters"]["quantity"] == "rate"]
    draw_cases(rates, path, "Checkpoints (more is faster)", "rate / median rate of a plain collective write")


def describe(record: Record) -> str:
    """The section of the report."""
    rows = [row[:6] for one in record["cases"] for row in rows_of(one)]
    return f"""\
MB/s of the bytes of the state, against one collective h5py write of the same bytes by the same ranks, with and without
waiting until they are on the disk. A state is laid out first, its room reserved, and then written in one collective
call. A whole checkpoint is also read back from the disk and compared with the memory, hashed for its manifest, and
the oldest one is removed. Stages and steps take turns within one program. The share is that of {CHECKPOINTS} whole
checkpoints in the time of the whole run. Required: a state at {LEAST_RATE:.0%} of the plain rate or more, a share of
{LARGEST_SHARE:.0%} or less.

{markdown_table(HEADER[:6], rows)}

{markdown_table(("requirement", "measured", "limit", ""), check_rows(record["checks"]), 1)}
"""


BENCHMARK = Benchmark("checkpoints", "What checkpoints cost", 2, measure, draw, describe, add_options)
