"""Time the same bytes as storage_engine.py, in one process, with h5py without MPI-IO or with numpy.

Usage: python -m scripts.benchmarks.programs.storage_serial FOLDER h5py 1024 1024 (or numpy)
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import h5py
import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from scripts.benchmarks.programs.storage_timing import rates


def write_field(path: Path, u: NDArray[np.complex128]) -> None:
    """Real part, imaginary part and density."""
    with h5py.File(path, "w") as file:
        file["real"], file["imag"] = u.real, u.imag
        file["density"] = u.real * u.real + u.imag * u.imag


def read_field(path: Path, u: NDArray[np.complex128]) -> None:
    """Real and imaginary part."""
    with h5py.File(path, "r") as file:
        u.real, u.imag = file["real"][...], file["imag"][...]


def write_state(path: Path, u: NDArray[np.complex128]) -> None:
    """One dataset of complex numbers."""
    with h5py.File(path, "w") as file:
        file["field"] = u


def read_state(path: Path, u: NDArray[np.complex128]) -> None:
    """One dataset of complex numbers."""
    with h5py.File(path, "r") as file:
        file["field"].read_direct(u)


def write_array(path: Path, u: NDArray[np.complex128]) -> None:
    """One array, by numpy."""
    np.save(path, u)


def read_array(path: Path, u: NDArray[np.complex128]) -> None:
    """One array, by numpy."""
    u[...] = np.load(path)


def main() -> None:
    """Print MB/s as one line of JSON."""
    folder, library, points = Path(sys.argv[1]), sys.argv[2], tuple(int(n) for n in sys.argv[3:])
    generator = np.random.default_rng(1)
    u = (generator.standard_normal(points) + 1j * generator.standard_normal(points)).astype(np.complex128)
    comm, count = MPI.COMM_SELF, math.prod(points)
    if library == "numpy":
        array = rates(comm, folder / "a.npy", 16 * count, lambda p: write_array(p, u), lambda p: read_array(p, u))
        print(json.dumps({f"state {name}": rate for name, rate in array.items()}))
        return
    field = rates(comm, folder / "f.h5", 24 * count, lambda p: write_field(p, u), lambda p: read_field(p, u))
    state = rates(comm, folder / "s.h5", 16 * count, lambda p: write_state(p, u), lambda p: read_state(p, u))
    field["read"] *= 16 / 24
    numbers = {f"field {name}": rate for name, rate in field.items()}
    print(json.dumps(numbers | {f"state {name}": rate for name, rate in state.items()}))


if __name__ == "__main__":
    main()
