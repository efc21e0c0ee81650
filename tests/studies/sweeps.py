"""What tests of sweeps share: small sweeps, their tables, and runs of the same members alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mpi4py import MPI

from parallel_nls.config.toml_text import toml_value
from parallel_nls.parallel.consensus import from_root
from parallel_nls.running.run import run
from parallel_nls.studies.sweep.plan import SweepPlan, load_sweep, member_name
from scripts.faults.comparison import differences

SMALL = {
    "grid.points": [16, 18],
    "limits.spectral_tail": "off",
    "output.fields_every": {"steps": 4},
    "diagnostics.every": {"steps": 2},
    "checkpoint.every": {"steps": 6},
    "diagnostics.families": ["conserved", "virial", "resolution", "distance"],
    "time.step": 1e-3,
    "time.stop": -0.492,
}
FOUR = {"time.step": [1e-3, 5e-4], "initial.bubbles.1.frequency": [1.0, 0.5]}


def sweep_text(vary: dict[str, Any], *, ranks: int = 1, configuration: str = "two_bubbles", **settings: Any) -> str:
    """A sweep file of small members; ``settings`` are keys with __ for dots, None to leave one out."""
    common = {**SMALL, **{key.replace("__", "."): value for key, value in settings.items()}}
    lines = [f"configuration = {toml_value(configuration)}", f"ranks = {ranks}", "[set]"]
    lines += [
        f'"{key}" = {toml_value(value)}' for key, value in common.items() if value is not None and key not in vary
    ]
    lines += ["[vary]", *(f'"{key}" = {toml_value(value)}' for key, value in vary.items())]
    return "\n".join(lines) + "\n"


def plan_of(comm: MPI.Intracomm, folder: Path, text: str) -> SweepPlan:
    """The sweep of a text, written to ``folder/scan.toml``, into ``folder/scan``; the same on every rank."""

    def load() -> SweepPlan:
        """Write and read it."""
        (folder / "scan.toml").write_text(text, encoding="utf-8")
        return load_sweep(str(folder / "scan.toml"), str(folder / "scan"))

    return from_root(comm, load)


def differing_members(comm: MPI.Intracomm, plan: SweepPlan, alone: Path) -> list[str]:
    """Data files of members that have other bits than those of the same configuration run alone, into ``alone``."""
    root = Path(plan.sweep.output)

    def compare() -> list[str]:
        """Run each configuration on one rank, unless that has been done."""
        found = []
        for number in range(len(plan.members)):
            name = member_name(number)
            if not (alone / name).exists():
                run(plan.configuration(number), MPI.COMM_SELF, alone / name, quiet=True)
            found += [f"{name}: {path}" for path in differences(alone / name, root / name)]
        return found

    return from_root(comm, compare)


def table_of(root: Path) -> list[dict[str, Any]]:
    """The rows of summary.json."""
    rows: list[dict[str, Any]] = json.loads((root / "summary.json").read_text(encoding="utf-8"))["members"]
    return rows


def column_of(root: Path, name: str) -> list[Any]:
    """One column of summary.json."""
    return [row[name] for row in table_of(root)]


def names_in(root: Path) -> set[str]:
    """Names of all that lies in a sweep's directory, but for its members."""
    return {path.name for path in root.iterdir() if not path.name.startswith("member_")}
