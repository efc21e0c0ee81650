"""Quantities of fields of which a half or a quarter is held: those of the whole field, by their formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.diagnostics.sampling import Sampler
from parallel_nls.equations.gross_pitaevskii import GrossPitaevskii
from parallel_nls.equations.nls import NLS
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.grid_resonances import GridResonances, highest_content
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.profiles.gaussian import Gaussian
from parallel_nls.spectral.box import FourierDomain
from tests.diagnostics.formulas import Box
from tests.diagnostics.test_quantities import check
from tests.support import gather_field, local_part

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm
    from numpy.typing import NDArray

pytestmark = pytest.mark.mpi

LENGTH = (7.0, 9.0)
EVEN: list[tuple[int, ...]] = [(0,), (1,), (0, 1)]
WIDE = (0.7, 0.9, (0.0, 0.0), 0.4)
PLANES = pytest.mark.parametrize("points", [(40, 36), (22, 54), (6, 50)])
AXES = pytest.mark.parametrize("even", EVEN)


def rough(shape: tuple[int, ...]) -> NDArray[np.complex128]:
    """Random in every coefficient that is held."""
    real, imaginary = np.random.default_rng(12).standard_normal((2, *shape))
    return np.asarray(real + 1j * imaginary)


def mirrored(field: NDArray[np.complex128], even: tuple[int, ...]) -> NDArray[np.complex128]:
    """The whole field."""
    for axis in even:
        field = np.concatenate([np.flip(field, axis), field], axis)
    return field


def peak(u: NDArray[np.complex128], box: Box, even: tuple[int, ...]) -> tuple[float, list[float]]:
    """max|u| over points and axes of symmetry, there by trigonometric polynomials; where coordinates are positive."""
    found = [(float(np.abs(u).max()), np.unravel_index(np.argmax(np.abs(u)), u.shape), list[int]())]
    for zero in ([0], [1], [0, 1]):
        if set(zero) <= set(even):
            on_axis = u
            for axis in zero:
                turn = np.exp(1j * np.pi * box.along(axis, box.harmonics(axis)) / u.shape[axis])
                on_axis = np.fft.ifft(np.fft.fft(on_axis, axis=axis) * turn, axis=axis)
                on_axis = np.take(on_axis, [u.shape[axis] // 2 - 1], axis)
            highest = np.unravel_index(np.argmax(np.abs(on_axis)), on_axis.shape)
            found.append((float(np.abs(on_axis).max()), highest, zero))
    height, place, zero = max(found, key=lambda one: one[0])
    places = [float(x.ravel()[place[axis]]) if axis not in zero else 0.0 for axis, x in enumerate(box.coordinates())]
    return height, [abs(x) if axis in even else x for axis, x in enumerate(places)]


def at_rest(comm: Intracomm, points: tuple[int, int], even: tuple[int, ...], scheme: str = "strang") -> SplitStep:
    """The rough field, where an integrator begins."""
    integrator = SplitStep(NLS(FourierDomain(comm, points, LENGTH, even=even)), composition(scheme))
    integrator.spare[...] = local_part(integrator.domain.layouts[0], rough(integrator.domain.shape))
    return integrator


@PLANES
@AXES
def test_all_quantities_agree_with_their_formulas(
    comm: Intracomm, points: tuple[int, int], even: tuple[int, ...]
) -> None:
    """To rounding, distances to a Gaussian too; the peak is told where its coordinates are positive."""
    integrator, box = at_rest(comm, points, even), Box(points, LENGTH, even)
    found = Sampler.of_field(integrator, Gaussian(*WIDE)).measure(integrator.start(), 0.25)
    whole = mirrored(rough(integrator.domain.shape), even)
    expected = box.quantities(whole, 2.0) | box.distances(whole, box.gaussian(*WIDE))
    expected["sup_norm"], expected["sup_position"] = peak(whole, box, even)
    expected["edge"] = box.edge(whole) / expected["sup_norm"]
    check(found, expected, 3e-13)
    assert not np.asarray(found["momentum"])[list(even)].any()


@PLANES
@AXES
@pytest.mark.parametrize("scheme", ["blanes-moan-rkn4", "blanes-moan-prk4"])
@pytest.mark.ranks(1, 2)
def test_steps_are_those_of_the_whole_field(
    comm: Intracomm, points: tuple[int, int], even: tuple[int, ...], scheme: str
) -> None:
    """On the same points, though the whole box has them elsewhere: the equation does not know where."""
    integrator = at_rest(comm, points, even, scheme)
    whole = SplitStep(NLS(FourierDomain(comm, points, LENGTH)), composition(scheme))
    whole.spare[...] = local_part(whole.domain.layouts[0], mirrored(rough(integrator.domain.shape), even))
    fields = []
    for one in (integrator, whole):
        state = one.start()
        for _ in range(20):
            one.advance(state, 0.003)
        fields.append(gather_field(one.domain.layouts[0], one.physical(state)))
    np.testing.assert_allclose(mirrored(fields[0], even), fields[1], rtol=0, atol=1e-12)


@AXES
@pytest.mark.ranks(1, 2)
def test_resonances_and_high_waves(comm: Intracomm, even: tuple[int, ...]) -> None:
    """No wave of the whole field is forgotten; a smooth field has the same high waves."""
    integrator, points = at_rest(comm, (40, 36), even), (40, 36)
    whole = FourierDomain(comm, points, LENGTH)
    largest = [GridResonances(domain, NLS(domain), integrator.scheme).largest for domain in (integrator.domain, whole)]
    assert largest[0] == largest[1]
    content = highest_content(integrator.equation, integrator.completed(integrator.start()), integrator.spare)
    assert 0.1 < content <= 1.0


@AXES
@pytest.mark.ranks(1, 2)
def test_a_trap(comm: Intracomm, even: tuple[int, ...]) -> None:
    """The ground state of the oscillator stays, with its phase e^{−2iωt}, ω = 1: nearly linear, since it is small."""
    domain = FourierDomain(comm, (48, 48), (16.0, 16.0), even=even)
    integrator = SplitStep(GrossPitaevskii(domain, 2.0, 1.0), composition("blanes-moan-rkn6"))
    x, y = domain.coordinates(0)[:, None], domain.coordinates(1)[None, :]
    ground = 1e-8 * np.exp(-0.5 * (x**2 + y**2)) * (1 + 0j)
    integrator.spare[...] = local_part(domain.layouts[0], ground)
    state = integrator.start()
    for _ in range(20):
        integrator.advance(state, 0.02)
    found = gather_field(domain.layouts[0], integrator.physical(state))
    np.testing.assert_allclose(found, ground * np.exp(-0.8j), rtol=0, atol=2e-19)
