"""Orders of the schemes with a symbol that is not |k|²: what `Composition.needs_quadratic` says."""

from __future__ import annotations

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.integrators.compositions import SCHEMES, composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.profiles.gaussian import Gaussian
from parallel_nls.profiles.placing import place
from parallel_nls.spectral.line import LineDomain
from tests.equations.own_equations import HalfWave

STEPS = (8, 16)
REFERENCE = "kahan-li8", 128


def at_one(scheme: str, steps: int) -> np.ndarray:
    """The half-wave-like equation from a Gaussian, at t = 1."""
    domain = LineDomain(MPI.COMM_SELF, (256,), (30.0,))
    integrator = SplitStep(HalfWave(domain), composition(scheme))
    place(Gaussian(1.0, 1.0, (), 0.3), domain, 0.0, integrator.spare)
    state = integrator.start()
    for _ in range(steps):
        integrator.advance(state, 1 / steps)
    return integrator.physical(state).copy()


@pytest.fixture(scope="module")
def reference() -> np.ndarray:
    """With an error below 1e-13."""
    return at_one(*REFERENCE)


@pytest.mark.parametrize("scheme", [name for name, scheme in SCHEMES.items() if scheme.order <= 6])
def test_orders_with_the_symbol_of_the_half_wave(scheme: str, reference: np.ndarray) -> None:
    """A scheme that needs a quadratic symbol falls to order 4; all others keep theirs."""
    first, second = (float(np.linalg.norm(at_one(scheme, steps) - reference)) for steps in STEPS)
    order = 4 if SCHEMES[scheme].needs_quadratic else SCHEMES[scheme].order
    assert np.log2(first / second) == pytest.approx(order, abs=0.15)
