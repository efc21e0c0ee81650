"""A signal does not wait for code to be compiled: nothing, or little, is lost."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

from mpi4py import MPI

from parallel_nls.config import load_configuration
from parallel_nls.running.run import run
from scripts.faults.jobs import Job
from tests.cli.test_interrupted import RUN, SETTINGS, state, wait_for

STANDING = (
    sys.executable, "-c",
    ("import sys, time; from parallel_nls import cli; from parallel_nls.running.simulation import Simulation;"
     "Simulation.step = lambda _: time.sleep(600); cli.main(sys.argv[1:])"),
)  # fmt: skip


def is_left_at_once(job: Job, sign: Path, root: Path) -> None:
    """A job that gets a signal a moment after a file is there ends by it, and says how its run goes on."""
    try:
        wait_for(job, sign)
        time.sleep(0.2)
        job.ranks()[0].send_signal(signal.SIGTERM)
        ended = job.wait(20)
    finally:
        job.kill()
    assert (ended.code, ended.gone) == (75, True), job.text
    assert f"parallel-nls: SIGTERM was received; go on with: parallel-nls resume {root}" in job.text


def test_a_first_step_is_not_waited_for(tmp_path: Path) -> None:
    """It may have to compile code: the job ends at once, and can be resumed."""
    root = tmp_path / "run"
    job = Job(1, (*RUN, "--output", str(root)), tmp_path, "job", STANDING)
    is_left_at_once(job, state(root, 0), root)


SAMPLING = (
    sys.executable, "-c",
    ("import sys, time; from numba.core import event; from parallel_nls import cli;"
     "from parallel_nls.running.simulation import Simulation\n"
     "def measure(_):\n"
     "    with event.trigger_event('numba:compile', data={'dispatcher': cli}):\n"
     "        open('compiling', 'w').close()\n"
     "        time.sleep(600)\n"
     "cli._cache = None; Simulation.measure = measure; cli.main(sys.argv[1:])"),
)  # fmt: skip


def test_code_for_the_first_sample_of_a_job_that_goes_on_is_not_waited_for(tmp_path: Path) -> None:
    """The kernels of a first job may be gone, or be of another processor; what is lost are some steps."""
    root, few = tmp_path / "run", ("time.stop=-0.4875", "output.fields_every={steps=25}")
    assert run(load_configuration("two_bubbles", (*SETTINGS, *few)), MPI.COMM_SELF, root, quiet=True).exit_code == 0
    job = Job(1, ("resume", str(root), "--until", "-0.475"), tmp_path, "job", SAMPLING)
    is_left_at_once(job, tmp_path / "compiling", root)
