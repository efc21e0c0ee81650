"""The interaction flow i∂_t γ⁽ᵏ⁾ = μ Σ_j (B⁺ − B⁻) γ⁽ᵏ⁺¹⁾ of a closed hierarchy, exactly.

At level 2, with the closures of `closures`, pairs P = (r₁, r₁') and S = (r₂, r₂') and tables x, X = `driven`,

    γ²(τ) = e^{−iματ(w_P + w_S)} [ γ² + Σ left_P right_S + X_P q_S + X_S q_P + m_PS X_P X_S ],

    q_S = Σ_s [V̄(r₁, s) − V̄(r₁', s)] γ²(r₂, s; r₂', s),     m_PS = Σ_sq d_P(s) ρ₂(s, q) d_S(q).

At level 1 mean field is a phase: γ¹(a, b) turns by e^{−iμτ(W(a) − W(b))}, W = V̄ρ.
"""

from __future__ import annotations

import numpy as np
from mpi4py import MPI

from parallel_nls.hartree.closures import Closure, pair_tables
from parallel_nls.hartree.collisions import Diagonals, everywhere
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.ordered_products import product, weighted
from parallel_nls.parallel.layout import Layout
from parallel_nls.spectral.tensor import RadialTensor


@kernel
def add_pairs(
    field: ComplexArray,
    places: tuple[int, int],
    tables: tuple[ComplexArray, ComplexArray, ComplexArray, ComplexArray],
    sums: tuple[ComplexArray, ComplexArray, ComplexArray],
    potential: RealArray,
) -> None:
    """Replace the own share of γ² by that after the flow; ``places``: its first r₁ and r₁'."""
    phase, left, right, driven = tables
    own, across, primed = sums
    rows, points, columns, _ = field.shape
    added = np.empty(points, np.complex128)
    for i in range(rows):
        a = places[0] + i
        for c in range(points):
            for j in range(columns):
                b = places[1] + j
                x = driven[a, b]
                for d in range(points):
                    coupled = potential[a, c] - potential[b, c] - potential[a, d] + potential[b, d]
                    other = own[i, j, c] - own[i, j, d] + coupled * x
                    added[d] = x * (across[i, c, d] - primed[j, c, d]) + driven[c, d] * other
                for t in range(left.shape[0]):
                    factor = left[t, a, b]
                    for d in range(points):
                        added[d] += factor * right[t, c, d]
                turn = phase[a, b]
                for d in range(points):
                    field[i, c, j, d] = turn * phase[c, d] * (field[i, c, j, d] + added[d])


@kernel
def turn_pairs(field: ComplexArray, places: tuple[int, int], phase: ComplexArray) -> None:
    """Multiply the own share of γ² by the phases of both pairs."""
    rows, points, columns, _ = field.shape
    for i in range(rows):
        for c in range(points):
            for j in range(columns):
                turn = phase[places[0] + i, places[1] + j]
                for d in range(points):
                    field[i, c, j, d] *= turn * phase[c, d]


def whole_matrix(comm: MPI.Intracomm, layout: Layout, field: ComplexArray) -> ComplexArray:
    """γ⁽¹⁾ on all ranks, from its slabs. *Communication*: collective, one message."""
    whole = np.zeros(layout.shape, np.complex128)
    if field.size:
        whole[layout.local_region] = field
    return everywhere(comm, whole)


def whole_diagonal(domain: RadialTensor, field: ComplexArray) -> RealArray:
    """γ⁽¹⁾(r, r) on all ranks, from its slabs. *Communication*: collective, one message."""
    rows = domain.layouts[0].local_region[0]
    density = np.zeros(domain.shape[0], np.complex128)
    density[rows] = [field[i, a] for i, a in enumerate(range(rows.start, rows.stop))]
    return np.ascontiguousarray(everywhere(domain.comm, density).real)


class MeanField:
    """The flow at level 1 with γ⁽²⁾ = γ¹γ¹.

    Parameters
    ----------
    domain : RadialTensor
        Of γ⁽¹⁾.
    average : ndarray, (n, n)
        V̄: W(r) = Σ_s V̄(r, s) γ¹(s, s).
    strength : float
        μ.

    Notes
    -----
    *Communication*: a call is collective, one message.
    """

    def __init__(self, domain: RadialTensor, average: RealArray, strength: float) -> None:
        self.domain, self.average, self.strength = domain, average, strength

    def potential(self, field: ComplexArray) -> RealArray:
        """W at all points. *Communication*: collective, one message."""
        found: RealArray = weighted(self.average, whole_diagonal(self.domain, field))
        return found

    def __call__(self, field: ComplexArray, tau: float) -> None:
        """Follow the flow for a time, in place."""
        turns = np.exp(-1j * self.strength * tau * self.potential(field))
        own = turns[self.domain.layouts[0].local_region[0]]
        for row, turn in zip(field, own, strict=True):
            row *= turn * turns.conj()


class ClosedInteraction:
    """The flow at level 2: of γ⁽¹⁾ and γ⁽²⁾ together.

    Parameters
    ----------
    singles, doubles : RadialTensor
        Of γ⁽¹⁾ and γ⁽²⁾, on the same communicator.
    average : ndarray, (n, n)
        V̄.
    strength : float
        μ.
    closure : Closure
        What stands for γ⁽³⁾.

    Notes
    -----
    *Communication*: a call is collective, two messages, and an all-to-all of n³ numbers.
    """

    def __init__(
        self, singles: RadialTensor, doubles: RadialTensor, average: RealArray, strength: float, closure: Closure
    ) -> None:
        self.singles, self.doubles, self.closure = singles, doubles, closure
        self.average, self.strength = average, strength

    def __call__(self, gamma1: ComplexArray, gamma2: ComplexArray, tau: float) -> None:
        """Follow the flow for a time, in place."""
        doubles, average = self.doubles, self.average
        x = whole_matrix(doubles.comm, self.singles.layouts[0], gamma1)
        found = Diagonals.of(doubles, gamma2, average)
        potential = weighted(average, x.diagonal().real)
        coupling = product(product(average, found.densities), average)
        w = potential[:, None] - potential[None, :]
        m = coupling.diagonal()[:, None] - coupling - coupling.T + coupling.diagonal()[None, :]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # what is not finite then ends the run
            tables = pair_tables(self.closure, self.strength, tau, x, found.exchange, w, m)
        gamma1[...] = tables.gamma[self.singles.layouts[0].local_region]
        rows, _, columns, _ = doubles.layouts[0].local_region
        places = rows.start, columns.start
        if len(tables.left):
            sums = found.own, *found.across(doubles)
            add_pairs(gamma2, places, (tables.phase, tables.left, tables.right, tables.driven), sums, coupling)
        elif self.closure.same:
            turn_pairs(gamma2, places, tables.phase)
