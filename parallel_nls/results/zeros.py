"""Numbers that are 0 as far as runs tell: small beside the field, where the runs do not agree on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from parallel_nls.results.files import Column

__all__ = ["SLOWEST", "size_of", "within_rounding"]

SLOWEST = 2.0
"""Error over change, at most: 2^q/(2^q − 1) of errors that fall like the power q ≥ 1 of what is halved."""
_ROUNDING = 1e-10  # of the field, a size below which a number that the runs do not agree on is 0 as far as they tell
_SIZES = ("sup_norm", "z_l2")  # of what is solved for, a small remainder too


def size_of(columns: Sequence[Mapping[str, Column]]) -> float:
    """Return the size of what runs solve for, by their series.

    Parameters
    ----------
    columns : sequence of mapping
        Columns by name, of each run.

    Returns
    -------
    float
        Its height or its norm, the largest of all runs; 1 where neither is measured.

    Notes
    -----
    *Communication*: local.
    """
    for name in _SIZES:
        if all(name in one for one in columns):
            return max(float(np.nanmax(np.abs(one[name].values), initial=0.0)) for one in columns)
    return 1.0


def within_rounding(largest: float, size: float) -> bool:
    """Whether numbers, whose largest modulus is told, are 0 unless runs agree on them. *Communication*: local."""
    return largest <= _ROUNDING * size
