"""Radial axes: the Laplacian, derivatives and flows of a Gaussian, exactly; the same bits on any number of ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from parallel_nls.parallel.layout import Layout
from parallel_nls.parallel.process_grids import process_grid
from parallel_nls.spectral.radial import PlaneRadius, RadialAxis, SpaceRadius
from parallel_nls.spectral.sweeps import Block
from parallel_nls.spectral.tensor import RadialTensor
from parallel_nls.spectral.transforms import WIDTH, aligned_zeros
from tests.support import digest, gather_field, local_part, parts_of

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

AXES = [SpaceRadius(63, 10.0), PlaneRadius(64, 10.0)]
TAU = 0.3


def gaussian(axis: RadialAxis, t: float = 0.0) -> NDArray[np.complex128]:
    """The values v of φ = π^{−d/4}(1 + 2it)^{−d/2} exp(−r²/(2 + 4it)), which solves i∂_tφ + Δφ = 0."""
    spread, d = 1 + 2j * t, axis.dimension
    wave: NDArray[np.complex128] = (
        axis.amplitude * np.pi ** (-d / 4) * spread ** (-d / 2) * np.exp(-(axis.r**2) / (2 * spread))
    )
    return wave


@pytest.mark.parametrize("axis", AXES, ids=["space", "plane"])
def test_a_gaussian_has_its_integrals(axis: RadialAxis) -> None:
    """Mass 1, ∫|∇φ|² = d/2 by either way, ∂_rφ = −rφ, its peak at 0, and an orthogonal symmetric transform."""
    v = gaussian(axis).real
    assert axis.center @ (axis.matrix @ v) == pytest.approx(np.pi ** (-axis.dimension / 4), rel=1e-12)
    assert np.sum(v**2) == pytest.approx(1, abs=1e-14)
    assert np.sum(axis.k**2 * (axis.matrix @ v) ** 2) == pytest.approx(axis.dimension / 2, abs=1e-12)
    assert np.abs(axis.derivative @ v + axis.r * v).max() <= 2e-11
    assert np.abs(axis.matrix @ axis.matrix - np.eye(len(v))).max() <= 1e-14
    assert np.array_equal(axis.matrix, axis.matrix.T)


@pytest.mark.parametrize("axis", AXES, ids=["space", "plane"])
def test_the_propagator_spreads_a_gaussian(axis: RadialAxis) -> None:
    """The exact solution, in each row of a block, with the same bits in all of them."""
    block = aligned_zeros((WIDTH, len(axis.r)))
    block[...] = gaussian(axis)
    axis.propagator(np.exp(-1j * TAU * axis.k**2))(block, Block(0, WIDTH, np.arange(WIDTH), slice(0, WIDTH)))
    assert np.abs(block[0] - gaussian(axis, TAU)).max() <= 2e-11
    assert all(digest(row) == digest(block[0]) for row in block)


def test_the_grid_of_ranks_uses_as_many_as_it_can() -> None:
    """P ≥ Q, both at most the points of an axis."""
    grids = {1: (1, 1), 2: (2, 1), 3: (3, 1), 4: (2, 2), 6: (3, 2), 7: (7, 1), 12: (4, 3), 256: (16, 16)}
    assert {ranks: process_grid(ranks, 63) for ranks in grids} == grids
    assert process_grid(7, 3) == (3, 2)
    assert process_grid(50, 2) == (2, 2)


def operators(n: int, level: int) -> NDArray[np.complex128]:
    """Any array of 2K axes."""
    real, imaginary = np.random.default_rng(level).standard_normal((2, *(n,) * (2 * level)))
    whole: NDArray[np.complex128] = real + 1j * imaginary
    return whole


@pytest.mark.mpi
@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize("axis", [SpaceRadius(7, 3.0), PlaneRadius(6, 3.0)], ids=["space", "plane"])
def test_the_kinetic_flow_acts_on_both_sides(comm: Intracomm, axis: RadialAxis, level: int) -> None:
    """γ ← UγU*, by dense matrices, with the same bits on any number of ranks."""
    n, digests = len(axis.r), []
    whole = operators(n, level)
    unitary = axis.matrix @ np.diag(np.exp(-1j * TAU * axis.k**2)) @ axis.matrix
    expected = whole
    for place in range(2 * level):
        factor = unitary if place < level else unitary.conj()
        expected = np.moveaxis(np.tensordot(factor, expected, (1, place)), 0, place)
    with parts_of(comm, range(1, comm.size + 1)) as parts:
        for part in parts.values():
            domain = RadialTensor(part, axis, level)
            layout: Layout = domain.layouts[0]
            field = domain.allocate(layout)
            field[...] = local_part(layout, whole)
            domain.kinetic(field, TAU)
            found = gather_field(layout, field)
            assert np.abs(found - expected).max() <= 2e-14
            digests.append(digest(found))
            domain.close()
    assert len(set(digests)) == 1
