"""The constants of one core: transforms by length, the kernels of a step, samples, and what calls cost."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np
from mpi4py import MPI

from parallel_nls.contracts import State
from parallel_nls.diagnostics.sampling import Sampler
from parallel_nls.doctor.calibration.timing import shortest
from parallel_nls.equations.nls import NLS
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.numerics.ordered_products import product
from parallel_nls.planning.performance.fields import FieldArray
from parallel_nls.planning.performance.machine import Machine
from parallel_nls.planning.performance.systems import SUMS
from parallel_nls.profiles.bubbles import Bubble, BubbleSum
from parallel_nls.profiles.gaussian import Gaussian
from parallel_nls.profiles.placing import place
from parallel_nls.spectral.blocks import gather, gather_run, scatter, scatter_run
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.direct_columns import direct_columns
from parallel_nls.spectral.fast_fourier.plans import ColumnPlan
from parallel_nls.spectral.line import LineDomain, LineTwiddles
from parallel_nls.spectral.transforms import WIDTH, FourierTransform

LENGTHS = (64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384)
_LENGTH, _SIDE, _TINY = 1024, 256, 8
_TURNED = (64, 4096)
_MATRIX = 96
_BOX = 20.0


def transform_seconds(length: int, dtype: type = np.complex128) -> float:
    """Return the seconds a point of one transform of a block of lines of that length. *Communication*: local."""
    transform = FourierTransform(length, dtype)
    transform.first[...] = 0.0
    numbers = np.arange(WIDTH)

    def pair() -> None:
        """There and back."""
        transform("forward", transform.first, transform.second, numbers)
        transform("backward", transform.second, transform.first, numbers)

    return shortest(pair) / (2 * WIDTH * length)


def transform_table() -> dict[str, float]:
    """Return them by length. *Communication*: local."""
    return {str(length): transform_seconds(length) for length in LENGTHS}


def columns_table(lengths: Sequence[int]) -> dict[str, float]:
    """Return the seconds a point of columns that are multiplied where they lie, by length; none where FFTW transforms.

    Notes
    -----
    *Communication*: local.
    """
    return {str(n): _columns_seconds(n) for n in lengths if direct_columns(FourierTransform(n)) is not None}


def _columns_seconds(length: int) -> float:
    columns, plan = np.full((length, WIDTH), 0.6 + 0.3j), ColumnPlan(length)
    addresses = columns.ctypes.data + columns.strides[0] * np.arange(length)
    along, across = np.full(length, 1 / length + 0j), np.ones(WIDTH, np.complex128)
    return shortest(lambda: plan(addresses, 0, along, across)) / columns.size


def kernel_constants() -> dict[str, float]:
    """Return kick, drift, move and twiddle. *Communication*: local."""
    domain = FourierDomain(MPI.COMM_SELF, (_LENGTH, _LENGTH), (_BOX, _BOX))
    line = LineDomain(MPI.COMM_SELF, (_LENGTH**2,), (_BOX,))
    along = NLS(line).drift.kernel(1e-9, 1.0)
    equation, points = NLS(domain), WIDTH * _LENGTH
    block = np.full((WIDTH, _LENGTH), 0.6 + 0.3j)
    rows, columns = domain.sweeps[0][0].blocks[0], domain.drift_sweep().blocks[0]
    kick, drift = equation.kick.kernel(1e-3, 1.0), equation.drift.kernel(1e-3, 1.0)
    flat = np.full(points, 0.6 + 0.3j)
    found = {
        "kick": shortest(lambda: kick(block, rows)),
        "drift": shortest(lambda: drift(block, columns)),
        "line_drift": shortest(lambda: along(block, columns)),
        "move": move_seconds(flat, _LENGTH, WIDTH) * points,
    }
    domain.close()
    line.close()
    return {name: seconds / points for name, seconds in found.items()}


def turn_constants() -> dict[str, float]:
    """Return twiddle and root: a turn of a column of n points takes 2√n roots of unity. *Communication*: local."""
    numbers, times = np.arange(WIDTH), []
    for length in _TURNED:
        twiddles, block = LineTwiddles((length, length)), np.full((WIDTH, length), 0.6 + 0.3j)
        times.append(shortest(lambda: twiddles.rotate(block, numbers, "forward")) / block.size)  # noqa: B023
    shares = [2 / sqrt(length) for length in _TURNED]
    root = max(0.0, (times[0] - times[1]) / (shares[0] - shares[1]))
    return {"root": root, "twiddle": max(0.0, times[1] - root * shares[1])}


def move_seconds(flat: np.ndarray, length: int, rows: int) -> float:
    """Return the seconds a point that rows and columns of an array take into blocks and back, the mean of both.

    Parameters
    ----------
    flat : ndarray, (rows·length,)
        The array.
    length, rows : int
        Points of a row, and how many: a multiple of 32; columns are taken 32 at a time too.

    Notes
    -----
    *Communication*: local.
    """
    block, tall = np.zeros((WIDTH, length), flat.dtype), np.zeros((WIDTH, rows), flat.dtype)

    def pass_rows() -> None:
        """All rows."""
        for first in range(0, rows, WIDTH):
            gather(flat, first, WIDTH, 1, block)
            scatter(block, flat, first, WIDTH, 1)

    def pass_columns() -> None:
        """All columns."""
        for first in range(0, length, WIDTH):
            gather_run(flat, first, length, tall, (0, WIDTH), (0, rows))
            scatter_run(tall, flat, first, length, (0, WIDTH), (0, rows))

    return 0.5 * (shortest(pass_rows) + shortest(pass_columns)) / flat.size


def call_constants() -> dict[str, float]:
    """Return block, sweep and step: what calls cost, by fields of few points. *Communication*: local."""
    found = {}
    for blocks in (1, 16):
        domain = FourierDomain(MPI.COMM_SELF, (blocks * WIDTH, _TINY), (_BOX, _BOX))
        integrator = SplitStep(NLS(domain), composition("strang"))
        state = _started(integrator)
        kernel = integrator.equation.kick.kernel(1e-6, 1.0)
        found[blocks] = shortest(lambda: integrator.rows(state.field, state.field, "backward", kernel, "forward"))  # noqa: B023
        found[-blocks] = shortest(lambda: integrator.advance(state, 1e-9))  # noqa: B023
        domain.close()
    block = max(0.0, (found[16] - found[1]) / 15)
    sweep = max(0.0, found[1] - block)
    # A step of one pair: one block of rows and one of columns.
    return {"block": block, "sweep": sweep, "step": max(0.0, found[-1] - 2 * (block + sweep))}


def sample_constants(machine: Machine) -> dict[str, float]:
    """Return sums, sample and wave: a sample by what transforms of the machine leave of it. *Communication*: local."""
    times = {}
    for side in (_TINY, _SIDE):
        domain = FourierDomain(MPI.COMM_SELF, (side, side), (_BOX, _BOX))
        integrator = SplitStep(NLS(domain), composition("strang"))
        state, sampler = _started(integrator), Sampler.of_field(integrator)
        times[side] = shortest(lambda: sampler.measure(state, 0.0))  # noqa: B023
        if side == _SIDE:
            bubble = BubbleSum([Bubble((0.0, 0.0))], 0.0)
            wave = shortest(lambda: place(bubble, domain, -0.5, integrator.spare)) / side**2  # noqa: B023
        domain.close()
    array = FieldArray.of((_SIDE, _SIDE), 16, False, machine, 1)
    # Of lines as many numbers are summed as a sample in the plane has.
    lines = 2 * (_SIDE - _TINY) * SUMS[2] * machine.arithmetic.sum
    known = (array.sweep(True, 3, 0.0) + array.sweep(False, 2, 0.0)).seconds + lines
    return {
        "sample": times[_TINY],
        "sums": max(0.0, (times[_SIDE] - times[_TINY] - known) / _SIDE**2),
        "wave": wave,
    }


def matrix_constants() -> dict[str, float]:
    """Return product, of one multiplication in a product of matrices in a fixed order. *Communication*: local."""
    one = np.full((_MATRIX, _MATRIX), 0.5)
    return {"product": shortest(lambda: product(one, one)) / _MATRIX**3}


def _started(integrator: SplitStep) -> State:
    place(Gaussian(1.0, 1.0), integrator.domain, 0.0, integrator.spare)
    return integrator.start()
