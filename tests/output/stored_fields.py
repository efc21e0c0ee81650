"""What tests of stored fields share: domains of both dimensions, and local shares of arrays in natural order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mpi4py import MPI
from numpy.typing import DTypeLike, NDArray

from parallel_nls.contracts import Domain
from parallel_nls.half_wave.evolution import HalfWave
from parallel_nls.half_wave.running import LinePlaces
from parallel_nls.integrators.compositions import composition
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain
from parallel_nls.spectral.rational import RationalAxis

# Points of a line and of planes; 7 is prime and leaves all ranks but one idle, 12 and (3, 5) leave the fourth idle.
GRIDS = [(12,), (7,), (250,), (3000,), (3, 5), (16, 12)]


def box(points: Sequence[int]) -> tuple[float, ...]:
    """Lengths of the box, another one on each axis."""
    return tuple(10.0 + axis for axis, _ in enumerate(points))


def domain_of(comm: MPI.Intracomm, points: Sequence[int], dtype: DTypeLike = np.complex128) -> Domain:
    """The line or the plane with these points."""
    if len(points) == 1:
        return LineDomain(comm, points, box(points), dtype)
    return FourierDomain(comm, points, box(points), dtype=dtype)


def share_of(domain: Domain, natural: NDArray[Any]) -> NDArray[Any]:
    """Share of an array in natural order, number by number: number n of a line is [n mod N_a, n // N_a]."""
    whole = np.empty(domain.shape, dtype=natural.dtype)
    for place in np.ndindex(natural.shape):
        folded = (place[0] % domain.shape[0], place[0] // domain.shape[0]) if domain.dimension == 1 else place
        whole[folded] = natural[place]
    return whole[domain.layouts[0].local_region].copy()


def line_at_nodes(points: int) -> LinePlaces:
    """The whole line of half waves, with so many points on one rank."""
    axis = RationalAxis(points // 2, 3.0)
    return LinePlaces(MPI.COMM_SELF, HalfWave(axis, composition("kahan-li6")), 1)
