"""Run a configuration with a defect: rank 1 raises in its third step."""

from __future__ import annotations

import sys

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls import cli
from parallel_nls.contracts import State
from parallel_nls.integrators.split_step import SplitStep

LAST_GOOD_STEP = 2
advance = SplitStep.advance


def fail_on_one_rank(
    self: SplitStep, state: State, step: float, peak: NDArray[np.float64] | None = None, mend: bool = True
) -> None:
    """Advance, but not here and now."""
    if MPI.COMM_WORLD.rank == 1 and state.steps == LAST_GOOD_STEP:
        raise ArithmeticError("the defect that was put in")
    advance(self, state, step, peak, mend)


if __name__ == "__main__":
    SplitStep.advance = fail_on_one_rank  # type: ignore[method-assign]
    cli.main(sys.argv[1:])
