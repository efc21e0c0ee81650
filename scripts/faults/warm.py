"""A process that has imported the command line and forks for every request: hundreds of starts take seconds.

    python -m scripts.faults.warm

A request is a line of JSON, {"arguments": […], "folder": "…", "seconds": 60}; the answer too, {"code": 2}. Output and
messages of the child go to the files "out" and "err" in the folder; a child that takes longer is ended by SIGALRM.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from scripts.benchmarks.launching import ROOT


class WarmStarter:
    """Starts parallel-nls, for commands that need no MPI, in children of a warm process; used as a context.

    Parameters
    ----------
    module : str, optional
        What the warm process runs: a module that calls `serve`.
    """

    def __init__(self, module: str = "scripts.faults.warm") -> None:
        self._command = [sys.executable, "-m", module]

    def __enter__(self) -> Self:
        """Start the process."""
        self._lock = threading.Lock()
        pipe = subprocess.PIPE
        # In a session of its own: a Ctrl-C is for the campaign, which then ends its cases in order.
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True, start_new_session=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._process.communicate()

    def call(self, arguments: Sequence[str], folder: Path, seconds: int) -> int:
        """Exit code of one command; negative: the signal that ended it, SIGALRM after so many seconds."""
        request = {"arguments": list(arguments), "folder": str(folder), "seconds": seconds}
        with self._lock:
            print(json.dumps(request), file=self._process.stdin, flush=True)
            answer = self._process.stdout.readline() if self._process.stdout else ""
        code: int = json.loads(answer)["code"]
        return code


def _become(request: dict[str, object], command: Callable[[list[str]], object]) -> None:
    """Turn the child into the command."""
    signal.alarm(int(str(request["seconds"])))
    os.chdir(str(request["folder"]))
    for descriptor, name in ((0, os.devnull), (1, "out"), (2, "err")):
        flags = os.O_RDONLY if descriptor == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        os.dup2(os.open(name, flags), descriptor)
    command(request["arguments"])  # type: ignore[arg-type]


def serve(command: Callable[[list[str]], object]) -> None:
    """Answer requests until the input ends; ``command`` does what the arguments say, and ends the child."""
    gc.freeze()  # what is loaded stays: no child looks through it for garbage
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(json.loads(line), command)
        _, status = os.waitpid(child, 0)
        print(json.dumps({"code": os.waitstatus_to_exitcode(status)}), flush=True)


if __name__ == "__main__":
    from parallel_nls.cli import main

    serve(main)
