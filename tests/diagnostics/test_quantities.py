"""Every quantity of a sample against plain numpy on the whole field, in the plane and on the line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from parallel_nls.catalogue import QUANTITIES, selected
from parallel_nls.contracts import Completed
from parallel_nls.diagnostics.sampling import Sampler
from parallel_nls.equations.nls import NLS
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.profiles.gaussian import Gaussian
from parallel_nls.profiles.placing import place
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain
from tests.diagnostics.formulas import Box
from tests.spectral.folding import folded, unfolded
from tests.support import gather_field, local_part

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm
    from numpy.typing import NDArray

    from parallel_nls.contracts import Domain, State
    from parallel_nls.diagnostics.monitor import Values
    from parallel_nls.spectral.sweeps import Block

pytestmark = pytest.mark.mpi

# Even and odd, prime, more ranks than rows, columns in one piece and in several; a line is its number of points.
PLANES: list[tuple[int, ...]] = [(40, 36), (21, 54), (31, 17), (3, 50), (64, 4), (9, 101)]
LINES: list[tuple[int, ...]] = [(250,), (243,), (101,), (6,), (10,), (3000,), (2 * 1009,)]
SHAPES = pytest.mark.parametrize("points", PLANES + LINES)
LENGTH = (7.0, 9.0)
FAMILIES = ("conserved", "virial", "resolution", "distance")
DISTANCES = {"distance_l2", "distance_h1", "distance_sigma"}
GAUSSIAN: tuple[float, float, tuple[float, ...], float] = (0.7, 0.9, (0.3, -0.2), 0.4)


def box_of(points: tuple[int, ...]) -> Box:
    """The box of a field of these points."""
    return Box(points, LENGTH[: len(points)])


def reference_of(dimension: int) -> Gaussian:
    """What distances are taken to."""
    amplitude, width, center, chirp = GAUSSIAN
    return Gaussian(amplitude, width, center[:dimension], chirp)


def reference_on(box: Box) -> NDArray[np.complex128]:
    """The same by its formula."""
    amplitude, width, center, chirp = GAUSSIAN
    return box.gaussian(amplitude, width, center[: len(box.points)], chirp)


def rough_field(points: tuple[int, ...]) -> NDArray[np.complex128]:
    """Random in every coefficient, the highest included, without symmetry."""
    real, imaginary = np.random.default_rng(11).standard_normal((2, *points))
    noise: NDArray[np.complex128] = real + 1j * imaginary
    return noise


def made(comm: Intracomm, points: tuple[int, ...], dtype: type = np.complex128) -> Domain:
    """A line or a plane."""
    if len(points) == 1:
        return LineDomain(comm, points, LENGTH[:1], dtype)
    return FourierDomain(comm, points, LENGTH, dtype=dtype)


def shared(domain: Domain, field: NDArray[Any]) -> NDArray[Any]:
    """The part of a whole field that this rank owns."""
    return local_part(domain.layouts[0], folded(domain, field) if isinstance(domain, LineDomain) else field)


def joined(domain: Domain, part: NDArray[Any]) -> NDArray[Any]:
    """The whole field; inverse of `shared`."""
    array = gather_field(domain.layouts[0], part)
    return unfolded(array) if isinstance(domain, LineDomain) else array


def at_rest(
    comm: Intracomm, field: NDArray[np.complex128], scheme: str, power: float | None, dtype: type = np.complex128
) -> tuple[SplitStep, State]:
    """A field at rest between the steps of a scheme."""
    domain = made(comm, field.shape, dtype)
    integrator = SplitStep(NLS(domain, power), composition(scheme))
    integrator.spare[...] = shared(domain, field)
    return integrator, integrator.start()


def measured(
    comm: Intracomm, field: NDArray[np.complex128], reference: bool = True, dtype: type = np.complex128
) -> Values:
    """A sample of the field, with distances to the Gaussian."""
    integrator, state = at_rest(comm, field, "strang", None, dtype)
    profile = reference_of(field.ndim) if reference else None
    return Sampler.of_field(integrator, profile).measure(state, 0.25)


def check(found: Values, expected: dict[str, Any], accuracy: float) -> None:
    """All quantities, to an accuracy relative to the larger of 1 and their size."""
    assert set(found) == {*expected, "time"}
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=accuracy, atol=accuracy, err_msg=name)


@SHAPES
def test_all_quantities_agree_with_their_formulas(comm: Intracomm, points: tuple[int, ...]) -> None:
    """On a rough field, to rounding; the same numbers on every rank."""
    field, box = rough_field(points), box_of(points)
    found = measured(comm, field)
    check(found, box.quantities(field, 4 / len(points)) | box.distances(field, reference_on(box)), 3e-13)
    texts = comm.allgather(repr({name: np.asarray(value).tobytes() for name, value in found.items()}))
    assert len(set(texts)) == 1


@SHAPES
@pytest.mark.parametrize("power", [2.0, 4.0, 2.5])
@pytest.mark.parametrize("scheme", ["blanes-moan-rkn4", "blanes-moan-prk4"])
@pytest.mark.ranks(1, 2)
def test_quantities_between_steps(comm: Intracomm, points: tuple[int, ...], power: float, scheme: str) -> None:
    """For any power, and with either flow pending, they are those of the completed field."""
    integrator, state = at_rest(comm, rough_field(points), scheme, power)
    integrator.advance(state, 0.003)
    assert state.pending != 0
    sampler, box = Sampler.of_field(integrator, reference_of(len(points))), box_of(points)
    found = sampler.measure(state, 0.003)
    field = joined(integrator.domain, integrator.physical(state))
    check(found, box.quantities(field, power) | box.distances(field, reference_on(box)), 3e-13)


@pytest.mark.parametrize("points", [(40, 36), (21, 54), (250,), (243,)])
def test_quantities_in_single_precision(comm: Intracomm, points: tuple[int, ...]) -> None:
    """To the accuracy of its numbers, which are summed in double precision."""
    field, box = rough_field(points).astype(np.complex64).astype(complex), box_of(points)
    expected = box.quantities(field, 4 / len(points)) | box.distances(field, reference_on(box))
    found = measured(comm, field, dtype=np.complex64)
    sizes = {name: max(1.0, float(np.abs(value).max())) for name, value in expected.items()}
    # The rate is a small difference of large numbers.
    sizes["variance_rate"] = max(sizes["variance_rate"], sizes["variance_acceleration"] / 10)
    sizes["momentum"] = max(sizes["momentum"], sizes["energy"] / 10)
    for name, value in expected.items():
        assert np.abs(np.asarray(found[name]) - value).max() <= 2e-6 * sizes[name], name


def test_what_is_measured_is_described() -> None:
    """All of a family but the residual, which comes from the series, and what belongs to steps; some values besides."""
    from mpi4py import MPI

    for points in ((8, 8), (12,)):
        quantities = selected(FAMILIES, len(points), adaptive=True)
        names = {quantity.name for quantity in quantities}
        found = measured(MPI.COMM_SELF, rough_field(points))
        assert names == {quantity.name for quantity in QUANTITIES if quantity.family in (*FAMILIES, "steps")}
        assert names - set(found) == {"virial_residual", "step_size", "error_estimate", "resonance_gain"}
        assert set(found) - names == {"finite", "time", "variance_acceleration", "energy_scale"}
        for quantity in quantities:
            if quantity.name in found:
                assert np.shape(found[quantity.name]) == quantity.shape


def test_families_select_quantities() -> None:
    """In the order of the files; step sizes belong to every adaptive series and to no other."""
    resolution = ["sup_norm", "sup_position", "spectral_tail", "edge", "resonance_gain"]
    assert [q.name for q in selected(("resolution",), 2)] == resolution
    assert [q.shape for q in selected(("resolution",), 2)] == [(), (2,), (2,), (), ()]
    assert [q.shape for q in selected(("resolution",), 1)] == [(), (1,), (1,), (), ()]
    steps = ["step_size", "error_estimate"]
    assert [q.name for q in selected(("resolution",), 2, adaptive=True)] == resolution + steps
    assert [q.name for q in selected((), 1, adaptive=True)] == steps
    assert selected((), 1) == ()


SHAPES_OF_BUBBLES: dict[str, dict[str, tuple[int, ...]]] = {
    "modulation": {
        "scale": (3,), "center": (3, 2), "boost": (3, 2), "chirp": (3,), "phase": (3,), "orthogonality": (),
        "fit_passes": (), "remainder_l2": (), "remainder_gradient": (), "remainder_size": (), "localized_mass": (3,),
        "modulation_parts": (3, 5), "modulation_defect": (3,),
    },
    "functionals": {
        "morawetz": (3,), "localized_remainder": (3,), "localized_virial": (), "modified_localized_virial": (),
        "generalized_energy": (), "energy_defect": (), "energy_expansion": (4,), "energy_remainder": (),
    },
    "localized": {
        "local_mass": (3,), "local_current": (3,), "local_terms": (3, 3), "local_acceleration": (3,),
        "mass_identity": (3,), "current_identity": (3,),
    },
}  # fmt: skip


@pytest.mark.parametrize("family", SHAPES_OF_BUBBLES)
def test_quantities_of_bubbles(family: str) -> None:
    """One number, vector or row of terms for each of three bubbles; names and texts of all quantities differ."""
    chosen = selected((family,), 2, bubbles=3)
    assert {quantity.name: quantity.shape for quantity in chosen} == SHAPES_OF_BUBBLES[family]
    assert [quantity.shape for quantity in selected(("modulation",), 1, bubbles=1)][1] == (1, 1)
    assert all(quantity.long_name and quantity.formula and quantity.source for quantity in chosen)
    assert len({quantity.name for quantity in QUANTITIES}) == len(QUANTITIES)
    assert len({quantity.long_name for quantity in chosen}) == len(chosen)


@pytest.mark.parametrize("points", [(12, 10), (250,)])
def test_without_a_reference_there_are_no_distances(comm: Intracomm, points: tuple[int, ...]) -> None:
    """And the other numbers keep their bits."""
    field = rough_field(points)
    with_reference, without = measured(comm, field), measured(comm, field, reference=False)
    assert set(with_reference) - set(without) == DISTANCES
    for name, value in without.items():
        np.testing.assert_array_equal(value, with_reference[name])


class Shown(SplitStep):
    """Shows a given field as it is, without the rounding of transforms."""

    shown: NDArray[np.complex128]

    def completed(self, state: State) -> Completed:
        """The rows of the given field, in place of those of the state."""

        def show(block: NDArray[np.complex128], lines: Block) -> None:
            """Put the rows where the pending flow would act on them."""
            block[: lines.count] = self.shown[lines.lines]

        return Completed(self.rows, state.field, show)


def peak_of(comm: Intracomm, field: NDArray[np.complex128]) -> tuple[float, list[float]]:
    """Largest modulus and its place."""
    domain = made(comm, field.shape)
    integrator = Shown(NLS(domain), composition("strang"))
    integrator.shown = shared(domain, field)
    found = Sampler.of_field(integrator).measure(integrator.start(), 0.0)
    return float(found["sup_norm"]), np.asarray(found["sup_position"]).tolist()


@pytest.mark.parametrize("ties", [[(5, 7), (9, 2)], [(5, 2), (5, 7)], [(9, 2), (2, 9)], [(0, 0), (11, 9)]])
def test_of_equal_maxima_in_the_plane_the_first_wins(comm: Intracomm, ties: list[tuple[int, int]]) -> None:
    """First in the order of the rows, then within a row, whichever rank holds it."""
    field = np.full((12, 10), 0.1 + 0.0j)
    for tie in ties:
        field[tie] = 2.0
    first = min(ties)
    x, y = box_of((12, 10)).coordinates()
    assert peak_of(comm, field) == (2.0, [x[first[0], 0], y[0, first[1]]])


# Of 30 = 5 · 6 points: the same row of the fold, the same column, the first in a higher row than the second.
@pytest.mark.parametrize("ties", [[7, 12], [5, 9], [9, 10], [0, 29], [4, 26], [17, 18, 19], [29]])
def test_of_equal_maxima_on_the_line_the_first_wins(comm: Intracomm, ties: list[int]) -> None:
    """The lowest x, whichever rank holds it."""
    field = np.full(30, 0.1 + 0.0j)
    field[ties] = 2.0j
    (x,) = box_of((30,)).coordinates()
    assert peak_of(comm, field) == (2.0, [x[min(ties)]])


@pytest.mark.parametrize("points", [(8, 16), (30,)])
def test_equal_maxima_of_a_constant(comm: Intracomm, points: tuple[int, ...]) -> None:
    """Everywhere the same: the corner of the box wins."""
    corner = [-extent / 2 for extent in LENGTH[: len(points)]]
    assert peak_of(comm, np.full(points, 0.5 + 0j)) == (0.5, corner)


@pytest.mark.parametrize("bad", [math.nan, math.inf, 1e200])
@pytest.mark.parametrize("place_of_bad", [(0, 3), (11, 3), (0,), (29,)])
def test_a_field_that_is_not_finite_is_seen_by_all(comm: Intracomm, bad: float, place_of_bad: tuple[int, ...]) -> None:
    """One bad number on one rank, or one whose square overflows."""
    field = rough_field((12, 10) if len(place_of_bad) == 2 else (30,))
    field[place_of_bad] = bad
    with np.errstate(all="ignore"):
        found = measured(comm, field)
    assert found["finite"] == 0.0
    assert math.isnan(float(found["mass"]))
    assert math.isnan(float(found["sup_norm"]))


@pytest.mark.parametrize("points", [(6, 8), (30,)])
def test_a_zero_field_has_no_spectral_tail(comm: Intracomm, points: tuple[int, ...]) -> None:
    """A ratio of nothing to nothing is NaN; all else is 0."""
    found = measured(comm, np.zeros(points, dtype=complex), reference=False)
    assert np.isnan(found["spectral_tail"]).all()
    assert found["finite"] == 1.0
    assert found["mass"] == found["energy"] == found["sup_norm"] == 0.0


@pytest.mark.parametrize("points", [(25, 18), (250,), (101,)])
def test_a_placed_profile_is_the_profile(comm: Intracomm, points: tuple[int, ...]) -> None:
    """A Gaussian with center and chirp, point by point."""
    domain = made(comm, points)
    field = domain.allocate(domain.layouts[0])
    place(reference_of(len(points)), domain, 0.0, field)
    assert np.abs(joined(domain, field) - reference_on(box_of(points))).max() <= 2e-15
