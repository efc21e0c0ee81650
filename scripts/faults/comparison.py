"""Whether a run came to the same bits as another: the names of all files, their bytes, what the summary says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scripts.faults.checkpoints import MANIFEST, STATE

# These tell of clocks, hosts, interruptions and the name of the run; the summary has its own comparison.
PERSONAL = ("log.txt", "run.json", "summary.json")
SAME_IN_SUMMARY = ("end_time", "end_reason", "exit_code", "steps", "error_estimate", "initial_data_sha256", "drift")


def _files(run: Path) -> dict[str, Path]:
    """All files but those that may differ, by their names; of the states only the newest."""
    found = {str(path.relative_to(run)): path for path in sorted(run.rglob("*")) if path.is_file()}
    kept = {
        name: path
        for name, path in found.items()
        if name not in PERSONAL
        and not name.startswith("figures/")
        and not (path.parent.name == "checkpoints" and (STATE.fullmatch(path.name) or MANIFEST.fullmatch(path.name)))
    }
    states = [name for name, path in found.items() if STATE.fullmatch(path.name)]
    return kept | {name: found[name] for name in states[-1:]}


def _summary(run: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    return document


def _first_difference(one: bytes, other: bytes) -> str:
    if len(one) != len(other):
        return f"{len(one)} bytes and {len(other)}"
    place = next(index for index, (left, right) in enumerate(zip(one, other, strict=True)) if left != right)
    return f"differs from byte {place}"


def differences(reference: Path, run: Path) -> list[str]:
    """What a run has otherwise than its reference, in words; empty if nothing.

    Parameters
    ----------
    reference, run : Path
        Run directories.

    Returns
    -------
    list of str
        Missing and additional files, files of other bytes, other entries of the summary.
    """
    wanted, there = _files(reference), _files(run)
    found = [f"{name} is missing" for name in wanted if name not in there]
    found += [f"{name} should not be there" for name in there if name not in wanted]
    for name in wanted:
        if name in there:
            one, other = wanted[name].read_bytes(), there[name].read_bytes()
            if one != other:
                found.append(f"{name}: {_first_difference(one, other)}")
    try:
        mine, own = _summary(reference), _summary(run)
    except (OSError, ValueError) as error:
        return [*found, f"summary.json cannot be read: {error}"]
    # With a tolerance, steps that are taken again after a resume are counted among the pairs.
    keys = SAME_IN_SUMMARY if mine["error_estimate"] is not None else (*SAME_IN_SUMMARY, "pairs")
    found += [f"summary.json: {key} is {own.get(key)}, not {mine[key]}" for key in keys if own.get(key) != mine[key]]
    return found
