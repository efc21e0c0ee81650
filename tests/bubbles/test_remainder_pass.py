"""The last pass by values alone: its sums, what they change by, and samples that are taken by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.bubbles.analysis import Analysis
from parallel_nls.bubbles.fit.isolated import isolated_step
from parallel_nls.bubbles.fit.newton import newton_step
from parallel_nls.bubbles.fit.passes import FitPasses, Look
from parallel_nls.bubbles.functional_sums import GRADIENT, OF_BUBBLE
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.diagnostics.narrow_plane import WHOLE
from parallel_nls.diagnostics.passes import Keep
from parallel_nls.profiles.bubbles import Bubble
from tests.bubbles.fields import (
    Measured,
    compare,
    domain_of,
    foresee,
    measured,
    parameters_in,
    perturbed,
    recalls_to_the_same_bits,
    table_of,
    whole_sample,
)
from tests.parallel.nodes import NODES, put_on_nodes

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from parallel_nls.bubbles.fit.passes import Field
    from parallel_nls.numerics.arrays import RealArray

GRID = 640, 14.8
BUBBLES = Bubble((-1.8, 0.0)), Bubble((1.8, 0.0), 1.1, 0.4)
REMAINING = 0.25
QUIET = 10
"""Sixteenths beyond which the field is silent."""


def gently(x: RealArray, y: RealArray) -> Any:
    """A small smooth disturbance of two bubbles, not symmetric."""
    return 0.05 * np.exp(-((x + 0.6) ** 2 + (y - 0.1) ** 2) / 0.9 + 1j * (2 * x - y))


def field_of(comm: Intracomm = MPI.COMM_SELF) -> Measured:
    """Two bubbles far from the edge, with a chirp, of which the decomposition alone is wanted."""
    true = Parameters.of_bubbles(BUBBLES, REMAINING)
    wanted = Analysis(BUBBLES, 0.0, ("modulation",))
    return measured(domain_of(comm, 2, *GRID), wanted, true, gently, remaining=REMAINING)


def by_values(field: Measured, share: int, before: Parameters, after: Parameters) -> tuple[RealArray, RealArray]:
    """Integrals at some parameters, and what they change by to other ones."""
    sample, integrals = whole_sample(field), field.monitor._integrals
    own, narrow = integrals.by_values, field.monitor.passes.narrow
    assert own is not None
    assert narrow is not None
    assert own.serves(before)
    assert integrals.share(sample.integrals.beyond, WHOLE) == QUIET
    passes, whole = field.monitor._decomposition.passes, cast("Field", sample.completed)
    if share != WHOLE:
        plane = narrow.plane(share, False)
        sample.fill_spare(field.monitor.passes, plane)
        passes, whole = FitPasses(plane.grid, plane.thinned), plane.field(sample.spare)
    sums = own.functionals(whole, sample.spare, before, share)
    steps = passes.steps(float(before.scale.min()), 0.2)
    return sums, own.change(sample.spare, share, before, after, steps, passes.meets)[1]


def near(parameters: Parameters, size: float) -> Parameters:
    """Others, by scaled changes of at most so much."""
    return parameters.changed(size * np.random.default_rng(5).uniform(-1, 1, (parameters.count, 7)))


@pytest.mark.parametrize("share", [QUIET, WHOLE])
def test_sums_by_values_are_those_beside_the_gradient(share: int) -> None:
    """To 2e-11 of the largest, ∫|∇R|² among them; what they change by, to 1e-3 of the largest change."""
    field = field_of()
    after = parameters_in(field.measure())
    before, view = near(after, 1e-6), field.monitor.views.whole(whole_sample(field))
    first, last = (field.monitor._integrals.functionals(view.visit, each, WHOLE) for each in (before, after))
    found, change = by_values(field, share, before, after)
    np.testing.assert_allclose(found, first, rtol=1e-11, atol=2e-11 * np.abs(first).max())
    gradient = OF_BUBBLE * after.count + GRADIENT
    for part in (slice(0, gradient - 1), slice(gradient, gradient + 1)):
        largest = np.abs(last - first)[part].max()
        assert largest > 1e-9
        assert np.abs(change - (last - first))[part].max() < 1e-3 * largest
    field.close()


def test_what_a_narrow_field_leaves_in_other_columns_adds_nothing() -> None:
    """Which of them pass in one block with its own depends on the ranks: so would the last bits of ∫|∇R|²."""
    field, true = field_of(), Parameters.of_bubbles(BUBBLES, REMAINING)
    own, narrow, sample = field.monitor._integrals.by_values, field.monitor.passes.narrow, whole_sample(field)
    assert own is not None
    assert narrow is not None
    plane, found = narrow.plane(QUIET, False), []
    for rest in (0.0, 1e3):
        sample.fill_spare(field.monitor.passes, plane)
        sample.spare[::3, ~plane.is_low] = rest
        found.append(own.functionals(plane.field(sample.spare), sample.spare, true, QUIET))
    assert found[0].tobytes() == found[1].tobytes()
    field.close()


@pytest.mark.mpi
@pytest.mark.parametrize("nodes", NODES)
@pytest.mark.parametrize("share", [QUIET, WHOLE])
def test_they_have_the_same_bits_on_any_ranks(
    comm: Intracomm, monkeypatch: pytest.MonkeyPatch, share: int, nodes: str
) -> None:
    """Through shared memory and by messages."""
    true = Parameters.of_bubbles(BUBBLES, REMAINING)
    alone = by_values(field_of(), share, near(true, 1e-3), true)
    put_on_nodes(monkeypatch, nodes)
    field = field_of(comm)
    together = by_values(field, share, near(true, 1e-3), true)
    field.close()
    assert [part.tobytes() for part in together] == [part.tobytes() for part in alone]


@pytest.mark.mpi
@pytest.mark.parametrize(("miss", "derived"), [(1e-13, False), (1e-10, True)])
def test_a_sample_by_values_is_what_a_fit_finds(
    comm: Intracomm, monkeypatch: pytest.MonkeyPatch, miss: float, derived: bool
) -> None:
    """With the same bits on all ranks; from very near by a step without a matrix."""
    matrices, derive = list[None](), FitPasses.derive

    def noted(self: FitPasses, *args: Any, **options: Any) -> Any:
        """As ever."""
        matrices.append(None)
        return derive(self, *args, **options)

    monkeypatch.setattr(FitPasses, "derive", noted)
    results = []
    for ranks in (comm, MPI.COMM_SELF):
        field = field_of(ranks)
        foresee(field, parameters_in(field.measure()), 1e-12)
        fitted = field.measure()
        foresee(field, parameters_in(fitted), miss, closely=True)
        matrices.clear()
        results.append(field.measure())
        assert bool(matrices) is derived
        assert field.monitor.tracker.share == QUIET
        field.close()
    found, alone = results
    assert found["fit_passes"] == 1 + derived  # with a matrix the pass is taken once more
    difference = table_of(parameters_in(found)) - table_of(parameters_in(fitted))
    assert np.abs(difference).max() <= 1e-13
    assert not {"morawetz", "generalized_energy", "energy_expansion", "localized_remainder"} & found.keys()
    for name in ("remainder_l2", "remainder_gradient", "localized_mass"):
        np.testing.assert_allclose(found[name], fitted[name], rtol=1e-9 if "local" in name else 2e-11, err_msg=name)
    assert all(np.asarray(value).tobytes() == np.asarray(alone[name]).tobytes() for name, value in found.items())


def test_who_looks_again_by_values_remembers_nothing_else() -> None:
    """Not even how many points that took, where the first look, a fit, had needed all of them."""
    field = field_of()
    foresee(field, parameters_in(field.measure()), 1e-12)
    first, again = field.measure(), field.measure()
    assert (first["fit_passes"], again["fit_passes"]) == (2, 1)
    names = [name for name in first if name.startswith("fit_") and name != "fit_passes"]
    assert all(np.asarray(first[name]).tobytes() == np.asarray(again[name]).tobytes() for name in names)
    field.close()


def test_who_recalls_a_sample_by_values_goes_on_with_the_same_bits() -> None:
    """Of another share than the fit before it."""
    fields = [field_of() for _ in range(2)]
    foresee(fields[0], parameters_in(fields[0].measure()), 1e-13, closely=True)
    last = fields[0].measure()
    assert (last["fit_passes"], last["fit_every"]) == (1, WHOLE / QUIET)
    recalls_to_the_same_bits(fields, last)
    for field in fields:
        field.close()


def test_a_share_of_another_grid_is_asked_for_of_none() -> None:
    """Of 324 points no whole number is 5 sixteenths: a field that is recalled there is looked at by all points."""
    field = perturbed(2, 324, 9.0, families=("modulation",))
    fitted = field.measure()
    keeps = list[object]()
    for share in (None, 5, WHOLE):
        foresee(field, parameters_in(fitted), 1e-9)
        field.monitor.tracker.share = share
        sample = whole_sample(field)
        sample.keep = Keep.NOTHING
        field.monitor.prepare(sample)
        keeps.append(sample.keep)
    assert keeps == [Keep.SLOPES] * 3
    field.close()


def test_near_the_edge_the_gradient_is_taken() -> None:
    """R of a bubble without images is not periodic there."""
    own = field_of().monitor._integrals.by_values
    assert own is not None
    for center, serves in (((2.3, -2.3), True), ((0.0, 2.5), False), ((-2.5, 0.0), False)):
        assert own.serves(Parameters.of_bubbles((Bubble(center),), REMAINING)) is serves


@pytest.mark.parametrize("dimension", [1, 2])
def test_a_step_of_bubbles_that_are_alone_is_that_of_gauss_and_newton(dimension: int) -> None:
    """To the digits of its matrix, which few points show, whatever the boosts and chirps."""
    apart = np.array([[-3.0, 1.0], [3.0, -0.5]])[:, :dimension]
    boost, chirp = np.array([[0.7, -0.4], [-0.3, 1.1]])[:, :dimension], np.array([0.6, -0.9])
    true = Parameters(np.array([0.11, 0.13]), apart, boost, chirp, np.array([0.3, -1.0]))
    bubbles = tuple(Bubble(tuple(center)) for center in apart)
    field = measured(domain_of(MPI.COMM_SELF, dimension, 640, 12.0), Analysis(bubbles, 0.0), true)
    passes, completed = field.monitor._decomposition.passes, whole_sample(field).completed
    generator = np.random.default_rng(2)
    look = Look.of(true, generator.standard_normal((2, 9)))
    gauss = passes.derive(completed, true, 0.2).gauss
    expected = newton_step(gauss, look.conditions.ravel(), np.inf)
    assert not isinstance(expected, str)
    found = isolated_step(look).ravel()
    assert np.abs(found - expected).max() < 1e-6 * np.abs(expected).max()


def test_a_step_that_leaves_too_much_is_not_the_last() -> None:
    """What was expected closely, and is not there, is looked at again with a matrix, and that counts."""
    field = perturbed(1, 2000, 20.0)
    fitted = field.measure()
    foresee(field, parameters_in(fitted), 1e-10, closely=True)
    assert field.monitor.tracker.closely
    found = field.measure()
    assert found["fit_passes"] == 2
    compare(found, fitted, 1e-11, 1e-9)
