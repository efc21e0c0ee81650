"""Be `parallel-nls run`, and note when its parts are done, in seconds since a moment given by the caller.

Usage: mpirun -n 2 python -m scripts.benchmarks.programs.startup_engine NOW STAMPS.json CONFIG.toml --output RUN
"""

from __future__ import annotations

import time

STARTED = time.time()  # before any other import: the interpreter is up

# ruff: noqa: E402
import atexit
import json
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

stamps: dict[str, float] = {}


def stamped(label: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which notes the time after its first call."""

    @wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        """Call it."""
        result = function(*arguments, **options)
        stamps.setdefault(label, time.time())
        return result

    return call


def main() -> None:
    """Import what a run imports, wrap the parts, and hand over to the command line."""
    begin, path = float(sys.argv[1]), Path(sys.argv[2])
    stamps["interpreter"] = STARTED
    from mpi4py import MPI

    stamps["mpi"] = time.time()
    from parallel_nls import cli

    # As the command line does.
    with cli.process.loading():
        from parallel_nls.running import run
        from parallel_nls.running.simulation import Simulation

    stamps["imports"] = time.time()
    # The loop of a run goes through these three.
    Simulation.__init__ = stamped("initial data", Simulation.__init__)  # type: ignore[method-assign]
    Simulation.measure = stamped("first sample", Simulation.measure)  # type: ignore[method-assign]
    Simulation.step = stamped("first step", Simulation.step)  # type: ignore[method-assign]
    if MPI.COMM_WORLD.rank == 0:
        atexit.register(lambda: path.write_text(json.dumps({k: v - begin for k, v in stamps.items()})))
    _ = run
    cli.main(["run", *sys.argv[3:]])


if __name__ == "__main__":
    main()
