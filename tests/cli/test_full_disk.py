"""Commands that write files where nothing can be written: all of them end as the disk is said to refuse."""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from parallel_nls.errors import StorageError, UserError, unwritable
from tests.cli.test_streams import TINY, shell
from tests.conftest import ROOT
from tests.support import besides_compiling

LIMITED = (
    "from mpi4py import MPI; import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); "
    "from parallel_nls.cli import main; main()"
)
"""Once MPI has its own files: no file takes a byte any more, as on a full disk."""
WRITING = (
    "plot runs/tiny --to figures --only conservation",
    "plot runs/tiny --to figures --only conservation --format svg",
    "plot runs/tiny/fields/field_00000000.h5 --to figures",
    "report runs/sweep --to report.html",
    "compare runs/sweep --to compared",
    "export runs/tiny --format csv --to series.csv",
    "export runs/tiny --format netcdf --to exported",
    "run tiny.toml --output runs/full",
    "sweep sweep.toml --output runs/scan",
    "scaling tiny.toml --figure scaling.png",
    "calibrate --to machine.toml",
    "ground-state half_wave_blowup --json ground.json",
    "blow-up-profile half_wave_blowup --json profile.json",
    "check inverse_square_collapse --json check.json",
    "study confirm tiny.toml --output runs/study",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a run and a sweep."""
    folder = tmp_path_factory.mktemp("full")
    (folder / "tiny.toml").write_text(TINY.replace("\\u001b[31m", "").replace("\\u0007", ""))
    (folder / "sweep.toml").write_text('configuration = "tiny.toml"\n[vary]\n"time.step" = [0.01, 0.005]\n')
    made = shell("pn run tiny.toml --output runs/tiny && pn sweep sweep.toml --output runs/sweep", folder)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.mark.parametrize("line", WRITING)
def test_a_file_that_is_refused_ends_a_command_as_a_full_disk_does(folder: Path, line: str) -> None:
    """By 74 and one line, and of what was not there before nothing is left but empty folders."""
    before = files_of(folder)
    command = [sys.executable, "-c", LIMITED, *shlex.split(line)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    found = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    told = besides_compiling(found.stderr)
    assert (found.returncode, told.count("\n")) == (74, 1), told
    assert "the file system refuses it (File too large)" in told
    assert "resume" not in told
    assert files_of(folder) == before


def files_of(folder: Path) -> set[Path]:
    """All files below a folder."""
    return {path for path in folder.rglob("*") if path.is_file()}


def test_what_the_disk_refuses_is_no_bad_input(tmp_path: Path) -> None:
    """A place where no file can be is bad input, and told with the remedy."""
    for number, kind in ((errno.ENOSPC, StorageError), (errno.EROFS, StorageError), (errno.ENOTDIR, UserError)):
        error = unwritable("it", OSError(number, "why", str(tmp_path)), "give another")
        assert type(error) is kind
        assert str(error).endswith("; give another")
    assert str(error) == "it cannot be written (why); give another"
