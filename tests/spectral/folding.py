"""The natural order of a line and the two orders of the array it is folded into."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from parallel_nls.spectral.line import LineDomain

Number = TypeVar("Number", bound=np.generic)


def folded(domain: LineDomain, values: NDArray[Number]) -> NDArray[Number]:
    """The global array of values in the order of x."""
    rows, columns = domain.shape
    return np.ascontiguousarray(values.reshape(columns, rows).T)


def unfolded(array: NDArray[Number]) -> NDArray[Number]:
    """Values in the order of x; inverse of `folded`."""
    return np.ascontiguousarray(array.T).reshape(-1)


def folded_spectrum(domain: LineDomain, coefficients: NDArray[Number]) -> NDArray[Number]:
    """The global array of Fourier coefficients in FFT order; ``reshape(-1)`` leads back."""
    return coefficients.reshape(domain.shape)
