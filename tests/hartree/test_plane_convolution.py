"""V * ρ in the plane: against closed forms, by quadrature, and with the same bits on any ranks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np
import pytest
import scipy.special

from parallel_nls.contracts import Completed
from parallel_nls.contracts.state import FIELD
from parallel_nls.errors import UserError
from parallel_nls.hartree.gaussian_sums import GaussianSum
from parallel_nls.hartree.kernels import RadialPotential, VirialKernel
from parallel_nls.hartree.plane_kernel import LEAST, PlaneKernel
from parallel_nls.hartree.potentials import Gaussian, InversePower, PotentialSum, SoftenedPower, YukawaPower
from parallel_nls.hartree.tabulated import Table
from parallel_nls.parallel.reduction import Reducer
from parallel_nls.spectral.sweeps import Block
from tests.hartree.planes import Wave, mixture_of
from tests.support import digest, gather_field

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm
    from numpy.typing import NDArray

    Real = NDArray[np.float64]
    from tests.one_rank import OneRank

POINTS, LENGTH = (96, 80), (18.0, 16.0)
CENTER, WIDTH = (0.3, -0.2), 0.9
POTENTIALS = (
    InversePower(2.0, 1.0), InversePower(1.0, 0.4), InversePower(1.0, 1.9), YukawaPower(1.0, 1.0, 0.7),
    YukawaPower(1.0, 1.6, 3.0), SoftenedPower(6.0, 2.0, 0.5), SoftenedPower(1.0, 5.0, 0.1), Gaussian(3.0, 1.2),
    Gaussian(3.0, 0.05), Gaussian(3.0, 40.0), PotentialSum((InversePower(1.0, 1.5), Gaussian(-2.0, 1.0))),
)  # fmt: skip


def convolved(comm: Intracomm, potential: RadialPotential, points: tuple[int, int] = POINTS) -> tuple[Real, Any, Real]:
    """V*|u|² of a Gaussian wave off the center on all points, ∬ of V and of x·∇V, and |x − c|²."""
    wave = Wave(width=WIDTH, center=CENTER)
    mixture, state = mixture_of(comm, potential, [wave], points, LENGTH)
    split, interaction = mixture.split, mixture.wave.interaction
    alone = mixture.alone(state, "wave1")
    interaction.look(Completed(split.rows, alone.fields[FIELD], None))
    found = np.zeros(mixture.domain.layouts[0].local_shape)
    rates = np.zeros((32, points[1]))

    def take(_block: NDArray[np.complex128], lines: Block) -> None:
        """Take a block of rows."""
        interaction.values(lines, rates)
        found[lines.lines] = rates[: lines.count]

    Completed(split.rows, alone.field, None).visit(take)
    (forms,) = Reducer(comm, [(interaction.plane.columns, 0)]).gather([interaction.forms])
    x, y = (mixture.domain.coordinates(axis) - CENTER[axis] for axis in (0, 1))
    square = x[:, None] ** 2 + y[None, :] ** 2
    return gather_field(mixture.domain.layouts[0], found), interaction.energies(forms), square


@pytest.mark.mpi
@pytest.mark.ranks(1, 3)
@pytest.mark.parametrize("width", [0.2, 1.0, 5.0, 60.0])
def test_gaussians_in_closed_form(comm: Intracomm, width: float) -> None:
    """V = g·e^{−r²/w²} on a Gaussian density: g w²/(w² + s²)·e^{−|x−c|²/(w²+s²)}."""
    found, _, square = convolved(comm, Gaussian(2.0, width))
    total = width**2 + WIDTH**2
    expected = 2 * width**2 / total * np.exp(-square / total)
    assert np.abs(found - expected).max() <= 1e-14 * expected.max()


@pytest.mark.mpi
@pytest.mark.ranks(1, 3)
def test_the_inverse_distance_in_closed_form(comm: Intracomm) -> None:
    """V = g/r on a Gaussian density: g(√π/s)e^{−q}I₀(q), q = |x−c|²/(2s²); relative, to the corners of the box."""
    found, (potential, virial), square = convolved(comm, InversePower(2.0, 1.0))
    expected = 2 * math.sqrt(math.pi) / WIDTH * scipy.special.i0e(square / (2 * WIDTH**2))
    assert found == pytest.approx(expected, rel=1e-13)
    assert potential == pytest.approx(InversePower(2.0, 1.0).gaussian_mean(WIDTH, 2), rel=1e-14)
    assert virial == pytest.approx(-potential, rel=1e-14)


@pytest.mark.mpi
@pytest.mark.ranks(1, 3)
@pytest.mark.parametrize("potential", POTENTIALS, ids=repr)
def test_energies_of_a_gaussian(comm: Intracomm, potential: RadialPotential) -> None:
    """∬V(x−y)ρρ and ∬(x−y)·∇V ρρ are means of V and of r·V' over a Gaussian, known by quadrature."""
    _, (found, virial), _ = convolved(comm, potential)
    tolerance = 1e-13 * sum(abs(float(term.gaussian_mean(WIDTH, 2))) for term in potential.terms)
    assert found == pytest.approx(potential.gaussian_mean(WIDTH, 2), abs=tolerance)
    assert virial == pytest.approx(VirialKernel(potential).gaussian_mean(WIDTH, 2), abs=20 * tolerance)


@pytest.mark.parametrize("potential", POTENTIALS, ids=repr)
def test_gaussians_add_up_to_the_potential(potential: RadialPotential) -> None:
    """V and r·V' from their narrow and wide parts, wherever the cut is.

    To 14 digits of the largest; relative to V itself to 13, but for screened powers, whose mixture takes SciPy's
    parabolic cylinder functions: these miss 10⁻⁹ of themselves near z = 6, which far out, at small V, is all there is.
    """
    r = np.array([0.05, 0.3, 1.0, 3.0, 9.0])
    screened = any(isinstance(term, YukawaPower) and term.power != 1 for term in potential.terms)
    for width in (0.4, 2.0):
        sums = [GaussianSum.of(term, width) for term in potential.terms]
        squares = [np.square(r[:, None] / found.widths) for found in sums]
        pairs = list(zip(sums, squares, strict=True))
        value = sum((found.weights * np.exp(-q)).sum(axis=1) for found, q in pairs)
        virial = sum((found.weights * -2 * q * np.exp(-q)).sum(axis=1) for found, q in pairs)
        for found, of_term in ((value, "value"), (virial, "virial")):
            size = sum(np.abs(np.asarray(getattr(term, of_term)(r))) for term in potential.terms)
            missed = np.abs(found - getattr(potential, of_term)(r))
            assert missed.max() <= 1e-14 * size.max()
            assert np.all(missed <= (1e-9 if screened else 1e-13) * size)


@pytest.mark.parametrize("power", [0.4, 1.0, 1.9])
def test_the_transform_of_the_narrow_part(power: float) -> None:
    """π/Γ(a/2)·(k²/4)^{a/2−1}γ(1 − a/2, k²w²/4) for r^{−a}, in thirty digits."""
    width = 0.7
    found = GaussianSum.of(InversePower(1.0, power), width)
    k = np.array([0.0, 0.1, 1.0, 10.0, 300.0])
    with mpmath.workdps(30):
        half = mpmath.mpf(power) / 2
        at_zero = mpmath.pi / mpmath.gamma(half) * mpmath.mpf(width) ** (2 - 2 * half) / (1 - half)
        expected = [float(at_zero)] + [
            float(
                mpmath.pi / mpmath.gamma(half) * (mpmath.mpf(q) ** 2 / 4) ** (half - 1)
                * mpmath.gammainc(1 - half, 0, mpmath.mpf(q) ** 2 * mpmath.mpf(width) ** 2 / 4)
            )
            for q in k[1:].tolist()
        ]  # fmt: skip
    assert found.transform(k) == pytest.approx(np.array(expected), rel=3e-14)


@pytest.mark.mpi
@pytest.mark.ranks(2, 3, 4)
def test_the_same_bits_on_any_ranks(one_rank: OneRank) -> None:
    """Values and energies, of a plane that divides evenly by no number of ranks."""

    def bits(comm: Intracomm) -> str:
        """Of both."""
        values, energies, _ = convolved(comm, POTENTIALS[-1], (91, 85))
        return digest(values, np.array(energies))

    assert one_rank.agrees(bits)


@pytest.mark.parametrize(
    ("potential", "points", "told"),
    [
        (InversePower(1.0, 2.0), POINTS, "power = 2 is not integrable in the plane; take a power below 2"),
        (YukawaPower(1.0, 2.5, 1.0), POINTS, "not integrable in the plane"),
        (Table(np.linspace(0, 9, 20), np.exp(-np.linspace(0, 9, 20))), POINTS, "on a radial axis alone"),
        (Gaussian(1.0, 1.0), (LEAST - 1, 64), f"takes {LEAST} on every side"),
    ],
)
def test_what_cannot_be_convolved(potential: RadialPotential, points: tuple[int, int], told: str) -> None:
    """One message with the value and the remedy."""
    with pytest.raises(UserError, match=told.replace(".", "\\.")):
        PlaneKernel.of(potential, points, LENGTH)
