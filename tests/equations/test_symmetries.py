"""The solver shares the symmetries of the equation: the image of a solution is the solution of the image.

A Gaussian, which is no special solution, evolves beside its image. A splitting is exactly covariant under scaling,
translation, phase and boost: the kick is local and sees |u| alone; the drift of a time τ moves the image by βτ as the
boost does, and both flows turn scaled times into the same phases. Hence their images agree up to rounding, with coarse
steps of any order, provided that the grid resolves both to rounding. The pseudo-conformal transform changes the step
along the way; there the two agree to the error of the steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.equations.nls import NLS
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.profiles.gaussian import Gaussian
from parallel_nls.profiles.placing import place
from parallel_nls.profiles.pseudo_conformal import PseudoConformal
from parallel_nls.profiles.symmetries import Symmetry, Transformed
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain
from tests.support import gather_field

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm
    from numpy.typing import NDArray

    from parallel_nls.contracts import Profile

DURATION = 0.4


@dataclass(frozen=True)
class Problem:
    """A box and an equation; d is the number of its axes."""

    points: tuple[int, ...]
    length: float
    power: float

    @property
    def dimension(self) -> int:
        """Of space."""
        return len(self.points)

    @property
    def coordinates(self) -> list[NDArray[np.float64]]:
        """Of the whole box, one array for each axis, that broadcast."""
        axes = [(np.arange(n) - n / 2) * self.length / n for n in self.points]
        return list(np.meshgrid(*axes, indexing="ij", sparse=True))

    def evolved(
        self, comm: Intracomm, profile: Profile, interval: tuple[float, float], steps: int, scheme: str
    ) -> NDArray[np.complex128]:
        """The whole field at the end of an interval of time, along a line in the order of x."""
        lengths = (self.length,) * self.dimension
        domain = (LineDomain if self.dimension == 1 else FourierDomain)(comm, self.points, lengths)
        integrator = SplitStep(NLS(domain, self.power), composition(scheme))
        place(profile, domain, interval[0], integrator.spare)
        state = integrator.start()
        for _ in range(steps):
            integrator.advance(state, (interval[1] - interval[0]) / steps)
        field = gather_field(domain.layouts[0], integrator.physical(state))
        domain.close()
        return field.T.ravel() if self.dimension == 1 else field

    def shifted(self, field: NDArray[np.complex128], displacement: NDArray[np.float64]) -> NDArray[np.complex128]:
        """The field moved by a displacement, exactly for trigonometric polynomials."""
        spectrum = np.fft.fftn(field)
        waves = [2 * np.pi * np.fft.fftfreq(n, self.length / n) for n in self.points]
        for k, distance in zip(np.meshgrid(*waves, indexing="ij", sparse=True), displacement, strict=True):
            spectrum *= np.exp(-1j * k * distance)
        moved: NDArray[np.complex128] = np.fft.ifftn(spectrum)
        return moved


# Critical powers, and others, of which the first is no integer.
PROBLEMS = [Problem((800,), 40.0, 4.0), Problem((216, 200), 24.0, 2.0)]
PROBLEMS += [Problem((500,), 40.0, 2.5), Problem((144, 160), 24.0, 1.0)]


def image_box(problem: Problem, symmetry: Symmetry) -> Problem:
    """The box of the image: scaled with it."""
    return replace(problem, length=problem.length * symmetry.scale)


def image_on_the_grid(
    problem: Problem, field: NDArray[np.complex128], symmetry: Symmetry, duration: float
) -> NDArray[np.complex128]:
    """𝒯u after the (scaled) duration at the points of its box, from u after the duration at those of the first."""
    scale, dimension = symmetry.scale, problem.dimension
    elapsed = scale**2 * duration
    velocity = np.array(symmetry.velocity or (0.0,) * dimension)
    position = np.array(symmetry.position or (0.0,) * dimension)
    moved = problem.shifted(field, (position + velocity * elapsed) / scale)
    phase = symmetry.phase - velocity @ velocity * elapsed / 4
    for x, b, start in zip(image_box(problem, symmetry).coordinates, velocity, position, strict=True):
        phase = phase + b * (x - start) / 2
    image: NDArray[np.complex128] = scale ** (-2 / problem.power) * moved * np.exp(1j * phase)
    return image


def error(found: NDArray[np.complex128], expected: NDArray[np.complex128]) -> float:
    """Relative, in L²."""
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


def boost(problem: Problem, scale: float) -> tuple[float, ...]:
    """A velocity whose phase β·x/2 fits into the box of the image."""
    return tuple(m * 4 * np.pi / (problem.length * scale) for m in (3, -2)[: problem.dimension])


def symmetries(problem: Problem) -> dict[str, Symmetry]:
    """One of each kind, and all at once."""
    position = (0.7, -1.3)[: problem.dimension]
    return {
        "phase": Symmetry(phase=2.1),
        "translation": Symmetry(position=position, time=-0.8),
        "scaling": Symmetry(scale=1.3),
        "boost": Symmetry(boost(problem, 1.0)),
        "all": Symmetry(boost(problem, 0.8), position, 0.3, 0.8, -1.1),
    }


@pytest.mark.mpi
@pytest.mark.parametrize("scheme", ["strang", "blanes-moan-rkn6", "blanes-moan-prk4"])
@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: f"{p.dimension}d-p{p.power:g}")
@pytest.mark.ranks(1, 2)
def test_the_group_of_symmetries(comm: Intracomm, problem: Problem, scheme: str) -> None:
    """To rounding, with 8 coarse steps of a scheme of any order that begins with either flow."""
    # Away from the origin and chirped, so that nothing is real or even.
    initial = Gaussian(1.1, 1.1, (0.6, -0.4)[: problem.dimension], chirp=-0.1)
    field = problem.evolved(comm, initial, (0.0, DURATION), 8, scheme)
    start = problem.evolved(comm, initial, (0.0, 0.0), 0, scheme)
    assert error(np.abs(field), np.abs(start)) >= 0.02
    for name, symmetry in symmetries(problem).items():
        interval = (symmetry.time, symmetry.time + symmetry.scale**2 * DURATION)
        transformed = Transformed(initial, symmetry, problem.power)
        found = image_box(problem, symmetry).evolved(comm, transformed, interval, 8, scheme)
        assert error(found, image_on_the_grid(problem, field, symmetry, DURATION)) <= 1e-13, name


@pytest.mark.mpi
@pytest.mark.parametrize(
    ("problem", "steps"), [(Problem((1200,), 60.0, 4.0), 80), (Problem((288, 270), 36.0, 2.0), 40)], ids=["1d", "2d"]
)
@pytest.mark.ranks(1, 2)
def test_the_pseudo_conformal_transform(comm: Intracomm, problem: Problem, steps: int) -> None:
    """From T - t = 2 to 1 beside s = 1/2 to 1; the grids are the same, since y = x at the end."""
    initial = Gaussian(1.0, 0.8, (0.3, -0.2)[: problem.dimension], chirp=-0.1)
    transformed, blowup_time = PseudoConformal(initial, 0.25), 0.25
    interval = (blowup_time - 2.0, blowup_time - 1.0)
    field = problem.evolved(comm, initial, (0.5, 1.0), steps, "blanes-moan-rkn6")
    found = problem.evolved(comm, transformed, interval, steps, "blanes-moan-rkn6")
    square = sum(x**2 for x in problem.coordinates)
    assert error(found, field * np.exp(-0.25j * square)) <= 5e-13
