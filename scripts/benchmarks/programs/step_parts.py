"""Time a step in the plane, and its parts one by one, on one core: those that `calibrate` measures, and the others.

Usage: python -m scripts.benchmarks.programs.step_parts 1024
"""

from __future__ import annotations

import json
import sys

import numpy as np
from mpi4py import MPI

from parallel_nls import FourierDomain, Gaussian
from parallel_nls.doctor.calibration.arithmetic import (
    columns_table,
    kernel_constants,
    move_seconds,
    transform_seconds,
)
from parallel_nls.doctor.calibration.timing import shortest
from scripts.benchmarks.programs.step_engine import BOX, STEP
from scripts.benchmarks.programs.stepping import strang_step


def seconds_of_parts(points: int) -> dict[str, float]:
    """The shortest time of the processor of a step, and of what it is made of."""
    domain, numbers = FourierDomain(MPI.COMM_SELF, (points, points), (BOX, BOX)), points**2
    field, other = domain.allocate(domain.layouts[0]), domain.allocate(domain.layouts[0])
    columns, transform, constants = columns_table((points,)), transform_seconds(points), kernel_constants()
    by_blocks = 2 * transform + constants["drift"] + move_seconds(field.reshape(-1), points, points)

    def copies() -> None:
        """The memory that two passes read and write."""
        np.copyto(other, field)
        np.copyto(field, other)

    return {
        "a step": shortest(strang_step(domain, Gaussian(2.0, 1.0), STEP)),
        "transforms of rows": 2 * numbers * transform,
        "kick": numbers * constants["kick"],
        "columns": numbers * columns.get(str(points), by_blocks),
        "two copies of the field": shortest(copies),
    }


if __name__ == "__main__":
    print(json.dumps({name: 1e3 * seconds for name, seconds in seconds_of_parts(int(sys.argv[1])).items()}))
