"""A process that has imported what commands need and forks for every request: hundreds of starts take seconds.

    python -m scripts.faults.warm [kernels]

With `kernels` it has loaded all machine code that is kept as well, which takes two seconds. A request is a line of
JSON, {"arguments": […], "folder": "…", "seconds": 60, "output": "out", "messages": "err"}; the answer too, {"pid": 17}.
The child is a session of its own; it is ended by SIGALRM after so many seconds, 0 for never. {"pid": 17} asks for its
exit code, {"code": null} as long as it lives.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

from parallel_nls.cli import main as parallel_nls
from scripts.benchmarks.launching import ROOT
from scripts.faults.nth_call import main as nth_call

NTH_CALL = "nth-call"
# One rank needs no network, for which Open MPI would look a quarter of a second, and no daemon, which takes as long.
ALONE = {"OMPI_MCA_pml": "ob1", "OMPI_MCA_ess_singleton_isolated": "1"}
# Without a daemon all of them have the same name, and each needs a place of its own for what Open MPI writes.
PLACE = "OMPI_MCA_orte_tmpdir_base"
WARM, KERNELS = "scripts.faults.warm", "kernels"
PAUSE = 0.005


class WarmStarter:
    """Starts parallel-nls, on one rank, in children of a warm process; used as a context.

    Parameters
    ----------
    module : str, optional
        What the warm process runs: a module that calls `serve`.
    arguments : str
        Of that module.
    """

    def __init__(self, module: str = WARM, *arguments: str) -> None:
        self._command = [sys.executable, "-m", module, *arguments]

    def __enter__(self) -> Self:
        """Start the process."""
        self._lock = threading.Lock()
        pipe = subprocess.PIPE
        # In a session of its own: a Ctrl-C is for the campaign, which then ends its cases in order.
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True, start_new_session=True, env=os.environ | ALONE
        )
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._process.communicate()

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request."""
        with self._lock:
            print(json.dumps(request), file=self._process.stdin, flush=True)
            answer: dict[str, Any] = json.loads(self._process.stdout.readline() if self._process.stdout else "")
        return answer

    def start(
        self, arguments: Sequence[str], folder: Path, output: str = "out", messages: str = "err", seconds: int = 0
    ) -> WarmProcess:
        """Start one command in a folder; what it prints goes to files there."""
        streams = {"output": output, "messages": messages}
        asked = {"arguments": list(arguments), "folder": str(folder), "seconds": seconds, **streams}
        return WarmProcess(self, int(self.ask(asked)["pid"]))

    def call(self, arguments: Sequence[str], folder: Path, seconds: int) -> int:
        """Exit code of one command; negative: the signal that ended it, SIGALRM after so many seconds."""
        return self.start(arguments, folder, seconds=seconds).wait()


class WarmProcess:
    """A child of the warm process, as subprocess.Popen would have it."""

    def __init__(self, starter: WarmStarter, pid: int) -> None:
        self.pid, self._starter = pid, starter
        self._code: int | None = None

    def poll(self) -> int | None:
        """Its exit code, None as long as it lives."""
        if self._code is None:
            self._code = self._starter.ask({"pid": self.pid})["code"]
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code; subprocess.TimeoutExpired after so many seconds."""
        begin = time.monotonic()
        while (code := self.poll()) is None:
            if timeout is not None and time.monotonic() - begin > timeout:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(PAUSE)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, as long as it is there."""
        if self.poll() is None:
            os.kill(self.pid, number)


def _become(request: dict[str, Any], command: Callable[[list[str]], object]) -> None:
    """Turn the child into the command."""
    os.setsid()
    signal.alarm(request["seconds"])
    os.chdir(request["folder"])
    for descriptor, name in ((0, os.devnull), (1, request["output"]), (2, request["messages"])):
        flags = os.O_RDONLY if descriptor == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        os.dup2(os.open(name, flags), descriptor)
    command(request["arguments"])


def _code_of(child: int) -> int | None:
    ended, status = os.waitpid(child, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def serve(command: Callable[[list[str]], object]) -> None:
    """Answer requests until the input ends; ``command`` does what the arguments say, and ends the child."""
    gc.freeze()  # what is loaded stays: no child looks through it for garbage
    places = tempfile.mkdtemp(prefix="pnls-warm-")
    for line in sys.stdin:
        request = json.loads(line)
        if "pid" in request:
            print(json.dumps({"code": _code_of(request["pid"])}), flush=True)
            continue
        child = os.fork()
        if child == 0:
            os.environ[PLACE] = tempfile.mkdtemp(dir=places)
            _become(request, command)
        print(json.dumps({"pid": child}), flush=True)
    shutil.rmtree(places, ignore_errors=True)


def preload() -> None:
    """Import all of the package, and let numba prepare itself; nothing starts MPI."""
    import mpi4py

    mpi4py.rc.initialize = False
    import parallel_nls

    for module in pkgutil.walk_packages(parallel_nls.__path__, "parallel_nls."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    import numba  # by now with what the package asks of it

    numba.njit(lambda x: x)(1.0)


def load_kernels() -> None:
    """Load what was compiled before, of all kernels, by what numba keeps of them."""
    from numba.core.caching import FunctionCache

    for module in [module for name, module in sys.modules.items() if name.startswith("parallel_nls.")]:
        for kernel in vars(module).values():
            if isinstance(getattr(kernel, "_cache", None), FunctionCache):
                kept: Any = kernel._cache._cache_file
                for signature, *_ in kept._load_index():
                    kernel.compile(signature)


def obey(arguments: list[str]) -> None:
    """Become parallel-nls, or what `nth_call` makes of it."""
    if arguments[0] == NTH_CALL:
        nth_call(arguments[1:])
    parallel_nls(arguments)


if __name__ == "__main__":
    preload()
    if KERNELS in sys.argv[1:]:
        load_kernels()
    serve(obey)
