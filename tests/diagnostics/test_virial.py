"""The virial identity d²/dt² ∫|x|²|u|² = 8‖∇u‖² − 4dp/(p+2)·∫|u|^{p+2} along computed solutions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.contracts import Domain, Equation
from parallel_nls.diagnostics.identities import VIRIAL, VIRIAL_OF_TERMS
from parallel_nls.diagnostics.sampling import Sampler
from parallel_nls.equations import NLS, DefocusingNLS, GrossPitaevskii
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.profiles.gaussian import Gaussian
from parallel_nls.profiles.placing import place
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain
from tests.equations.own_equations import Trap

ROWS = 41
NAMES = ("variance_rate", "variance_acceleration", "variance_scale")
Maker = Callable[[Domain], Equation]


def largest_residual(dimension: int, make: Maker, scheme: str, step: float) -> float:
    """Over 40 steps from a Gaussian in a box that holds it, a row a step."""
    domain: FourierDomain | LineDomain
    if dimension == 1:
        domain, profile = LineDomain(MPI.COMM_SELF, (300,), (30.0,)), Gaussian(1.0, 1.0, (), 0.1)
    else:
        domain, profile = FourierDomain(MPI.COMM_SELF, (80, 80), (16.0, 16.0)), Gaussian(1.1, 1.0, (), 0.1)
    integrator = SplitStep(make(domain), composition(scheme))
    place(profile, domain, 0.0, integrator.spare)
    state, sampler, rows = integrator.start(), Sampler.of_field(integrator), []
    for row in range(ROWS):
        values = sampler.measure(state, row * step)
        rows.append([row * step, *(float(values.get(name, 0.0)) for name in NAMES)])
        integrator.advance(state, step)
    columns = dict(zip(("time", *NAMES), np.array(rows).T, strict=True))
    identity = VIRIAL_OF_TERMS if "variance_scale" in values else VIRIAL
    return float(np.max(np.abs([identity.value(columns, row) for row in range(ROWS)])))


@pytest.mark.parametrize(
    ("dimension", "make"),
    [
        (2, NLS),
        (2, partial(NLS, power=1.5)),
        (2, partial(NLS, power=3.0)),
        (1, NLS),
        (1, partial(NLS, power=2.0)),
        (1, partial(NLS, power=4.5)),
        (1, DefocusingNLS),
        (2, partial(DefocusingNLS, power=1.5)),
        (1, partial(GrossPitaevskii, power=4.5, trap=1.2)),
        (2, partial(GrossPitaevskii, trap=0.8)),
        (1, partial(Trap, trap=1.2)),
        (2, partial(Trap, trap=0.4)),
    ],
)
def test_the_identity_holds_to_rounding(dimension: int, make: Maker) -> None:
    """For any power and equation: with a scheme of order 6 and small steps nothing but rounding is left."""
    assert largest_residual(dimension, make, "blanes-moan-rkn6", 0.0025) <= 3e-12


@pytest.mark.parametrize(("dimension", "step"), [(1, 0.000625), (2, 0.0025)])
def test_the_residual_has_the_order_of_the_scheme(dimension: int, step: float) -> None:
    """Strang's energy and positions are off by h²: half the step, a quarter of the residual."""
    residuals = [largest_residual(dimension, NLS, "strang", size) for size in (step, step / 2)]
    assert residuals[0] <= 1e-4
    assert residuals[0] / residuals[1] == pytest.approx(4.0, rel=0.05)
