"""The types of arrays, each under one name. They are hints: single precision is meant where a docstring says so."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RealArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]
IndexArray = NDArray[np.int64]
