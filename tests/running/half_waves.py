"""What tests of half waves share: a small run, and the series of one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from mpi4py import MPI

from parallel_nls.config import Configuration, load_configuration
from parallel_nls.errors import DONE
from parallel_nls.results.reader import open_run
from parallel_nls.running.run import run

SHORT = ("grid.points=128", "time.stop=0.5", "diagnostics.every=0.05", "limits.spectral_tail=off")


def short(*overrides: str, name: str = "half_wave_inhomogeneous") -> Configuration:
    """Ten rows of a small run."""
    return load_configuration(name, [*SHORT, *overrides])


def columns_of(root: Path, config: Configuration) -> dict[str, np.ndarray]:
    """The series of a run that is done."""
    assert run(config, MPI.COMM_SELF, root, quiet=True).exit_code == DONE
    return {name: column.values for name, column in open_run(root).columns.items()}
