"""What a run looks at between two steps besides its solution: signals, the stop file, the clock.

Any rank may have received a signal; the clock and the files are rank 0's. One message makes all of it common, so that
every rank stores and stops at the same step.
"""

from __future__ import annotations

import os
import subprocess
import time as clock
from dataclasses import dataclass
from math import inf
from pathlib import Path

import numpy as np
import psutil
from mpi4py import MPI

from parallel_nls.numerics.compile_clock import working_clock
from parallel_nls.output.run_lock import RunLock
from parallel_nls.running.signals import received_signal, signal_name

SECONDS_BETWEEN_FILES = 0.25
_STOP_FILE, _WALL_LIMIT, _JOB_LIMIT, _LOST = 1, 2, 3, 4
_REASONS = {
    _STOP_FILE: "the stop file was found",
    _WALL_LIMIT: "time.wall_limit is near",
    _JOB_LIMIT: "the time limit of the job is near",
    _LOST: "the run directory is another job's",
}


@dataclass(frozen=True)
class Requests:
    """What all ranks know between two steps: why the run must leave, if it must, and whether a checkpoint is due."""

    reason: str | None
    checkpoint_due: bool


class StopRequests:
    """Looks at signals, stop files and the clock for all ranks.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks of the run.
    stop_files : sequence of Path
        Any of them ends the run.
    wall_limit : float
        Seconds that the job may take from the start of the program; infinity without a limit.
    interval : float
        Seconds between checkpoints; infinity where the clock asks for none.
    lock : RunLock, optional
        Of the run directory: a run whose directory is another's by now must leave.

    Notes
    -----
    *Communication*: `look` is collective, one message; the rest is local.
    """

    def __init__(
        self,
        comm: MPI.Intracomm,
        stop_files: tuple[Path, ...],
        wall_limit: float,
        interval: float,
        lock: RunLock | None = None,
    ) -> None:
        self.comm, self.stop_files, self.interval, self.lock = comm, stop_files, interval, lock
        # Once and for all on a clock that nobody sets.
        offset = clock.monotonic() - clock.time()
        self._limits = {_WALL_LIMIT: psutil.Process().create_time() + wall_limit + offset}
        if comm.rank == 0:
            self._limits[_JOB_LIMIT] = job_end() + offset
        self._last_look, self._last_checkpoint = working_clock(), clock.monotonic()
        self._longest_step = 0.0
        self._files_seen = -inf

    def look(self, write_seconds: float) -> Requests:
        """Make common what each rank sees.

        Parameters
        ----------
        write_seconds : float
            What a checkpoint takes, of rank 0: the time limits are kept by so much, and two steps.

        Returns
        -------
        Requests
            The same on every rank.
        """
        now, working = clock.monotonic(), working_clock()
        self._longest_step = max(self._longest_step, working - self._last_look)
        self._last_look = working
        seen = np.array([received_signal(), 0, 0])
        if self.comm.rank == 0:
            seen[1] = self._reason_to_leave(now, write_seconds)
            seen[2] = now - self._last_checkpoint >= self.interval
        if self.comm.size > 1:
            self.comm.Allreduce(MPI.IN_PLACE, seen, MPI.MAX)
        signal, other, due = (int(number) for number in seen)
        return Requests(f"{signal_name(signal)} was received" if signal else _REASONS.get(other), bool(due))

    def stored(self) -> None:
        """Count the interval of checkpoints, and the length of steps, anew from here. *Communication*: local."""
        self._last_look, self._last_checkpoint = working_clock(), clock.monotonic()

    def _reason_to_leave(self, now: float, write_seconds: float) -> int:
        needed = 2 * self._longest_step + 2 * write_seconds + 1
        for reason, end in self._limits.items():
            if now + needed >= end:
                return reason
        if now - self._files_seen >= SECONDS_BETWEEN_FILES:
            self._files_seen = now
            if self.lock is not None and self.lock.is_lost():
                return _LOST
            if any(os.path.isfile(path) for path in self.stop_files):  # noqa: PTH113  (Path raises if a disk does not answer)
                return _STOP_FILE
        return 0


def job_end() -> float:
    """When SLURM ends this job, in seconds since 1970; infinity outside a job, or where it does not say.

    Notes
    -----
    *Communication*: local; may ask the scheduler.
    """
    if "SLURM_JOB_ID" not in os.environ:
        return inf
    text = os.environ.get("SLURM_JOB_END_TIME") or _asked_end()
    return float(text) if text.isdecimal() else inf


def _asked_end() -> str:
    """What the scheduler answers; older versions do not put it into the environment."""
    job = os.environ["SLURM_JOB_ID"]
    if "SLURM_ARRAY_TASK_ID" in os.environ:
        # One member of an array carries the number of the array as its own, and would be answered for all of them.
        job = f"{os.environ.get('SLURM_ARRAY_JOB_ID', job)}_{os.environ['SLURM_ARRAY_TASK_ID']}"
    command = ["squeue", "--noheader", "--job", job, "--format", "%e"]
    environment = os.environ | {"SLURM_TIME_FORMAT": "%s"}
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, env=environment, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip()
