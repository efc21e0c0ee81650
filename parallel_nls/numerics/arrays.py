"""The types of arrays, each under one name. They are hints: single precision is meant where a docstring says so.

And the arrays whose parts must be of one type for compiled code.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RealArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]
IndexArray = NDArray[np.int64]


def line_table(height: int, lines: int) -> RealArray:
    """A zero table of results of lines, of whose columns kernels fill some at a time.

    A rank of few lines would hand over all columns at once: of an array of its own they would be contiguous, which is
    another type, and kernels would be compiled anew on that number of ranks. Here they never are.

    Returns
    -------
    ndarray, (height, lines)
        Part of a wider one.

    Notes
    -----
    *Communication*: local.
    """
    return np.zeros((height, lines + 1))[:, :lines]
