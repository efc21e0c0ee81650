"""The table of a run's page that tells how well exact identities hold, and how far the rows of the series tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from parallel_nls.catalogue import EVERYWHERE
from parallel_nls.diagnostics.differences import HALF_WIDTH, ROWS
from parallel_nls.diagnostics.guards import Doubt
from parallel_nls.diagnostics.identities import VIRIAL, Identity
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.reports.content import Table
from parallel_nls.results.reader import Run
from parallel_nls.schedules import shown_time

_IDENTITIES = {quantity.name: quantity.derivation for quantity in EVERYWHERE}
_HEADING = (
    "identity",
    f"largest residual, without the {HALF_WIDTH} rows at each end",
    "largest in these rows, from one side",
    "verdict",
    "what the residual is",
)
_DIFFERENCES = "what the differences of rows may be wrong by"


def identity_table(run: Run) -> Table | None:
    """How well exact identities hold; None if none is measured."""
    rows, times, symbol = [], run.columns["time"].values, run.config.equation.time_symbol
    for name, column in run.columns.items():
        identity = _IDENTITIES.get(name)
        if not isinstance(identity, Identity):
            continue
        texts = column.attributes
        says = "; ".join(filter(None, (texts.get("formula", ""), texts.get("source", ""))))
        found = (_largest(column.values, times, symbol, inside=inside) for inside in (True, False))
        rows.append((texts.get("long_name", name), *found, _verdict(run, identity), says))
    if not rows:
        return None
    return Table("Exact identities, and by how much they are missed (relative)", _HEADING, tuple(rows))


def _largest(values: RealArray, times: RealArray, symbol: str, *, inside: bool) -> str:
    """The largest modulus in rows with three neighbours on either side, or in all others, and when."""
    if len(values) < ROWS:
        return f"not known: it takes {ROWS} rows"
    chosen = np.zeros(len(values), dtype=bool)
    chosen[HALF_WIDTH : len(values) - HALF_WIDTH] = True
    sizes = np.fmax.reduce(np.abs(values.reshape(len(values), -1)), axis=1, initial=np.nan)
    sizes[(chosen != inside) | ~np.isfinite(sizes)] = np.nan
    if np.isnan(sizes).all():
        return "not known"
    row = int(np.nanargmax(sizes))
    return f"{sizes[row]:.1e} at {symbol} = {shown_time(times[row])}"


def _verdict(run: Run, identity: Identity) -> str:
    """What the guards of the run found, in words."""
    if not run.finished:
        return "the run tells it when it ends"
    labels = ("16E", identity.label) if identity.quantity == VIRIAL.quantity else (identity.label,)
    violations = {k: v for k, v in run.summary.get("identities", {}).items() if k.startswith(labels) and v is not None}
    if not violations:
        return f"not judged: it takes {ROWS} rows"
    # Runs of earlier versions have none.
    doubts: Mapping[str, Any] = run.summary.get("identity_doubts", {})
    doubt = _together([doubts[name] for name in violations if doubts.get(name)])
    worst = max(violations.values())
    return _missed(worst, doubt) if worst > 0 else _held(doubt)


def _together(doubts: list[Mapping[str, Any]]) -> Doubt | None:
    """That of an identity, from those of all bubbles: of each number the worst; None without any."""
    if not doubts:
        return None
    worst = {field.name: max(doubt[field.name] for doubt in doubts) for field in fields(Doubt)}
    return Doubt(**worst | {"told_rows": min(doubt["told_rows"] for doubt in doubts)})


def _held(doubt: Doubt | None) -> str:
    """Of an identity of which no violation was found."""
    if doubt is None:
        return f"no residual is larger than {_DIFFERENCES}; how much that is was not stored"
    if doubt.told_rows == 0:
        return f"not to be told: rows are so far apart that differences may be wrong by up to {doubt.largest:.1e}"
    if doubt.told_rows == doubt.rows:
        return f"holds to {doubt.told:.1e}, {_DIFFERENCES}"
    return f"holds to {doubt.told:.1e} in {doubt.told_rows} of {doubt.rows} rows{_untold(doubt)}"


def _missed(worst: float, doubt: Doubt | None) -> str:
    """Of an identity that is violated somewhere, by the largest violation."""
    found = f"shown to be missed by up to {worst:.1e}, more than {_DIFFERENCES} there: an error of the run"
    if doubt is None:
        return f"{found}; where residuals are larger, differences may be wrong by more"
    if doubt.within > worst:
        found += f"; larger residuals, up to {doubt.within:.1e}, are within {_DIFFERENCES}"
    return found + _untold(doubt)


def _untold(doubt: Doubt) -> str:
    """The end of a verdict: in how many rows the differences are too uncertain; empty: in none."""
    untold = doubt.rows - doubt.told_rows
    if untold == 0:
        return ""
    return f"; in {untold} of {doubt.rows} rows differences may be wrong by up to {doubt.largest:.1e}, too much to tell"
