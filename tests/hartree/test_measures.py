"""Symmetries and eigenvalues of distributed density matrices against dense ones; the same bits on any ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.hartree.quantities import hierarchy_quantities
from parallel_nls.hartree.spectrum import occupations, smallest_eigenvalue
from parallel_nls.hartree.symmetries import exchange_defect, hermiticity_defect
from parallel_nls.spectral.radial import SpaceRadius
from parallel_nls.spectral.tensor import RadialTensor
from tests.support import local_part, parts_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mpi4py.MPI import Intracomm

    from tests.hartree.dense import Complex

POINTS = 5


def noise() -> Complex:
    """Any array of four axes."""
    real, imaginary = np.random.default_rng(4).standard_normal((2, *(POINTS,) * 4))
    whole: Complex = real + 1j * imaginary
    return whole


def symmetric() -> Complex:
    """Hermitian, and the same when both particles change places; with a negative eigenvalue."""
    whole = noise()
    whole = whole + whole.transpose(2, 3, 0, 1).conj()
    found: Complex = whole + whole.transpose(1, 0, 3, 2)
    return found


def on_ranks(comm: Intracomm, whole: Complex, measure: Callable[[RadialTensor, Complex], float]) -> float:
    """A number that all ranks find, on any number of them with the same bits."""
    found = []
    with parts_of(comm, range(1, comm.size + 1)) as parts:
        for part in parts.values():
            domain = RadialTensor(part, SpaceRadius(POINTS, 3.0), 2)
            found.append(measure(domain, local_part(domain.layouts[0], whole)))
            domain.close()
    assert len(set(found)) == 1
    return found[0]


@pytest.mark.mpi
@pytest.mark.parametrize(
    ("measure", "axes", "conjugate"), [(hermiticity_defect, (2, 3, 0, 1), True), (exchange_defect, (1, 0, 3, 2), False)]
)
def test_symmetries(
    comm: Intracomm, measure: Callable[[RadialTensor, Complex], float], axes: tuple[int, ...], conjugate: bool
) -> None:
    """Distances by dense arrays; 0 of what has both."""
    whole = noise()
    other = whole.transpose(axes)
    expected = np.linalg.norm(whole - (other.conj() if conjugate else other))
    assert on_ranks(comm, whole, measure) == pytest.approx(expected, rel=1e-14)
    assert on_ranks(comm, symmetric(), measure) <= 1e-14


@pytest.mark.mpi
def test_eigenvalues(comm: Intracomm) -> None:
    """The smallest of γ² on symmetric functions, and all of a γ¹."""
    whole = symmetric()
    matrix = whole.reshape(POINTS**2, POINTS**2)
    change = np.eye(POINTS**2).reshape((POINTS,) * 4).transpose(0, 1, 3, 2).reshape(POINTS**2, POINTS**2)
    values, vectors = np.linalg.eigh(matrix + 1e3 * (np.eye(POINTS**2) - change))
    assert np.abs(change @ vectors[:, 0] - vectors[:, 0]).max() <= 1e-12
    assert on_ranks(comm, whole, smallest_eigenvalue) == pytest.approx(values[0], rel=1e-9)
    gamma1 = np.einsum("asbs->ab", whole)
    domain = RadialTensor(comm, SpaceRadius(POINTS, 3.0), 1)
    assert occupations(gamma1, domain) == pytest.approx(np.linalg.eigvalsh(gamma1)[::-1], abs=1e-13)
    domain.close()


def test_the_smallest_eigenvalue_is_said_to_be_that_on_symmetric_functions() -> None:
    """Closures make antisymmetric ones with lower ones: of γ² of `mean_field_limit` −0.0054 beside −0.0048."""
    told = {quantity.name: quantity for quantity in hierarchy_quantities(2, POINTS, 2, solved=True, localized=False)}
    assert all("symmetric" in text for text in (told["min_eigenvalue"].long_name, told["min_eigenvalue"].formula))
