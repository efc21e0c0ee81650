"""`parallel-nls study minimal-mass-rate`: λ of a run of half waves against τ²/(4A₀²) and its next term."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from parallel_nls.results.digits import with_doubt
from parallel_nls.results.minimal_mass import minimal_mass_rate
from parallel_nls.results.reader import open_run

__all__ = ["describe_rate"]


def describe_rate(root: Path) -> tuple[str, dict[str, Any]]:
    """Lines of text, and the numbers.

    Raises
    ------
    UserError
        If there is no run, or it has no rate.

    Notes
    -----
    *Communication*: local.
    """
    found = minimal_mass_rate(open_run(root))
    rows = (
        ("T", found.blow_up_time, found.blow_up_time_doubt, found.blow_up_time_by_law),
        ("1/(2A₀)", found.rate, found.rate_doubt, found.rate_by_law),
        ("κ", found.correction, found.correction_doubt, found.correction_by_law),
    )
    span = f"λ from {found.first:.4g} to {found.last:.4g} in {found.rows} rows"
    lines = [
        f"{span}; fitted: √λ = τ(1 − κτ²/2 + …)/(2A₀), τ = T − t",
        *(f"{name:<9}{with_doubt(value, doubt)}, by the law {law:.6g}" for name, value, doubt, law in rows),
        f"‖D^½u‖τ  {with_doubt(found.speed, found.speed_doubt)} at the last row, by the law → {found.speed_by_law:.6g}",
    ]
    return "\n".join(lines), asdict(found)
