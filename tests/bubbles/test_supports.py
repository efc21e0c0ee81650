"""What is left out of sums over bubbles: exactly nothing, or less than what the sums need."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.bubbles.analysis import Analysis
from parallel_nls.bubbles.fit import overlaps
from parallel_nls.bubbles.fit.pairing_sums import pairing_sums
from parallel_nls.bubbles.fit.passes import FitPasses
from parallel_nls.bubbles.localization import partition
from parallel_nls.bubbles.localization.partition import Localization, widest_direction
from parallel_nls.bubbles.localization.row_bands import STEPS, RowBands, fill_bands, fill_weight
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.bubbles.profile_rows import (
    LOOSE,
    REACH,
    RHO,
    RHO_SLOPE,
    SLOPE,
    VALUE,
    UsedPoints,
    fill_bubble,
    new_row,
    profile_table,
)
from parallel_nls.numerics.compiled import fused_multiply_add as fma
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.lane_polynomials import (
    SHORT_TERMS,
    SHORTER_TERMS,
    SHORTEST_TERMS,
    TERMS,
    polynomials,
    short_polynomials,
    shorter_polynomials,
    shortest_polynomials,
)
from parallel_nls.numerics.lanes import put_lanes
from parallel_nls.numerics.trigonometry import ROUND
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.profiles.ground_state import ground_state
from tests.bubbles.fields import domain_of, measured


@kernel
def one_by_one(table: Any, row: int, x: float, out: Any) -> None:
    """Four polynomials, one after the other: even powers and odd ones by Horner's scheme in x²."""
    for lane in range(4):
        even, odd = table[row, TERMS - 2, lane], table[row, TERMS - 1, lane]
        for k in range(TERMS - 4, -1, -2):
            even, odd = fma(even, x * x, table[row, k, lane]), fma(odd, x * x, table[row, k + 1, lane])
        out[lane] = fma(odd, x, even)


@kernel
def at_once(table: Any, cells: Any, x: Any, terms: int, out: Any) -> None:
    """The same at eight points side by side."""
    found = polynomials(table, cells, x, 1)
    if terms == SHORT_TERMS:
        found = short_polynomials(table, cells, x, 1)
    elif terms == SHORTER_TERMS:
        found = shorter_polynomials(table, cells, x, 1)
    elif terms == SHORTEST_TERMS:
        found = shortest_polynomials(table, cells, x, 1)
    for lane in range(4):
        put_lanes(out[lane], 0, found[lane])


@pytest.mark.parametrize("terms", [TERMS, SHORT_TERMS, SHORTER_TERMS, SHORTEST_TERMS])
def test_four_polynomials_at_eight_points_have_the_bits_of_one(terms: int) -> None:
    """Each point in its own cell; short ones where all further terms are 0."""
    generator = np.random.default_rng(0)
    table, x, rows = generator.standard_normal((3, TERMS, 4)), generator.uniform(-1, 1, 8), np.arange(8) % 3
    table[:, terms:] = 0.0
    expected, many = np.zeros((4, 8)), np.zeros((4, 8))
    for point in range(8):
        one_by_one(table, rows[point], x[point], expected[:, point])
    at_once(table, np.append(0.0, rows + ROUND), np.append(9.0, x), terms, many)
    np.testing.assert_array_equal(many, expected)


@pytest.mark.parametrize(("dimension", "across"), [(1, 0.0), (2, 0.0), (2, 1e-200)])
def test_profiles_along_a_row(dimension: int, across: float) -> None:
    """Q, Q'/r, ρ and ρ'/r against their tables, the center among the points, to a few units of rounding.

    Beyond 16 scales these are units of the largest value: of a small one fewer digits count.
    """
    state, along = ground_state(dimension), np.linspace(-39.7, 39.7, 641)
    row, points = new_row(1, along.size), UsedPoints.of_rows(np.zeros(1), along, False)
    row.kept[:] = np.nan
    bubble = np.array([1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    fill_bubble(profile_table(dimension), bubble, 0, across, points, REACH, row)
    kept, (first, last) = row.kept[0], row.ranges[0]
    r = np.abs(along[first:last])
    assert REACH - 0.13 < r.max() <= REACH
    assert np.isnan(np.delete(kept, np.s_[first : last + 7], axis=1)).all()
    own, near, away = kept[:, first:last], r < 16, r > 0
    found = {"Q": own[VALUE], "Q'": own[SLOPE] * r, "ρ": own[RHO], "ρ'": own[RHO_SLOPE] * r}
    exact = {"Q": state.value(r), "Q'": state.derivative(r), "ρ": state.rho(r), "ρ'": state.rho_derivative(r)}
    for name, expected in exact.items():
        rounding = {"Q": 2e-15, "Q'": 2e-15, "ρ": 1e-13, "ρ'": 1e-12}[name]
        np.testing.assert_allclose(found[name][near & away], expected[near & away], rtol=rounding, err_msg=name)
        unit = 2e-16 * np.abs(expected).max()
        np.testing.assert_allclose(found[name][~near], expected[~near], rtol=0, atol=unit, err_msg=name)
    np.testing.assert_allclose(own[[VALUE, RHO]][:, ~away].ravel(), [state.peak, state.rho_peak], rtol=2e-15)
    limits = state.value_table.coefficients[0, 2], state.rho_table.coefficients[0, 2]
    np.testing.assert_allclose(own[[SLOPE, RHO_SLOPE]][:, ~away].ravel(), 2 * np.array(limits), rtol=1e-14)


def test_some_points_are_read_as_if_there_were_no_others() -> None:
    """Every third point of two rows of four, against a block of those points alone, bit for bit."""
    generator = np.random.default_rng(4)
    block = generator.standard_normal((4, 31)) + 1j * generator.standard_normal((4, 31))
    centers, ones = np.array([[-0.5, 0.2], [0.7, -0.1]]), np.ones(2)
    packed = Parameters(0.3 * ones, centers, 0.1 * np.ones((2, 2)), 0.2 * ones, ones).packed()
    rows, across, along = np.array([1, 3]), np.array([-0.2, 0.4]), np.linspace(-2.0, 2.0, 31)
    some, alone = np.empty((18, 2)), np.empty((18, 2))
    thinned = along[::3].copy()
    table = profile_table(2)
    pairing_sums(block, table, packed, UsedPoints(rows, across, thinned, False, 3), 2, LOOSE, some)
    cut = np.ascontiguousarray(block[rows, ::3])
    pairing_sums(cut, table, packed, UsedPoints.of_rows(across, thinned, False), 2, LOOSE, alone)
    np.testing.assert_array_equal(some, alone)
    assert (np.abs(some) > 0).all()


@pytest.mark.parametrize("dimension", [1, 2])
def test_what_a_first_look_leaves_out(dimension: int) -> None:
    """All tests are below 2e-7 from 24 scales on."""
    state, r = ground_state(dimension), np.linspace(LOOSE, 40.0, 200)
    tests = [r**2 * state.value(r), state.derivative(r), r * state.derivative(r), state.rho(r)]
    assert np.abs(tests).max() < 2e-7


@pytest.mark.parametrize(
    ("direction", "folded"),
    [
        ((1.0, 0.0), False),
        ((0.0, 1.0), False),
        ((0.0, -1.0), False),
        ((0.6, 0.8), False),
        ((0.6, -0.8), False),
        ((1.0,), True),
        ((-1.0,), True),
    ],
)
def test_supports_along_a_row_hold_all_of_a_localization(direction: tuple[float, ...], folded: bool) -> None:
    """Φ_k is 0 outside of its support, and there what it is at single points, bit for bit; so are its derivatives."""
    centers = np.array([[-3.0, 2.0], [4.0, -1.0], [1.0, 0.5]])[:, -len(direction) :]
    localization, along = Localization.of(centers, direction), np.linspace(-6.0, 6.0, 301)
    bands = RowBands.of(localization, along.size)
    seen = 0
    for across in (-5.0, -1.03, 0.0, 0.17, 2.2) if not folded else (0.0, 0.01):
        s = direction[-1] * (across + along) if folded else direction[0] * across + direction[1] * along
        fill_bands(bands, (across, folded), along, STEPS)
        exact = localization.values(s)
        for i, k in enumerate(localization.order):
            first, last = fill_weight(bands, i)
            weight = np.zeros(along.size)
            weight[first:last] = bands.weight[first:last]
            np.testing.assert_array_equal(weight, exact[k])
        for order in range(1, STEPS):
            derivative = localization.values(s, order)[localization.order[0]]
            first, last = bands.spans[0]
            np.testing.assert_array_equal(bands.steps[order, first:last], derivative[first:last])
            assert not np.delete(derivative, np.s_[first:last]).any()
            seen += last - first
    assert seen > 0


@pytest.mark.parametrize("count", [2, 5, 9])
def test_a_widest_direction_is_found_among_those_that_may_win(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bits as from all candidates; centers on a lattice have many equal ones."""
    generator = np.random.default_rng(count)
    lattice = np.stack(np.divmod(np.arange(float(count)), 3), axis=1)
    for centers in (generator.standard_normal((count, 2)), lattice):
        found = widest_direction(centers)
        with monkeypatch.context() as patch:
            patch.setattr(partition, "_promising", lambda _differences: np.ones(16, dtype=np.bool_))
            np.testing.assert_array_equal(widest_direction(centers), found)


def test_bubbles_that_are_far_apart_share_no_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks that are left out are below 1e-5 of the diagonal, the others to the last bit what they are with all."""
    bubbles = (Bubble((-2.2, 0.0), 1.0), Bubble((-0.9, 0.3), 1.2), Bubble((2.4, -0.4), 1.0))
    exact = Parameters.of_bubbles(bubbles, 0.15)
    field = measured(domain_of(MPI.COMM_SELF, 2, 180, 9.0), Analysis(bubbles, 0.0, ("modulation",)), exact)
    passes, rest = FitPasses(field.domain), field.integrator.completed(field.state)
    some = passes.derive(rest, exact).gauss.reshape(3, 7, 3, 7)
    monkeypatch.setattr(overlaps, "FAR", 1e3)
    every = passes.derive(rest, exact).gauss.reshape(3, 7, 3, 7)
    for k in range(3):
        for j in range(3):
            if {k, j} == {0, 2}:
                assert not some[k, :, j].any()
                assert 0 < np.abs(every[k, :, j]).max() < 1e-5 * np.abs(np.diag(every[k, :, k])).min()
            else:
                np.testing.assert_array_equal(some[k, :, j], every[k, :, j])
