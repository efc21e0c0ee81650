"""A run directory of few bytes that looks like one of the program."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import h5py
import numpy as np

PIECE = 1000
SUMMARY = {
    "end_time": 0.1,
    "end_reason": "stop time reached",
    "exit_code": 0,
    "steps": 9,
    "pairs": 54,
    "error_estimate": None,
    "initial_data_sha256": None,
    "drift": {"mass": 1e-15},
    "wall_seconds": 3.0,
}


def make_state(run: Path, steps: int) -> Path:
    """A checkpoint with its manifest."""
    path = run / "checkpoints" / f"state_{steps:08d}.h5"
    with h5py.File(path, "w") as file:
        file.attrs["steps"] = steps
        file["field"] = np.exp(1j * np.arange(steps, steps + 120.0)).reshape(10, 12)
    content = path.read_bytes()
    checksums = [hashlib.sha256(content[i : i + PIECE]).hexdigest() for i in range(0, len(content), PIECE)]
    manifest = {"bytes": len(content), "piece": PIECE, "pieces_sha256": checksums}
    path.with_suffix(".json").write_text(json.dumps(manifest))
    return path


def make_run(run: Path) -> Path:
    """A finished run of nine steps."""
    for folder in ("fields", "checkpoints"):
        (run / folder).mkdir(parents=True)
    for name in ("config.toml", "series.h5", "fields/field_00000000.h5", "fields/fields.xmf", "log.txt"):
        (run / name).write_bytes(name.encode() * 20)
    for steps in (6, 9):
        make_state(run, steps)
    (run / "summary.json").write_text(json.dumps(SUMMARY))
    return run
