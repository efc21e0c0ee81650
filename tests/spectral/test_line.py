"""The folded line: its transforms against scipy, their bits on any number of ranks, coordinates and harmonics."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import scipy.fft

from parallel_nls.spectral.line import LineDomain
from tests.spectral.folding import folded, folded_spectrum, unfolded
from tests.support import digest, gather_field, local_part, parts_of, random_field

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm
    from numpy.typing import NDArray

pytestmark = pytest.mark.mpi

# Even and odd, primes (one row), fewer rows than ranks, blocks that are not full.
LENGTHS = [2, 6, 7, 10, 45, 243, 250, 251, 3000]
LENGTH = 5.0


def noise(n: int, seed: int = 3) -> NDArray[np.complex128]:
    """Normal random numbers, so that no coefficient is small."""
    field: NDArray[np.complex128] = np.random.default_rng(seed).standard_normal(2 * n).view(np.complex128)
    return field


def largest_error(found: NDArray[np.complex128], expected: NDArray[np.complex128]) -> float:
    """Relative to the largest modulus."""
    return float(np.abs(found - expected).max() / np.abs(expected).max())


@pytest.mark.parametrize("n", [*LENGTHS, 2**20])
def test_forward_and_backward_agree_with_scipy(comm: Intracomm, n: int) -> None:
    """To 2e-16 log₂N, in the largest error and in the mean; the arguments are kept."""
    domain = LineDomain(comm, (n,), (LENGTH,))
    values = noise(n)
    spectrum = scipy.fft.fft(values, norm="forward")
    field = local_part(domain.layouts[0], folded(domain, values))
    coefficients = local_part(domain.layouts[1], folded_spectrum(domain, spectrum))
    kept = digest(field, coefficients)
    forward = gather_field(domain.layouts[1], domain.forward(field)).reshape(-1)
    backward = unfolded(gather_field(domain.layouts[0], domain.backward(coefficients)))
    for found, expected in ((forward, spectrum), (backward, values)):
        assert largest_error(found, expected) <= 2e-16 * log2(n)
        assert np.linalg.norm(found - expected) <= 2e-16 * log2(n) * np.linalg.norm(expected)
    assert digest(field, coefficients) == kept


@pytest.mark.parametrize("n", [45, 250, 3000])
def test_single_precision(comm: Intracomm, n: int) -> None:
    """The same to the rounding of complex64, without a detour over complex128 arrays."""
    domain = LineDomain(comm, (n,), (LENGTH,), dtype=np.complex64)
    values: NDArray[Any] = noise(n).astype(np.complex64)
    field = local_part(domain.layouts[0], folded(domain, values))
    coefficients = domain.forward(field)
    assert coefficients.dtype == domain.backward(coefficients).dtype == np.complex64
    found = gather_field(domain.layouts[1], coefficients).reshape(-1)
    error = largest_error(found, np.fft.fft(values.astype(complex), norm="forward"))
    assert 1e-9 <= error <= 1e-7 * log2(n)


@pytest.mark.parametrize("dtype", [np.complex128, np.complex64])
@pytest.mark.parametrize("n", LENGTHS)
def test_the_bits_do_not_depend_on_the_ranks(comm: Intracomm, n: int, dtype: type[np.complexfloating]) -> None:
    """All numbers of ranks give the coefficients and values of one rank, bit for bit."""
    values = random_field((n,), seed=2).astype(dtype)
    digests = []
    with parts_of(comm, range(1, comm.size + 1)) as parts:
        for part in parts.values():
            domain = LineDomain(part, (n,), (LENGTH,), dtype)
            coefficients = domain.forward(local_part(domain.layouts[0], folded(domain, values)))
            back = domain.backward(coefficients)
            digests.append(digest(gather_field(domain.layouts[1], coefficients), gather_field(domain.layouts[0], back)))
    assert len(set(comm.allreduce(digests))) == 1


@pytest.mark.parametrize("n", LENGTHS)
def test_coordinates(comm: Intracomm, n: int) -> None:
    """Blocks of rows know where they are: point n of the line is at -L/2 + nL/N."""
    domain = LineDomain(comm, (n,), (LENGTH,))
    rows = np.full(domain.layouts[0].local_shape, np.nan)
    for block in domain.sweeps[0][0].blocks:
        (x,) = domain.block_coordinates(block)
        assert x.shape == (block.count, domain.shape[1])
        rows[block.lines] = x
    found = unfolded(gather_field(domain.layouts[0], rows))
    assert (domain.dimension, domain.points, domain.length) == (1, (n,), (LENGTH,))
    assert domain.cell == domain.spacing[0] == LENGTH / n
    np.testing.assert_allclose(found, -LENGTH / 2 + LENGTH / n * np.arange(n), rtol=0, atol=1e-15)
    assert found[0] == -LENGTH / 2


@pytest.mark.parametrize("n", LENGTHS)
def test_harmonics(comm: Intracomm, n: int) -> None:
    """Blocks of columns know their wavenumbers: those of numpy, the lone one of an even line negative."""
    domain = LineDomain(comm, (n,), (LENGTH,))
    columns = np.full(domain.layouts[1].local_shape, np.nan)
    for block in domain.sweeps[1][0].blocks:
        columns[:, block.lines] = domain.harmonics(block.numbers).T
    found = gather_field(domain.layouts[1], columns).reshape(-1)
    np.testing.assert_array_equal(found, np.fft.fftfreq(n, 1 / n).round())


@pytest.mark.parametrize("n", [250, 251, 243])
def test_a_wave_has_one_coefficient(comm: Intracomm, n: int) -> None:
    """e^{ikx} at its own wavenumber, with the phase of the corner -L/2."""
    domain = LineDomain(comm, (n,), (LENGTH,))
    x = -LENGTH / 2 + LENGTH / n * np.arange(n)
    for m in (0, 1, -1, 17, n // 2 - 1, -(n // 2)):
        wave = np.exp(2j * np.pi * m / LENGTH * x)
        field = local_part(domain.layouts[0], folded(domain, wave))
        found = gather_field(domain.layouts[1], domain.forward(field)).reshape(-1)
        expected = np.zeros(n, dtype=complex)
        expected[m] = (-1.0) ** m
        assert np.abs(found - expected).max() <= 1e-13
