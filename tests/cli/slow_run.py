"""Run a command whose steps take longer, so that a test can do something meanwhile; they sleep, and cost nothing."""

from __future__ import annotations

import sys
import time

from parallel_nls import cli
from parallel_nls.running.simulation import Simulation

SECONDS = 0.02
step = Simulation.step


def slowly(self: Simulation) -> str | None:
    """Wait, and step."""
    time.sleep(SECONDS)
    return step(self)


def main() -> None:
    """Leave with the exit code of the command."""
    Simulation.step = slowly  # type: ignore[method-assign, assignment]
    cli.main(sys.argv[1:])


if __name__ == "__main__":
    main()
