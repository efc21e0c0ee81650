"""Time the same step as line_engine.py as a careful user of numpy and scipy writes it, on one core.

No temporary arrays, the propagator from a table, transforms in place, the phase from its cosine and sine (which is
faster than the exponential of a complex array).

Usage: python -m scripts.benchmarks.programs.line_scipy 4194304 10
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.fft
from mpi4py import MPI
from numpy.typing import NDArray

from scripts.benchmarks.programs.line_engine import SPACING, STEP
from scripts.benchmarks.programs.timing import median_milliseconds


def initial(points: int) -> NDArray[np.complex128]:
    """The Gaussian of line_engine.py."""
    x = (np.arange(points) - points / 2) * SPACING
    return (1.5 * np.exp(-((x / (points * SPACING / 20)) ** 2) / 2)).astype(np.complex128)


def make_step(points: int) -> Callable[[], None]:
    """A function that takes one step; its field and buffers live in the closure."""
    wavenumbers = 2 * np.pi * np.fft.fftfreq(points, SPACING)
    table = np.exp(-1j * STEP * wavenumbers**2)
    u: Any = initial(points)
    density, square = np.empty(points), np.empty(points)
    phase = np.empty(points, dtype=np.complex128)

    def step() -> None:
        """Transform, multiply, transform back, turn by |u|⁴."""
        nonlocal u
        u = scipy.fft.fft(u, overwrite_x=True, workers=1)
        np.multiply(u, table, out=u)
        u = scipy.fft.ifft(u, overwrite_x=True, workers=1)
        np.multiply(u.real, u.real, out=density)
        np.multiply(u.imag, u.imag, out=square)
        np.add(density, square, out=density)
        np.multiply(density, density, out=density)
        np.multiply(density, STEP, out=density)
        np.cos(density, out=phase.real)
        np.sin(density, out=phase.imag)
        np.multiply(u, phase, out=u)

    return step


def main() -> None:
    """Print the median time of a step as one line of JSON."""
    points, repetitions = int(sys.argv[1]), int(sys.argv[2])
    print(json.dumps({"ms_per_step": median_milliseconds(make_step(points), MPI.COMM_SELF, repetitions)}))


if __name__ == "__main__":
    main()
