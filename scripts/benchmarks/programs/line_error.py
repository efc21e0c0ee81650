"""Print the relative L² difference of the line's forward transform from scipy's, for each number of points given."""

from __future__ import annotations

import json
import sys

import numpy as np
import scipy.fft
from mpi4py import MPI

from parallel_nls.spectral.line import LineDomain


def difference(points: int) -> float:
    """‖ours − scipy's‖/‖scipy's‖ for one random vector."""
    generator = np.random.default_rng(points)
    u = generator.standard_normal(points) + 1j * generator.standard_normal(points)
    domain = LineDomain(MPI.COMM_SELF, (points,), (1.0,))
    rows, length = domain.shape
    folded = domain.allocate(domain.layouts[0])
    folded[...] = u.reshape(length, rows).T  # [a, b] is point rows·b + a
    wanted = scipy.fft.fft(u) / points
    found = domain.forward(folded).ravel()
    return float(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))


def main() -> None:
    """Print one line of JSON."""
    print(json.dumps({points: difference(int(points)) for points in sys.argv[1:]}))


if __name__ == "__main__":
    main()
