"""Profiles on distributed grids and on single points: the same values, down to the bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from parallel_nls.profiles.bubbles import Bubble, BubbleSum
from parallel_nls.profiles.gaussian import Gaussian
from parallel_nls.profiles.placing import adding, place
from parallel_nls.profiles.pointwise import QuadraticPhase, values
from parallel_nls.profiles.pseudo_conformal import InversePseudoConformal, PseudoConformal
from parallel_nls.profiles.python_function import PythonProfile
from parallel_nls.profiles.solitons import Soliton, SolitonSum
from parallel_nls.profiles.symmetries import Symmetry, Transformed
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain
from tests.support import digest, gather_field

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm
    from numpy.typing import NDArray

    from parallel_nls.contracts import Domain, Profile

DIMENSIONS = pytest.mark.parametrize("dimension", [1, 2])
TIME = 0.2


def profiles(dimension: int) -> list[Profile]:
    """One of each kind."""
    bubbles = BubbleSum([Bubble((0.5, -1.0)[:dimension], 0.8, 0.3), Bubble((-1.0, 0.7)[:dimension])], 1.0)
    waves = SolitonSum([Soliton((0.5, -1.0)[:dimension], (0.2, 0.1)[:dimension], 0.9, 0.4)])
    cubic = [SolitonSum(waves.solitons, (), 2.0)] if dimension == 1 else []
    symmetry = Symmetry((0.7, 0.3)[:dimension], (-0.5, 0.4)[:dimension], -0.6, 0.8, 1.1)
    arguments = ", ".join("xy"[:dimension])
    user = PythonProfile(f"def u0({arguments}):\n    return 1j * x / (1 + {'xy'[dimension - 1]}**2)", "u0.py", "u0")
    gaussian = Gaussian(1.5, 0.7, (0.3, -0.2)[:dimension], 0.8)
    focused, spread = PseudoConformal(waves, 1.0), InversePseudoConformal(bubbles, 1.0)
    return [bubbles, waves, *cubic, gaussian, user, focused, spread, Transformed(waves, symmetry)]


def domain_of(comm: Intracomm, dimension: int, dtype: Any = np.complex128) -> Domain:
    """A small box, with more than one block of rows on one rank."""
    if dimension == 1:
        return LineDomain(comm, (36 * 40,), (12.0,), dtype=dtype)
    return FourierDomain(comm, (36, 40), (10.0, 12.0), dtype=dtype)


def point_by_point(profile: Profile, domain: Domain) -> NDArray[np.complex128]:
    """The profile on the array of a domain, one point at a time, by the definition of the grid."""
    whole = np.empty(domain.shape, dtype=complex)
    for a, b in np.ndindex(domain.shape):
        indices = (domain.shape[0] * b + a,) if domain.dimension == 1 else (a, b)
        point = tuple(
            np.array([[(i - n / 2) * h]]) for i, n, h in zip(indices, domain.points, domain.spacing, strict=True)
        )
        whole[a, b] = values(profile, TIME, point)[0, 0]
    return whole


@pytest.mark.mpi
@DIMENSIONS
@pytest.mark.ranks(1, 3)
def test_bits_on_the_grid_are_those_of_single_points(comm: Intracomm, dimension: int) -> None:
    """Whatever the blocks and the ranks; what was in the field is overwritten."""
    domain = domain_of(comm, dimension)
    for profile in profiles(dimension):
        field = domain.allocate(domain.layouts[0])
        field[...] = np.nan
        place(profile, domain, TIME, field)
        found = gather_field(domain.layouts[0], field)
        expected = digest(point_by_point(profile, domain)) if comm.rank == 0 else None
        assert digest(found) == comm.bcast(expected)
    domain.close()


@pytest.mark.mpi
@DIMENSIONS
@pytest.mark.ranks(1, 2)
def test_single_precision_is_the_rounded_double_one(comm: Intracomm, dimension: int) -> None:
    """The formulas run in double precision; a sum of bubbles, the first one, is rounded after each of them."""
    single, double = (domain_of(comm, dimension, dtype) for dtype in (np.complex64, np.complex128))
    for profile in profiles(dimension)[1:]:
        field, exact = (domain.allocate(domain.layouts[0]) for domain in (single, double))
        place(profile, single, TIME, field)
        place(profile, double, TIME, exact)
        assert field.dtype == np.complex64
        assert digest(field) == digest(exact.astype(np.complex64))
    single.close()
    double.close()


@pytest.mark.mpi
@DIMENSIONS
@pytest.mark.ranks(1, 2)
def test_adding_to_a_field(comm: Intracomm, dimension: int) -> None:
    """Minus the profile after the profile leaves nothing."""
    domain = domain_of(comm, dimension)
    rows = domain.sweeps[0][0]
    for profile in profiles(dimension):
        field = domain.allocate(domain.layouts[0])
        place(profile, domain, TIME, field)
        size = np.abs(field).max(initial=1e-300)
        rows(field, field, None, adding(profile, domain, TIME, -1.0), None)
        assert np.abs(field).max(initial=0.0) <= 1e-15 * size
    domain.close()


@DIMENSIONS
def test_rows_behind_the_last_line_stay(dimension: int) -> None:
    """A block has 32 rows; those without a line are not touched."""
    x, y = np.linspace(-1.0, 1.0, 5)[:, None], np.linspace(-2.0, 1.0, 7)[None, :]
    coordinates = (x + y,) if dimension == 1 else (x, y)
    for profile in profiles(dimension):
        block = np.zeros((32, 7), dtype=complex)
        profile.add_to(block, TIME, coordinates)
        assert digest(block[:5]) == digest(values(profile, TIME, coordinates))
        assert not block[5:].any()


@DIMENSIONS
def test_views_are_as_good_as_arrays(dimension: int) -> None:
    """Coordinates may be strided, all of them or one."""
    x, y = np.linspace(-1.0, 1.0, 6)[:, None], np.linspace(-2.0, 1.0, 9)[None, :]
    coordinates = (x + y,) if dimension == 1 else (x, y)
    for profile in profiles(dimension):
        some_rows = tuple(z[::2] if len(z) > 1 else z for z in coordinates)
        whole = values(profile, TIME, coordinates)
        assert digest(values(profile, TIME, some_rows)) == digest(whole[::2])


@pytest.mark.parametrize(("center", "wavevector"), [((0.0,), ()), ((), (1.0, 2.0, 3.0))])
def test_a_vector_of_another_dimension_is_refused(center: tuple[float, ...], wavevector: tuple[float, ...]) -> None:
    """It is never cut or filled up silently."""
    with pytest.raises(ValueError, match="need 2 components each"):
        QuadraticPhase.of(2, center, wavevector)


# ---- the Gaussian


@DIMENSIONS
def test_the_gaussian_as_it_is_written(dimension: int) -> None:
    """a·exp(-|x-c|²/(2w²) + ib|x-c|²), at any time; without a center it sits at the origin."""
    x, y = np.linspace(-2.0, 2.0, 9)[:, None], np.linspace(-3.0, 2.0, 11)[None, :]
    coordinates, center = ((x + y,), (0.3,)) if dimension == 1 else ((x, y), (0.3, -0.2))
    for gaussian, origin in ((Gaussian(1.5, 0.7, center, 0.8), center), (Gaussian(1.5, 0.7, chirp=0.8), (0.0, 0.0))):
        square = sum((z - c) ** 2 for z, c in zip(coordinates, origin, strict=False))
        exact = 1.5 * np.exp(-square / (2 * 0.7**2) + 0.8j * square)
        for time in (0.0, 3.0):
            assert np.abs(values(gaussian, time, coordinates) - exact).max() <= 4e-15
