"""Code that the documents print, and readers copy, is good code: style, types, and more than what its outputs show."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.config import load_configuration
from parallel_nls.errors import DONE
from parallel_nls.results.reader import describe_run
from parallel_nls.running.run import run
from scripts.documents.blocks import read, write_files

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("docs/adding_an_equation.md", "docs/own_diagnostics.md")
LIVE = re.compile(r"^```(python|toml)$", re.MULTILINE)
NAMED = re.compile(r"^<!-- .+ -->\n```(python|toml)$", re.MULTILINE)


def call(folder: Path, *command: str) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of both pages, and the configurations run there."""
    folder = tmp_path_factory.mktemp("pages")
    for page in PAGES:
        write_files(read(page), folder)
    return folder


def test_every_block_of_code_is_named() -> None:
    """So that none escapes."""
    for page in PAGES:
        assert len(LIVE.findall(read(page))) == len(NAMED.findall(read(page))) > 3


def test_code_passes_style_and_types(folder: Path) -> None:
    """As printed: the project's own rules, and mypy's strict ones."""
    files = sorted(path.name for path in folder.glob("*.py"))
    settings = str(ROOT / "pyproject.toml")
    # A script may print, and it lies in no package.
    call(folder, "ruff", "check", "--no-cache", "--config", settings, "--ignore=T20,INP001", *files)
    call(folder, "ruff", "format", "--check", "--no-cache", "--config", settings, *files)
    mypy = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(ROOT / ".mypy_cache")]
    call(folder, *mypy, "--config-file", settings, *files)


def run_in(folder: Path, name: str, *overrides: str) -> str:
    """Run a configuration of the folder in this process; returns what is said of the run."""
    root = folder / "runs" / f"{name} {len(overrides)}"
    assert run(load_configuration(str(folder / name), overrides), MPI.COMM_SELF, root, quiet=True).exit_code == DONE
    return describe_run(root)


@pytest.mark.parametrize(
    ("file", "scheme"), [("half_wave.py", "kahan-li6"), ("competing.py", "blanes-moan-rkn6"), ("trap.py", "strang")]
)
def test_the_other_equations_run(folder: Path, file: str, scheme: str) -> None:
    """Instead of the trap, without its parameters."""
    text = (folder / "trap.toml").read_text().replace("trap.py", file).replace("strength = 1.0\n", "")
    (folder / f"{file}.toml").write_text(text.replace("[equation.parameters]\n", ""))
    run_in(folder, f"{file}.toml", f"time.scheme={scheme}", "time.stop=0.05")


def test_the_monitor_measures(folder: Path) -> None:
    """Beside the densities."""
    said = run_in(folder, "motion.toml", "time.stop=0.05")
    assert "velocity" in said
    assert "spread" in said


def test_a_state_goes_on_with_the_bits_of_one_run(tmp_path: Path) -> None:
    """As docs/output_format.md says of its example: 20 steps, a state, and 20 more."""
    write_files(read("docs/output_format.md"), tmp_path)
    fields = []
    for name, stop, steps in (("short", "-0.46", 20), ("long", "-0.42", 40)):
        root = tmp_path / "runs" / name
        config = load_configuration(str(tmp_path / "small.toml"), [f"time.stop={stop}"])
        assert run(config, MPI.COMM_SELF, root, quiet=True).exit_code == DONE
        fields.append(root / "checkpoints" / f"state_{steps:08d}.h5")
    call(tmp_path, sys.executable, "go_on.py")
    with h5py.File(tmp_path / "state_40.h5") as found, h5py.File(fields[1]) as expected:
        assert np.array_equal(found["field"][:], expected["field"][:])
