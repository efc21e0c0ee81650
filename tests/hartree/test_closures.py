"""Closures beside the exact mixture: which are exact, how wrong the others are, and the orders of the schemes."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.hartree.closures import CLOSURES
from parallel_nls.hartree.flows import TwoFlows
from parallel_nls.hartree.interaction import ClosedInteraction, MeanField
from parallel_nls.hartree.mixtures import Mixture
from parallel_nls.integrators.compositions import composition
from parallel_nls.spectral.radial import SpaceRadius
from parallel_nls.spectral.tensor import RadialTensor
from tests.hartree.setups import softened
from tests.support import gather_field

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from tests.hartree.dense import Complex

EQUAL, UNEQUAL, ONE = (0.5, 0.5), (0.3, 0.7), (1.0, 0.0)
# Hilbert and Schmidt distances of γ¹ to the exact one, of an independent code, on 7 points to 4.6 at t = 0.5.
SMALL = {
    EQUAL: {"mean-field": 0.07236, "product": 0.05193, "symmetrised-product": 0.05237},
    UNEQUAL: {"mean-field": 0.05929, "product": 0.04282, "symmetrised-product": 0.04351, "cumulant": 0.009579},
}


class Both:
    """A closed hierarchy and the exact mixture side by side."""

    def __init__(self, comm: Intracomm, points: int, radius: float, widths: tuple[float, float]) -> None:
        self.axis = SpaceRadius(points, radius)
        self.domains = [RadialTensor(comm, self.axis, level) for level in (1, 2)]
        self.average, self.comm, self.widths = softened(self.axis).average, comm, widths

    def flows(self, closure: str) -> TwoFlows:
        """Of the fields of a hierarchy, at level 1 for the mean field."""
        one, two = self.domains
        if closure == "mean-field":
            mean = MeanField(one, self.average, -1.0)
            return TwoFlows(lambda f, tau: one.kinetic(f["gamma1"], tau), lambda f, tau: mean(f["gamma1"], tau))
        closed = ClosedInteraction(one, two, self.average, -1.0, CLOSURES[closure])

        def kinetic(fields: dict[str, Complex], tau: float) -> None:
            """Of both."""
            one.kinetic(fields["gamma1"], tau)
            two.kinetic(fields["gamma2"], tau)

        return TwoFlows(kinetic, lambda f, tau: closed(f["gamma1"], f["gamma2"], tau))  # type: ignore[arg-type]

    def run(
        self, closure: str, weights: tuple[float, ...], scheme: str, steps: int, stop: float
    ) -> tuple[list[Complex], list[Complex]]:
        """γ¹ and γ² at the end, and those of the exact mixture by the same steps."""
        mixture = Mixture(self.comm, self.axis, np.array(weights), self.average, -1.0)
        waves = mixture.allocate()
        own = range(len(weights))[mixture.layout.local_region[0]]
        for row, j in zip(waves, own, strict=True):
            row[...] = self.axis.r * np.exp(-(self.axis.r**2) / (2 * self.widths[j] ** 2))
            row /= np.linalg.norm(row)
        fields = dict(zip(("gamma1", "gamma2"), self._operators(mixture, waves), strict=True))
        exact = TwoFlows(
            lambda f, tau: mixture.kinetic(f["waves"], tau), lambda f, tau: mixture.interaction(f["waves"], tau)
        )
        flows, table = self.flows(closure), composition(scheme)
        for _ in range(steps):
            flows.advance(fields, table, stop / steps)
            exact.advance({"waves": waves}, table, stop / steps)
        layouts = [domain.layouts[0] for domain in self.domains]
        expected = self._operators(mixture, waves)
        mixture.close()
        return (
            [gather_field(layout, fields[name]) for layout, name in zip(layouts, fields, strict=True)],
            [gather_field(layout, field) for layout, field in zip(layouts, expected, strict=True)],
        )

    def _operators(self, mixture: Mixture, waves: Complex) -> list[Complex]:
        fields, whole = [], mixture.whole(waves)
        for domain in self.domains:
            fields.append(domain.allocate(domain.layouts[0]))
            mixture.fill(domain.layouts[0], fields[-1], whole)
        return fields

    def close(self) -> None:
        """Give communicators back."""
        for domain in self.domains:
            domain.close()


def distance(found: Complex, expected: Complex) -> float:
    """In the norm of Hilbert and Schmidt."""
    return float(np.linalg.norm(found - expected))


def partial_trace(gamma2: Complex) -> Complex:
    """Σ_s γ²(a, s; b, s)."""
    traced: Complex = np.einsum("asbs->ab", gamma2)
    return traced


@pytest.mark.mpi
@pytest.mark.parametrize("weights", [EQUAL, UNEQUAL], ids=["equal", "unequal"])
def test_errors_of_closures(comm: Intracomm, weights: tuple[float, float]) -> None:
    """To the four digits that are known; the cumulant closure is exact for two equal weights."""
    both = Both(comm, 7, 4.6, (0.9, 1.5))
    for closure in ("mean-field", *sorted(CLOSURES)):
        found, expected = both.run(closure, weights, "kahan-li6", 10, 0.5)
        error = distance(found[0], expected[0])
        if closure in SMALL[weights]:
            assert error == pytest.approx(SMALL[weights][closure], rel=1e-3), closure
        if closure == "cumulant" and weights == EQUAL:
            assert max(error, distance(found[1], expected[1])) <= 1e-13
        assert abs(np.trace(found[0]) - 1) <= 1e-13
        if closure == "cumulant":
            assert distance(partial_trace(found[1]), found[0]) <= 1e-13
    both.close()


@pytest.mark.mpi
def test_a_single_wave_is_exact(comm: Intracomm) -> None:
    """Of every closure that keeps products."""
    both = Both(comm, 7, 4.6, (0.9, 1.5))
    for closure in ("mean-field", "product", "symmetrised-product", "cumulant"):
        found, expected = both.run(closure, ONE, "strang", 8, 0.5)
        assert distance(found[0], expected[0]) <= 1e-13, closure
        if closure != "mean-field":
            assert distance(found[1], expected[1]) <= 1e-13, closure
    both.close()


def test_the_table_on_a_finer_grid(comm: Intracomm) -> None:
    """18 points to R = 6 at t = 1: the error, the trace condition it breaks, and the eigenvalue that turns negative."""
    both = Both(comm, 18, 6.0, (1.0, 1.6))
    for closure, error, second, broken, lowest in (
        ("product", 0.08942, 0.1412, 0.0569, -0.020),
        ("cumulant", 0.01437, 0.02483, 0.0, -0.0035),
    ):
        found, expected = both.run(closure, UNEQUAL, "blanes-moan-prk4", 10, 1.0)
        assert distance(found[0], expected[0]) == pytest.approx(error, rel=1e-3)
        assert distance(found[1], expected[1]) == pytest.approx(second, rel=1e-3)
        assert distance(partial_trace(found[1]), found[0]) == pytest.approx(broken, abs=1e-4)
        assert np.linalg.eigvalsh(found[0])[0] == pytest.approx(lowest, abs=6e-4)
    both.close()


@pytest.mark.parametrize(("scheme", "steps"), [("strang", 8), ("blanes-moan-prk4", 4), ("kahan-li6", 4)])
def test_schemes_have_their_order(comm: Intracomm, scheme: str, steps: int) -> None:
    """Of γ² under the cumulant closure, between two and four times so many steps."""
    both = Both(comm, 9, 5.0, (0.9, 1.5))
    states = [both.run("cumulant", UNEQUAL, scheme, steps * 2**m, 0.5)[0][1] for m in range(3)]
    ratio = distance(states[0], states[1]) / distance(states[1], states[2])
    assert log2(ratio) == pytest.approx(composition(scheme).order, abs=0.3)
    both.close()
