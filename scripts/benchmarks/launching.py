"""Starting the programs under test: each is a process of its own, under mpirun with the options of this machine."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.benchmarks.samples import BenchmarkError, Numbers

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = "scripts.benchmarks.programs"


def mpirun(ranks: int) -> list[str]:
    """The mpirun command of this machine, from scripts/mpi-env."""
    script = f". {shlex.quote(str(ROOT / 'scripts' / 'mpi-env'))}; mpirun_options {ranks}"
    options = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout
    return ["mpirun", *options.split()]


def python(program: str, *arguments: object, ranks: int = 0) -> list[str]:
    """The command that starts one of our programs: on ``ranks`` ranks, or (0) without mpirun."""
    command = [sys.executable, "-m", f"{PROGRAMS}.{program}", *map(str, arguments)]
    return [*mpirun(ranks), *command] if ranks else command


def output_of(command: Sequence[str], folder: Path = ROOT) -> str:
    """Run a program and return what it prints.

    Raises
    ------
    BenchmarkError
        If it fails.
    """
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, cwd=folder)
    if result.returncode:
        raise BenchmarkError(f"{shlex.join(command)} failed with exit code {result.returncode}")
    return result.stdout


def numbers_of(command: Sequence[str]) -> Numbers:
    """Run a program whose last line of output is a JSON object of numbers."""
    numbers: Numbers = json.loads(output_of(command).splitlines()[-1])
    return numbers
