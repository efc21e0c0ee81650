"""The model of `planning.performance` beside measured steps, with constants that were measured just before."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from parallel_nls.planning.performance.fields import FieldArray
from parallel_nls.planning.performance.machine import Machine, load_machine
from parallel_nls.planning.performance.tensors import PairTensor
from parallel_nls.spectral.folding import line_factors
from scripts.benchmarks.benchmark import Benchmark
from scripts.benchmarks.figures import draw_cases
from scripts.benchmarks.launching import ROOT, mpirun, numbers_of, python
from scripts.benchmarks.line import size
from scripts.benchmarks.samples import BenchmarkError, Numbers, Record, case, check, take_turns
from scripts.benchmarks.tables import HEADER, check_rows, markdown_table, rows_of

MEASURED, MODEL = "measured", "model"
LIMIT = 1.2
POINT_STEPS = 2**24 * 2
# Where in memory small fields lie, and on which cores ranks are, is worth a quarter: the median of several starts.
SHORT, STARTS = 100, 5
ITEM, HIERARCHY = 16, 63


def add_options(parser: argparse.ArgumentParser) -> None:
    """Grids, lines, ranks, and a machine."""
    parser.add_argument(
        "--points", type=int, nargs="+", default=[128, 256, 512, 1024, 2048, 4096], help="points an axis"
    )
    parser.add_argument("--lines", type=int, nargs="+", default=[2**14, 2**20, 2**22], help="points of lines")
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--machine", help="a file of constants, or default (default: measured first)")


def measured_machine() -> Machine:
    """What `parallel-nls calibrate` finds on all cores.

    Raises
    ------
    BenchmarkError
        If it fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "machine.toml"
        program = [sys.executable, "-c", "from parallel_nls.cli import main; main()", "calibrate", "--to", str(path)]
        if subprocess.run([*mpirun(os.cpu_count() or 1), *program], cwd=ROOT, check=False).returncode:
            raise BenchmarkError("parallel-nls calibrate failed")
        machine = load_machine(str(path))
    if machine is None:
        raise BenchmarkError("parallel-nls calibrate wrote nothing")
    return machine


def step_of(command: list[str], key: str) -> Numbers:
    """Run one program; only the time of its step counts."""
    return {"step": numbers_of(command)[key]}


def modelled(machine: Machine, kind: str, points: int, ranks: int) -> float:
    """Milliseconds of a step of one pair: a plane, a line, or a hierarchy."""
    if kind == "hierarchy":
        tensor = PairTensor.of(points, machine, ranks)
        return 1e3 * (tensor.kinetic() + tensor.interaction() * 2).seconds
    shape = (points, points) if kind == "plane" else line_factors(points)
    array = FieldArray.of(shape, ITEM, kind == "line", machine, ranks)
    own = machine.arithmetic
    return 1e3 * (array.pair() + array.job.compute(own.step)).seconds


def measure(options: argparse.Namespace) -> Record:
    """Milliseconds a step, measured and by the model."""
    machine = load_machine(options.machine) or measured_machine()
    kinds = [("plane", n) for n in options.points] + [("line", n) for n in options.lines] + [("hierarchy", HIERARCHY)]
    engines = {"plane": "step_engine", "line": "line_engine", "hierarchy": "hierarchy_engine"}
    cases, checks = [], []
    for kind, points in kinds:
        for ranks in options.ranks:
            repetitions = max(5, POINT_STEPS // (points**2 if kind == "plane" else points if kind == "line" else 2**24))
            command = python(engines[kind], points, repetitions, ranks=ranks)
            key = "step" if kind == "hierarchy" else "ms_per_step"
            rounds = options.rounds * (STARTS if repetitions >= SHORT else 1)
            samples = take_turns({MEASURED: partial(step_of, command, key)}, rounds)["step"]
            samples[MODEL] = [modelled(machine, kind, points, ranks)]
            shown = {"plane": f"{points}²", "line": f"{size(points)} points", "hierarchy": f"{points}⁴"}[kind]
            name = f"{shown}, {ranks} rank{'s' * (ranks > 1)}"
            cases.append(case(name, "ms", samples, MEASURED, kind=kind, points=points, ranks=ranks))
            ratio = cases[-1]["ratios"][MODEL]
            checks.append(check(f"{name}: model and measurement apart, as a factor", max(ratio, 1 / ratio), LIMIT))
    return {"cases": cases, "checks": checks, "machine": machine.model_dump()}


def draw(record: Record, path: Path) -> None:
    """Model and samples in units of the median."""
    draw_cases(record["cases"], path, "The model beside steps", "time / median time")


def describe(record: Record) -> str:
    """The section of the report."""
    rows = [row for one in record["cases"] for row in rows_of(one)]
    return f"""\
What [the model](scaling.md) says of a step, beside the step itself: of one pair of transforms in the plane and on the
line, of `strang` with the cumulant closure for γ⁽²⁾. Its constants were measured just before, by
`parallel-nls calibrate`. Required: within 20 %.

{markdown_table(HEADER, rows)}

{markdown_table(("requirement", "measured", "limit", ""), check_rows(record["checks"]), 1)}
"""


BENCHMARK = Benchmark("model", "The model of a step, beside the step", 1, measure, draw, describe, add_options)
