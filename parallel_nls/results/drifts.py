"""How far what the equation conserves has drifted, by the series of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from parallel_nls.diagnostics.identities import CANCELLED
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.files import Column, conserved_of

__all__ = ["OF_TERMS", "Drift", "drift_kind", "drifts_of"]

OF_TERMS = "relative to a thousandth of its terms"
"""How a drift is told of what its terms cancel to less of."""


@dataclass(frozen=True)
class Drift:
    """The drift of one quantity.

    Attributes
    ----------
    kind : str
        "relative", "absolute", or `OF_TERMS`.
    sizes : ndarray, (rows,)
        |q(t) − q(t₀)|, the largest of the components; relative ones over |q(t₀)|, and at least over a thousandth of the
        moduli of the parts that q is the sum of. NaN of a quantity that starts at 0, which has no relative drift.
    """

    kind: str
    sizes: RealArray


def drift_kind(name: str, column: Column, scales: Mapping[str, float]) -> str | None:
    """As `conserved_of`; `OF_TERMS` where a relative one starts below a thousandth of its scale; local."""
    kind, first = conserved_of(name, column), np.abs(column.values[:1])
    return OF_TERMS if kind == "relative" and (first < CANCELLED * scales.get(name, 0.0)).any() else kind


def drifts_of(columns: Mapping[str, Column], scales: Mapping[str, float]) -> dict[str, Drift]:
    """Return the drifts of all that is conserved, by name.

    Parameters
    ----------
    columns : mapping
        The series of a run.
    scales : mapping
        Of conserved numbers the moduli of their parts, where they are known: `Run.scales`.

    Notes
    -----
    *Communication*: local.
    """
    found = {}
    for name, column in columns.items():
        kind = drift_kind(name, column, scales)
        if kind is not None:
            found[name] = Drift(kind, _sizes(column, kind != "absolute", scales.get(name, 0.0)))
    return found


def _sizes(column: Column, relative: bool, scale: float) -> RealArray:
    values = column.values.reshape(len(column.values), -1)
    change = np.abs(values - values[:1])
    if relative:
        sizes = np.maximum(np.abs(values[:1]), CANCELLED * scale)
        change = np.divide(change, sizes, out=np.full_like(change, np.nan), where=sizes != 0)
    largest: RealArray = change.max(axis=1)
    return largest
