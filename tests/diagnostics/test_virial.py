"""The virial identity d²/dt² ∫|x|²|u|² = 16E along computed solutions."""

from __future__ import annotations

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.config import load_configuration
from parallel_nls.diagnostics.identities import virial_residual
from parallel_nls.simulation import Simulation


def largest_residual(scheme: str, step: float) -> float:
    """Over 40 steps from a Gaussian in a box that holds it, a row a step."""
    overrides = (
        "grid.points=[96,96]",
        "grid.length=[20.0,20.0]",
        "initial.amplitude=1.5",
        "initial.chirp=0.1",
        f"time.step={step}",
        f"time.stop={40 * step}",
        f"time.scheme={scheme}",
        "output.fields_every=off",
    )
    simulation = Simulation(load_configuration("gaussian_collapse", overrides), MPI.COMM_SELF)
    rows = []
    for row in range(41):
        simulation.advance(1 if row else 0)
        values = simulation.measure()
        rows.append({"time": simulation.time, **{name: float(values[name]) for name in ("energy", "variance_rate")}})
    return float(np.max(np.abs([virial_residual(rows, row) for row in range(len(rows))])))


def test_the_identity_holds_to_rounding() -> None:
    """With the scheme of order 4 and small steps nothing but rounding is left."""
    assert largest_residual("blanes-moan-rkn4", 0.0025) <= 2e-12


def test_the_residual_has_the_order_of_the_scheme() -> None:
    """Strang's energy and positions are off by h²: half the step, a quarter of the residual."""
    residuals = [largest_residual("strang", step) for step in (0.0025, 0.00125)]
    assert residuals[0] <= 1e-5
    assert residuals[0] / residuals[1] == pytest.approx(4.0, rel=0.05)
