"""Decompositions: reference parameters and functionals, starts from moments, several bubbles, failures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.bubbles import row_integrals
from parallel_nls.bubbles.analysis import Analysis
from parallel_nls.bubbles.fit.memory import Memory
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.diagnostics.field_monitor import FieldMonitor
from parallel_nls.diagnostics.integration import gradient_of, integral_of
from parallel_nls.diagnostics.monitor import Monitor, Sample, Values
from parallel_nls.diagnostics.narrow_plane import WHOLE
from parallel_nls.diagnostics.sampling import Sampler
from parallel_nls.profiles.bubbles import Bubble
from tests.bubbles.fields import (
    REMAINING,
    Perturbation,
    add_bubbles,
    domain_of,
    measured,
    parameters_in,
    perturb_line,
    perturbed,
    table_of,
    two_bubbles,
)
from tests.bubbles.references import REFERENCES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mpi4py.MPI import Intracomm

    from parallel_nls.diagnostics.passes import Passes
    from parallel_nls.numerics.arrays import RealArray

GRIDS = {1: (2000, 20.0), 2: (480, 13.0)}
THINNED = ("modulation", "functionals")  # without "localized" every second point may do
TOLERANCES = {1: 1e-10, 2: 1e-7}


@pytest.mark.parametrize("dimension", [1, 2])
def test_reference_case(dimension: int) -> None:
    """Parameters, localized masses and all functionals of the perturbed two bubbles."""
    values, reference = perturbed(dimension, *GRIDS[dimension]).measure(), REFERENCES[dimension]
    tolerance = TOLERANCES[dimension]
    np.testing.assert_allclose(table_of(parameters_in(values)), reference.parameters, rtol=0, atol=tolerance)
    assert values["fit_passes"] > 0
    assert values["orthogonality"] < 1e-11
    for name, expected in reference.values.items():
        np.testing.assert_allclose(values[name], expected, rtol=0, atol=tolerance, err_msg=name)


@pytest.mark.mpi
@pytest.mark.parametrize("dimension", [1, 2])
def test_same_bits_on_any_ranks(comm: Intracomm, dimension: int) -> None:
    """Every value of a sample on all ranks, and on one."""
    grid = {1: (600, 16.0), 2: (144, 9.0)}[dimension]
    together, alone = perturbed(dimension, *grid, comm=comm), perturbed(dimension, *grid)
    values, expected = together.measure(), alone.measure()
    together.close()
    alone.close()
    assert values.keys() == expected.keys()
    for name, value in values.items():
        assert np.asarray(value).tobytes() == np.asarray(expected[name]).tobytes(), name


@pytest.mark.mpi
def test_same_bits_from_every_second_point(comm: Intracomm) -> None:
    """Of a grid that is finer than the field, on all ranks and on one."""
    bubbles = (Bubble((-2.6, 0.0)), Bubble((2.6, 0.0), 1.0, 0.4))
    true, results = Parameters.of_bubbles(bubbles, 0.35), []
    for ranks in (comm, MPI.COMM_SELF):
        analysis = Analysis(bubbles, 0.0, THINNED)
        field = measured(domain_of(ranks, 2, 800, 18.0), analysis, true, perturb_gently, remaining=0.35)
        first = field.measure()
        field.monitor.tracker.memory = Memory(field.time - 1e-12, parameters_in(first), surprise=0.0)
        second = field.measure()
        assert second["fit_passes"] == 2  # at once, and once more with a matrix
        results.append({**first, **{f"again {name}": value for name, value in second.items()}})
        field.close()
    together, alone = results
    assert all(np.asarray(value).tobytes() == np.asarray(alone[name]).tobytes() for name, value in together.items())


def fitted(dimension: int, bubbles: tuple[Bubble, ...], true: Parameters, grid: tuple[int, float]) -> RealArray:
    """Parameters found in ΣU_k at ``true`` alone, minus ``true``; NaN where the fit failed."""
    domain = domain_of(MPI.COMM_SELF, dimension, *grid)
    values = measured(domain, Analysis(bubbles, 0.0, ("modulation",)), true).measure()
    if values["fit_passes"] < 0:
        return np.full_like(table_of(true), np.nan)
    difference = table_of(parameters_in(values)) - table_of(true)
    difference[:, -1] = np.remainder(difference[:, -1] + np.pi, 2 * np.pi) - np.pi
    return difference


@pytest.mark.parametrize("dimension", [1, 2])
def test_moments_start_from_thirty_offsets(dimension: int) -> None:
    """Any scaled parameter is off by up to 1: all fits find the bubbles; twenty on the line, ten in the plane."""
    grid, bubbles = {1: (1500, 16.0), 2: (192, 9.0)}[dimension], two_bubbles(dimension)
    exact, generator = Parameters.of_bubbles(bubbles, REMAINING), np.random.default_rng(7)
    for _ in range({1: 20, 2: 10}[dimension]):
        offset = generator.uniform(-1, 1, (2, 2 * dimension + 3))
        offset[:, 0] = np.maximum(offset[:, 0], -0.6)  # 40 % of the scale: the grid shows no less
        found = fitted(dimension, bubbles, exact.changed(offset), grid)
        np.testing.assert_allclose(found, 0, rtol=0, atol=1e-9)


CENTERS: dict[int, list[tuple[float, ...]]] = {
    1: [(-4.0,), (-1.5,), (1.0,), (4.5,)],
    2: [(-3.0, 0.5), (0.0, -1.0), (2.5, 1.5), (1.0, 3.5)],
}


@pytest.mark.parametrize("count", [1, 3, 4])
@pytest.mark.parametrize("dimension", [1, 2])
def test_several_bubbles(dimension: int, count: int) -> None:
    """Of unequal frequencies, off their exact parameters, and in scrambled order."""
    frequencies = (1.0, 1.3, 0.8, 1.1)
    bubbles = tuple(Bubble(CENTERS[dimension][k], frequencies[k], 0.3 * k) for k in (2, 0, 3, 1)[-count:])
    offset = 0.2 * np.random.default_rng(count).uniform(-1, 1, (count, 2 * dimension + 3))
    true = Parameters.of_bubbles(bubbles, REMAINING).changed(offset)
    found = fitted(dimension, bubbles, true, {1: (1600, 20.0), 2: (256, 14.0)}[dimension])
    np.testing.assert_allclose(found, 0, rtol=0, atol={1: 1e-10, 2: 1e-8}[dimension])


@pytest.mark.parametrize("dimension", [1, 2])
def test_second_sample_starts_where_the_first_leads(dimension: int) -> None:
    """Fewer passes, the same parameters; a sampler that recalls a sample goes on as if it had made it."""
    field, other = (perturbed(dimension, *GRIDS[dimension]) for _ in range(2))
    first = field.measure()
    second = field.measure()
    assert second["fit_passes"] < first["fit_passes"]
    np.testing.assert_allclose(table_of(parameters_in(second)), table_of(parameters_in(first)), rtol=0, atol=1e-11)
    other.monitor.recall(first)
    assert all(np.array_equal(value, second[name]) for name, value in other.measure().items())


@pytest.mark.parametrize("duration", [0.1249, 0.1249999, 0.124999999, 0.2])
def test_a_start_near_its_collapse_misleads_nobody(duration: float) -> None:
    """The free flow from a smaller bubble nearly blows up, or has, by the time of the field: moments lead, and S_k."""
    field = perturbed(1, *GRIDS[1])
    tracker = field.monitor.tracker
    small = Parameters.of_bubbles(two_bubbles(1), 0.125)
    tracker.memory = Memory(field.time - duration, small)
    values = field.measure()
    np.testing.assert_allclose(table_of(parameters_in(values)), REFERENCES[1].parameters, rtol=0, atol=1e-10)
    assert all(np.isfinite(value).all() for value in values.values())


def test_a_failed_fit_keeps_what_is_remembered() -> None:
    """The next fit begins where the last good one leads, and a resumed run as well."""
    field = perturbed(1, *GRIDS[1])
    good = field.measure()
    tracker = field.monitor.tracker
    whole = field.state.field.copy()
    field.state.field[...] *= 1e-3
    failed = field.measure()
    assert failed["fit_passes"] < 0
    assert all(
        np.array_equal(failed[name], good[name]) for name in good if name.startswith("fit_") and name != "fit_passes"
    )
    field.state.field[...] = whole
    tracker.recall(failed)
    assert 0 < field.measure()["fit_passes"] < good["fit_passes"]


def test_phase_is_the_branch_of_the_exact_bubble() -> None:
    """θ is known up to 2π, and 1/(ω²(T - t)) + ϑ tells which turn is meant."""
    values = perturbed(1, *GRIDS[1]).measure()
    exact = Parameters.of_bubbles(two_bubbles(1), REMAINING).phase
    assert np.abs(parameters_in(values).phase - exact).max() < 0.1
    assert exact.min() > np.pi


def perturb_gently(x: RealArray, y: RealArray) -> Any:
    """As wide as the bubbles."""
    return 0.05 * np.exp(-((x + 2) ** 2 + (y - 0.1) ** 2) / 0.5)


def failing(bubbles: tuple[Bubble, ...], perturbation: Perturbation | None) -> tuple[str | None, float, set[str]]:
    """What is said of a fit of more, or other, bubbles than two at ∓2: why, passes, names of the values."""
    domain = domain_of(MPI.COMM_SELF, 1, 800, 20.0)
    true = Parameters.of_bubbles(two_bubbles(1), REMAINING)
    field = measured(domain, Analysis(bubbles, 0.0, ("modulation",)), true, perturbation)
    values = field.measure()
    return field.monitor.failure, float(values["fit_passes"]), set(values)


def test_a_bubble_that_is_not_there() -> None:
    """It is missed by name, and no parameters are given."""
    failure, passes, names = failing((*two_bubbles(1), Bubble((7.0,))), None)
    assert failure is not None
    assert "no bubble 3" in failure
    assert "x = 7" in failure
    assert passes < 0
    assert not {"scale", "remainder_l2", "localized_mass"} & names


def test_one_bubble_between_two_places_is_not_taken_for_two() -> None:
    """The fit fails, and says so."""

    def instead(x: RealArray) -> Any:
        """One bubble at 0 in place of those at ∓2."""
        both = Parameters.of_bubbles(two_bubbles(1), REMAINING)
        one = Parameters.of_bubbles((Bubble((0.0,)),), REMAINING)
        block = np.zeros(x.shape, dtype=np.complex128)
        add_bubbles(block, (x,), both, -1.0)
        add_bubbles(block, (x,), one)
        return block

    failure, passes, names = failing(two_bubbles(1), instead)
    assert failure == "the conditions do not become smaller"
    assert passes < 0
    assert "scale" not in names


@pytest.mark.parametrize("noise", [0.0, 5e-12])
def test_a_narrow_field_will_do_where_the_spectrum_says_so(monkeypatch: pytest.MonkeyPatch, noise: float) -> None:
    """The same values as from all points, on a grid finer than the field needs; other waves are left out.

    They would be folded onto the bubbles if the field were thinned: parameters would be off by about their size.
    """
    bubbles = (Bubble((-2.6, 0.0)), Bubble((2.6, 0.0), 1.0, 0.4))
    true = Parameters.of_bubbles(bubbles, 0.35)
    results = []

    def disturb(x: RealArray, y: RealArray) -> Any:
        """A smooth disturbance, and waves that no second point shows."""
        return perturb_gently(x, y) + noise * np.cos(np.pi * x / (18.0 / 800))

    for silent in (row_integrals.SILENT, 0.0):
        monkeypatch.setattr(row_integrals, "SILENT", silent)
        domain = domain_of(MPI.COMM_SELF, 2, 800, 18.0)

        field = measured(domain, Analysis(bubbles, 0.0, THINNED), true, disturb, remaining=0.35)
        results.append(field.measure())
        assert field.monitor.tracker.share == (8 if silent else WHOLE)
    some, every = results
    assert some["mass"] == every["mass"]
    assert some["remainder_l2"] != every["remainder_l2"]
    for name in ("localized_mass", "remainder_l2", "morawetz", "localized_virial", "generalized_energy"):
        np.testing.assert_allclose(some[name], every[name], rtol=0, atol=1e-9, err_msg=name)
    np.testing.assert_allclose(table_of(parameters_in(some)), table_of(parameters_in(every)), rtol=0, atol=1e-12)


class Looking(Monitor):
    """Takes the gradient by a pass of its own, once the field's is over."""

    name = "looking"

    def __init__(self, passes: Passes) -> None:
        self.passes = passes

    def tables(self, sample: Sample) -> list[RealArray]:
        """None; the spare buffer is overwritten."""
        assert gradient_of(self.passes, sample).any()
        return []

    def values(self, tables: Sequence[RealArray], sample: Sample) -> Values:  # noqa: ARG002
        """∫|∇u|², which overwrites the spare buffer once more."""
        return {"own": integral_of(self.passes, sample, lambda _u, gradient, _x, _y: (np.abs(gradient) ** 2).sum(0))}


def test_who_overwrites_the_spare_buffer_does_not_disturb_a_narrow_field() -> None:
    """Which the pass over the field has left there, from the second sample on."""
    bubbles, results = (Bubble((-2.6, 0.0)), Bubble((2.6, 0.0), 1.0, 0.4)), []
    true = Parameters.of_bubbles(bubbles, 0.35)
    for others in (False, True):
        field = measured(
            domain_of(MPI.COMM_SELF, 2, 800, 18.0),
            Analysis(bubbles, 0.0, THINNED),
            true,
            perturb_gently,
            remaining=0.35,
        )
        passes = field.monitor.passes
        own = [Looking(passes)] if others else []
        sampler = Sampler(field.integrator, [FieldMonitor(passes), *own, field.monitor])
        results.append([sampler.measure(field.state, field.time) for _ in range(2)])
        assert field.monitor.tracker.share == 8
        field.close()
    for values, expected in zip(results[1], results[0], strict=True):
        assert float(values.pop("own")) > 1.0
        assert values.keys() == expected.keys()
        for name, value in values.items():
            assert np.asarray(value).tobytes() == np.asarray(expected[name]).tobytes(), name


def test_local_terms_of_silent_fields_are_those_of_finer_grids() -> None:
    """To 3e-13 of their moduli: weights times two or more fields are not integrated over every second point."""
    bubbles = (Bubble((-2.4, 0.0)), Bubble((2.4, 0.0), 1.0, 0.4))
    true, found = Parameters.of_bubbles(bubbles, 0.35), []
    for points, families in ((800, THINNED), (800, (*THINNED, "localized")), (900, (*THINNED, "localized"))):
        domain = domain_of(MPI.COMM_SELF, 2, points, 18.0)
        field = measured(domain, Analysis(bubbles, 0.0, families), true, perturb_gently, remaining=0.35)
        found.append((field.measure(), field.monitor.tracker.share))
        field.close()
    assert found[0][1] == 8
    (coarse, _), (fine, _) = found[1:]
    for name in ("local_mass", "local_current", "local_terms", "local_acceleration"):
        size = np.abs(fine["local_scale"]).max() if name != "local_mass" else 1.0
        np.testing.assert_allclose(coarse[name], fine[name], rtol=0, atol=3e-13 * size, err_msg=name)


def test_energy_expansion_is_exact_to_third_order() -> None:
    """E - (E₀ + E₁ + E₂ - ΣM/(2λ²)) falls as the cube of the remainder, and for exact bubbles vanishes."""
    remainders, sizes = [], (0.04, 0.02, 0.01)
    domain = domain_of(MPI.COMM_SELF, 1, 1200, 24.0)
    bubble = (Bubble((0.0,)),)
    for size in sizes:

        def disturb(x: RealArray, size: float = size) -> Any:
            """A small disturbance of one bubble."""
            return size * 10 * perturb_line(x - 1.9)

        true = Parameters.of_bubbles(bubble, REMAINING)
        true = replace(true, boost=np.array([[0.3]]))
        remainders.append(measured(domain, Analysis(bubble, 0.0), true, disturb).measure()["energy_remainder"])
    slopes = np.diff(np.log(np.abs(np.array(remainders, dtype=np.float64)))) / np.diff(np.log(sizes))
    assert abs(slopes[-1] - 3) < 0.1, slopes
