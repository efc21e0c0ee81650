"""A field without the upper half of its wavenumbers, on every second point: against FFTs of the whole plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.contracts import Completed
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
# With ranks that begin with odd rows, on 3 and on 4 of them.
POINTS = [(22, 36), (40, 26), (10, 12), (202, 400)]


def rough(shape: tuple[int, int]) -> NDArray[np.complex128]:
    """Random in every coefficient."""
    real, imaginary = np.random.default_rng(3).standard_normal((2, *shape))
    return np.asarray(real + 1j * imaginary)


def low_waves(u: NDArray[np.complex128], axis: int | None) -> NDArray[np.complex128]:
    """The trigonometric polynomial of the wavenumbers below the upper half at every second point, or its derivative."""
    spectrum = np.fft.fft2(u) / u.size
    total = np.zeros((u.shape[0] // 2, u.shape[1] // 2), np.complex128)
    for a, n in enumerate(u.shape):
        m = np.fft.fftfreq(n, 1 / n)
        low = 4 * np.abs(m) < n
        k = 2j * np.pi / LENGTH[a] * m if a == axis else np.ones(n)
        spectrum = spectrum * np.expand_dims(low * k, 1 - a)
    total[...] = (np.fft.ifft2(spectrum) * u.size)[::2, ::2]
    return total


def halved(
    comm: Intracomm, u: NDArray[np.complex128], along: bool, behind: bool = False
) -> list[NDArray[np.complex128]]:
    """Values and both derivatives, all rows on every rank; made with the sums, or behind them of the derivative."""
    domain = FourierDomain(comm, u.shape, LENGTH)
    integrator = SplitStep(NLS(domain), composition("strang"))
    integrator.spare[...] = local_part(domain.layouts[0], u)
    completed: Completed = integrator.completed(integrator.start())
    passes = PlanePasses(integrator.equation)
    assert passes.halves is not None
    passes.tables(completed, integrator.spare, keep=Keep.SLOPES if behind else Keep.HALVED)
    if behind:
        passes.halve(integrator.spare)
    field, halves = passes.halves.field(integrator.spare), passes.halves
    found = np.zeros((3, u.shape[0] // 2, u.shape[1] // 2), np.complex128)

    def keep(block: ComplexArray, gradient: tuple[ComplexArray, ComplexArray], lines: Block) -> None:
        """Keep one block of rows."""
        for own, part in zip(found, (block, *gradient), strict=True):
            own[lines.numbers] = part[: lines.count]

    halves.visit_gradient(field, keep, along=along)
    comm.Allreduce(MPI.IN_PLACE, found)
    np.testing.assert_array_equal(halves.grid.row_places.across, domain.coordinates(0)[::2])
    domain.close()
    return list(found)


@pytest.mark.mpi
@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize("points", POINTS)
def test_values_and_derivatives_are_those_of_the_lower_half(
    comm: Intracomm, points: tuple[int, int], behind: bool
) -> None:
    """To rounding; what lies in the upper half of either axis adds nothing."""
    u = rough(points)
    values, across, along = halved(comm, u, True, behind)
    size = np.abs(u).max()
    for found, axis in ((values, None), (across, 0), (along, 1)):
        expected = low_waves(u, axis)
        assert np.abs(found - expected).max() < 4e-15 * size * max(1.0, np.abs(expected).max())


@pytest.mark.mpi
@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize("nodes", NODES)
@pytest.mark.parametrize("points", POINTS[:2])
def test_a_halved_field_has_the_same_bits_on_any_ranks(
    comm: Intracomm, monkeypatch: pytest.MonkeyPatch, nodes: str, points: tuple[int, int], behind: bool
) -> None:
    """By messages and through shared memory, whether a rank begins with an odd row or not."""
    u = rough(points)
    alone = halved(MPI.COMM_SELF, u, False, behind)
    put_on_nodes(monkeypatch, nodes)
    together = halved(comm, u, False, behind)
    assert [part.tobytes() for part in together] == [part.tobytes() for part in alone]


@pytest.mark.parametrize(
    ("points", "even", "kind"),
    [((10, 13), (), "complex128"), ((10, 12), (0,), "complex128"), ((10, 12), (), "complex64")],
)
def test_which_fields_cannot_be_halved(points: tuple[int, int], even: tuple[int, ...], kind: str) -> None:
    """Odd numbers of points, cosines, and single precision, where no half is silent."""
    domain = FourierDomain(MPI.COMM_SELF, points, LENGTH, dtype=kind, even=even)
    passes = PlanePasses(NLS(domain))
    assert passes.halves is None
    domain.close()
