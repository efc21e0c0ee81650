"""The virial identity d²/dt² ∫|x|²|u|² = 8‖∇u‖² − 4dp/(p+2)·∫|u|^{p+2} along computed solutions."""

from __future__ import annotations

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.diagnostics.identities import VIRIAL
from parallel_nls.diagnostics.sampling import Sampler
from parallel_nls.equations.nls import NLS
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.profiles.gaussian import Gaussian
from parallel_nls.profiles.placing import place
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain

ROWS = 41


def largest_residual(dimension: int, power: float | None, scheme: str, step: float) -> float:
    """Over 40 steps from a Gaussian in a box that holds it, a row a step."""
    domain: FourierDomain | LineDomain
    if dimension == 1:
        domain, profile = LineDomain(MPI.COMM_SELF, (300,), (30.0,)), Gaussian(1.0, 1.0, (), 0.1)
    else:
        domain, profile = FourierDomain(MPI.COMM_SELF, (96, 96), (20.0, 20.0)), Gaussian(1.1, 1.0, (), 0.1)
    equation = NLS(domain, power)
    integrator = SplitStep(equation, composition(scheme))
    place(profile, domain, 0.0, integrator.spare)
    state, sampler, rows = integrator.start(), Sampler.of_field(integrator), []
    for row in range(ROWS):
        values = sampler.measure(state, row * step)
        rows.append([row * step, *(float(values[name]) for name in ("variance_rate", "variance_acceleration"))])
        integrator.advance(state, step)
    columns = dict(zip(("time", "variance_rate", "variance_acceleration"), np.array(rows).T, strict=True))
    return float(np.max(np.abs([VIRIAL.value(columns, row) for row in range(ROWS)])))


@pytest.mark.parametrize(("dimension", "power"), [(2, None), (2, 1.5), (2, 3.0), (1, None), (1, 2.0), (1, 4.5)])
def test_the_identity_holds_to_rounding(dimension: int, power: float | None) -> None:
    """For any power: with a scheme of order 6 and small steps nothing but rounding is left."""
    assert largest_residual(dimension, power, "blanes-moan-rkn6", 0.0025) <= 3e-12


@pytest.mark.parametrize(("dimension", "step"), [(1, 0.000625), (2, 0.0025)])
def test_the_residual_has_the_order_of_the_scheme(dimension: int, step: float) -> None:
    """Strang's energy and positions are off by h²: half the step, a quarter of the residual."""
    residuals = [largest_residual(dimension, None, "strang", size) for size in (step, step / 2)]
    assert residuals[0] <= 1e-4
    assert residuals[0] / residuals[1] == pytest.approx(4.0, rel=0.05)
