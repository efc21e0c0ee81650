"""How far the time of blow-up by the refined law of half waves is to be trusted, by the rows of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from parallel_nls.results.files import Column

__all__ = ["law_doubts"]

NOTABLE = 0.02  # of the time that was left, from which on a change of the time of blow-up is told
LARGEST_B = 0.3
"""Beyond which the profile is none, and its law a rough estimate."""


def law_doubts(columns: Mapping[str, Column]) -> Iterator[tuple[str, str]]:
    """Yield what `info` tells of `law_time` where it changes along the run, or b is large; nothing of other runs.

    Notes
    -----
    *Communication*: local.
    """
    if not {"law_time", "b"} <= set(columns):
        return
    known = np.isfinite(columns["law_time"].values)
    if not known.any():
        return
    times, found, b = (columns[name].values[known] for name in ("time", "law_time", "b"))
    change = float(np.max(np.abs(found - found[-1])))
    share = change / float(found[0] - times[0])
    if share >= NOTABLE:
        course = f"from {found[0]:.4g} to {found[-1]:.4g}, by up to {100 * share:.2g} % of the time that was left"
        yield "law", f"law_time went {course}: the law is rough there"
    if np.max(b) >= LARGEST_B:
        yield "law", f"b was up to {np.max(b):.3g}: from {LARGEST_B} on law_time is a rough estimate"
