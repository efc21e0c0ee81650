"""Columns that are multiplied where they lie: as by blocks, to rounding, and with the same bits on any ranks."""

from __future__ import annotations

import numpy as np
import pytest
from mpi4py.MPI import Intracomm

from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.direct_columns import _gain, direct_columns
from parallel_nls.spectral.fast_fourier.plans import ColumnPlan
from parallel_nls.spectral.pencils import allocate_resident
from parallel_nls.spectral.separable import SeparableKernel
from parallel_nls.spectral.transforms import FourierTransform, aligned_zeros
from parallel_nls.spectral.wisdom import NO_WISDOM, planning_by, shipped
from tests.support import digest, gather_field, parts_of, random_field

LENGTHS = (192, 256, 320, 512, 576, 960, 1024, 1600, 2048, 4096, 8640)
WIDTHS = (40, 45)
"""Whole eights on some ranks only, and never."""


def factors(shape: tuple[int, ...]) -> SeparableKernel:
    """Of any size and phase."""
    chance = np.random.default_rng(5)
    along, across = (chance.standard_normal(n) + 1j * chance.standard_normal(n) for n in shape)
    return SeparableKernel(along, across)


def multiplied(field: np.ndarray, kernel: SeparableKernel) -> np.ndarray:
    """In more digits, unnormalised."""
    coefficients = np.fft.fft(field.astype(np.clongdouble), axis=0)
    product: np.ndarray = np.fft.ifft(coefficients * kernel.along[:, None] * kernel.across, axis=0) * len(field)
    return product


def distance(found: np.ndarray, exact: np.ndarray) -> float:
    """Relative, in L²."""
    return float(np.linalg.norm(found - exact) / np.linalg.norm(exact))


@pytest.mark.parametrize("length", LENGTHS)
def test_against_more_digits(length: int) -> None:
    """Eight columns: the errors of a transform and its inverse, and of three products."""
    field = aligned_zeros((length, 8))
    field[...] = random_field((length, 8))
    plan, kernel = ColumnPlan(length), factors((length, 8))
    exact, along = multiplied(field, kernel), np.empty(length, complex)
    along[plan.order] = kernel.along
    plan(field.ctypes.data + field.strides[0] * np.arange(length), 0, along, kernel.across)
    assert distance(field, exact) < 4.5e-16


@pytest.mark.mpi
@pytest.mark.parametrize("shared", ["on", "off"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_same_bits_on_any_ranks(comm: Intracomm, monkeypatch: pytest.MonkeyPatch, width: int, shared: str) -> None:
    """Columns in shared rows and in messages, eight or fewer at an end; what blocks give, to rounding."""
    monkeypatch.setenv("PARALLEL_NLS_SHARED_MEMORY", shared)
    whole, kernel, found = random_field((320, width)), factors((320, width)), []
    with planning_by(shipped(kernels=True)), parts_of(comm, (1, comm.size)) as parts:
        for part in parts.values():
            domain = FourierDomain(part, (320, width), (1.0, 1.0))
            sweep, field = domain.drift_sweep(), allocate_resident(domain)
            assert sweep.gain(kernel) is _gain(320)
            field[...] = whole[domain.layouts[0].local_region]
            sweep(field, kernel)
            direct = gather_field(domain.layouts[0], field)
            field[...] = whole[domain.layouts[0].local_region]
            sweep(field, kernel.__call__)
            by_blocks = gather_field(domain.layouts[0], field)
            assert distance(direct, multiplied(whole, kernel)) < 4.5e-16
            assert 0 < distance(direct, by_blocks) < 6e-16
            found.append(digest(direct))
            domain.close()
    assert len(set(comm.allreduce(found))) == 1


def test_only_where_our_kernels_transform_columns() -> None:
    """Not without them, not for lengths that they do not take, not in single precision."""
    with planning_by(shipped(kernels=True)):
        assert direct_columns(FourierTransform(320)) is not None
        assert direct_columns(FourierTransform(100)) is None
        assert direct_columns(FourierTransform(320, np.complex64)) is None
    with planning_by(NO_WISDOM):
        assert direct_columns(FourierTransform(320)) is None
