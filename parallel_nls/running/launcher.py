"""What a launcher (mpirun, srun) says in the environment of the processes that it starts, known without MPI."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

# mpirun's own count comes first: inside a job of Slurm, Slurm's variables are about mpirun or its helpers.
_CONNECTIONS = ("PMIX_RANK", "PMI_RANK", "OMPI_COMM_WORLD_RANK")
_MPIRUN_COUNTS = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE")
# Slurm gives the batch script, the shell of an interactive job, and the like step numbers from here on, or names.
_FIRST_SPECIAL_STEP = 0xFFFFFFF0


def processes_started() -> int:
    """How many processes the launcher has started together with this one; 1 without a launcher.

    More than one, where MPI knows of a single rank, are as many programs that know nothing of each other.

    Notes
    -----
    *Communication*: local. In a Slurm job only a step counts: in a batch script Slurm says how many tasks the job has
    room for, but started only the script. Of a step started by ``srun --pty`` only the shell on the terminal counts.
    """
    for name in _MPIRUN_COUNTS:
        if name in os.environ:
            return _count(name)
    in_step = _number("SLURM_STEP_ID", default=_FIRST_SPECIAL_STEP) < _FIRST_SPECIAL_STEP
    return _count("SLURM_STEP_NUM_TASKS") if in_step and not os.isatty(0) else 1


def is_connected() -> bool:
    """Whether a launcher has told this process how to find the others. *Communication*: local."""
    return any(name in os.environ for name in _CONNECTIONS)


@contextmanager
def without_a_warning_of_strangers() -> Iterator[None]:
    """Start MPI inside: what mpi4py warns of, on each process, is told once and with a remedy by who looks for it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "suspicious MPI execution environment", RuntimeWarning)
        yield


def _count(name: str) -> int:
    return max(_number(name, default=1), 1)


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, "")
    return int(text) if text.isdecimal() else default
