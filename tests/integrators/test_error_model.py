"""The error model of step control alone, fed with synthetic errors e = c·η^{q+1}."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import pytest

from parallel_nls.contracts import StepMemory
from parallel_nls.integrators.error_model import (
    CLEAR,
    FIRST_GUESS,
    LONGEST,
    PLENTY,
    SAFETY,
    STEEPEST,
    STEPS_BETWEEN_CHECKS,
    ErrorModel,
)

TOLERANCE = 1e-6
NOISE = 1e-14
ORDERS = pytest.mark.parametrize("order", [2, 4, 6, 8])
SPANS = pytest.mark.parametrize("doublings", [1, 2, LONGEST])


def difference(c: float, q: float, size: float, doublings: int) -> float:
    """Of steps η against one long step, if each errs by c·η^{q+1}."""
    steps = 2.0**doublings
    return c * float((steps * size) ** (q + 1) - steps * size ** (q + 1))


def noise_of(doublings: int) -> float:
    """That of a measurement: its steps and the long one err independently."""
    return NOISE * sqrt(2**doublings + 1)


def begun(order: int) -> tuple[ErrorModel, StepMemory]:
    """A model and what it knows ahead of the first measurement."""
    model, memory = ErrorModel(order, TOLERANCE, NOISE), StepMemory(level=3)
    model.begin(memory)
    return model, memory


@ORDERS
def test_the_first_guess(order: int) -> None:
    """A power of η with a factor that makes steps short; a measurement by a double step is due at once."""
    assert FIRST_GUESS >= 2
    model, memory = begun(order)
    assert model.error(memory, 0.1) == pytest.approx((0.1 * FIRST_GUESS) ** (order + 1), rel=1e-13)
    assert memory.since_check >= STEPS_BETWEEN_CHECKS
    assert memory.doublings == 1


@ORDERS
def test_the_allowed_step_makes_half_the_tolerance(order: int) -> None:
    """e(η) = tolerance·η/2, whatever is known."""
    model, memory = begun(order)
    for constant in (-30.0, 0.0, 25.5):
        memory.constant = constant
        allowed = model.allowed(memory)
        assert model.error(memory, allowed) == pytest.approx(SAFETY * TOLERANCE * allowed, rel=1e-12)


@ORDERS
def test_what_was_foreseen_need_not_be_looked_at_so_soon(order: int) -> None:
    """Twice as many steps to the next measurement if one finds to √2 what the last one said; a bound says nothing."""
    model, memory = begun(order)
    for factor, twice in ((1.0, 0), (1.4, 1), (1.0, 1), (1.45, 0), (1.45, 1), (1.0, 0), (1.0, 1)):
        model.measure(memory, 0.1, 1, factor * difference(1.0, order, 0.1, 1), again=False)
        assert memory.cadence == STEPS_BETWEEN_CHECKS * (1 + twice)
    for found in (0.5 * noise_of(1), difference(1.0, order, 0.1, 1)):
        model.measure(memory, 0.1, 1, found, again=False)
        assert memory.cadence == STEPS_BETWEEN_CHECKS


@ORDERS
@SPANS
@pytest.mark.parametrize("excess", [0.0, 2.5])
@pytest.mark.parametrize("c", [1e-3, 1.0, 1e4])
def test_two_measurements_find_constant_and_order(order: int, doublings: int, excess: float, c: float) -> None:
    """The first finds the constant at its own long step, the second, of another length, the order of the error."""
    q = order + excess
    model, memory = begun(order)
    first = 0.9 * (1e-6 / c) ** (1 / (q + 1)) / 2**doublings
    long, found = 2**doublings * first, difference(c, q, first, doublings)
    model.measure(memory, first, doublings, found, again=False)
    assert memory.order == order
    assert model.error(memory, long) == pytest.approx(found / (1 - 2.0 ** (-order * doublings)), rel=1e-12)
    # The order, that of the scheme as yet, hardly matters there.
    assert model.error(memory, long) == pytest.approx(c * long ** (q + 1), rel=2.0 ** (1 - order))
    assert (memory.check_size, memory.check_error) == (long, found)
    second = 0.6 * first
    model.measure(memory, second, doublings, difference(c, q, second, doublings), again=False)
    assert memory.order == pytest.approx(q, rel=1e-11)
    for size in (first, second, 0.1 * first):
        assert model.error(memory, size) == pytest.approx(c * size ** (q + 1), rel=1e-9)
    assert memory.since_check == 0


@ORDERS
def test_sizes_that_nearly_agree_keep_the_order(order: int) -> None:
    """They say nothing about it; equal sizes do no harm."""
    model, memory = begun(order)
    for size, found in ((0.1, 1e-5), (0.075, 1.1e-5), (0.075, 0.9e-5)):
        model.measure(memory, size, 1, found, again=False)
        assert memory.order == order
        assert model.error(memory, 2 * size) == pytest.approx(found / (1 - 2.0**-order), rel=1e-12)


@ORDERS
@pytest.mark.parametrize(("q", "found"), [(-1.0, 0.0), (-0.5, 0.0), (3.9, 3.9), (9.0, STEEPEST)])
def test_the_order_stays_within_bounds(order: int, q: float, found: float) -> None:
    """Not below that of the scheme, and not far above."""
    model, memory = begun(order)
    for size in (0.1, 0.05):
        model.measure(memory, size, 1, 1e-5 * (size / 0.1) ** (order + q + 1), again=False)
    assert memory.order == pytest.approx(order + found, rel=1e-12)


@ORDERS
@SPANS
def test_the_verdict_is_that_of_the_whole_tolerance(order: int, doublings: int) -> None:
    """Steps are kept if each errs by tolerance·η at most."""
    # So small that the long step still errs as a power.
    size, steps = 1e-7, 2.0**doublings
    found = TOLERANCE * size * steps ** (order + 1) * (1 - steps**-order)
    for factor, kept in ((0.99, True), (1.01, False)):
        model, memory = begun(order)
        assert model.measure(memory, size, doublings, factor * found, again=False) is kept
        assert model.error(memory, size) == pytest.approx(factor * TOLERANCE * size, rel=1e-12)


@SPANS
def test_a_difference_of_rounding_is_a_bound(doublings: int) -> None:
    """The steps are kept; what is known of the error is lowered to what rounding hides, never raised."""
    model, memory = begun(4)
    noise, long = noise_of(doublings), 0.01 * 2**doublings
    assert model.measure(memory, 0.01, doublings, noise, again=False)
    assert model.error(memory, long) == pytest.approx(2 * noise / (1 - 2.0 ** (-4 * doublings)), rel=1e-12)
    assert memory.check_size == 0.0
    lower = memory.constant - 3
    memory.constant = lower
    assert model.measure(memory, 0.01, doublings, 0.0, again=False)
    assert memory.constant == lower
    model.measure(memory, 0.005, doublings, 2 * noise, again=False)
    assert memory.constant > lower
    assert memory.order == 4


def test_the_span_grows_out_of_the_rounding_and_shrinks_again() -> None:
    """One more doubling where the difference is not clear of it, one less where there is plenty, one at least."""
    for doublings in range(1, LONGEST + 1):
        noise = noise_of(doublings)
        for found, change in ((0.9 * CLEAR, 1), (1.1 * CLEAR, 0), (0.9 * PLENTY, 0), (1.1 * PLENTY, -1)):
            model, memory = begun(4)
            model.measure(memory, 1e-3, doublings, found * noise, again=False)
            assert memory.doublings == min(max(doublings + change, 1), LONGEST)
            assert memory.since_check == 0
        # Lost in rounding: a longer look is due at once, if there is one.
        for level, longer in ((LONGEST, doublings < LONGEST), (doublings, False)):  # a frame has 2^level steps
            model, memory = begun(4)
            memory.level = level
            assert model.measure(memory, 1e-3, doublings, 0.5 * noise, again=False)
            assert memory.since_check == (STEPS_BETWEEN_CHECKS if longer else 0)


def test_steps_tried_again_in_vain_are_kept() -> None:
    """Shorter steps that err by more than half as much err by rounding, which no step avoids."""
    for factor, kept in ((0.49, False), (0.51, True)):
        model, memory = begun(4)
        assert not model.measure(memory, 0.01, 1, 1e-6, again=False)
        known = replace(memory)
        assert model.measure(memory, 0.005, 1, factor * 1e-6, again=True) is kept
        assert (memory.check_size == 0.0) is kept
        assert memory.constant <= known.constant or not kept
        model, memory = begun(4)
        assert not model.measure(memory, 0.01, 1, 1e-6, again=False)
        assert not model.measure(memory, 0.005, 1, factor * 1e-6, again=False)


@ORDERS
@pytest.mark.parametrize("size", [1e-3, 1.0, 40.0])
@pytest.mark.parametrize("again", [True, False])
def test_a_difference_of_order_one_is_never_kept(order: int, size: float, again: bool) -> None:
    """Even where the model extrapolates it away: the next step is at most half as long."""
    model, memory = ErrorModel(order, 1e-2, NOISE), StepMemory()
    model.begin(memory)
    memory.constant = -60.0
    memory.check_size, memory.check_error = 8 * size, 0.2
    assert not model.measure(memory, size, 1, 0.2, again)
    assert model.allowed(memory) <= 0.5 * size * (1 + 1e-12)
