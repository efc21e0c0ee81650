"""A field by its low wavenumbers, on fewer points: against FFTs of the whole plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.contracts import Completed
from parallel_nls.diagnostics.narrow_plane import LADDER, WHOLE
from parallel_nls.diagnostics.passes import Keep
from parallel_nls.diagnostics.plane_passes import PlanePasses
from parallel_nls.equations.nls import NLS
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.spectral.box import FourierDomain
from tests.parallel.nodes import NODES, put_on_nodes
from tests.support import local_part

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm
    from numpy.typing import NDArray

    from parallel_nls.numerics.arrays import ComplexArray
    from parallel_nls.spectral.sweeps import Block

LENGTH = (7.0, 9.0)
# With ranks that begin with rows of slopes, on 3 and on 4 of them, and shares that not all numbers of points have.
POINTS = [(22, 36), (40, 26), (10, 12), (202, 400), (48, 32), (176, 80)]
CASES = [(points, share) for points in POINTS for share in (5, 6, 8) if all(n * share % WHOLE == 0 for n in points)]


def rough(shape: tuple[int, int]) -> NDArray[np.complex128]:
    """Random in every coefficient."""
    real, imaginary = np.random.default_rng(3).standard_normal((2, *shape))
    return np.asarray(real + 1j * imaginary)


def low_waves(u: NDArray[np.complex128], share: int, axis: int | None) -> NDArray[np.complex128]:
    """The trigonometric polynomial of the low wavenumbers at the points of a narrow plane, or its derivative."""
    total = np.fft.fft2(u) / u.size
    for a, n in enumerate(u.shape):
        points = n * share // WHOLE
        m = np.fft.fftfreq(points, 1 / points).astype(int)
        k = 2j * np.pi / LENGTH[a] * m if a == axis else np.ones(points)
        low = np.where(2 * np.abs(m) < points, k, 0.0)
        total = np.take(total, m, axis=a) * np.expand_dims(low, 1 - a)
    return np.asarray(np.fft.ifft2(total) * total.size)


def narrowed(
    comm: Intracomm, u: NDArray[np.complex128], share: int, along: bool, behind: bool = False
) -> list[NDArray[np.complex128]]:
    """Values and both derivatives, all rows on every rank; made with the sums, or behind them of the derivative."""
    domain = FourierDomain(comm, u.shape, LENGTH)
    integrator = SplitStep(NLS(domain), composition("strang"))
    integrator.spare[...] = local_part(domain.layouts[0], u)
    completed: Completed = integrator.completed(integrator.start())
    passes = PlanePasses(integrator.equation)
    assert passes.narrow is not None
    plane = passes.narrow.plane(share, True)
    passes.tables(completed, integrator.spare, keep=Keep.SLOPES if behind else plane)
    if behind:
        passes.narrow_slopes(integrator.spare, plane)
    field = plane.field(integrator.spare)
    found = np.zeros((3, *plane.grid.shape), np.complex128)

    def keep(block: ComplexArray, gradient: tuple[ComplexArray, ComplexArray], lines: Block) -> None:
        """Keep one block of rows."""
        for own, part in zip(found, (block, *gradient), strict=True):
            own[lines.numbers] = part[: lines.count]

    plane.visit_gradient(field, keep, along=along)
    comm.Allreduce(MPI.IN_PLACE, found)
    if share == WHOLE // 2:
        np.testing.assert_array_equal(plane.grid.row_places.across, domain.coordinates(0)[::2])
    domain.close()
    return list(found)


@pytest.mark.mpi
@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize(("points", "share"), CASES)
def test_values_and_derivatives_are_those_of_the_low_waves(
    comm: Intracomm, points: tuple[int, int], share: int, behind: bool
) -> None:
    """To rounding; what lies beyond on either axis adds nothing."""
    u = rough(points)
    values, across, along = narrowed(comm, u, share, True, behind)
    size = np.abs(u).max()
    for found, axis in ((values, None), (across, 0), (along, 1)):
        expected = low_waves(u, share, axis)
        assert np.abs(found - expected).max() < 4e-15 * size * max(1.0, np.abs(expected).max())


@pytest.mark.mpi
@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize("nodes", NODES)
@pytest.mark.parametrize(("points", "share"), [(POINTS[0], 8), (POINTS[1], 8), (POINTS[5], 5)])
def test_a_narrow_field_has_the_same_bits_on_any_ranks(
    comm: Intracomm, monkeypatch: pytest.MonkeyPatch, nodes: str, points: tuple[int, int], share: int, behind: bool
) -> None:
    """By messages and through shared memory, whether a rank begins with a row of slopes or not."""
    u = rough(points)
    alone = narrowed(MPI.COMM_SELF, u, share, False, behind)
    put_on_nodes(monkeypatch, nodes)
    together = narrowed(comm, u, share, False, behind)
    assert [part.tobytes() for part in together] == [part.tobytes() for part in alone]


@pytest.mark.parametrize(
    ("points", "even", "kind"),
    [((10, 13), (), "complex128"), ((10, 12), (0,), "complex128"), ((10, 12), (), "complex64")],
)
def test_which_fields_cannot_be_narrowed(points: tuple[int, int], even: tuple[int, ...], kind: str) -> None:
    """Odd numbers of points, cosines, and single precision, where nothing is silent."""
    domain = FourierDomain(MPI.COMM_SELF, points, LENGTH, dtype=kind, even=even)
    passes = PlanePasses(NLS(domain))
    assert passes.narrow is None
    domain.close()


@pytest.mark.mpi
@pytest.mark.parametrize("share", LADDER)
def test_values_alone_are_kept_of_more_than_half_of_the_waves(comm: Intracomm, share: int) -> None:
    """To rounding, of all shares."""
    u = rough((48, 32))
    domain = FourierDomain(comm, u.shape, LENGTH)
    integrator = SplitStep(NLS(domain), composition("strang"))
    integrator.spare[...] = local_part(domain.layouts[0], u)
    passes = PlanePasses(integrator.equation)
    completed = integrator.completed(integrator.start())
    assert passes.narrow is not None
    assert passes.narrow.shares == LADDER
    plane = passes.narrow.plane(share, False)
    passes.tables(completed, integrator.spare, keep=plane)
    found = np.zeros(plane.grid.shape, np.complex128)

    def keep(block: ComplexArray, lines: Block) -> None:
        """Keep one block of rows."""
        found[lines.numbers] = block[: lines.count]

    plane.thinned(1).visit(plane.field(integrator.spare), keep)
    comm.Allreduce(MPI.IN_PLACE, found)
    assert np.abs(found - low_waves(u, share, None)).max() < 1e-14 * np.abs(u).max()
    domain.close()


@pytest.mark.parametrize("points", [(48, 32), (64, 176)])
def test_silence_is_told_beyond_each_share(points: tuple[int, int]) -> None:
    """The largest coefficient beyond it on either axis, relative to the largest of all."""
    u = rough(points)
    domain = FourierDomain(MPI.COMM_SELF, points, LENGTH)
    integrator = SplitStep(NLS(domain), composition("strang"))
    integrator.spare[...] = u
    passes = PlanePasses(integrator.equation)
    found = passes.sums(passes.tables(integrator.completed(integrator.start()), integrator.spare)).beyond
    spectrum = np.abs(np.fft.fft2(u))
    m, n = (np.abs(np.fft.fftfreq(count, 1 / count)) * 2 / count for count in points)
    parts = (spectrum[(m[:, None] >= share / WHOLE) | (n >= share / WHOLE)].max() for share in LADDER)
    np.testing.assert_allclose(found, np.array(list(parts)) / spectrum.max(), rtol=1e-12)
    domain.close()
