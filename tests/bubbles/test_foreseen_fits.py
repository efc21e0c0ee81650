"""Fits that are foreseen: what is remembered of fits, where it leads, and what one step finds from there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.bubbles.analysis import Analysis
from parallel_nls.bubbles.field_view import FieldView
from parallel_nls.bubbles.fit.memory import STEPS, Memory, summed_weights
from parallel_nls.bubbles.fit.passes import DENSE, FitPasses, Look
from parallel_nls.bubbles.functionals import Functionals
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.bubbles.row_slopes import LineSlopes
from parallel_nls.bubbles.tracking import CLOSE
from parallel_nls.diagnostics.narrow_plane import WHOLE
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.transforms import FourierTransform
from tests.bubbles.fields import (
    compare,
    domain_of,
    foresee,
    measured,
    parameters_in,
    perturbed,
    recalls_to_the_same_bits,
    table_of,
    two_bubbles,
    whole_sample,
)

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from parallel_nls.diagnostics.thinned_rows import GradientKernel
    from parallel_nls.numerics.arrays import ComplexArray, RealArray

GRIDS = {1: (2000, 20.0), 2: (480, 13.0)}
FAMILIES = [("modulation",), ("modulation", "functionals", "localized")]


@pytest.mark.parametrize("spans", [[0.3], [0.3, 0.2], [0.1, 0.2, 0.15, 0.3]])
def test_means_are_extrapolated_as_a_polynomial_is(spans: list[float]) -> None:
    """Of a degree that n means determine, over steps of any lengths: ∫p to rounding."""
    polynomial = np.polynomial.Polynomial(np.arange(1.0, len(spans) + 1))
    whole, ends = polynomial.integ(), np.cumsum([0.0, *spans])
    means = np.diff(whole(ends)) / spans
    found = sum(w * s * m for w, s, m in zip(summed_weights(np.array(spans), 0.25), spans, means, strict=True))
    assert found == pytest.approx(whole(ends[-1] + 0.25) - whole(ends[-1]), rel=1e-13)


def followed(rate: RealArray, times: RealArray, noise: float = 0.0) -> Memory:
    """Fits that leave the free flow as polynomials of the time say, one coefficient after the other in ``rate``."""
    shape, generator = (1, 7), np.random.default_rng(0)
    memory = Memory(float(times[0]), Parameters.of_bubbles((Bubble((0.0, 0.0)),), 0.5))
    for time in times[1:]:
        before = memory.time
        powers = [(time**m - before**m) / m for m in range(1, len(rate) + 1)]
        change = float(rate @ powers) * np.ones(shape) + noise * generator.standard_normal(shape)
        memory = memory.after(float(time), memory.parameters.free_flow(time - before).changed(change))
    return memory


def test_a_smooth_departure_is_foreseen_to_rounding() -> None:
    """Of degree three, by seven steps of different lengths; with no more than one step by the last drift."""
    times = np.array([0.0, 0.004, 0.01, 0.018, 0.025, 0.03, 0.04, 0.052, 0.06])
    rate = np.array([1e-2, 0.3, 2.0, 30.0])
    known, ahead = followed(rate, times[:-1]), followed(rate, times)
    assert len(known.durations) == STEPS
    np.testing.assert_allclose(known.at(0.06).change_from(ahead.parameters), 0, rtol=0, atol=3e-13)
    assert ahead.surprise < 3e-13
    single = followed(rate, times[[0, 2]])
    drift = np.abs(followed(rate, times[[0, 2, 3]]).parameters.change_from(single.at(0.018))).max()
    assert 1e-6 < drift < 1e-3


def test_noise_is_not_extrapolated() -> None:
    """Where fits scatter about the free flow, what is foreseen misses by no more than twice the scatter."""
    times = 0.01 * np.arange(8.0)
    misses = [followed(np.zeros(1), times[:n], noise=1e-6).surprise for n in range(3, 9)]
    assert max(misses) < 1e-5


def test_far_steps_trust_the_last_drift_alone() -> None:
    """Ten steps ahead."""
    memory = followed(np.array([1e-2, 0.3, 2.0, 30.0]), 0.01 * np.arange(7.0))
    last = replace(memory, durations=memory.durations[-1:], drifts=memory.drifts[-1:])
    assert np.array_equal(table_of(memory.at(0.16)), table_of(last.at(0.16)))


def test_what_is_expected_is_kept_for_one_time() -> None:
    """Where fits fail nothing else is remembered: samples one after the other must not add up."""
    memory = followed(np.array([1e-2, 0.3]), 0.01 * np.arange(4.0))
    for time in 0.03 + 0.01 * np.arange(50.0):
        assert memory.at(float(time)) is memory.at(float(time))
    assert len(memory._expected) == 1


@pytest.mark.parametrize("count", [0, 1, 3, 7])
def test_memory_comes_back_from_its_values(count: int) -> None:
    """With the same bits, however many steps there were; of runs that kept one drift alone as well."""
    memory = followed(np.array([1e-2, 0.3]), 0.01 * np.arange(count + 1.0))
    values = memory.values()
    again = Memory.of_values(values)
    assert again is not None
    assert again.values().keys() == values.keys()
    assert all(np.array_equal(value, values[name]) for name, value in again.values().items())
    assert np.array_equal(table_of(again.at(0.1)), table_of(memory.at(0.1)))
    assert Memory.of_values({}) is None


def test_memory_of_older_runs() -> None:
    """They kept one drift: it leads on as it did."""
    memory = followed(np.array([1e-2]), np.array([0.0, 0.01]))
    values = {name: value for name, value in memory.values().items() if "dur" not in name and "drifts" not in name}
    older = Memory.of_values({**values, "fit_drift": memory.drifts[0]})
    assert older is not None
    np.testing.assert_allclose(older.at(0.03).change_from(memory.at(0.03)), 0, rtol=0, atol=1e-15)


@pytest.mark.parametrize("families", FAMILIES)
@pytest.mark.parametrize("dimension", [1, 2])
def test_foreseen_fits_are_what_fits_find(dimension: int, families: tuple[str, ...]) -> None:
    """Parameters to 1e-11 and functionals to nine digits, from 1e-9 away, after one look at all points."""
    field = perturbed(dimension, *GRIDS[dimension], families=families)
    fitted = field.measure()
    foresee(field, parameters_in(fitted), 1e-9)
    found = field.measure()
    assert found["fit_passes"] == 2
    assert found["orthogonality"] <= 2e-12
    compare(found, fitted)


@pytest.mark.parametrize("families", FAMILIES)
@pytest.mark.parametrize("dimension", [1, 2])
def test_a_last_pass_at_what_is_closely_foreseen_will_do(dimension: int, families: tuple[str, ...]) -> None:
    """Parameters to 1e-13 and functionals to eleven digits, from 1e-10 away, where they have other ones."""
    field = perturbed(dimension, *GRIDS[dimension], families=families)
    foresee(field, parameters_in(field.measure()), 1e-12)
    fitted = field.measure()
    foresee(field, parameters_in(fitted), 1e-10, closely=True)
    found = field.measure()
    assert (fitted["fit_passes"], found["fit_passes"]) == (2, 2)  # the second one with a matrix
    assert found["orthogonality"] <= 1e-12
    compare(found, fitted, 1e-13, 1e-11)


@pytest.mark.parametrize("dimension", [1, 2])
def test_the_change_of_functionals_is_that_of_all_points(dimension: int) -> None:
    """To 1e-4 of the largest; on the line, whose bubbles are sharper, by closer points."""
    field = perturbed(dimension, *GRIDS[dimension])
    after = parameters_in(field.measure())
    before = after.changed(1e-6 * np.random.default_rng(5).uniform(-1, 1, (2, 2 * dimension + 3)))
    view = field.monitor.views.whole(whole_sample(field))
    integrals, passes = field.monitor._integrals, view.passes
    first, last = (integrals.functionals(view.visit, each, view.share) for each in (before, after))
    steps = passes.steps(float(after.scale.min()), DENSE[dimension])
    assert steps == {1: (2, 1), 2: (2, 2)}[dimension]
    some, change = integrals.change(view.visit, view.share, before, after, steps, passes.meets)
    error = {1: 5e-5, 2: 1e-4}[dimension]
    assert np.abs(change - (last - first)).max() < error * np.abs(last - first).max()
    assert np.abs(last - first).max() > 1e-7
    assert Functionals.of(before, first).told_apart(Functionals.of(before, some)) < 1e-3


@pytest.mark.parametrize("wave", [30.0, 47.0])
def test_of_a_rough_remainder_nothing_is_taken_from_some_points(wave: float) -> None:
    """One whose waves, of so many turns in 2πλ, these points take for others: all is as a fit finds it."""
    there, still = np.array([[-3.0], [3.0]]), np.zeros((2, 1))
    bubbles = Parameters(np.array([0.25, 0.3]), there, still, np.array([0.2, 0.2]), np.array([0.1, 1.0]))
    analysis = Analysis(tuple(Bubble(tuple(center)) for center in there), 0.0)
    domain = domain_of(MPI.COMM_SELF, 1, 2048, 20.0)
    waves = lambda x: 0.1 * np.exp(-((x + 2.8) ** 2) / 0.3 + 1j * x) * np.cos(wave / 0.25 * x)  # noqa: E731
    field = measured(domain, analysis, bubbles, waves)
    foresee(field, parameters_in(field.measure()), 1e-13)
    fitted = field.measure()
    foresee(field, parameters_in(fitted), 2e-9, closely=True)
    found = field.measure()
    assert found["fit_passes"] == 4  # two of them in vain
    for name in ("remainder_l2", "remainder_gradient", "morawetz", "localized_remainder", "generalized_energy"):
        np.testing.assert_allclose(found[name], fitted[name], rtol=1e-11, atol=1e-14, err_msg=name)


@pytest.mark.parametrize("miss", [1e-6, 1e-3])
def test_a_last_pass_that_shows_a_miss_is_not_the_last(miss: float) -> None:
    """What is there instead of what was closely foreseen is fitted; the pass counts."""
    field = perturbed(1, *GRIDS[1])
    fitted = field.measure()
    foresee(field, parameters_in(fitted), miss)
    passes = float(field.measure()["fit_passes"])
    foresee(field, parameters_in(fitted), miss, closely=True)
    found = field.measure()
    assert found["fit_passes"] == passes + 1
    compare(found, fitted)
    assert (found["fit_remainder"], fitted["fit_remainder"]) == (0.0, fitted["remainder_l2"])


def test_who_looks_again_remembers_nothing_else() -> None:
    """A second look at one field, at once, leaves what the first one found, to the last bit."""
    field = perturbed(1, *GRIDS[1])
    foresee(field, parameters_in(field.measure()), 1e-10, closely=True)
    first = field.measure()
    again = field.measure()
    names = [name for name in first if name.startswith("fit_") and name != "fit_passes"]
    assert np.asarray(first["remainder_l2"]).tobytes() != np.asarray(again["remainder_l2"]).tobytes()
    assert all(np.asarray(first[name]).tobytes() == np.asarray(again[name]).tobytes() for name in names)


def test_of_a_small_remainder_no_last_pass_is_taken_at_once() -> None:
    """Its digits ask for more of the parameters than what was foreseen within 1e-9."""
    field = perturbed(1, *GRIDS[1])
    foresee(field, parameters_in(field.measure()), 1e-9, 1e-9, closely=True)
    tracker = field.monitor.tracker
    assert tracker.close(field.time) is not None
    tracker.remainder = 1.9 * 1e-9 / CLOSE
    assert tracker.close(field.time) is None


@pytest.mark.parametrize("dimension", [1, 2])
def test_who_recalls_a_sample_foresees_as_closely(dimension: int) -> None:
    """With the same bits: a run that is taken up goes on as if it had not been left."""
    fields = [perturbed(dimension, *GRIDS[dimension]) for _ in range(2)]
    foresee(fields[0], parameters_in(fields[0].measure()), 1e-10, closely=True)
    recalls_to_the_same_bits(fields, fields[0].measure())


@pytest.mark.parametrize("miss", [1e-6, 1e-3])
@pytest.mark.parametrize("surprise", [0.0, 1.0])
def test_what_was_not_foreseen_is_fitted(miss: float, surprise: float) -> None:
    """The same decomposition, whether or not it was taken to be foreseen; the next one is not."""
    field = perturbed(1, *GRIDS[1])
    fitted = field.measure()
    foresee(field, parameters_in(fitted), miss, surprise)
    found = field.measure()
    assert found["fit_passes"] > 2
    compare(found, fitted)
    memory = field.monitor.tracker.memory
    assert memory is not None
    assert memory.surprise > 0.1 * miss


@pytest.mark.mpi
@pytest.mark.parametrize("closely", [False, True])
def test_foreseen_fits_have_the_same_bits_on_any_ranks(comm: Intracomm, closely: bool) -> None:
    """With and without what the derivative along the rows is needed for."""
    for families in FAMILIES:
        results = []
        for ranks in (comm, MPI.COMM_SELF):
            field = perturbed(2, 320, 9.0, comm=ranks, families=families)
            first = field.measure()
            foresee(field, parameters_in(first), 1e-10, closely=closely)
            results.append(field.measure())
            field.close()
        together, alone = results
        assert together["fit_passes"] == 2  # closely the last pass twice, else a look before it
        assert all(np.asarray(value).tobytes() == np.asarray(alone[name]).tobytes() for name, value in together.items())


@pytest.mark.mpi
@pytest.mark.parametrize(("dimension", "points"), [(1, 2000), (2, 192)])
def test_a_look_that_rides_on_another_pass_has_the_bits_of_its_own(
    comm: Intracomm, dimension: int, points: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And spares the field one pass; none rides ahead of a narrow field, which is there only behind that pass."""
    looks = list[bool]()
    plain = FitPasses.look

    def look(self: FitPasses, completed: Any, parameters: Any, every: Any = None, table: Any = None) -> Look:
        """As ever."""
        looks.append(table is not None)
        return plain(self, completed, parameters, every, table)

    monkeypatch.setattr(FitPasses, "look", look)
    field = perturbed(dimension, points, {1: 20.0, 2: 9.0}[dimension], comm=comm)
    true = parameters_in(field.measure())
    assert field.monitor.tracker.share == WHOLE
    results = []
    for last, rides in ((WHOLE, True), (None, False), (WHOLE // 2, False)):
        foresee(field, true, 1e-9)
        field.monitor.tracker.share = last
        looks.clear()
        results.append(field.measure())
        assert looks == [rides]
    field.close()
    for other in results[1:]:
        assert all(
            np.asarray(value).tobytes() == np.asarray(results[0][name]).tobytes() for name, value in other.items()
        )


def test_a_look_is_used_for_its_own_sample_alone() -> None:
    """One that has been announced, and passed over no rows, does not serve another time."""
    field = perturbed(1, *GRIDS[1])
    fitted = field.measure()
    foresee(field, parameters_in(fitted), 1e-9)
    tracker = field.monitor.tracker
    tracker.share = WHOLE
    assert tracker.foresee(field.time - 5e-4) is not None

    def visit(kernel: GradientKernel, *, every: int = 1, wanted: Any = None, along: bool = True) -> None:
        """Nobody needs the gradient here."""

    completed = field.integrator.completed(field.state)
    fit = tracker.find(FieldView(completed, tracker.decomposition.passes, visit, WHOLE), field.time)
    np.testing.assert_allclose(table_of(fit.parameters), table_of(parameters_in(fitted)), rtol=0, atol=1e-11)


@pytest.mark.parametrize("step", [1, 2])
def test_slopes_along_rows_by_their_spectrum(step: int) -> None:
    """Of waves that all points, and every second one, show: Σ|∂f|² over these points, to rounding."""
    domain = FourierDomain(MPI.COMM_SELF, (40, 48), (5.0, 7.0))
    lines, slopes = domain.sweeps[0][0].blocks[0], LineSlopes(FourierTransform(48 // step), 7.0)
    x = domain.row_places.along[::step]
    k = 2 * np.pi / 7.0
    values, derivative = np.zeros((2, lines.count, x.size), np.complex128)
    for b in range(lines.count):
        for m, amplitude in ((3, 1.0), (-11, 0.2j), (0, 2.0)):
            values[b] += (b + 1) * amplitude * np.exp(1j * m * k * x)
            derivative[b] += 1j * m * k * (b + 1) * amplitude * np.exp(1j * m * k * x)
    slopes.values[: lines.count] = values
    np.testing.assert_allclose(slopes.squares(lines), (np.abs(derivative) ** 2).sum(axis=1), rtol=1e-13)
    domain.close()


def test_gradient_of_the_remainder_with_and_without_functionals() -> None:
    """By the spectrum of R along rows, and by R's derivative at the points: one number."""
    plain, full = (perturbed(2, 256, 9.0, families=families).measure() for families in FAMILIES)
    assert plain["remainder_gradient"] == pytest.approx(float(full["remainder_gradient"]), rel=1e-11)


def test_bubbles_without_a_remainder_are_foreseen() -> None:
    """R is what the last step leaves."""
    bubbles = two_bubbles(1)
    exact = Parameters.of_bubbles(bubbles, 0.2)
    field = measured(domain_of(MPI.COMM_SELF, 1, *GRIDS[1]), Analysis(bubbles, 0.0, ("modulation",)), exact)
    foresee(field, exact, 1e-9)
    values = field.measure()
    assert values["fit_passes"] == 2
    assert values["remainder_l2"] < 2e-12
    np.testing.assert_allclose(table_of(parameters_in(values)), table_of(exact), rtol=0, atol=2e-12)


@pytest.mark.parametrize("center", [(0.0, 0.0), (0.0, 3.0), (3.0, 0.0)])
def test_gradient_of_the_remainder_near_an_edge(center: tuple[float, float]) -> None:
    """A periodic field less a bubble without images jumps there: no spectrum of it is taken, whichever the axis."""
    bubbles = (Bubble(center),)
    true = Parameters.of_bubbles(bubbles, 0.3)

    def images(x: RealArray, y: RealArray) -> ComplexArray:
        """The next bubbles of a periodic array."""
        return sum_of_images(true, x, y, 9.0)

    found = []
    for families in FAMILIES:
        analysis = Analysis(bubbles, 0.0, families)
        field = measured(domain_of(MPI.COMM_SELF, 2, 192, 9.0), analysis, true, images, remaining=0.3)
        found.append(float(field.measure()["remainder_gradient"]))
        field.close()
    assert found[0] == pytest.approx(found[1], rel=1e-9)


def sum_of_images(true: Parameters, x: RealArray, y: RealArray, length: float) -> ComplexArray:
    """ΣU_k moved by a period, without U_k itself."""
    total: ComplexArray = np.zeros(np.broadcast_shapes(x.shape, y.shape), np.complex128)
    for across in (-length, 0.0, length):
        for along in (-length, 0.0, length):
            if across or along:
                total = total + true.sum_at(x - across, y - along)
    return total


def test_there_and_back() -> None:
    """Times that turn round: only what came since is extrapolated."""
    memory = followed(np.array([1e-2, 0.3]), np.array([0.8, 0.81, 0.82, 0.81, 0.8, 0.81, 0.82]))
    assert len(memory.durations) == 2
    assert np.isfinite(table_of(memory.at(0.83))).all()
