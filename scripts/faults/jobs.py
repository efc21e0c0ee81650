"""Jobs in a session of their own, so that every process of theirs can be found, killed and waited for."""

from __future__ import annotations

import functools
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from scripts.benchmarks.launching import mpirun
from scripts.faults.warm import WarmProcess, WarmStarter

PROGRAM = str(Path(sys.executable).with_name("parallel-nls"))
RANK = "OMPI_COMM_WORLD_RANK"
PAUSE = 0.002

_launcher = functools.cache(mpirun)


@dataclass(frozen=True)
class End:
    """How a job ended: mpirun's exit code (negative: a signal), seconds waited, whether all processes were gone."""

    code: int
    seconds: float
    gone: bool


class Job:
    """parallel-nls on some ranks; the output goes to files.

    Parameters
    ----------
    ranks : int
        How many.
    arguments : sequence of str
        Those of parallel-nls.
    folder : Path
        The folder of the two files of output, in which the job also runs.
    label : str
        The name of these files without their endings.
    program : sequence of str, optional
        What stands for parallel-nls.
    starter : WarmStarter, optional
        Starts it where it is one rank, without mpirun and in much less time.
    """

    def __init__(
        self,
        ranks: int,
        arguments: Sequence[str],
        folder: Path,
        label: str,
        program: Sequence[str] = (PROGRAM,),
        starter: WarmStarter | None = None,
    ) -> None:
        self.size, self.label = ranks, label
        self.output, self.messages = folder / f"{label}.out", folder / f"{label}.err"
        self.command = shlex.join(["mpirun", "-n", str(ranks), "parallel-nls", *arguments])
        self._process: subprocess.Popen[bytes] | WarmProcess
        if starter is not None and ranks == 1:
            self._process = starter.start(arguments, folder, self.output.name, self.messages.name)
            return
        with self.output.open("wb") as output, self.messages.open("wb") as messages:
            self._process = subprocess.Popen(
                [*_launcher(ranks), *program, *arguments],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=messages,
                start_new_session=True,
                # Not the C library's: a process that has started MPI would hand down what its own job has put there.
                env=dict(os.environ),
            )

    @property
    def running(self) -> bool:
        """Whether mpirun has not ended."""
        return self._process.poll() is None

    @property
    def text(self) -> str:
        """All that the job has printed."""
        parts = [path.read_text(encoding="utf-8", errors="replace") for path in (self.output, self.messages)]
        return "\n".join(parts)

    def processes(self) -> Iterator[psutil.Process]:
        """Those of this job that are alive: mpirun and the ranks."""
        for process in psutil.process_iter():
            with suppress(ProcessLookupError, psutil.NoSuchProcess):
                if os.getsid(process.pid) == self._process.pid and process.status() != psutil.STATUS_ZOMBIE:
                    yield process

    def ranks(self) -> dict[int, psutil.Process]:
        """The ranks that have started, by number."""
        found = {}
        if isinstance(self._process, WarmProcess):
            return {0: psutil.Process(self._process.pid)} if self.running else {}
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                if RANK in (environment := process.environ()) and process.pid != self._process.pid:
                    found[int(environment[RANK])] = process
        return found

    def kill(self) -> None:
        """SIGKILL for mpirun and every rank, one that is just being started included."""
        self._process.send_signal(signal.SIGKILL)
        while processes := list(self.processes()):
            for process in processes:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            self._process.poll()

    def kill_rank(self, rank: int) -> bool:
        """SIGKILL for one rank; False if the job ended before that rank was there."""
        while self.running:
            if process := self.ranks().get(rank):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
                return True
            time.sleep(PAUSE)
        return False

    def limit_files(self, size: int) -> None:
        """Let no rank make a file longer than so many bytes from now on."""
        for process in self.ranks().values():
            with suppress(psutil.NoSuchProcess):
                process.rlimit(psutil.RLIMIT_FSIZE, (size, size))

    def wait(self, limit: float) -> End:
        """Wait until mpirun and all ranks are gone; what is left after ``limit`` seconds is killed."""
        begin = time.monotonic()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(limit)
        while alive := list(self.processes()):
            if time.monotonic() - begin > limit:
                break
            time.sleep(PAUSE)
        seconds = time.monotonic() - begin
        if alive:
            self.kill()
        return End(self._process.wait(), seconds, not alive)
