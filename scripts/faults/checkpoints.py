"""The folder of checkpoints, seen from outside: which are complete, which are being written."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

STATE = re.compile(r"state_(\d{8})\.h5")
MANIFEST = re.compile(r"state_(\d{8})\.json")


def _steps(folder: Path, pattern: re.Pattern[str]) -> set[int]:
    try:
        names = [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return set()
    return {int(match[1]) for name in names if (match := pattern.fullmatch(name))}


def state_of(run: Path, steps: int) -> Path:
    """The file of the state after so many steps."""
    return run / "checkpoints" / f"state_{steps:08d}.h5"


def manifest_of(run: Path, steps: int) -> Path:
    """The manifest beside that file."""
    return state_of(run, steps).with_suffix(".json")


def complete(run: Path) -> list[int]:
    """Steps of the checkpoints that have a manifest, the newest last."""
    folder = run / "checkpoints"
    return sorted(_steps(folder, STATE) & _steps(folder, MANIFEST))


def unfinished(run: Path) -> list[int]:
    """Steps of the states without a manifest: being written, or left by a job that was killed then."""
    folder = run / "checkpoints"
    # The manifests last: one that comes between the two looks makes its state a complete one.
    states = _steps(folder, STATE)
    return sorted(states - _steps(folder, MANIFEST))


def intact(run: Path, steps: int) -> bool:
    """Whether a checkpoint has the length and the checksums that its manifest says."""
    manifest = json.loads(manifest_of(run, steps).read_bytes())
    content, piece = state_of(run, steps).read_bytes(), manifest["piece"]
    pieces = [content[start : start + piece] for start in range(0, len(content), piece)]
    checksums = [hashlib.sha256(part).hexdigest() for part in pieces]
    return bool(len(content) == manifest["bytes"] and checksums == manifest["pieces_sha256"])
