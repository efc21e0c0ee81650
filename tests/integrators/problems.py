"""Problems that the tests of steps share: boxes, starts, and steps by numpy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls.contracts import Domain, Profile, State
from parallel_nls.equations.nls import NLS
from parallel_nls.integrators.compositions import Composition, composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.profiles.gaussian import Gaussian
from parallel_nls.profiles.placing import place
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain
from tests.spectral.folding import unfolded
from tests.support import gather_field

LENGTH = 20.0
# In the plane that of the published errors; on the line less than the mass of the ground state, too.
GAUSSIANS = {1: Gaussian(1.1, 1.0), 2: Gaussian(1.5, 1.0)}
Field = NDArray[np.complex128]


def made(comm: MPI.Intracomm, points: Sequence[int], length: float = LENGTH, dtype: type = np.complex128) -> Domain:
    """A line or a square plane."""
    if len(points) == 1:
        return LineDomain(comm, points, (length,), dtype)
    return FourierDomain(comm, points, (length,) * len(points), dtype=dtype)


def started(
    domain: Domain,
    scheme: str | Composition,
    profile: Profile | None = None,
    time: float = 0.0,
    power: float | None = None,
) -> tuple[SplitStep, State]:
    """A profile at rest; a Gaussian at the origin unless another one is given."""
    chosen = composition(scheme) if isinstance(scheme, str) else scheme
    integrator = SplitStep(NLS(domain, power), chosen)
    place(profile or GAUSSIANS[domain.dimension], domain, time, integrator.spare)
    return integrator, integrator.start()


def whole(integrator: SplitStep, state: State) -> Field:
    """The global field on every rank; a line in the order of x."""
    field = gather_field(integrator.domain.layouts[0], integrator.physical(state))
    return unfolded(field) if integrator.domain.dimension == 1 else field


def solution(domain: Domain, scheme: str | Composition, steps: int, duration: float = 1.0, **start: Any) -> Field:
    """The field after a number of equal steps."""
    integrator, state = started(domain, scheme, **start)
    for _ in range(steps):
        integrator.advance(state, duration / steps)
    return whole(integrator, state)


def relative_error(found: NDArray[Any], expected: NDArray[Any]) -> float:
    """Relative L² error."""
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


def squares_of_wavenumbers(domain: Domain) -> NDArray[np.float64]:
    """|k|² in the order of numpy's transforms."""
    axes = zip(domain.points, domain.spacing, strict=True)
    k = np.meshgrid(*(2 * np.pi * np.fft.fftfreq(n, spacing) for n, spacing in axes), indexing="ij", sparse=True)
    squares: NDArray[np.float64] = sum((np.asarray(component**2) for component in k), np.zeros(domain.points))
    return squares


def step_by_numpy(domain: Domain, scheme: Composition, field: Field, step: float, power: float) -> Field:
    """One step of a composition on a whole field, flow by flow; a line in the order of x."""
    squares = squares_of_wavenumbers(domain)
    for i, stage in enumerate(scheme.stages):
        if i % 2 == scheme.drift_first:
            field = field * np.exp(1j * stage * step * np.abs(field) ** power)
        else:
            field = np.fft.ifftn(np.exp(-1j * stage * step * squares) * np.fft.fftn(field))
    return field


def two_solitons(x: NDArray[np.float64], t: float, waves: Sequence[complex], shifts: Sequence[complex]) -> Field:
    """An exact solution of i u_t + u_xx + |u|²u = 0 (Hirota's form): two solitons that collide.

    Of e^{kx + ik²t + s}, k = η + iκ and s of each wave, alone a soliton of height √2 η and velocity 2κ.
    """
    k = np.array(waves)
    e = np.exp(np.multiply.outer(k, x) + (1j * k**2 * t + np.array(shifts))[:, None])
    a = 1 / (k[:, None] + k.conj()[None, :]) ** 2
    b, squares = (k[0] - k[1]) ** 2, np.abs(e) ** 2
    upper = e[0] + e[1] + b * (a[0, 0] * a[1, 0] * squares[0] * e[1] + a[1, 1] * a[0, 1] * squares[1] * e[0])
    pairs = sum(a[i, j] * e[i] * e[j].conj() for i in range(2) for j in range(2))
    product = abs(b) ** 2 * a[0, 0] * a[1, 1] * a[0, 1] * a[1, 0] * squares[0] * squares[1]
    return np.asarray(np.sqrt(2) * upper / (1 + pairs + product))
