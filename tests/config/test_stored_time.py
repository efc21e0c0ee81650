"""When a run starts, read from a file that another program holds open."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import h5py

from parallel_nls.config.stored_time import with_stored_time

HOLD = "import h5py, sys; file = h5py.File(sys.argv[1], 'r+'); print('held', flush=True); sys.stdin.read()"


def test_the_time_of_a_file_that_another_program_writes(tmp_path: Path) -> None:
    """Read without a lock: HDF5's own would refuse it as long as the writer lives."""
    path = tmp_path / "field.h5"
    with h5py.File(path, "w") as file:
        file.attrs["time"] = 0.25
    initial = {"kind": "file", "file": "field.h5", "dataset": "/", "time": "stored"}
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert with_stored_time({"initial": initial}, tmp_path)["time"] == {"start": 0.25}
    finally:
        holder.communicate("")
