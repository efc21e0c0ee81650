"""``parallel-nls doctor`` as a user calls it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.conftest import RANK_VARIABLES, ROOT

Launch = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = [sys.executable, "-c", "from parallel_nls.cli import main; main()", "doctor"]
ENVIRONMENT = {"PYTHONPATH": str(ROOT)}


def alone(cwd: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Call doctor in one process, without mpirun."""
    inherited = {name: value for name, value in os.environ.items() if name not in RANK_VARIABLES}
    variables = inherited | ENVIRONMENT | {"OMP_NUM_THREADS": "1"} | environment
    return subprocess.run(
        [*COMMAND, *arguments], cwd=cwd, env=variables, capture_output=True, text=True, check=False, timeout=60
    )


def test_a_good_machine(tmp_path: Path) -> None:
    """Exit code 0; the last line counts; the folder is the current one, and stays as it was."""
    result = alone(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stderr == ""
    assert result.stdout.splitlines()[-1].endswith("no problem")
    assert f"{tmp_path} " in result.stdout
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_and_processes_that_do_not_know_each_other(tmp_path: Path) -> None:
    """Exit code 2, with what to do; the one of several processes is as under the mpirun of another MPI."""
    result = alone(tmp_path, "missing", PMI_SIZE="4", PMI_RANK="0")
    assert result.returncode == 2
    assert "missing does not exist" in result.stdout
    assert "→ mkdir -p missing" in result.stdout
    assert "the launcher started 4 processes, but MPI knows of one" in result.stdout
    assert result.stdout.splitlines()[-1].endswith("2 problems")


def test_an_mpi_that_cannot_be_loaded(mpirun: Launch, tmp_path: Path) -> None:
    """The rest is examined all the same, once; no traceback."""
    broken = ENVIRONMENT | {"MPI4PY_LIBMPI": "/missing/libmpi.so"}
    result = mpirun(2, *COMMAND, cwd=tmp_path, env=broken, timeout=60)
    assert result.returncode == 2, result.stdout + result.stderr
    assert result.stdout.count("MPI does not start (cannot load MPI library") == 1
    assert "Traceback" not in result.stdout + result.stderr
    assert "free space" in result.stdout
    assert not list(tmp_path.iterdir())


def test_under_mpirun(mpirun: Launch, tmp_path: Path) -> None:
    """One report of all ranks, plain where nobody watches."""
    result = mpirun(2, *COMMAND, cwd=tmp_path, env=ENVIRONMENT, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("2 ranks on 1 node") == 1
    assert "8 MiB by 2 ranks, the same bits" in result.stdout
    assert "\x1b" not in result.stdout
    assert not list(tmp_path.iterdir())
