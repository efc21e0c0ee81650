"""Random functions of given bandwidth, the same on any grid of one box and on any number of ranks.

    η(x) = (a/√M) Σ g_m e^{ik·x},   k = 2πm/L for each axis,   over the M whole m with |k| ≤ K,

where g_m are complex normal numbers of mean square 1, real and imaginary part independent, that follow from the seed
and m alone. So the mean square of η over the box has the expectation a², and the standard deviation a²/√M.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls.contracts import Domain, DriftSweep
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.random_numbers import Key, complex_normal, key_of
from parallel_nls.profiles.pointwise import Coordinates, contiguous
from parallel_nls.spectral.sweeps import Block

BooleanArray = NDArray[np.bool_]

_EDGE = 1 + 1e-12  # a bandwidth that is meant to be a wavenumber of the box holds it, whatever its last digit


@kernel
def entry(along: RealArray, b: int, j: int) -> int:
    """Entry (b, j) of whole numbers that broadcast."""
    row = along[b if along.shape[0] > 1 else 0]
    return int(row[j] if row.size > 1 else row[0])


@kernel
def add_modes(
    block: ComplexArray, count: int, harmonics: Coordinates, held: BooleanArray, key: Key, size: float
) -> None:
    """Add size·g_m·e^{ik·L/2}, L/2 the corner where the points begin, to the coefficients that are ``held``."""
    for b in range(count):
        for j in range(block.shape[1]):
            if held[b, j]:
                first = entry(harmonics[0], b, j)
                second = entry(harmonics[1], b, j) if len(harmonics) > 1 else 0
                number = size * complex_normal(key, first, second)
                block[b, j] += -number if (first + second) & 1 else number


@dataclass(frozen=True)
class Noise:
    """A random function.

    Attributes
    ----------
    amplitude : float
        a, the root mean square that is to be expected over the box.
    bandwidth : float
        K, an angular wavenumber below the largest that the grid holds on any axis.
    seed : int
        From 0.
    """

    amplitude: float
    bandwidth: float
    seed: int

    def held(self, wavenumbers: Coordinates) -> BooleanArray:
        """Whether |k| ≤ K, of the shape to which wavenumbers broadcast. *Communication*: local."""
        squares: RealArray = sum((k * k for k in wavenumbers[1:]), start=wavenumbers[0] ** 2)
        return squares <= (self.bandwidth * _EDGE) ** 2

    def count(self, domain: Domain) -> int:
        """M, the number of coefficients that it has in a box. *Communication*: collective, one number."""
        blocks = domain.sweeps[-1][0].blocks
        own = sum(int(np.count_nonzero(self.held(domain.block_wavenumbers(lines)))) for lines in blocks)
        return int(domain.comm.allreduce(own, MPI.SUM))


def add_noise(noises: tuple[Noise, ...], domain: Domain, sweep: DriftSweep, field: ComplexArray) -> None:
    """Add random functions to a field.

    Parameters
    ----------
    noises : tuple of Noise
        What is added, in this order.
    domain : Domain
        The line or the plane.
    sweep : DriftSweep
        Of the domain.
    field : ndarray, complex128 or complex64
        Half-transformed, local share in row layout; changed in place.

    Notes
    -----
    *Communication*: collective, a `ColumnSweep`, and one number for each noise.
    """
    sizes = [noise.amplitude / math.sqrt(noise.count(domain)) for noise in noises]
    keys = [key_of(noise.seed) for noise in noises]
    scale = 1 / sweep.normalisation

    def add(block: ComplexArray, lines: Block) -> None:
        """Add them to the coefficients of a block of columns."""
        block *= scale
        wavenumbers = domain.block_wavenumbers(lines)
        harmonics = contiguous(tuple(_whole(k, length) for k, length in zip(wavenumbers, domain.length, strict=True)))
        for noise, key, size in zip(noises, keys, sizes, strict=True):
            add_modes(block, lines.count, harmonics, noise.held(wavenumbers), key, size)

    sweep(field, add)


def _whole(wavenumbers: RealArray, length: float) -> RealArray:
    """M of k = 2πm/L."""
    whole: RealArray = np.rint(wavenumbers * (length / (2 * np.pi)))
    return whole
