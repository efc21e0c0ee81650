"""The distributed transforms against scipy, on planes, boxes and 4-D arrays, and their bits on any number of ranks."""

from __future__ import annotations

from math import log2, prod
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import scipy.fft

from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.sweeps import Sweep
from parallel_nls.spectral.transforms import aligned_zeros
from tests.support import digest, gather_field, local_part, parts_of, process_grids, random_field

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm
    from numpy.typing import NDArray

# (shape, axes that the slots distribute in physical form)
ARRAYS = [
    ((36, 40), (0,)),
    ((7, 11), (0,)),
    ((3, 100), (0,)),
    ((243, 128), (0,)),
    ((250, 240), (0,)),
    ((320, 256), (0,)),  # planned by the wisdom of the package
    ((6, 9, 10), (0,)),
    ((6, 9, 10), (1,)),
    ((5, 7, 16), (0, 1)),
    ((6, 5, 8, 9), (0,)),
    ((6, 5, 8, 9), (0, 1)),
    ((6, 5, 8, 9), (0, 2)),
    ((3, 17, 2, 20), (0, 2)),
]
Array = tuple[tuple[int, ...], tuple[int, ...]]


def domains(comm: Intracomm, array: Array) -> list[FourierDomain]:
    """The array on all process grids that fit, idle ranks included."""
    shape, axes = array
    return [FourierDomain(comm, shape, [1.0] * len(shape), dims, axes) for dims in process_grids(comm.size, len(axes))]


def relative_error(result: np.ndarray, expected: np.ndarray) -> float:
    """Largest error relative to the largest modulus."""
    return float(np.max(np.abs(result - expected)) / np.max(np.abs(expected)))


def smooth_noise(shape: tuple[int, ...]) -> np.ndarray:
    """Normal random numbers, so that no coefficient is small."""
    real, imaginary = np.random.default_rng(3).standard_normal((2, *shape))
    noise: np.ndarray = real + 1j * imaginary
    return noise


@pytest.mark.mpi
@pytest.mark.parametrize("array", ARRAYS)
def test_forward_and_backward_agree_with_scipy(comm: Intracomm, array: Array) -> None:
    """To rounding on every process grid; the arguments are kept."""
    whole = smooth_noise(array[0])
    spectrum = scipy.fft.fftn(whole, norm="forward")
    bound = 1e-15 * log2(prod(array[0]))
    for domain in domains(comm, array):
        field, coefficients = local_part(domain.layouts[0], whole), local_part(domain.layouts[-1], spectrum)
        kept = digest(field, coefficients)
        assert relative_error(gather_field(domain.layouts[-1], domain.forward(field)), spectrum) <= bound
        assert relative_error(gather_field(domain.layouts[0], domain.backward(coefficients)), whole) <= bound
        assert digest(field, coefficients) == kept


@pytest.mark.mpi
def test_single_precision(comm: Intracomm) -> None:
    """In two and four dimensions, to the rounding of complex64."""
    for shape, axes in (((243, 128), (0,)), ((6, 5, 8, 9), (0,))):
        domain = FourierDomain(comm, shape, [1.0] * len(shape), None, axes, np.complex64)
        whole: NDArray[Any] = smooth_noise(shape).astype(np.complex64)
        coefficients = domain.forward(local_part(domain.layouts[0], whole))
        assert coefficients.dtype == domain.backward(coefficients).dtype == np.complex64
        spectrum = scipy.fft.fftn(whole.astype(complex), norm="forward")
        error = relative_error(gather_field(domain.layouts[-1], coefficients), spectrum)
        assert 1e-9 <= error <= 1e-7 * log2(prod(shape))


@pytest.mark.mpi
@pytest.mark.parametrize("array", ARRAYS)
def test_the_bits_do_not_depend_on_the_process_grid(comm: Intracomm, array: Array) -> None:
    """All grids on all numbers of ranks give the coefficients of one rank, bit for bit."""
    whole = random_field(array[0], seed=2)
    digests = []
    with parts_of(comm, range(1, comm.size + 1)) as parts:
        for part in parts.values():
            for domain in domains(part, array):
                coefficients = domain.forward(local_part(domain.layouts[0], whole))
                back = domain.backward(coefficients)
                digests.append(
                    digest(gather_field(domain.layouts[-1], coefficients), gather_field(domain.layouts[0], back))
                )
    assert len(set(comm.allreduce(digests))) == 1


@pytest.mark.mpi
def test_coordinates_and_wavenumbers(comm: Intracomm) -> None:
    """The grid starts at -L/2; a plane wave on it has a single coefficient, at its wavenumber."""
    for shape in ((12, 9), (9, 12)):
        domain = FourierDomain(comm, shape, (3.0, 5.0))
        assert domain.cell == pytest.approx(15.0 / 108.0, rel=1e-15)
        for axis in (0, 1):
            n, extent = shape[axis], domain.length[axis]
            np.testing.assert_allclose(domain.coordinates(axis), -extent / 2 + extent / n * np.arange(n), atol=1e-15)
            np.testing.assert_allclose(domain.wavenumbers(axis), 2 * np.pi * np.fft.fftfreq(n, extent / n), rtol=4e-16)
            np.testing.assert_array_equal(domain.harmonics(axis), np.fft.fftfreq(n, 1 / n).round())
        for block in domain.sweeps[0][0].blocks:
            x, y = domain.block_coordinates(block)
            np.testing.assert_array_equal(x, domain.coordinates(0)[block.numbers, None])
            np.testing.assert_array_equal(y, domain.coordinates(1)[None, :])
        for place in ((2, 3), (shape[0] - 1, 4), (5, shape[1] - 2)):
            k = [domain.wavenumbers(a)[place[a]] for a in (0, 1)]
            x, y = domain.coordinates(0), domain.coordinates(1)
            # The phases count from the corner (-L/2, -L/2).
            wave = np.exp(1j * (k[0] * (x[:, None] + 1.5) + k[1] * (y + 2.5)))
            spectrum = gather_field(domain.layouts[1], domain.forward(local_part(domain.layouts[0], wave)))
            expected = np.zeros(shape)
            expected[place] = 1.0
            assert np.abs(spectrum - expected).max() <= 4e-15


@pytest.mark.parametrize("length", [16, 30, 37, 128, 243, 250])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_line_has_the_same_bits_wherever_it_is(axis: int, length: int) -> None:
    """Shifting lines by any number of places within and across blocks shifts their transforms."""
    lines = random_field((37, length), seed=4)

    def transformed(rows: np.ndarray) -> np.ndarray:
        """Transform rows, laid out along the axis of the sweep."""
        array = aligned_zeros(rows.shape if axis == 1 else rows.T.shape)
        array[...] = rows if axis == 1 else rows.T
        Sweep(array.shape, axis, length, np.arange(len(rows)))(array, array, "forward", None, None)
        return array if axis == 1 else array.T

    expected = transformed(lines)
    for shift in (1, 5, 16, 30):
        assert digest(transformed(np.roll(lines, shift, axis=0))) == digest(np.roll(expected, shift, axis=0))
    for count in (1, 15, 17):
        assert digest(transformed(lines[:count])) == digest(expected[:count])


def test_the_axes_of_a_sweep_give_the_same_bits() -> None:
    """The same lines along the first, a middle and the last axis of an array."""
    lines = random_field((6, 10, 24), seed=7)
    digests = set()
    for axis in range(3):
        array = aligned_zeros(np.moveaxis(lines, 2, axis).shape)
        array[...] = np.moveaxis(lines, 2, axis)
        Sweep(array.shape, axis, 24, np.arange(60))(array, array, "backward", None, None)
        digests.add(digest(np.moveaxis(array, axis, 2)))
    assert len(digests) == 1


def test_a_sweep_runs_transform_kernel_transform() -> None:
    """Without a target it stores nothing; rows of a block that hold no line are zero."""
    array = aligned_zeros((50, 20))
    array[...] = whole = random_field((50, 20), seed=8)
    sweep = Sweep((50, 20), 1, 20, np.arange(50))
    seen = []

    def kernel(block: np.ndarray, _lines: object) -> None:
        """Note the block and change it."""
        seen.append(block.copy())
        block *= 2

    sweep(array, None, "forward", kernel, None)
    np.testing.assert_array_equal(array, whole)
    assert relative_error(np.concatenate(seen)[:50], scipy.fft.fft(whole)) <= 1e-15
    assert not np.concatenate(seen)[50:].any()
    sweep(array, array, "forward", kernel, "backward")
    assert relative_error(array, 40 * whole) <= 1e-15


@pytest.mark.mpi
def test_a_sweep_along_a_distributed_axis_is_refused(comm: Intracomm) -> None:
    """Its lines are in pieces, unless one rank holds them all."""
    domain = FourierDomain(comm, (8, 8), (1.0, 1.0))
    if comm.size == 1:
        assert Sweep.of(domain.layouts[0], 0).transform.length == 8
        return
    with pytest.raises(ValueError, match="axis 0 is distributed"):
        Sweep.of(domain.layouts[0], 0)
