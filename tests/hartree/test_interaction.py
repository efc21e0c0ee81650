"""The interaction flow of every closure against small steps of the equations; the same bits on any ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.hartree.closures import CLOSURES
from parallel_nls.hartree.interaction import ClosedInteraction, MeanField
from parallel_nls.spectral.radial import SpaceRadius
from parallel_nls.spectral.tensor import RadialTensor
from tests.hartree.dense import interaction_flow
from tests.support import digest, gather_field, local_part, parts_of

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from tests.hartree.dense import Complex, Real

POINTS, STRENGTH, TAU = 4, -1.3, 0.4


def potential() -> Real:
    """A symmetric matrix in the place of V̄, strong enough that phases turn by about one."""
    half: Real = 2 * np.random.default_rng(2).random((POINTS, POINTS))
    return half + half.T


def start() -> tuple[Complex, Complex]:
    """γ¹ and γ² of a mixture of three waves, and besides what is only symmetric: no closure may need more."""
    chance = np.random.default_rng(1)
    waves = chance.normal(size=(3, POINTS)) + 1j * chance.normal(size=(3, POINTS))
    waves /= np.linalg.norm(waves, axis=1)[:, None]
    projections = np.einsum("ja,jb->jab", waves, waves.conj())
    weights = np.array([0.2, 0.5, 0.3])
    gamma2 = np.einsum("j,jac,jbd->abcd", weights, projections, projections)
    noise = chance.normal(size=gamma2.shape) + 1j * chance.normal(size=gamma2.shape)
    noise = noise + noise.transpose(1, 0, 3, 2)
    return np.einsum("j,jab->ab", weights, projections), gamma2 + 0.05 * (noise + noise.transpose(2, 3, 0, 1).conj())


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
@pytest.mark.parametrize("name", sorted(CLOSURES))
def test_the_flow_is_exact(comm: Intracomm, name: str) -> None:
    """γ¹ and γ², to what 256 small steps leave: 2e-13."""
    gamma1, gamma2 = start()
    expected = interaction_flow(name, STRENGTH, potential(), (gamma1, gamma2), TAU, 256)
    digests = []
    with parts_of(comm, range(1, comm.size + 1)) as parts:
        for part in parts.values():
            domains = [RadialTensor(part, SpaceRadius(POINTS, 3.0), level) for level in (1, 2)]
            layouts = [domain.layouts[0] for domain in domains]
            fields = [local_part(layout, whole) for layout, whole in zip(layouts, (gamma1, gamma2), strict=True)]
            flow = ClosedInteraction(domains[0], domains[1], potential(), STRENGTH, CLOSURES[name])
            flow(fields[0], fields[1], TAU)
            found = [gather_field(layout, field) for layout, field in zip(layouts, fields, strict=True)]
            for one, other in zip(found, expected, strict=True):
                assert np.abs(one - other).max() <= 1e-12
            digests.append(digest(*found))
            for domain in domains:
                domain.close()
    assert len(set(digests)) == 1


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
def test_mean_field_is_a_phase(comm: Intracomm) -> None:
    """γ¹(a, b) turns by W(a) − W(b), W = V̄ρ, which stands still."""
    gamma1, _ = start()
    potentials = potential() @ gamma1.diagonal().real
    expected = gamma1 * np.exp(-1j * STRENGTH * TAU * (potentials[:, None] - potentials[None, :]))
    domain = RadialTensor(comm, SpaceRadius(POINTS, 3.0), 1)
    field = local_part(domain.layouts[0], gamma1)
    MeanField(domain, potential(), STRENGTH)(field, TAU)
    assert np.abs(gather_field(domain.layouts[0], field) - expected).max() <= 1e-15
    domain.close()
