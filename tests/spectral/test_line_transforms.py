"""The sine transform in the place of Fourier's, against scipy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.fft
from numpy.typing import NDArray

from parallel_nls.spectral.column_pieces import ColumnPieces
from parallel_nls.spectral.column_sweep import ColumnSweep
from parallel_nls.spectral.pencils import Pencils
from parallel_nls.spectral.sine import SineTransform
from parallel_nls.spectral.sweeps import Sweep
from parallel_nls.spectral.transforms import FourierTransform, LineTransform, aligned_zeros
from tests.support import digest, gather_field, local_part, parts_of, random_field

if TYPE_CHECKING:
    from collections.abc import Callable

    from mpi4py.MPI import Intracomm

    from parallel_nls.spectral.sweeps import Block

Complex = NDArray[np.complex128]


Factory = type[FourierTransform] | type[SineTransform]
FACTORIES: list[tuple[Factory, Factory]] = [
    (SineTransform, SineTransform),
    (SineTransform, FourierTransform),
    (FourierTransform, SineTransform),
]
SHAPES = [(36, 40), (7, 101), (65, 32), (2, 50)]


def transforms(shape: tuple[int, int], factories: tuple[Factory, Factory]) -> list[LineTransform]:
    """One for each axis."""
    made: list[LineTransform] = [factory(n) for factory, n in zip(factories, shape, strict=True)]
    return made


def expected_spectrum(whole: Complex, factories: tuple[Factory, Factory]) -> Complex:
    """Normalised forward transforms along both axes, by scipy."""
    for axis, factory in enumerate(factories):
        if factory is SineTransform:
            # To scipy the normalisation belongs to one direction; type I makes no difference between them.
            whole = scipy.fft.dst(whole, type=1, axis=axis) / (2 * (whole.shape[axis] + 1))
        else:
            whole = scipy.fft.fft(whole, axis=axis, norm="forward")
    return whole


def noise(shape: tuple[int, int]) -> Complex:
    """Normal random numbers, so that no coefficient is small."""
    real, imaginary = np.random.default_rng(3).standard_normal((2, *shape))
    whole: Complex = real + 1j * imaginary
    return whole


def relative_error(found: Complex, expected: Complex) -> float:
    """Largest error relative to the largest modulus."""
    return float(np.abs(found - expected).max() / np.abs(expected).max())


@pytest.mark.parametrize("axis", [0, 1])
def test_a_sweep_runs_any_transform(axis: int) -> None:
    """Blocks full and not full, with and without a transform on either side of the kernel."""
    lines, n = noise((37, 24)), 24
    array = aligned_zeros(lines.shape if axis == 1 else lines.T.shape)
    array[...] = whole = lines if axis == 1 else np.ascontiguousarray(lines.T)
    sweep = Sweep(array.shape, axis, n, np.arange(37), SineTransform(n))
    spectrum = scipy.fft.dst(whole, type=1, axis=axis)
    factors = np.linspace(1.0, 2.0, n)

    def weigh(block: Complex, _lines: Block) -> None:
        """Multiply along the line, and undo what both transforms multiply by."""
        block *= factors / sweep.transform.normalisation

    weights = factors if axis == 1 else factors[:, None]
    sweep(array, array, "forward", weigh, "backward")
    assert relative_error(array, scipy.fft.idst(weights * spectrum, type=1, axis=axis)) <= 2e-15
    array[...] = whole
    sweep(array, array, None, None, "forward")
    assert relative_error(array, spectrum) <= 2e-15
    sweep.to_values(array)
    sweep.to_coefficients(array)
    assert relative_error(array, spectrum) <= 2e-15


@pytest.mark.mpi
@pytest.mark.parametrize("factories", FACTORIES)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_distributed_array_takes_any_transform_on_any_axis(
    comm: Intracomm, shape: tuple[int, int], factories: tuple[Factory, Factory]
) -> None:
    """To rounding, there and back, and with the same bits on any number of ranks."""
    whole = noise(shape)
    spectrum, digests = expected_spectrum(whole, factories), []
    with parts_of(comm, range(1, comm.size + 1)) as parts:
        for part in parts.values():
            chain = Pencils(part, shape, transforms=transforms(shape, factories))
            coefficients = chain.forward(local_part(chain.layouts[0], whole))
            found = gather_field(chain.layouts[-1], coefficients)
            back = gather_field(chain.layouts[0], chain.backward(coefficients))
            assert relative_error(found, spectrum) <= 1e-14
            assert relative_error(back, whole) <= 1e-14
            digests.append(digest(found, back))
    assert len(set(comm.allreduce(digests))) == 1


def multiplying(factors: Complex, numbers: NDArray[np.int64]) -> Callable[[Complex, Block], None]:
    """Block kernel that multiplies columns of these global numbers."""

    def kernel(block: Complex, lines: Block) -> None:
        """Multiply the columns of one block."""
        np.testing.assert_array_equal(lines.numbers, numbers[lines.lines])
        block[: lines.count] *= factors[:, lines.numbers].T

    return kernel


@pytest.mark.mpi
@pytest.mark.parametrize("shape", SHAPES)
def test_columns_take_any_transform(comm: Intracomm, shape: tuple[int, int]) -> None:
    """The sweep of columns, whole and in pieces, scaled as a drift is, with a sine transform along them."""
    whole = random_field(shape, seed=6)
    chain = Pencils(comm, shape, transforms=transforms(shape, (SineTransform, FourierTransform)))
    sweep, pieces = ColumnSweep(chain), ColumnPieces(chain)
    phases = np.exp(2j * np.pi * np.random.default_rng(5).uniform(size=shape))
    factors, numbers = phases / sweep.transform.normalisation, chain.layouts[1].line_numbers(0)
    expected = scipy.fft.idst(phases * scipy.fft.dst(whole, type=1, axis=0), type=1, axis=0)
    field = local_part(chain.layouts[0], whole)
    again = field.copy()
    sweep(field, multiplying(factors, numbers))
    assert relative_error(gather_field(chain.layouts[0], field), expected) <= 1e-14
    pieces(again, lambda part: multiplying(factors, numbers[part]), "forward", "backward", back=True)
    assert digest(again) == digest(field)


def test_transforms_of_one_length_share_plans_and_scratch() -> None:
    """Sample after sample makes new sweeps: they must not plan, nor take memory, again."""
    one, other = FourierTransform(24), FourierTransform(24)
    assert one.first is other.first
    assert one.third is other.third
    assert len({id(block) for block in (one.first, one.second, one.third)}) == 3
    assert FourierTransform(24, np.complex64).first.dtype == np.complex64
    assert (one.length, one.normalisation) == (24, 24.0)
