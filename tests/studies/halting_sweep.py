"""Run a sweep that comes to a standstill after seven steps of its first member, to be killed there."""

from __future__ import annotations

import sys
import time

from parallel_nls import cli
from parallel_nls.running.simulation import Simulation

LAST_STEP = 7
step = Simulation.step


def halt(self: Simulation) -> str | None:
    """Step, up to here."""
    if self.state.steps == LAST_STEP:
        time.sleep(600)
    return step(self)


if __name__ == "__main__":
    Simulation.step = halt  # type: ignore[method-assign, assignment]
    cli.main(sys.argv[1:])
