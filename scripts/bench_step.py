"""Time the engine's step against plain C over FFTW-MPI, in alternation; see scripts/bench.

The two programs take turns, and who goes first changes with every pair, so that a load that comes and goes
meets both. A result is the ratio of the medians over all pairs of one run.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent
YARDSTICK_FLAGS = ("-O3", "-march=native", "-ffast-math")
LIBRARIES = ("-lfftw3_mpi", "-lfftw3", "-lm")
POINT_STEPS = 4_000_000 * 10  # grid points times steps that one measurement takes
Samples = dict[str, list[float]]


def limit(points: int) -> float:
    """The largest ratio that passes."""
    return 0.70 if points >= 2048 else 0.75


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/bench step", description=__doc__)
    parser.add_argument("--points", type=int, nargs="+", default=[512, 1024, 2048], help="points an axis")
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--pairs", type=int, default=7, help="measurements of each program")
    parser.add_argument("--output", type=Path, default=Path("bench-results/step.json"))
    return parser.parse_args()


def compile_yardstick(folder: Path) -> Path:
    """Compile bench_step.c."""
    program = folder / "bench_step"
    prefix = os.environ.get("FFTW_DIR") or os.environ.get("FFTW_ROOT")
    paths = [f"-I{prefix}/include", f"-L{prefix}/lib", f"-Wl,-rpath,{prefix}/lib"] if prefix else []
    command = [
        "mpicc",
        *YARDSTICK_FLAGS,
        str(SCRIPTS / "bench_step.c"),
        "-o",
        str(program),
        *paths,
        *LIBRARIES,
    ]
    if subprocess.run(command, check=False).returncode:
        sys.exit("bench: the yardstick needs FFTW with MPI (Debian: libfftw3-mpi-dev)")
    return program


def launcher(ranks: int) -> list[str]:
    """The mpirun command of this machine, from scripts/mpi-env."""
    script = f". {shlex.quote(str(SCRIPTS / 'mpi-env'))}; mpirun_options {ranks}"
    options = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout
    return ["mpirun", *options.split()]


def milliseconds(command: list[str]) -> float:
    """Run one program; its last line of output is JSON."""
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if result.returncode:
        sys.exit(f"bench: {shlex.join(command)} failed with exit code {result.returncode}")
    return float(json.loads(result.stdout.splitlines()[-1])["ms_per_step"])


def measure(yardstick: Path, points: int, ranks: int, pairs: int) -> Samples:
    """Milliseconds a step of both programs, measured in turns."""
    arguments = [str(points), str(max(5, POINT_STEPS // points**2))]
    commands = {
        "yardstick": [*launcher(ranks), str(yardstick), *arguments],
        "engine": [*launcher(ranks), sys.executable, str(SCRIPTS / "bench_engine.py"), *arguments],
    }
    samples: Samples = {name: [] for name in commands}
    for pair in range(pairs):
        for name in sorted(commands, reverse=pair % 2 == 0):
            samples[name].append(milliseconds(commands[name]))
    return samples


def summarise(points: int, ranks: int, samples: Samples) -> dict[str, object]:
    """Statistics of one case."""
    statistics_of = {
        name: {
            "median": statistics.median(values),
            "mean": statistics.fmean(values),
            "std": statistics.stdev(values) if len(values) > 1 else 0.0,
            "min": min(values),
            "max": max(values),
            "ms_per_step": values,
        }
        for name, values in samples.items()
    }
    ratio = statistics.median(samples["engine"]) / statistics.median(samples["yardstick"])
    return {"points": points, "ranks": ranks, "ratio": ratio, "limit": limit(points), **statistics_of}


def row(points: int, ranks: int, samples: Samples, ratio: float) -> str:
    """One line of the table."""
    cells = []
    for name in ("yardstick", "engine"):
        values = samples[name]
        cells.append(f"{statistics.median(values):9.2f} [{min(values):8.2f}, {max(values):8.2f}]")
    verdict = "" if ratio <= limit(points) else f"  above {limit(points):.2f}"
    return f"{points:6d} {ranks:5d} {cells[0]} {cells[1]} {ratio:6.3f}{verdict}"


def main() -> int:
    """Measure all cases, print a table, write the raw numbers; 1 if a ratio is above its limit."""
    arguments = parse_arguments()
    print("milliseconds a step: median [min, max]; ratio of medians")
    print(f"{'points':>6} {'ranks':>5} {'C over FFTW-MPI':>30} {'parallel_nls':>30} {'ratio':>6}")
    cases = []
    passed = True
    with tempfile.TemporaryDirectory() as folder:
        yardstick = compile_yardstick(Path(folder))
        for points in arguments.points:
            for ranks in arguments.ranks:
                samples = measure(yardstick, points, ranks, arguments.pairs)
                ratio = statistics.median(samples["engine"]) / statistics.median(samples["yardstick"])
                passed = passed and ratio <= limit(points)
                cases.append(summarise(points, ranks, samples))
                print(row(points, ranks, samples, ratio), flush=True)
    record = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "load_at_end": os.getloadavg(),
        "cpus": os.cpu_count(),
        "flags": YARDSTICK_FLAGS,
        "pairs": arguments.pairs,
        "cases": cases,
    }
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(record, indent=2) + "\n")
    print(f"raw numbers: {arguments.output}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
