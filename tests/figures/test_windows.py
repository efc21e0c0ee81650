"""Windows of points that several curves are drawn in."""

from __future__ import annotations

import numpy as np

from parallel_nls.figures.line_data import Curve, common_window


def test_windows() -> None:
    """Around everything that can be seen, with a margin, inside the line; all of it if little were left out."""
    indices = np.arange(100)
    one, other = np.zeros(100), np.zeros(100)
    one[40:45], other[50] = 1.0, 0.1
    both_curves = [Curve(indices, one), Curve(indices, other)]
    assert common_window(both_curves, (0.5, 0.05), 100) == slice(37, 54)
    assert common_window(both_curves, (0.5, 0.5), 100) == slice(37, 48)
    other[0] = other[98] = 1.0
    assert common_window(both_curves, (0.5, 0.05), 100) == slice(0, 100)
    assert common_window(both_curves, (2.0, 2.0), 100) == slice(0, 100)
    other[:], one[:] = 0.0, 0.0
    one[0] = 1.0
    assert common_window(both_curves, (0.5, 0.5), 100) == slice(0, 4)
