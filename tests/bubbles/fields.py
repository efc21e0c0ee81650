"""Fields to decompose: sums of bubbles at any parameters, with and without a perturbation, on small grids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from mpi4py import MPI

from parallel_nls.bubbles.analysis import Analysis, BubbleMonitor
from parallel_nls.bubbles.fit.memory import Memory
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.contracts import State
from parallel_nls.diagnostics.field_monitor import FieldMonitor
from parallel_nls.diagnostics.monitor import Sample, Values
from parallel_nls.diagnostics.passes import Keep
from parallel_nls.diagnostics.sampling import Sampler, passes_over
from parallel_nls.equations import NLS
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.parallel.reduction import Reducer
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.profiles.pointwise import Coordinates, QuadraticPhase
from parallel_nls.profiles.radial import add_ground_state
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain
from parallel_nls.spectral.sweeps import Block

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from parallel_nls.contracts import Domain
    from parallel_nls.numerics.arrays import RealArray

Perturbation = Callable[..., Any]
REMAINING = 0.2  # T - t
FREQUENCIES, PHASES = (1.0, 1.2), (0.0, 0.4)


def perturb_line(x: RealArray) -> Any:
    """A small disturbance of two bubbles at ∓2."""
    first = 0.1 * np.exp(-((x + 1.9) ** 2) / 0.08 + 3j * x)
    return first + 0.05j * np.exp(-((x - 2.2) ** 2) / 0.1 - 2j * x)


def perturb_plane(x: RealArray, y: RealArray) -> Any:
    """A small disturbance of two bubbles at (∓2, 0)."""
    first = 0.2 * np.exp(-((x + 1.9) ** 2 + (y - 0.1) ** 2) / 0.08 + 1j * (3 * x - y))
    return first + 0.1j * np.exp(-((x - 2.2) ** 2 + (y + 0.1) ** 2) / 0.1 - 2j * x)


PERTURBATIONS: dict[int, Perturbation] = {1: perturb_line, 2: perturb_plane}


def two_bubbles(dimension: int) -> tuple[Bubble, ...]:
    """At ∓2 on the first axis, ω = 1 and 1.2."""
    rest = (0.0,) * (dimension - 1)
    return tuple(Bubble((x, *rest), w, p) for x, w, p in zip((-2.0, 2.0), FREQUENCIES, PHASES, strict=True))


def domain_of(comm: Intracomm, dimension: int, points: int, length: float) -> Domain:
    """A line or a square."""
    if dimension == 1:
        return LineDomain(comm, (points,), (length,))
    return FourierDomain(comm, (points, points), (length, length))


def add_bubbles(block: Any, coordinates: Coordinates, parameters: Parameters, weight: float = 1.0) -> None:
    """Add Σ U_k to the rows of a block."""
    d, state = parameters.dimension, ground_state(parameters.dimension)
    for k in range(parameters.count):
        scale = float(parameters.scale[k])
        center, wave = tuple(parameters.center[k]), tuple(parameters.boost[k] / scale)
        constant, chirp = float(parameters.phase[k]), float(-0.25 * parameters.chirp[k] / scale**2)
        add_ground_state(block, coordinates, state, QuadraticPhase.of(d, center, wave, constant, chirp), scale, weight)


@dataclass
class Measured:
    """A field at rest, and who measures it."""

    domain: Domain
    integrator: SplitStep
    state: State
    sampler: Sampler
    monitor: BubbleMonitor
    time: float

    def measure(self) -> Values:
        """One sample."""
        return self.sampler.measure(self.state, self.time)

    def close(self) -> None:
        """Give communicators back."""
        self.domain.close()


def measured(
    domain: Domain,
    analysis: Analysis,
    parameters: Parameters,
    perturbation: Perturbation | None = None,
    scheme: str = "blanes-moan-rkn4",
    remaining: float = REMAINING,
) -> Measured:
    """ΣU_k at these parameters, and a perturbation."""
    integrator = SplitStep(NLS(domain), composition(scheme))
    integrator.spare[...] = 0

    def fill(block: Any, lines: Block) -> None:
        """Write one block of rows."""
        coordinates = domain.block_coordinates(lines)
        add_bubbles(block, coordinates, parameters)
        if perturbation is not None:
            values = perturbation(*coordinates)
            block[: len(values)] += values

    domain.sweeps[0][0](integrator.spare, integrator.spare, None, fill, None)
    time = analysis.blowup_time - remaining
    passes = passes_over(integrator.equation)
    monitor = BubbleMonitor(passes, analysis)
    sampler = Sampler(integrator, [FieldMonitor(passes), monitor])
    return Measured(domain, integrator, integrator.start(), sampler, monitor, time)


def perturbed(
    dimension: int, points: int, length: float, comm: Intracomm = MPI.COMM_SELF, families: Sequence[str] = ()
) -> Measured:
    """Two bubbles S_k at T - t = 0.2 and the perturbation."""
    bubbles = two_bubbles(dimension)
    analysis = Analysis(bubbles, 0.0, tuple(families) or ("modulation", "functionals", "localized"))
    exact = Parameters.of_bubbles(bubbles, REMAINING)
    return measured(domain_of(comm, dimension, points, length), analysis, exact, PERTURBATIONS[dimension])


def table_of(parameters: Parameters) -> RealArray:
    """λ, α, β, γ, θ of each bubble, (K, 2d + 3)."""
    columns = (parameters.scale[:, None], parameters.center, parameters.boost)
    return np.hstack([*columns, parameters.chirp[:, None], parameters.phase[:, None]])


def parameters_in(values: Values) -> Parameters:
    """Those of a sample."""
    return Parameters(*(np.asarray(values[name]) for name in ("scale", "center", "boost", "chirp", "phase")))


def foresee(field: Measured, true: Parameters, miss: float, surprise: float = 0.0, closely: bool = False) -> None:
    """Let the last fit lead to within a scaled change of some parameters, as one that had itself been foreseen.

    Unless ``closely`` its R was too small for a last pass at once.
    """
    offset = np.random.default_rng(3).uniform(-1, 1, (true.count, 2 * true.dimension + 3))
    before, tracker = true.changed(miss * offset).free_flow(-1e-3), field.monitor.tracker
    tracker.memory = Memory(field.time - 1e-3, before, surprise=surprise)
    tracker.remainder = 1.0 if closely else 0.0


def whole_sample(field: Measured) -> Sample:
    """A sample whose integrals are known, and whose gradient is."""
    passes = field.monitor.passes
    sample = Sample(field.integrator.completed(field.state), field.integrator.spare, field.time, Keep.SLOPES)
    tables = passes.tables(sample.completed, sample.spare, keep=Keep.SLOPES)
    sample.sums = passes.sums(Reducer(field.domain.comm, passes.lines).gather(tables))
    return sample


def compare(found: Values, fitted: Values, parameters: float = 1e-11, digits: float = 1e-9) -> None:
    """Two decompositions of one field."""
    difference = table_of(parameters_in(found)) - table_of(parameters_in(fitted))
    assert np.abs(difference).max() <= parameters
    assert found.keys() == fitted.keys()
    for name in set(found) - {"fit_passes", "orthogonality"} - {n for n in found if n.startswith("fit_")}:
        np.testing.assert_allclose(found[name], fitted[name], rtol=digits, atol=0.1 * digits, err_msg=name)


def recalls_to_the_same_bits(fields: Sequence[Measured], last: Values) -> None:
    """The second field recalls the last sample of the first; the next one of both, at once, has the same bits."""
    fields[1].sampler.recall(last)
    results = []
    for field in fields:
        memory = field.monitor.tracker.memory
        assert memory is not None
        field.monitor.tracker.memory = replace(memory, time=field.time - 1e-12)
        assert field.monitor.tracker.close(field.time) is not None
        results.append(field.measure())
        assert results[-1]["fit_passes"] <= 2  # which may be repeated with a matrix; in vain it would be 3 at least
    for name, value in results[0].items():
        assert np.asarray(value).tobytes() == np.asarray(results[1][name]).tobytes(), name
