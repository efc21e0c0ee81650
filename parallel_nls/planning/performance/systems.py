"""The steps and the samples of each system that a configuration may name, from the parts of the model."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from parallel_nls.config.configuration import Configuration
from parallel_nls.config.sections.equation_base import FIELD_SYSTEMS
from parallel_nls.integrators.compositions import SCHEMES
from parallel_nls.parallel.sharing import objection_to_sharing
from parallel_nls.planning.performance.costs import WIDTH, Cost, Job
from parallel_nls.planning.performance.fields import FieldArray
from parallel_nls.planning.performance.machine import Machine
from parallel_nls.planning.performance.steps import control_pairs
from parallel_nls.planning.performance.tensors import HANKEL, PairTensor
from parallel_nls.planning.performance.whole_line import initial_of_line, sample_of_line, step_of_line
from parallel_nls.planning.samples import LOOKS, sample_pairs

__all__ = ["SUMS", "Work", "work_of"]

SUMS = {1: 4, 2: 17}
"""Numbers that a sample has of each line, by dimension."""

_CONVOLUTION = 2.0  # pairs that one of V*ρ takes as long as, and samples
_PAIRS = 2  # level of γ⁽²⁾, and dimension of the plane
_PLACES = 9  # times of a run at which samples on bubbles are looked at
_QUINTIC = 2.2  # times the source of a remainder in the plane: of one on the line
_REACH = 38.0  # scales up to which images of a wave count
_WAVE = 160  # products of a sample of waves on a radial axis, for each number of a matrix


@dataclass(frozen=True)
class Work:
    """What a run does again and again.

    Attributes
    ----------
    step, sample : Cost
        One of each; a step with its share of error control.
    initial : Cost
        Placing the initial data.
    ranks : int
        The ranks that compute.
    missing : str
        What the estimate leaves out, in words; empty if nothing.
    """

    step: Cost
    sample: Cost
    initial: Cost
    ranks: int
    missing: str = ""


def work_of(configuration: Configuration, machine: Machine, ranks: int) -> Work:
    """Return what steps and samples take on so many ranks.

    Notes
    -----
    *Communication*: local.
    """
    if configuration.system in (*FIELD_SYSTEMS, "plane"):
        return _of_fields(configuration, machine, ranks)
    if configuration.grid.space == "radius":
        return _of_density_matrices(configuration, machine, ranks)
    step, sample = step_of_line(configuration, machine), sample_of_line(configuration, machine)
    return Work(step, sample, initial_of_line(configuration, machine), 1)


def _of_fields(configuration: Configuration, machine: Machine, ranks: int) -> Work:
    """Of a field in a box, or of the waves of a mixture there."""
    grid, equation = configuration.grid, configuration.equation
    shared = not objection_to_sharing()
    folded = len(grid.points) == 1
    array = FieldArray.of(grid.shape, grid.bytes_per_point, folded, machine, ranks, shared, grid.even_axes)
    pairs = equation.pairs_of(configuration.time.scheme) + control_pairs(configuration)
    one, waves = array.pair(), _waves(configuration)
    if configuration.system == "plane":
        one *= configuration.waves * (1 + _CONVOLUTION)
    if equation.is_remainder:
        harder = _QUINTIC if equation.dimension == 1 else 1.0
        one += _at_points(array, waves * harder * machine.arithmetic.source)
    missing = "Python code of yours" if equation.source_file or configuration.diagnostics.own else ""
    step = one * pairs + array.job.compute(machine.arithmetic.step) + array.job.agree()
    sample = _sample(configuration, array, max(waves, 1.0))
    if configuration.system == "plane":
        sample *= 1 + _CONVOLUTION
    return Work(step, sample, _at_points(array, max(waves, 1.0) * machine.arithmetic.wave), array.job.ranks, missing)


def _waves(configuration: Configuration) -> float:
    """Return how many waves are evaluated at a point: those that are known, with their periodic images."""
    initial, lengths = configuration.exact_waves, configuration.grid.length
    peaks = initial.peaks(configuration.time.start, lengths)
    if not initial.has_images:
        return float(len(peaks))
    return sum(prod(1 + min(2.0, _REACH * peak.scale / length) for length in lengths) for peak in peaks)


def _at_points(array: FieldArray, seconds: float) -> Cost:
    return array.job.compute(array.own * seconds * array.scale)


def _sample(configuration: Configuration, array: FieldArray, waves: float) -> Cost:
    """A row of the series: rows, columns, and where bubbles are measured as many pairs as `sample_pairs` says."""
    families, constants = configuration.diagnostics.families, array.job.machine.arithmetic
    lines = array.rows + array.row_length
    sums = SUMS[configuration.equation.dimension]
    total = _looks(array, constants.sums) + array.job.compute(constants.sample + lines * sums * constants.sum)
    total += array.job.exchange(8.0 * sums * lines, array.job.ranks, array.job.on_node) + array.job.agree()
    total *= configuration.waves
    if "distance" in families or configuration.equation.is_remainder:
        total += array.sweep(True, 2, 0.5 * constants.sums) + array.sweep(False, 1, 0.5 * constants.sums)
        total += array.looked_at() + _at_points(array, waves * constants.wave)
        total += array.job.compute(constants.sample)
    if "half-wave" in families:
        total += _at_points(array, constants.half_wave)
    reference = configuration.modulated
    if reference is None or not configuration.diagnostics.modulated_families:
        return total
    bubbles = array.job.compute(len(reference.bubbles) * constants.bubble)
    return total + array.pair() * _pairs_of_looks(configuration) + bubbles


def _looks(array: FieldArray, sums: float) -> Cost:
    """The default quantities: transforms of rows and columns, sums at all points, and a transpose between nodes."""
    if array.folded:
        return array.sweep(True, 4, 0.5 * sums) + array.sweep(False, 2, 0.5 * sums) + array.looked_at() * 2
    return array.sweep(True, 3, 0.5 * sums) + array.sweep(False, 2, 0.5 * sums) + array.looked_at()


def _pairs_of_looks(configuration: Configuration) -> float:
    """Return the mean over a run of what a sample on bubbles takes besides, in pairs of transforms."""
    time, total = configuration.time, 0.0
    for place in range(_PLACES):
        now = time.start + (time.stop - time.start) * (2 * place + 1) / (2 * _PLACES)
        # Where no scale is known, as of all points.
        scale = configuration.exact_waves.smallest_scale(now) or float(max(configuration.grid.length))
        pairs = sample_pairs(configuration, scale)
        total += 0.0 if pairs is None else pairs - LOOKS
    return max(0.0, total / _PLACES)


def _of_density_matrices(configuration: Configuration, machine: Machine, ranks: int) -> Work:
    """Of density matrices of two particles; of one, and of waves, about: they are small."""
    n, pairs = configuration.grid.points[0], configuration.equation.pairs_of(configuration.time.scheme)
    constants = machine.arithmetic
    waves = configuration.initial.count_waves()
    job = Job(machine, min(ranks, n))
    plane = configuration.equation.dimension == _PAIRS
    transforms = WIDTH * HANKEL * n**2 if plane else 0
    small = (waves * n * n + transforms) * constants.product + constants.step
    sample = job.compute(constants.sample + _WAVE * n**2 * constants.product)
    if configuration.level == _PAIRS:
        tensor = PairTensor.of(n, machine, ranks, hankel=plane)
        job = tensor.job
        scheme = SCHEMES[configuration.time.scheme]
        kinetic, acted = (pairs + scheme.drift_first, pairs + 1 - scheme.drift_first)
        step = tensor.kinetic() * kinetic + tensor.interaction() * acted
        # γ⁽²⁾ goes to where its symmetries are seen, twice.
        sample += job.compute(tensor.numbers * constants.operator) + tensor.exchanges() * 2
    else:
        matrices = 2 * -(-n // job.ranks) * n * constants.drift
        step = job.compute(pairs * matrices)
    step += job.compute(pairs * small) + job.agree() * pairs
    step *= 1 + (control_pairs(configuration) / pairs)
    return Work(step, sample, Cost(), job.ranks)
