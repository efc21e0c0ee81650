"""Jobs of the test: submitting a script of slurm/, watching it, and comparing what it has computed."""

from __future__ import annotations

import filecmp
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.slurm.cluster import output_of, tail

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 600.0  # seconds that anything may take; on an idle machine nothing takes 200
_ENDED = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL"}


class CheckError(Exception):
    """Something is not as it should be."""


@dataclass(frozen=True)
class Job:
    """A submitted job: its number and its output."""

    number: str
    output: Path

    @property
    def text(self) -> str:
        """What it has printed so far."""
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def facts(self) -> dict[str, str]:
        """What Slurm knows of the job: JobState, ExitCode, Restarts and so on."""
        return dict(re.findall(r"(\S+?)=(\S*)", output_of("scontrol", "show", "job", "--oneliner", self.number)))

    def wait_for(self, what: str, ready: Callable[[], object]) -> None:
        """Wait until something is true; a `CheckError` if it is not after ten minutes."""
        end = time.monotonic() + LONGEST
        while not ready():
            if time.monotonic() > end:
                raise CheckError(f"job {self.number}: waited in vain for {what}\n{tail(self.text, 30)}")
            time.sleep(0.5)

    def wait_for_text(self, pattern: str) -> None:
        """Wait until the output holds a pattern."""
        self.wait_for(f"{pattern!r} in its output", lambda: re.search(pattern, self.text))

    def end(self) -> dict[str, str]:
        """Wait for the end of the job, and return what Slurm knows of it then."""
        self.wait_for("its end", lambda: self.facts().get("JobState") in _ENDED)
        return self.facts()

    def ends(self, state: str, code: int, restarts: int = 0) -> int:
        """Wait for the end and check its state, its exit code, and that there were enough restarts; return those."""
        facts = self.end()
        self.expect(facts["JobState"] == state, f"JobState is {facts['JobState']}, not {state}")
        self.expect(facts["ExitCode"] == f"{code}:0", f"ExitCode is {facts['ExitCode']}, not {code}:0")
        count = int(facts["Restarts"])
        self.expect(count >= restarts, f"restarted {count} times, not {restarts}")
        return count

    def says(self, pattern: str) -> None:
        """Check that the output holds a pattern."""
        self.expect(re.search(pattern, self.text), f"does not say {pattern!r}")

    def expect(self, true: object, otherwise: str) -> None:
        """Raise a `CheckError` with the end of the output if something is not true."""
        if not true:
            raise CheckError(f"job {self.number}: {otherwise}\n{tail(self.text, 30)}")


class Lab:
    """Where jobs run: a folder with configurations, and changed copies of the scripts.

    Attributes
    ----------
    folder : Path
        Where jobs are submitted.
    slow : Path
        An installation in which the scripts find slowly.py as parallel-nls.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.slow = folder, folder / "slow"
        programs = self.slow / ".venv/bin"
        programs.mkdir(parents=True)
        (programs / "activate").write_text(f"PATH={programs}:$PATH\n")
        program = programs / "parallel-nls"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} {ROOT}/scripts/slurm/slowly.py "$@"\n')
        program.chmod(0o755)

    def submit(
        self,
        name: str,
        script: str,
        *options: str,
        changes: Mapping[str, str] | None = None,
        **variables: Any,
    ) -> Job:
        """Submit a script of slurm/.

        Parameters
        ----------
        name : str
            Of the job.
        script : str
            File in slurm/.
        *options : str
            Of sbatch; they win over those in the script.
        changes : mapping, optional
            Texts of the script, and what stands there instead.
        **variables
            For the environment of the job.
        """
        text = (ROOT / "slurm" / script).read_text()
        for old, new in (changes or {}).items():
            if old not in text:
                raise CheckError(f"slurm/{script} does not hold {old!r}")
            text = text.replace(old, new)
        copy = self.folder / f"{name}.sh"
        copy.write_text(text)
        output = self.folder / f"{name}.out"
        command = ["sbatch", "--parsable", f"--job-name={name}", f"--output={output}", *options, str(copy)]
        environment = {**os.environ, "PARALLEL_NLS": ROOT, **variables}
        environment = {key: str(value) for key, value in environment.items()}
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder, env=environment)
        if done.returncode:
            raise CheckError(f"sbatch refuses {name}: {done.stderr.strip()}")
        return Job(done.stdout.strip(), output)

    def compare(self, run: str, reference: str) -> None:
        """Check that two runs hold the same bits: the series, the last field and the last checkpoint.

        The reference is waited for.
        """
        end = time.monotonic() + LONGEST
        while not (self.folder / reference / "summary.json").exists():
            if time.monotonic() > end:
                raise CheckError(f"the uninterrupted run {reference} does not end")
            time.sleep(0.5)
        for pattern in ("series.h5", "fields/field_*.h5", "checkpoints/state_*.h5"):
            ours, theirs = (max((self.folder / name).glob(pattern), default=None) for name in (run, reference))
            if ours is None or theirs is None or ours.name != theirs.name:
                raise CheckError(f"the last {pattern} of {run} is {ours}, that of the uninterrupted run {theirs}")
            if not filecmp.cmp(ours, theirs, shallow=False):
                raise CheckError(f"{ours.name} of {run} differs from that of the uninterrupted run")
