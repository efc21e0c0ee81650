"""Standing waves to test with, and what is known of them without the code under test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.contracts import Domain
from parallel_nls.elliptic.petsc import is_installed
from parallel_nls.elliptic.standing_wave import StandingWave
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain
from tests.support import gather_field

needs_petsc = pytest.mark.skipif(not is_installed(), reason="petsc4py is not installed")


@contextmanager
def box(comm: MPI.Intracomm, points: Sequence[int], length: Sequence[float]) -> Iterator[Domain]:
    """A line or a plane, given back at the end."""
    domain = (LineDomain if len(points) == 1 else FourierDomain)(comm, points, length)
    yield domain
    domain.close()


def whole(domain: Domain, values: RealArray) -> RealArray:
    """All values in natural order, on every rank."""
    everything = gather_field(domain.layouts[0], values)
    natural: RealArray = everything.transpose(domain.natural_order).reshape(domain.points)
    return natural


def places(domain: Domain) -> list[RealArray]:
    """Coordinates of all points in natural order."""
    axes = [(np.arange(n) - n / 2) * (L / n) for n, L in zip(domain.points, domain.length, strict=True)]
    return [np.asarray(x) for x in np.meshgrid(*axes, indexing="ij")]


def symbol(domain: Domain, order: float) -> RealArray:
    """|ξ|^s in the order of numpy's transforms."""
    sides = zip(domain.points, domain.length, strict=True)
    axes = np.meshgrid(*[2 * np.pi * np.fft.fftfreq(n, L / n) for n, L in sides], indexing="ij")
    return np.asarray(sum(k**2 for k in axes) ** (order / 2))


def residual(wave: StandingWave) -> float:
    """The largest |(|ξ|^s + 1)⁻¹(|ξ|^s Q + ωQ − kQ^{p+1} − VQ)|, by numpy, relative to the peak."""
    problem, q = wave.problem, whole(wave.problem.domain, wave.values)
    x, s = places(problem.domain), symbol(problem.domain, problem.order)
    k: Any = 1.0 if problem.coefficient is None else problem.coefficient(*x)
    V: Any = 0.0 if problem.potential is None else problem.potential(*x)
    rest = problem.frequency * q - k * q ** (problem.power + 1) - V * q
    left = np.fft.ifftn((s * np.fft.fftn(q) + np.fft.fftn(rest)) / (s + 1)).real
    return float(np.abs(left).max() / q.max())


def with_images(function: Callable[[RealArray], RealArray], domain: Domain) -> RealArray:
    """The sum of a radial function of the distance over the nearest periodic images, at all points."""
    x, total = places(domain), np.zeros(domain.points)
    for shift in np.ndindex(*(3,) * len(x)):
        moved = [a + (n - 1) * L for a, n, L in zip(x, shift, domain.length, strict=True)]
        total += function(np.sqrt(sum(a**2 for a in moved)))
    return total


def gradient(domain: Domain, values: RealArray, axis: int) -> RealArray:
    """A derivative by numpy, at all points."""
    n, L = domain.points[axis], domain.length[axis]
    k = 2 * np.pi * np.fft.fftfreq(n, L / n)
    k = np.where(np.arange(n) == n / 2, 0.0, k).reshape([-1 if a == axis else 1 for a in range(len(domain.points))])
    return np.asarray(np.fft.ifft(1j * k * np.fft.fft(values, axis=axis), axis=axis).real)
