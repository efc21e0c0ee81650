"""The ± of the rate of minimal-mass blow-up, by laws that are known."""

from __future__ import annotations

import numpy as np
import pytest

from parallel_nls.results.minimal_mass import fit_with_doubts


@pytest.mark.parametrize("even", [True, False])
@pytest.mark.parametrize("next_term", [0.003, -0.003])
@pytest.mark.parametrize("end", [0.02, 0.3])
def test_what_a_fit_leaves_open_holds_the_truth(even: bool, next_term: float, end: float) -> None:
    """√λ = aτ(1 + cτ² + dτ⁴ + eτ⁶): the fit has no e, and all parts of the rows lack it alike."""
    blow_up, a, c = 3.0, 0.1, -0.05
    x = np.linspace(1.0, end, 60) if even else np.geomspace(1.0, end, 60)
    scale = (a * x * blow_up * (1 + c * x**2 + 0.01 * x**4 + next_term * x**6)) ** 2
    found, doubts = fit_with_doubts(blow_up * (1 - x), scale, blow_up + 1e-3)
    off = np.abs(np.subtract(found, (blow_up, a, c / blow_up**2)))
    assert (off <= doubts).all()
    assert (off > 0.05 * np.array(doubts)).all(), "the ± is no larger than it has to be"
