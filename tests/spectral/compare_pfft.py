"""Compare the transforms with mpi4py_fft.PFFT, on one rank and on all; it plans by MEASURE: a process of its own."""

from __future__ import annotations

import sys
from itertools import product
from math import log2, prod

import numpy as np
from mpi4py import MPI
from mpi4py_fft import PFFT

from parallel_nls.spectral.box import FourierDomain
from tests.support import gather_field, local_part

SHAPES = ((36, 40), (243, 128), (6, 9, 10), (6, 5, 8, 9))


def pfft_forward(comm: MPI.Intracomm, whole: np.ndarray) -> np.ndarray:
    """Coefficients by PFFT on slabs, on every rank."""
    plan = PFFT(comm, whole.shape, dtype=complex, slab=True)
    source = np.ascontiguousarray(whole[plan.local_slice(False)])
    result = np.empty(whole.shape, dtype=complex)
    parts = comm.allgather((plan.local_slice(True), np.array(plan.forward(source))))
    for region, part in parts:
        result[region] = part
    return result


def main() -> None:
    """Leave with an error, and say the relative errors, if one is too large."""
    worst = {}
    for comm, shape in product((MPI.COMM_SELF, MPI.COMM_WORLD), SHAPES):
        real, imaginary = np.random.default_rng(1).standard_normal((2, *shape))
        whole = real + 1j * imaginary
        expected = pfft_forward(comm, whole)
        domain = FourierDomain(comm, shape, [1.0] * len(shape))
        found = gather_field(domain.layouts[-1], domain.forward(local_part(domain.layouts[0], whole)))
        error = np.abs(found - expected).max() / np.abs(expected).max()
        worst[comm.size, shape] = float(error / log2(prod(shape)))
    if MPI.COMM_WORLD.rank == 0:
        sys.stdout.write(f"{worst}\n")
    if not max(worst.values()) <= 1e-15:
        sys.exit(1)


if __name__ == "__main__":
    main()
