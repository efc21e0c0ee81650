"""Where a run passes from one part to another: methods that are replaced by timed ones for as long as it is profiled.

A table, since the engine, the wings and the writers know nothing of it. A method may be of a module that a run does not
need: only those of modules that are loaded are looked at.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, NamedTuple

from parallel_nls.diagnostics.monitor import Monitor
from parallel_nls.running.profiling.clock import REST, Clock, Part
from parallel_nls.running.profiling.communicator import EXCHANGE, WAITING

START, STEPS, DIAGNOSTICS, OUTPUT, OTHER = "start", "steps", "diagnostics", "output", "other"
LOADING, COMPILATION, INITIAL, CONTROL = "loading", "compiled functions", "initial data", "step control"
ROWS, COLUMNS, LINEAR, INTERACTION = "row sweeps", "column sweeps", "linear flow", "interaction"


class EntryPoint(NamedTuple):
    """A method, and what is charged for it.

    Attributes
    ----------
    module, method : str
        Where it is: "spectral.sweeps", "Sweep.__call__".
    part : Part or callable
        A part, or what gives one for the object.
    fine : bool
        Whether the part is told apart only where the present one is open, and in the group of that.
    """

    module: str
    method: str
    part: Part | Callable[[Any], Part]
    fine: bool = False


def _sweep(sweep: Any) -> Part:
    """Rows lie in memory as they are; all else is a column."""
    return Part(STEPS, ROWS if sweep.inner == 1 else COLUMNS)


def _monitor(monitor: Monitor) -> Part:
    return Part(DIAGNOSTICS, monitor.name)


_OUTPUT = {"_write_row": "series", "_store_field": "fields", "_store_checkpoint": "checkpoints"}
ENTRY_POINTS = (
    EntryPoint("running.configured_run", "ConfiguredRun._first_state", Part(START, INITIAL)),
    EntryPoint("running.configured_run", "ConfiguredRun.step", Part(STEPS, REST, open=True)),
    EntryPoint("running.configured_run", "ConfiguredRun.measure", Part(DIAGNOSTICS, REST, open=True)),
    EntryPoint("running.loop", "RunLoop.advance", Part(OTHER, OTHER)),
    *(EntryPoint("running.loop", f"RunLoop.{method}", Part(OUTPUT, name)) for method, name in _OUTPUT.items()),
    EntryPoint("spectral.sweeps", "Sweep.__call__", _sweep, fine=True),
    EntryPoint("spectral.column_sweep", "ColumnSweep.__call__", Part(STEPS, COLUMNS), fine=True),
    EntryPoint("parallel.shared_rows", "SharedRows.settle", Part(STEPS, WAITING)),
    *(
        EntryPoint("parallel.exchange", f"Exchange.{method}", Part(STEPS, EXCHANGE))
        for method in ("begin", "receive", "give_back", "advance", "finish")
    ),
    EntryPoint("spectral.tensor", "RadialTensor.kinetic", Part(STEPS, LINEAR), fine=True),
    EntryPoint("hartree.mixtures", "Mixture.kinetic", Part(STEPS, LINEAR), fine=True),
    EntryPoint("hartree.mixtures", "Mixture.interaction", Part(STEPS, INTERACTION), fine=True),
    EntryPoint("hartree.interaction", "MeanField.__call__", Part(STEPS, INTERACTION), fine=True),
    EntryPoint("hartree.interaction", "ClosedInteraction.__call__", Part(STEPS, INTERACTION), fine=True),
    EntryPoint("hartree.plane_equation", "NonlocalPhase.prepare", Part(STEPS, INTERACTION), fine=True),
    EntryPoint("half_wave.free_flow", "FreeFlow.__call__", Part(STEPS, LINEAR), fine=True),
    EntryPoint("integrators.step_control", "StepControl._follow_long", Part(STEPS, CONTROL), fine=True),
    *(
        EntryPoint(module, f"{owner}.{method}", Part(STEPS, CONTROL), fine=True)
        for module, owner in (
            ("integrators.controlled_steps", "FieldSteps"),
            ("hartree.controlled", "HierarchySteps"),
            ("hartree.plane_running", "PlaneMixtureSteps"),
            ("half_wave.controlled", "HalfWaveSteps"),
        )
        for method in ("begin", "distance")
    ),
)  # fmt: skip


class EntryPoints:
    """Replaces entry points, and puts them back.

    Parameters
    ----------
    clock : Clock
        Is told.

    Notes
    -----
    They are those of classes: two runs of one process are not to be profiled at once. *Communication*: local.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        # What each class had itself; None: what it inherits.
        self._before: dict[tuple[type, str], object] = {}

    @contextmanager
    def replaced(self) -> Iterator[None]:
        """Within the context what is replaced stays so."""
        try:
            self.replace_loaded()
            yield
        finally:
            for (owner, name), own in self._before.items():
                delattr(owner, name) if own is None else setattr(owner, name, own)
            self._before.clear()

    def replace_loaded(self) -> None:
        """Replace those of the table whose modules are loaded, and that are not replaced yet."""
        for point in ENTRY_POINTS:
            module = sys.modules.get(f"parallel_nls.{point.module}")
            owner, method = point.method.split(".")
            if module is not None:
                self._replace(getattr(module, owner), method, point.part, point.fine)

    def replace_monitors(self, monitors: Iterable[Monitor]) -> None:
        """Replace what monitors do at every sample; each is charged under its own name."""
        for monitor in monitors:
            for method in ("tables", "values"):
                self._replace(type(monitor), method, _monitor, fine=False)

    def _replace(self, owner: type, name: str, part: Part | Callable[[Any], Part], fine: bool) -> None:
        if (owner, name) not in self._before:
            self._before[owner, name] = vars(owner).get(name)
            setattr(owner, name, _timed(self.clock, getattr(owner, name), part, fine))


def _timed(
    clock: Clock, method: Callable[..., Any], part: Part | Callable[[Any], Part], fine: bool
) -> Callable[..., Any]:
    """The method, charged to the part."""

    @wraps(method)
    def call(self: Any, *arguments: Any, **options: Any) -> Any:
        """Call it."""
        present = clock.present
        if fine and not (present.open and present.group == STEPS):
            return method(self, *arguments, **options)
        clock.begin(part(self) if callable(part) else part)
        try:
            return method(self, *arguments, **options)
        finally:
            clock.end()

    return call
