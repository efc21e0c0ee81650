"""Fields on a finer grid of the same box: against the trigonometric polynomial, its bits, and what it keeps."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import scipy.fft

from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain
from parallel_nls.spectral.refinement import spectrum_of
from tests.spectral.folding import folded, unfolded
from tests.support import digest, gather_field, local_part, parts_of

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

pytestmark = pytest.mark.mpi

# Coarse and fine: even, odd, fewer lines than ranks, other ratios of the sides of a folded line, more than twice.
LINES: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((6,), (12,)),
    ((7,), (14,)),
    ((45,), (90,)),
    ((384,), (768,)),
    ((250,), (1000,)),
    ((2,), (16,)),
]
PLANES: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((8, 6), (16, 12)),
    ((7, 9), (14, 18)),
    ((2, 40), (4, 80)),
    ((33, 20), (66, 40)),
    ((12, 2), (48, 8)),
]


def domain_of(comm: Intracomm, points: tuple[int, ...], dtype: Any = np.complex128) -> LineDomain | FourierDomain:
    """A box of these points."""
    length = (5.0, 3.0)[: len(points)]
    return (LineDomain if len(points) == 1 else FourierDomain)(comm, points, length, dtype=dtype)


def by_points(domain: LineDomain | FourierDomain, local: ComplexArray) -> ComplexArray:
    """The whole of a field in natural order."""
    whole = gather_field(domain.layouts[0], local)
    return unfolded(whole) if isinstance(domain, LineDomain) else whole


def some_field(points: tuple[int, ...], seed: int = 5) -> ComplexArray:
    """Normal numbers, in natural order: every coefficient is as large, that of −n/2 too."""
    values: ComplexArray = np.random.default_rng(seed).standard_normal((*points, 2)).view(np.complex128)[..., 0]
    return values


def refined(comm: Intracomm, values: ComplexArray, fine: tuple[int, ...], dtype: Any = np.complex128) -> ComplexArray:
    """Local share of a field on the finer grid, made of one on the coarse grid."""
    source, target = domain_of(comm, values.shape, dtype), domain_of(comm, fine, dtype)
    whole = folded(source, values) if isinstance(source, LineDomain) else values
    field = source.allocate(source.layouts[0])
    field[...] = local_part(source.layouts[0], whole)
    rows = source.sweeps[0][0]
    rows(field, field, None, None, "forward")
    spectrum = spectrum_of(source, source.points, field)
    source.close()  # it is needed no longer
    found = spectrum.on(target, target.points)
    target.sweeps[0][0].to_values(found)
    return found


def polynomial(values: ComplexArray, fine: tuple[int, ...]) -> ComplexArray:
    """The trigonometric polynomial of least oscillation through the values, by its definition, axis by axis."""
    for axis, points in enumerate(fine):
        coarse = values.shape[axis]
        harmonics = np.arange(-(coarse // 2), coarse // 2 + 1)
        weights = np.where(2 * np.abs(harmonics) == coarse, 0.5, 1.0)
        forward = np.exp(-2j * np.pi * np.outer(harmonics, np.arange(coarse)) / coarse) / coarse
        back = np.exp(2j * np.pi * np.outer(np.arange(points), harmonics) / points)
        values = np.moveaxis(np.tensordot(back @ (weights[:, None] * forward), values, (1, axis)), 0, axis)
    return values


@pytest.mark.parametrize(("coarse", "fine"), LINES + PLANES)
def test_the_trigonometric_polynomial_through_the_points(
    comm: Intracomm, coarse: tuple[int, ...], fine: tuple[int, ...]
) -> None:
    """Known at all fine points by its definition; at those of the coarse grid it has their values."""
    values, target = some_field(coarse), domain_of(comm, fine)
    found = by_points(target, refined(comm, values, fine))
    size = np.abs(values).max()
    assert np.abs(found - polynomial(values, fine)).max() <= 4e-15 * size * len(values) ** 0.5
    among = tuple(slice(None, None, n // m) for n, m in zip(fine, coarse, strict=True))
    assert np.abs(found[among] - values).max() <= 3e-15 * size


@pytest.mark.parametrize(("coarse", "fine"), [LINES[1], LINES[3], PLANES[1], PLANES[3]])
def test_mass_is_kept_but_for_half_of_the_lone_coefficient(
    comm: Intracomm, coarse: tuple[int, ...], fine: tuple[int, ...]
) -> None:
    """Parseval: Σ|u|²/N, to rounding; of odd numbers of points all of it."""
    values, target = some_field(coarse), domain_of(comm, fine)
    found = by_points(target, refined(comm, values, fine))
    power = np.abs(scipy.fft.fftn(values, norm="forward")) ** 2
    for axis, n in enumerate(coarse):
        if n % 2 == 0:
            ends = [slice(None)] * len(coarse)
            ends[axis] = slice(n // 2, n // 2 + 1)
            power[tuple(ends)] *= 0.5
    mass = float((np.abs(found) ** 2).sum()) / prod(fine)
    assert abs(mass / power.sum() - 1) <= 1e-14


@pytest.mark.parametrize(("coarse", "fine"), [((8, 6), (16, 12)), ((36,), (72,))])
def test_even_fields_stay_even(comm: Intracomm, coarse: tuple[int, ...], fine: tuple[int, ...]) -> None:
    """u(−x) = u(x): a coefficient of −n/2 that stayed at one end would turn a real field into a complex one."""
    some = some_field(coarse)
    mirrored = np.roll(np.flip(some), 1, axis=tuple(range(len(coarse))))
    found = by_points(domain_of(comm, fine), refined(comm, some + mirrored, fine))
    back = np.roll(np.flip(found), 1, axis=tuple(range(len(coarse))))
    assert np.abs(found - back).max() <= 1e-14 * np.abs(some).max()


@pytest.mark.parametrize("dtype", [np.complex128, np.complex64])
@pytest.mark.parametrize(("coarse", "fine"), [LINES[2], LINES[3], PLANES[2], PLANES[3]])
def test_same_bits_on_any_number_of_ranks(
    comm: Intracomm, coarse: tuple[int, ...], fine: tuple[int, ...], dtype: Any
) -> None:
    """Against one rank."""
    values = some_field(coarse).astype(dtype)
    with parts_of(comm, {1, comm.size}) as parts:
        found = {
            count: digest(gather_field(domain_of(part, fine, dtype).layouts[0], refined(part, values, fine, dtype)))
            for count, part in parts.items()
        }
    digests = comm.allgather(found)
    assert {text for own in digests for text in own.values()} == {digests[0][1]}


def test_a_band_limited_field_is_itself(comm: Intracomm) -> None:
    """Three waves below the largest of the coarse grid: their values at the points of the fine one."""

    def waves(points: tuple[int, ...]) -> ComplexArray:
        """At points in natural order."""
        x, y = np.meshgrid(*(np.arange(n) / n for n in points), indexing="ij")
        phases = (3 * x - 2 * y, -4 * x + 4 * y, 0 * x + y)
        return np.asarray(sum((k + 1j) * np.exp(2j * np.pi * phase) for k, phase in enumerate(phases)))

    found = by_points(domain_of(comm, (20, 18)), refined(comm, waves((10, 9)), (20, 18)))
    assert np.abs(found - waves((20, 18))).max() <= 2e-15 * 6


@pytest.mark.parametrize("even", [(0,), (1,), (0, 1)])
@pytest.mark.parametrize("times", [2, 3])
def test_the_cosines_of_even_axes(comm: Intracomm, even: tuple[int, ...], times: int) -> None:
    """The same cosines at the points of a finer grid, to the same mass; a coarser one leaves out the highest."""
    coarse = (12, 10)
    source, target = (FourierDomain(comm, [k * n for n in coarse], (5.0, 3.0), even=even) for k in (1, times))
    values = some_field(source.points)
    whole = values
    for axis, n in enumerate(target.points):
        if axis in even:
            rise = np.sqrt(n / values.shape[axis])
            whole = rise * scipy.fft.idct(scipy.fft.dct(whole, axis=axis, norm="ortho"), n=n, axis=axis, norm="ortho")
        else:
            whole = np.moveaxis(polynomial(np.moveaxis(whole, axis, 0), (n,)), 0, axis)
    field = local_part(source.layouts[0], values)
    source.sweeps[0][0](field, field, None, None, "forward")
    spectrum = spectrum_of(source, source.points, field, even)
    found = spectrum.on(target, target.points)
    assert spectrum.left_out(target.points) == 0.0
    target.sweeps[0][0].to_values(found)
    assert np.abs(gather_field(target.layouts[0], found) - whole).max() <= 2e-14
    target.sweeps[0][0](found, found, None, None, "forward")
    back = spectrum_of(target, target.points, found, even)
    if len(even) > 1:
        assert back.left_out(source.points) <= 1e-15
        again = back.on(source, source.points)
        source.sweeps[0][0].to_values(again)
        assert np.abs(gather_field(source.layouts[0], again) - values).max() <= 2e-14
