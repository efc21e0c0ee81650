"""Ground states of powers that need not be critical."""

from __future__ import annotations

import numpy as np
import pytest

from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.profiles.power_state import PowerState, power_state

POWERS = pytest.mark.parametrize("power", [0.5, 1.0, 2.0, 3.0, 4.0, 6.5, 16.0])


@POWERS
def test_the_equation_of_the_ground_state(power: float) -> None:
    """Q'' - Q + Q^{p+1} = 0 by Fourier collocation on a line where Q has decayed, to the rounding of k²."""
    n, length = 8192 if power > 6 else 2048, 120.0 if power < 1 else 80.0
    x = (np.arange(n) - n / 2) * length / n
    state = PowerState(1, power)
    q, k = state.value(x), 2 * np.pi * np.fft.fftfreq(n, length / n)
    residual = np.fft.ifft(-(k**2) * np.fft.fft(q)).real - q + q ** (power + 1)
    np.testing.assert_allclose(residual, 0, atol=1e-10)
    assert state.peak == pytest.approx(state.value(0.0).item(), rel=1e-15)
    assert state.peak == pytest.approx(q.max(), rel=1e-14)


def test_critical_powers_are_those_of_the_tables() -> None:
    """With p = 4/d."""
    r = np.linspace(0, 300, 61)
    for dimension in (1, 2):
        state = power_state(dimension, 4 / dimension)
        assert state is not None
        assert state.peak == pytest.approx(ground_state(dimension).peak, rel=1e-15)
        np.testing.assert_allclose(state.value(r), ground_state(dimension).value(r), rtol=3e-13)


def test_cubic_line() -> None:
    """Q = √2 sech x, and λ from its height."""
    state = PowerState(1, 2.0)
    np.testing.assert_allclose(state.value([-1.0, 0.0, 3.0]), np.sqrt(2) / np.cosh([1.0, 0.0, 3.0]), rtol=1e-15)
    assert state.scale(2 * np.sqrt(2)) == pytest.approx(0.5)
    assert state.value(1e5).item() == 0.0


def test_what_is_not_known() -> None:
    """In the plane only the cubic power is tabulated."""
    assert power_state(2, 1.0) is None
    assert power_state(1, None) is None
    assert power_state(2, 2.0) == PowerState(2, 2.0)
