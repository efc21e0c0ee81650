"""The methods of the accuracy benchmark: our schemes with fixed steps or a tolerance, and XMDS2's algorithms."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from scripts.benchmarks.xmds2 import Setting

POINTS, LENGTH, AMPLITUDE, STOP = 512, 20.0, 1.5, 1.0
REFERENCE_SCHEME, REFERENCE_STEPS = "kahan-li8", 256
TEMPLATE = """\
title = "A Gaussian below the critical mass"

[equation]
name = "nls"
dimension = 2

[grid]
points = [{points}, {points}]
length = [{length}, {length}]

[initial]
kind = "gaussian"
amplitude = {amplitude}
width = 1.0

[time]
start = 0.0
stop = {stop}
scheme = "{scheme}"
{control}

[diagnostics]
every = {{steps = 1}}
"""


def configuration(scheme: str, control: str) -> str:
    """Our configuration of the Gaussian problem; ``control`` are the keys that choose the step."""
    return TEMPLATE.format(points=POINTS, length=LENGTH, amplitude=AMPLITUDE, stop=STOP, scheme=scheme, control=control)


class Effort(Enum):
    """How much is measured of a method: all rounds on every number of ranks or on one rank, or once on one rank."""

    ALL_RANKS = 2
    ONE_RANK = 1
    ONCE = 0


@dataclass(frozen=True)
class Own:
    """One of our schemes with several step counts, or several tolerances."""

    scheme: str
    steps: tuple[int, ...] = ()
    tolerances: tuple[float, ...] = ()
    effort: Effort = Effort.ONE_RANK

    @property
    def name(self) -> str:
        """For tables and figures."""
        return f"{self.scheme}, tolerance" if self.tolerances else self.scheme

    def configurations(self) -> dict[str, str]:
        """Setting (a name fit for a file) → TOML text. With a tolerance the step is at most half of the run."""
        fixed = {f"{n} steps": configuration(self.scheme, f"step = {STOP / n!r}") for n in self.steps}
        controlled = {
            f"{tolerance:.0e}": configuration(self.scheme, f"tolerance = {tolerance!r}\nframe = {STOP / 2!r}")
            for tolerance in self.tolerances
        }
        return fixed | controlled


@dataclass(frozen=True)
class Peer:
    """An algorithm of XMDS2 with several step counts or tolerances."""

    algorithm: str
    values: tuple[float, ...]
    effort: Effort = Effort.ONE_RANK

    @property
    def name(self) -> str:
        """For tables and figures."""
        return f"XMDS2 {self.algorithm}"

    @property
    def settings(self) -> list[Setting]:
        """One for each value."""
        return [Setting(self.algorithm, value) for value in self.values]


# The settings enclose the errors 1e-6, 1e-9 and 1e-11 as far as the time allows.
OWN = (
    Own("blanes-moan-rkn4", steps=(16, 28, 48, 80, 128), effort=Effort.ALL_RANKS),
    Own("blanes-moan-rkn6", steps=(9, 16, 26, 40, 56), effort=Effort.ALL_RANKS),
    Own("blanes-moan-rkn4", tolerances=(1e-6, 1e-8, 1e-9)),
    Own("blanes-moan-rkn6", tolerances=(1e-6, 1e-8, 1e-10)),
    Own("blanes-moan-rkn4", tolerances=(1e-7, 1e-10), effort=Effort.ONCE),
    Own("blanes-moan-rkn6", tolerances=(1e-12,), effort=Effort.ONCE),
    Own("strang", steps=(200, 1000), effort=Effort.ONCE),
    Own("suzuki4", steps=(30, 80, 180), effort=Effort.ONCE),
    Own("blanes-moan-prk4", steps=(18, 40, 100), effort=Effort.ONCE),
    Own("kahan-li6", steps=(18, 40, 80, 140), effort=Effort.ONCE),
    Own("kahan-li8", steps=(15, 25, 42, 75), effort=Effort.ONCE),
)
PEERS = (
    Peer("RK4", (40, 100, 200, 400, 800), effort=Effort.ALL_RANKS),
    Peer("ARK45", (1e-4, 1e-6, 1e-8, 1e-10)),
    Peer("RK9", (10, 20, 30, 48)),
    Peer("ARK89", (1e-2, 1e-5, 1e-7, 1e-9), effort=Effort.ONCE),
)
