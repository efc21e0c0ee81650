"""Lines that are even: their transform against scipy and exact turns, their slopes, and planes of them on any ranks."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np
import pytest
import scipy.fft

from parallel_nls.errors import ArgumentError
from parallel_nls.spectral import cosine
from parallel_nls.spectral.box import FourierDomain, check_box
from parallel_nls.spectral.cosine import CosineTransform, alternate, reverse_slopes
from tests.one_rank import OneRank
from tests.support import digest, gather_field, local_part

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm
    from numpy.typing import NDArray

LENGTHS = [1, 2, 3, 4, 5, 12, 15, 64, 128, 135, 250]
EVEN: list[tuple[int, ...]] = [(0,), (1,), (0, 1)]
EACH = np.arange(32)


def noise(shape: tuple[int, ...]) -> NDArray[np.complex128]:
    """Normal random numbers."""
    real, imaginary = np.random.default_rng(5).standard_normal((2, *shape))
    return np.asarray(real + 1j * imaginary)


def expected(lines: NDArray[np.complex128], axis: int) -> NDArray[np.complex128]:
    """Cosine coefficients of which the sum of squares is n times that of the values."""
    found: NDArray[np.complex128] = scipy.fft.dct(lines, axis=axis, norm="ortho") * np.sqrt(lines.shape[axis])
    return found


def transformed(transform: CosineTransform, lines: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Coefficients, and the values to which they come back."""
    transform.first[...] = lines
    transform("forward", transform.first, transform.second, EACH)
    np.testing.assert_array_equal(transform.first, lines)
    coefficients = transform.second.copy()
    transform("backward", transform.second, transform.third, EACH)
    np.testing.assert_array_equal(transform.second, coefficients)
    return coefficients, transform.third / transform.normalisation


@pytest.mark.parametrize("length", LENGTHS)
def test_there_and_back(length: int) -> None:
    """The cosine transform of scipy, and back to rounding; the source is kept."""
    lines = noise((32, length))
    coefficients, back = transformed(CosineTransform(length), lines)
    bound = 3e-16 * (1 + log2(length)) * np.abs(lines).max()
    np.testing.assert_allclose(coefficients, expected(lines, 1), rtol=0, atol=bound * np.sqrt(length))
    np.testing.assert_allclose(back, lines, rtol=0, atol=bound)


def test_there_and_back_in_single_precision() -> None:
    """To the rounding of complex64."""
    lines = noise((32, 60)).astype(np.complex64)
    coefficients, back = transformed(CosineTransform(60, np.complex64), lines)
    assert coefficients.dtype == back.dtype == np.complex64
    np.testing.assert_allclose(coefficients, expected(lines.astype(complex), 1), rtol=0, atol=2e-5)
    np.testing.assert_allclose(back, lines, rtol=0, atol=2e-6)


@pytest.mark.parametrize("length", LENGTHS)
def test_slopes(length: int) -> None:
    """The derivative of every cosine of a line, −k sin kx, to rounding."""
    transform, k = CosineTransform(length), np.pi * np.arange(length) / length
    for first in range(0, length, 32):
        chosen = np.arange(length)[first : first + 32]
        # Whole turns are removed exactly.
        angles = np.pi / (2 * length) * (chosen[:, None] * (2 * np.arange(length) + 1) % (4 * length))
        transform.first[...] = 0
        transform.first[: len(chosen)] = np.cos(angles)
        transform("forward", transform.first, transform.second, EACH)
        reverse_slopes(transform.second, k / length)
        transform("backward", transform.second, transform.third, EACH)
        alternate(transform.third)
        slopes = -k[chosen, None] * np.sin(angles)
        np.testing.assert_allclose(transform.third[: len(chosen)], slopes, rtol=0, atol=1e-14)


@pytest.mark.parametrize("length", [2, 15, 4096])
def test_turns_are_exact_to_thirty_digits(length: int) -> None:
    """Each with what its rounding has lost."""
    found = cosine._turns(length)
    assert np.abs(found[2:]).max() <= np.finfo(float).eps / 4
    with mpmath.workdps(50):
        for m in {0, found.shape[1] // 2, found.shape[1] - 1}:
            angle = mpmath.pi * m / (2 * length)
            for part, exact in enumerate((mpmath.cos(angle), mpmath.sin(angle))):
                sum_of_both = mpmath.mpf(found[part, m]) + mpmath.mpf(found[2 + part, m])
                assert abs(sum_of_both - exact / mpmath.sqrt(2)) <= 1e-31


@pytest.mark.parametrize("length", [128, 256])
def test_pairs_keep_the_mass_of_smooth_lines(length: int) -> None:
    """To a tenth of a unit of rounding each: with turns of one number it is a third."""
    transform, x = CosineTransform(length), (np.arange(length) + 0.5) * 10 / length
    lines = np.outer(np.ones(32), 1.5 * np.exp(-0.5 * (1 + 1.3j) * x**2))
    transform.first[...] = lines
    for _ in range(100):
        transform("forward", transform.first, transform.second, EACH)
        transform("backward", transform.second, transform.first, EACH)
        transform.first[...] /= length
    masses = [np.sum(np.abs(values.astype(np.clongdouble)) ** 2) for values in (lines, transform.first)]
    assert abs(masses[1] / masses[0] - 1) <= 100 * 2.2e-17


@pytest.mark.mpi
@pytest.mark.parametrize("even", EVEN)
@pytest.mark.parametrize("points", [(36, 40), (10, 66)])
def test_planes(comm: Intracomm, one_rank: OneRank, points: tuple[int, int], even: tuple[int, ...]) -> None:
    """Transforms of cosines along even axes, of waves along others, the same bits on any ranks; half is held."""

    def coefficients(part: Intracomm) -> tuple[str, NDArray[np.complex128]]:
        """All of them."""
        domain = FourierDomain(part, points, (3.0, 5.0), even=even)
        assert domain.shape == tuple(n // 2 if axis in even else n for axis, n in enumerate(points))
        field = local_part(domain.layouts[0], noise(domain.shape))
        spectrum = domain.forward(field)
        np.testing.assert_allclose(domain.backward(spectrum), field, rtol=0, atol=2e-15)
        whole = gather_field(domain.layouts[-1], spectrum)
        return digest(whole), whole

    found = coefficients(comm)
    whole = noise(found[1].shape)
    for axis, n in enumerate(whole.shape):
        whole = expected(whole, axis) / n if axis in even else scipy.fft.fft(whole, axis=axis, norm="forward")
    np.testing.assert_allclose(found[1], whole, rtol=0, atol=1e-15)
    assert found[0] == one_rank.finds(lambda part: coefficients(part)[0])


@pytest.mark.mpi
def test_places(comm: Intracomm) -> None:
    """Half a spacing from the origin on, up to half a spacing from the edge; a point stands for its mirror images."""
    domain = FourierDomain(comm, (8, 6), (4.0, 3.0), even=(0,))
    np.testing.assert_array_equal(domain.coordinates(0), [0.25, 0.75, 1.25, 1.75])
    np.testing.assert_array_equal(domain.coordinates(1), [-1.5, -1.0, -0.5, 0.0, 0.5, 1.0])
    np.testing.assert_allclose(domain.wavenumbers(0), 2 * np.pi / 4 * np.arange(4), rtol=4e-16)
    assert (domain.points, domain.spacing, domain.length) == ((4, 6), (0.5, 0.5), (4.0, 3.0))
    assert (domain.origin, domain.cell) == ((0.25, -1.5), 0.5)
    for lines in domain.sweeps[0][0].blocks:
        np.testing.assert_array_equal(domain.block_coordinates(lines)[0][:, 0], domain.coordinates(0)[lines.numbers])


@pytest.mark.parametrize(("points", "even"), [((7, 8), (0,)), ((8, 8), (2,))])
def test_axes_that_cannot_be_halved(points: tuple[int, int], even: tuple[int, ...]) -> None:
    """Of an odd number of points, or none."""
    with pytest.raises(ArgumentError, match="name axes of an even number of points"):
        check_box(points, (1.0, 1.0), even)
