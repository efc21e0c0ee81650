"""Plane and line through their contract alone: places, wavenumbers, the order of files, coarse domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain
from tests.support import gather_field, local_part

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm
    from numpy.typing import NDArray

    from parallel_nls.contracts import Domain

pytestmark = pytest.mark.mpi

LENGTH = (3.0, 5.0)
# A line is its number of points: 3000 = 50 × 60, 251 is one row.
POINTS: list[tuple[int, ...]] = [(12, 9), (9, 12), (40, 35), (2, 50), (250,), (251,), (3000,), (45,)]


def made(comm: Intracomm, points: tuple[int, ...], dtype: type = np.complex128) -> Domain:
    """A line or a plane."""
    if len(points) == 1:
        return LineDomain(comm, points, LENGTH[:1], dtype)
    return FourierDomain(comm, points, LENGTH, dtype=dtype)


def coordinates(domain: Domain) -> list[NDArray[np.float64]]:
    """Of all points, one array of the global shape for each axis of space."""
    places = [np.full(domain.layouts[0].local_shape, np.nan) for _ in domain.points]
    for block in domain.sweeps[0][0].blocks:
        for place, values in zip(places, domain.block_coordinates(block), strict=True):
            place[block.lines] = values
    return [gather_field(domain.layouts[0], place) for place in places]


@pytest.mark.parametrize("points", POINTS)
def test_natural_order_is_that_of_space(comm: Intracomm, points: tuple[int, ...]) -> None:
    """Put in natural order, the coordinate of each axis rises along this axis, and only there."""
    domain = made(comm, points)
    for axis, whole in enumerate(coordinates(domain)):
        natural = whole.transpose(domain.natural_order).reshape(domain.points)
        extent, n = LENGTH[axis], points[axis]
        rising = -extent / 2 + extent / n * np.arange(n)
        expected = np.broadcast_to(np.moveaxis(rising.reshape(n, *[1] * (len(points) - 1)), 0, axis), points)
        np.testing.assert_allclose(natural, expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize("points", POINTS)
def test_row_places_are_the_coordinates_of_rows(comm: Intracomm, points: tuple[int, ...]) -> None:
    """Across and along the rows; on a folded line their sum is x."""
    domain = made(comm, points)
    across, along, folded = domain.row_places
    found = coordinates(domain)
    assert folded == (len(points) == 1)
    if folded:
        np.testing.assert_allclose(across[:, None] + along[None, :], found[0], rtol=0, atol=1e-15)
    else:
        np.testing.assert_array_equal(np.broadcast_to(across[:, None], domain.shape), found[0])
        np.testing.assert_array_equal(np.broadcast_to(along[None, :], domain.shape), found[1])


@pytest.mark.parametrize("points", POINTS)
def test_wavenumbers_of_columns(comm: Intracomm, points: tuple[int, ...]) -> None:
    """Those of numpy, in the shapes that the contract names, and the lone one of an even axis negative."""
    domain = made(comm, points)
    waves = [2 * np.pi * np.fft.fftfreq(n, extent / n) for n, extent in zip(points, LENGTH, strict=False)]
    found = [np.full(domain.layouts[-1].local_shape, np.nan) for _ in points]
    for block in domain.sweeps[-1][0].blocks:
        parts, length = domain.block_wavenumbers(block), domain.shape[0]
        shapes = [(1, length), (block.count, 1)] if len(points) == 2 else [(block.count, length)]
        assert [part.shape for part in parts] == shapes
        for whole, part in zip(found, parts, strict=True):
            whole[:, block.lines] = np.broadcast_to(part, (block.count, length)).T
    expected = np.meshgrid(*waves, indexing="ij")
    for whole, wave in zip(found, expected, strict=True):
        gathered = gather_field(domain.layouts[-1], whole).reshape(points)
        np.testing.assert_allclose(gathered, wave, rtol=4e-16, atol=0)


@pytest.mark.parametrize("points", [(12, 9), (40, 35), (250,), (251,)])
def test_wavenumbers_and_coordinates_belong_together(comm: Intracomm, points: tuple[int, ...]) -> None:
    """-Σk²û are the coefficients of Δu, for waves of the box."""
    domain = made(comm, points)
    places = coordinates(domain)
    u, laplacian = np.zeros(domain.shape, dtype=complex), np.zeros(domain.shape, dtype=complex)
    for harmonics, size in (((2, -3), 1.0), ((-1, 4), 0.5j), ((0, 1), 2.0)):
        k = [2 * np.pi * m / extent for m, extent in zip(harmonics, LENGTH, strict=True)][: len(points)]
        wave = size * np.exp(1j * sum(q * x for q, x in zip(k, places, strict=True)))
        u += wave
        laplacian -= sum(q * q for q in k) * wave
    coefficients = domain.forward(local_part(domain.layouts[0], u))
    for block in domain.sweeps[-1][0].blocks:
        squares = sum(k * k for k in domain.block_wavenumbers(block))
        coefficients[:, block.lines] *= -np.transpose(squares)
    found = gather_field(domain.layouts[0], domain.backward(coefficients))
    # Rounding of the highest wavenumber that the grid has.
    highest = sum((np.pi * n / extent) ** 2 for n, extent in zip(points, LENGTH, strict=False))
    assert np.abs(found - laplacian).max() <= 1e-15 * highest * np.abs(u).max()
