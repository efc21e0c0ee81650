"""Every quantity of a sample against plain numpy on a gathered field."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from parallel_nls.diagnostics.quantities import QUANTITIES, selected
from parallel_nls.diagnostics.sampling import Sampler
from parallel_nls.equations.nls import NLS
from parallel_nls.integrators.compositions import STRANG
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.profiles.gaussian import Gaussian
from parallel_nls.profiles.placing import place
from parallel_nls.spectral.domain import FourierDomain
from tests.support import gather_field, local_part

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm
    from numpy.typing import NDArray

    from parallel_nls.contracts import State
    from parallel_nls.diagnostics.sampling import Values

pytestmark = pytest.mark.mpi

# Even and odd, prime, more ranks than rows, columns in pieces of one.
SHAPES = [(40, 36), (21, 54), (31, 17), (3, 50), (64, 4)]
LENGTH = (7.0, 9.0)
REFERENCE = Gaussian(0.7, 0.9, (0.3, -0.2), 0.4)


def rough_field(shape: tuple[int, ...]) -> NDArray[np.complex128]:
    """Random in every coefficient, the highest included, without symmetry."""
    real, imaginary = np.random.default_rng(11).standard_normal((2, *shape))
    noise: NDArray[np.complex128] = real + 1j * imaginary
    return noise


def measured(comm: Intracomm, field: NDArray[np.complex128], reference: bool = True) -> Values:
    """A sample of the field, with distances to `REFERENCE`."""
    domain = FourierDomain(comm, field.shape, LENGTH)
    equation = NLS(domain)
    integrator = SplitStep(equation, STRANG)
    integrator.idle[...] = local_part(domain.layouts[0], field)
    return Sampler(equation, integrator, REFERENCE if reference else None).measure(integrator.start(), 0.25)


def derivative(field: NDArray[np.complex128], axis: int) -> NDArray[np.complex128]:
    """Spectral derivative; the lone coefficient of an even axis has none, since its wave has no slope on the grid."""
    n = field.shape[axis]
    k = 2 * np.pi / LENGTH[axis] * np.fft.fftfreq(n, 1 / n)
    if n % 2 == 0:
        k[n // 2] = 0.0
    shape = [1, 1]
    shape[axis] = n
    return np.fft.ifft(1j * k.reshape(shape) * np.fft.fft(field, axis=axis), axis=axis)


def gradient_squared(field: NDArray[np.complex128]) -> float:
    """Σ|∇u|² with the lone coefficients, as the linear flow conserves it."""
    total = 0.0
    for axis, n in enumerate(field.shape):
        k = 2 * np.pi / LENGTH[axis] * np.fft.fftfreq(n, 1 / n)
        shape = [1, 1]
        shape[axis] = n
        total += float(np.sum(k.reshape(shape) ** 2 * np.abs(np.fft.fft(field, axis=axis)) ** 2)) / n
    return total


def expected_quantities(u: NDArray[np.complex128]) -> dict[str, Any]:
    """By their formulas."""
    n, cell = u.shape, math.prod(LENGTH) / u.size
    x, y = ((np.arange(n[a]) - n[a] / 2) * LENGTH[a] / n[a] for a in (0, 1))
    places = (x[:, None] * np.ones(n), y * np.ones(n))
    d = [derivative(u, a) for a in (0, 1)]
    density = np.abs(u) ** 2
    spectrum = np.abs(np.fft.fft2(u)) / np.abs(np.fft.fft2(u)).max()
    waves = [np.abs(np.fft.fftfreq(m, 1 / m)) for m in n]
    outer = [w >= 0.9 * (m // 2) for w, m in zip(waves, n, strict=True)]
    peak = np.unravel_index(np.argmax(density), n)
    return {
        "finite": 1.0,
        "mass": cell * density.sum(),
        "energy": cell * (0.5 * gradient_squared(u) - 0.25 * np.sum(density**2)),
        "momentum": [cell * (np.conj(u) * g).imag.sum() for g in d],
        "variance": cell * ((places[0] ** 2 + places[1] ** 2) * density).sum(),
        "variance_rate": 4 * cell * sum((p * np.conj(u) * g).imag.sum() for p, g in zip(places, d, strict=True)),
        "sup_norm": np.sqrt(density.max()),
        "sup_position": [x[peak[0]], y[peak[1]]],
        "spectral_tail": [spectrum[outer[0]].max(), spectrum[:, outer[1]].max()],
    }


def expected_distances(u: NDArray[np.complex128]) -> dict[str, float]:
    """Of u to the Gaussian."""
    n, cell = u.shape, math.prod(LENGTH) / u.size
    x, y = ((np.arange(n[a]) - n[a] / 2) * LENGTH[a] / n[a] for a in (0, 1))
    squares = (x[:, None] - 0.3) ** 2 + (y + 0.2) ** 2
    v = u - 0.7 * np.exp(-squares / (2 * 0.81) + 0.4j * squares)
    l2 = cell * np.sum(np.abs(v) ** 2)
    h1 = math.sqrt(l2 + cell * gradient_squared(v))
    weighted = cell * np.sum((x[:, None] ** 2 + y**2) * np.abs(v) ** 2)
    return {"distance_l2": math.sqrt(l2), "distance_h1": h1, "distance_sigma": h1 + math.sqrt(weighted)}


@pytest.mark.parametrize("shape", SHAPES)
def test_all_quantities_agree_with_their_formulas(comm: Intracomm, shape: tuple[int, int]) -> None:
    """On a rough field, to rounding; the same numbers on every rank."""
    field = rough_field(shape)
    found = measured(comm, field)
    expected = expected_quantities(field) | expected_distances(field)
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=2e-13, atol=2e-13, err_msg=name)
    texts = comm.allgather(repr({name: np.asarray(value).tobytes() for name, value in found.items()}))
    assert len(set(texts)) == 1


def test_what_is_measured_is_described() -> None:
    """All but the finiteness and the residual, which comes from the series; each family brings its own."""
    from mpi4py import MPI

    names = {quantity.name for quantity in QUANTITIES}
    found = measured(MPI.COMM_SELF, rough_field((8, 8)))
    assert names - set(found) == {"virial_residual"}
    assert set(found) - names == {"finite"}
    for quantity in QUANTITIES:
        if quantity.name in found:
            assert np.shape(found[quantity.name]) == ((quantity.width,) if quantity.width else ())
    assert [q.name for q in selected(("resolution",))] == ["sup_norm", "sup_position", "spectral_tail"]


def test_without_a_reference_there_are_no_distances(comm: Intracomm) -> None:
    """And the other numbers keep their bits."""
    field = rough_field((12, 10))
    with_reference, without = measured(comm, field), measured(comm, field, reference=False)
    assert {name for name in with_reference if name not in without} == {"distance_l2", "distance_h1", "distance_sigma"}
    for name, value in without.items():
        np.testing.assert_array_equal(value, with_reference[name])


class Shown(SplitStep):
    """Shows a given field as it is, without the rounding of transforms."""

    shown: NDArray[np.complex128]

    def physical(self, state: State) -> NDArray[np.complex128]:
        """The given field, in place of that of the state."""
        super().physical(state)[...] = self.shown
        return self.idle


@pytest.mark.parametrize("ties", [[(5, 7), (9, 2)], [(5, 2), (5, 7)], [(9, 2), (2, 9)], [(0, 0), (11, 9)]])
def test_of_equal_maxima_the_first_wins(comm: Intracomm, ties: list[tuple[int, int]]) -> None:
    """First in the order of the rows, then within a row, whichever rank holds it."""
    field = np.full((12, 10), 0.1 + 0.0j)
    for tie in ties:
        field[tie] = 2.0
    domain = FourierDomain(comm, field.shape, LENGTH)
    equation = NLS(domain)
    integrator = Shown(equation, STRANG)
    integrator.shown = local_part(domain.layouts[0], field)
    found = Sampler(equation, integrator).measure(integrator.start(), 0.0)
    first = min(ties)
    np.testing.assert_array_equal(
        found["sup_position"], [domain.coordinates(0)[first[0]], domain.coordinates(1)[first[1]]]
    )
    assert found["sup_norm"] == 2.0


def test_equal_maxima_of_a_constant(comm: Intracomm) -> None:
    """Everywhere the same: the corner of the box wins."""
    found = measured(comm, np.full((8, 16), 0.5 + 0.25j), reference=False)
    np.testing.assert_array_equal(found["sup_position"], [-3.5, -4.5])


@pytest.mark.parametrize("bad", [math.nan, math.inf, 1e200])
@pytest.mark.parametrize("row", [0, 11])
def test_a_field_that_is_not_finite_is_seen_by_all(comm: Intracomm, bad: float, row: int) -> None:
    """One bad number on one rank, or one whose square overflows."""
    field = rough_field((12, 10))
    field[row, 3] = bad
    with np.errstate(all="ignore"):
        found = measured(comm, field)
    assert found["finite"] == 0.0
    assert math.isnan(float(found["mass"]))
    assert math.isnan(float(found["sup_norm"]))


def test_a_zero_field_has_no_spectral_tail(comm: Intracomm) -> None:
    """A ratio of nothing to nothing is NaN; all else is 0."""
    found = measured(comm, np.zeros((6, 8), dtype=complex), reference=False)
    assert np.isnan(found["spectral_tail"]).all()
    assert found["finite"] == 1.0
    assert found["mass"] == found["energy"] == found["sup_norm"] == 0.0


def test_a_placed_profile_is_the_profile(comm: Intracomm) -> None:
    """A Gaussian with center and chirp, point by point."""
    domain = FourierDomain(comm, (25, 18), LENGTH)
    field = domain.allocate(domain.layouts[0])
    place(REFERENCE, domain, 0.0, field)
    x, y = domain.coordinates(0), domain.coordinates(1)
    squares = (x[:, None] - 0.3) ** 2 + (y + 0.2) ** 2
    expected = 0.7 * np.exp(-squares / (2 * 0.81) + 0.4j * squares)
    assert np.abs(gather_field(domain.layouts[0], field) - expected).max() <= 2e-15
