"""How long half waves on the whole line take: products of matrices and vectors, on one rank."""

from __future__ import annotations

from parallel_nls.config.configuration import Configuration
from parallel_nls.planning.performance.costs import Cost, Job
from parallel_nls.planning.performance.machine import Machine
from parallel_nls.planning.performance.steps import control_pairs

__all__ = ["initial_of_line", "sample_of_line", "step_of_line"]

_TRANSFORMS = 4  # of a step besides two a flow: they find the scale and look at the last coefficients
_VECTOR = 1.05  # times `product`: a number of a matrix times two of a vector, real and imaginary part
_STEP = 23  # times `step`: there are many small calls
_FOUND = 10  # products of matrices that the eigenvectors of D take
_CACHES = 4  # times `cache`: matrices that are read again and again leave the last cache late
_SAMPLE = 4.5  # times `sample`
_MEASURED = 14.6  # times `half_wave`: a function of the basis, in a sample
_BYTES = 8


def _parts(configuration: Configuration) -> int:
    """Return 1 for a field that is even and stays so, else 2."""
    return 1 if configuration.initial.is_even and not any(configuration.equation.term_files) else 2


def step_of_line(configuration: Configuration, machine: Machine) -> Cost:
    """One step, with its share of error control.

    Notes
    -----
    A transform of each part is 2n² products, and reads n² numbers of a matrix: (m/(m + 4·cache))² of them from memory,
    where m bytes are the matrices there and back. *Communication*: local.
    """
    n, parts = configuration.grid.points[0], _parts(configuration)
    pairs = configuration.equation.pairs_of(configuration.time.scheme) + control_pairs(configuration)
    job, matrix = Job(machine, 1), float(_BYTES * n * n * parts)
    share = 2 * matrix / (2 * matrix + _CACHES * machine.node.cache)
    one = job.compute(2 * n * n * parts * _VECTOR * machine.arithmetic.product)
    one += Cost(memory=share**2 * matrix / job.bandwidth)
    return one * (2 * pairs + _TRANSFORMS) + job.compute(_STEP * machine.arithmetic.step)


def sample_of_line(configuration: Configuration, machine: Machine) -> Cost:
    """A row of the series. *Communication*: local."""
    constants, functions = machine.arithmetic, _parts(configuration) * configuration.grid.points[0]
    return Job(machine, 1).compute(_SAMPLE * constants.sample + _MEASURED * functions * constants.half_wave)


def initial_of_line(configuration: Configuration, machine: Machine) -> Cost:
    """What precedes the first step: the eigenvectors of D. *Communication*: local."""
    return Job(machine, 1).compute(_FOUND * configuration.grid.points[0] ** 3 * machine.arithmetic.product)
