"""The engine's step in the plane against plain C over FFTW-MPI."""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from functools import partial
from pathlib import Path

from parallel_nls.spectral.fast_fourier.registers import has_wide_registers
from scripts.benchmarks.benchmark import Benchmark
from scripts.benchmarks.figures import draw_cases
from scripts.benchmarks.launching import ROOT, mpirun, numbers_of, python
from scripts.benchmarks.samples import BenchmarkError, Numbers, Record, case, take_turns
from scripts.benchmarks.tables import HEADER, markdown_table, rows_of

SOURCE = ROOT / "scripts" / "benchmarks" / "programs" / "step_fftw.c"
FLAGS = ("-O3", "-march=native", "-ffast-math")
LIBRARIES = ("-lfftw3_mpi", "-lfftw3", "-lm")
POINT_STEPS = 4_000_000 * 10  # grid points times steps that one measurement takes
ENGINE, YARDSTICK = "parallel_nls", "C over FFTW-MPI"


LIMITS = {512: (0.51, 0.45), 1024: (0.48, 0.41), 2048: (0.46, 0.36), 4096: (0.54, 0.36)}
"""The largest ratios that pass on 1 rank and on more, where registers hold eight doubles."""
BY_FFTW = (0.75, 0.70)
"""Elsewhere: up to 2047 points, and beyond."""


def limit(points: int, ranks: int) -> float:
    """The largest ratio that passes."""
    if not has_wide_registers():
        return BY_FFTW[points >= 2048]
    nearest = min(LIMITS, key=lambda known: abs(known - points))
    return LIMITS[nearest][ranks > 1]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Grids and ranks."""
    parser.add_argument("--points", type=int, nargs="+", default=[512, 1024, 2048, 4096], help="points an axis")
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])


def compile_yardstick(folder: Path) -> Path:
    """Compile step_fftw.c.

    Raises
    ------
    BenchmarkError
        If there is no FFTW with MPI.
    """
    program = folder / "step_fftw"
    prefix = os.environ.get("FFTW_DIR") or os.environ.get("FFTW_ROOT")
    paths = [f"-I{prefix}/include", f"-L{prefix}/lib", f"-Wl,-rpath,{prefix}/lib"] if prefix else []
    command = ["mpicc", *FLAGS, str(SOURCE), "-o", str(program), *paths, *LIBRARIES]
    if subprocess.run(command, check=False).returncode:
        raise BenchmarkError("the yardstick needs FFTW with MPI (Debian: libfftw3-mpi-dev)")
    return program


def milliseconds(command: list[str]) -> Numbers:
    """Run one program; only its time counts."""
    return {"step": numbers_of(command)["ms_per_step"]}


def measure(options: argparse.Namespace) -> Record:
    """Milliseconds a step of both programs, measured in turns."""
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        yardstick = compile_yardstick(Path(folder))
        for points in options.points:
            for ranks in options.ranks:
                arguments = [str(points), str(max(5, POINT_STEPS // points**2))]
                programs = {
                    ENGINE: partial(milliseconds, python("step_engine", *arguments, ranks=ranks)),
                    YARDSTICK: partial(milliseconds, [*mpirun(ranks), str(yardstick), *arguments]),
                }
                samples = take_turns(programs, options.rounds)["step"]
                name = f"{points}², {ranks} rank{'s' * (ranks > 1)}"
                limits = {ENGINE: limit(points, ranks)}
                cases.append(case(name, "ms", samples, YARDSTICK, limits, points=points, ranks=ranks))
    return {"cases": cases, "flags": FLAGS}


def draw(record: Record, path: Path) -> None:
    """All samples in units of the yardstick's median."""
    draw_cases(record["cases"], path, "One step in the plane", "time / median time of C over FFTW-MPI")


def describe(record: Record) -> str:
    """The section of the report."""
    rows = [row for one in record["cases"] for row in rows_of(one)]
    return f"""\
One step of the splitting with one FFT pair, in the plane. The yardstick is the code that is usually written by hand:
plain C over FFTW-MPI, planned with FFTW_MEASURE, in place, transposed in spectral space, a table for the linear flow,
compiled with `{" ".join(record["flags"])}`. The engine has to be faster, although it repeats its bits on any number of
ranks: it does all the work on lines while they are in the cache, and transforms them by kernels of its own where
registers hold eight doubles. Where FFTW transforms, the required ratios are 0.75, and 0.70 from 2048² on. On two ranks
of one machine small grids depend on how fast that job's messages happen to be.

{markdown_table(HEADER, rows)}
"""


BENCHMARK = Benchmark("step", "A step in the plane, against C over FFTW-MPI", 2, measure, draw, describe, add_options)
