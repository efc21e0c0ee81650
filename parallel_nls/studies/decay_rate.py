"""`parallel-nls study decay-rate`: the rate at which the remainder of a run decays, beside the law."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from parallel_nls.results.decay_rate import decay_rate_of
from parallel_nls.results.digits import with_doubt
from parallel_nls.results.reader import open_run

__all__ = ["describe_decay"]


def describe_decay(root: Path) -> tuple[str, dict[str, Any]]:
    """Lines of text, and the numbers.

    Raises
    ------
    UserError
        If there is no run, or it has no rate.

    Notes
    -----
    *Communication*: local.
    """
    run = open_run(root)
    found, plane = decay_rate_of(run), run.config.equation.dimension > 1
    power, correction = ("s", "·(1 + c/s)") if plane else ("", "")
    rows = [("n₀", found.constant, found.constant_doubt, found.constant_by_law)]
    for name, value, law in zip(("Re n₁", "Im n₁"), found.amplitude, found.amplitude_by_law, strict=True):
        rows.append((name, value, found.amplitude_doubt, law))
    form = f"‖z‖²{power}e^(2δs) = (n₀ + Re(n₁e^(-2iνs))){correction}"
    lines = [
        f"s from {found.first:.4g} to {found.last:.4g} in {found.rows} rows; fitted: {form}, to {found.residual:.1g}",
        f"δ      {with_doubt(found.rate, found.rate_doubt)}, by the law {found.rate_by_law:.9g}",
        f"ν      {found.frequency:.9g} by the law",
    ]
    for name, value, doubt, law in rows:
        known = "" if math.isnan(law) else f", by the law {law:.7g}"
        lines.append(f"{name:<7}{with_doubt(value, doubt)}{known}")
    return "\n".join(lines), found.document()
