"""Time scipy's Fourier transform of a complex array there and back, in place, on one core.

Usage: python -m scripts.benchmarks.programs.scipy_pair 10 1008 1024
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import scipy.fft
from mpi4py import MPI

from scripts.benchmarks.programs.timing import median_milliseconds


def main() -> None:
    """Print milliseconds of a pair, as one line of JSON."""
    repetitions, *shape = (int(word) for word in sys.argv[1:])
    chance = np.random.default_rng(1)
    field: list[Any] = [chance.standard_normal(shape) + 1j * chance.standard_normal(shape)]

    def pair() -> None:
        """There and back."""
        forward = scipy.fft.fftn(field[0], overwrite_x=True, workers=1)
        field[0] = scipy.fft.ifftn(forward, overwrite_x=True, workers=1)

    print(json.dumps({"step": median_milliseconds(pair, MPI.COMM_SELF, repetitions)}))


if __name__ == "__main__":
    main()
