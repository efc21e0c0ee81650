"""Time scipy's sine transforms of an array of γ⁽²⁾'s shape there and back, on one core.

Usage: python -m scripts.benchmarks.programs.hierarchy_scipy 63 5
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
    points, repetitions = int(sys.argv[1]), int(sys.argv[2])
    chance = np.random.default_rng(1)
    field: list[Any] = [chance.standard_normal((points,) * 4) + 1j * chance.standard_normal((points,) * 4)]

    def step() -> None:
        """There and back."""
        field[0] = scipy.fft.idstn(scipy.fft.dstn(field[0], type=1, overwrite_x=True), type=1, overwrite_x=True)

    print(json.dumps({"kinetic": median_milliseconds(step, MPI.COMM_SELF, repetitions)}))


if __name__ == "__main__":
    main()
