"""What users measure besides: densities and monitors from Python files, and the errors of their code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from mpi4py import MPI

from parallel_nls.diagnostics.integration import DensityMonitor
from parallel_nls.diagnostics.monitor import Monitor, Sample, Values
from parallel_nls.diagnostics.own_values import apart, as_numbers, wrong_tables, wrong_values
from parallel_nls.diagnostics.passes import Passes
from parallel_nls.diagnostics.quantity import NUMBER, Quantity
from parallel_nls.errors import UserError
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.parallel.consensus import found_by_all
from parallel_nls.spectral.sweeps import Block, BlockKernel
from parallel_nls.user_code.failures import Failures
from parallel_nls.user_code.source import BadResult, RunningUserCode, digest_of, function_named, names_defined, place_in

OWN = "own"
"""The family of what users measure besides; it need not be asked for."""

Result = TypeVar("Result")


class FailureMonitor(Monitor):
    """Raises what a user's equation has failed by, once the field is no longer finite.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks.
    failures : Failures
        Of the equation.
    """

    name = "failures of the equation"

    def __init__(self, comm: MPI.Intracomm, failures: Failures) -> None:
        self.comm, self.failures = comm, failures

    def values(self, tables: Sequence[RealArray], sample: Sample) -> Values:  # noqa: ARG002
        """Nothing. *Communication*: one message, if the field is not finite."""
        if not sample.integrals.is_finite:
            self.failures.settle(self.comm)
        return {}


class UserMonitor(Monitor):
    """A monitor whose code is the user's: its errors are those of all ranks.

    Parameters
    ----------
    monitor : Monitor
        What measures.
    path : Path
        The user's file.
    comm : MPI.Comm
        All ranks.
    called : str, optional
        How a density is called, which is all that such a monitor calls.
    """

    def __init__(self, monitor: Monitor, path: Path, comm: MPI.Intracomm, called: str = "") -> None:
        self.monitor, self.path, self.comm, self.called = monitor, path, comm, called
        self.name, self.lines, self.takes_gradient = monitor.name, monitor.lines, monitor.takes_gradient
        self.quantities = tuple(_as_stored(quantity, path) for quantity in monitor.quantities)
        with RunningUserCode(path, f"lines of {self.name}"):
            self._counts = [len(layout.line_numbers(axis)) for layout, axis in monitor.lines]
        self._raised: UserError | None = None  # by a kernel of this rank, since `prepare`

    @property
    def failure(self) -> str | None:  # type: ignore[override]
        """Why it failed at the last sample, as it says itself."""
        return self.monitor.failure

    def prepare(self, sample: Sample) -> None:
        """Let it ask for what shall be done besides; what its kernels raise, `tables` raises on all ranks.

        Notes
        -----
        *Communication*: what it takes, and one message, if it has such a method.
        """
        self._raised = None
        if type(self.monitor).prepare is Monitor.prepare:
            return
        others = len(sample.beside)

        def ask() -> tuple[None, object]:
            """Run the user's code."""
            self.monitor.prepare(sample)
            return None, {}

        self._watched("prepare", self.monitor.prepare, ask)
        sample.beside[others:] = [self._held(look) for look in sample.beside[others:]]

    def tables(self, sample: Sample) -> list[RealArray]:
        """Its tables.

        Raises
        ------
        UserError
            On every rank: they do not fit its lines, or have more results on one rank than on another.

        Notes
        -----
        *Communication*: what it takes, and one message.
        """

        def measure() -> tuple[list[RealArray], object]:
            """Ask the user's code, and look at what it gives."""
            found = self.monitor.tables(sample)
            wrong = wrong_tables(found, self._counts)
            if wrong is not None:
                raise BadResult(self.monitor.tables, f"of {self.name} {wrong}")
            return found, {"the number of results": tuple(len(table) for table in found)}

        return self._watched("tables", self.monitor.tables, measure)

    def values(self, tables: Sequence[RealArray], sample: Sample) -> Values:
        """Its values.

        Raises
        ------
        UserError
            On every rank: they lack a quantity, are no real numbers, have the name of what others have measured, or are
            not the same on all ranks.

        Notes
        -----
        *Communication*: what it takes, and one message.
        """
        shapes = {quantity.name: quantity.shape for quantity in self.quantities}

        def measure() -> tuple[Values, object]:
            """Ask the user's code, and look at what it gives."""
            found = self.monitor.values(tables, sample)
            wrong = wrong_values(found, shapes, sample.values)
            if wrong is not None:
                raise BadResult(self.monitor.values, f"of {self.name} {wrong}")
            numbers, failure = as_numbers(found), self.monitor.failure
            return numbers, {**numbers, "failure": failure if failure is None else str(failure)}

        return self._watched("values", self.monitor.values, measure)

    def recall(self, values: Mapping[str, float | RealArray]) -> None:
        """Let it go on from the last sample."""
        self.monitor.recall(values)

    def close(self) -> None:
        """Let it give communicators back."""
        self.monitor.close()

    def _held(self, look: BlockKernel) -> BlockKernel:
        """A kernel of the user, which raises nothing amid a pass that other ranks go on with."""

        def run(block: ComplexArray, lines: Block) -> None:
            """Run it, unless it has raised."""
            if self._raised is None:
                try:
                    with RunningUserCode(self.path, f"a kernel of {self.name}", often=True):
                        look(block, lines)
                except UserError as error:
                    self._raised = error

        return run

    def _watched(self, what: str, method: Callable[..., object], work: Callable[[], tuple[Result, object]]) -> Result:
        """What the user's code finds, and finds alike on all ranks."""
        action = self.called or f"{what} of {self.name}"

        def run() -> tuple[Result, object]:
            """Run the user's code."""
            if self._raised is not None:
                raise self._raised
            with RunningUserCode(self.path, action):
                return work()

        def compare(found: Sequence[Any]) -> str | None:
            """What differs between ranks."""
            difference = apart(found)
            return difference and f"{place_in(self.path, method)}: {what} of {self.name}: {difference}"

        return found_by_all(self.comm, run, f"{action} in {self.path}", compare)


def _as_stored(quantity: object, path: Path) -> Quantity:
    """A quantity of the user in the family of such, if a series can hold it."""
    if not isinstance(quantity, Quantity):
        raise UserError(f"{path}: quantities has {quantity!r}; give a tuple of parallel_nls.Quantity")
    texts = quantity.name, quantity.long_name, quantity.formula, quantity.source
    if not all(isinstance(text, str) for text in texts) or not quantity.name or "/" in quantity.name:
        raise UserError(f"{path}: Quantity({', '.join(map(repr, texts))}): give texts, the name without /")
    if quantity.conserved not in (None, "relative", "absolute"):
        raise UserError(
            f'{path}: {quantity.name} has conserved = {quantity.conserved!r}; give "relative", "absolute", or None'
        )
    return replace(quantity, family=OWN, dimensions=tuple(quantity.dimensions), shape=tuple(quantity.shape))


def load_monitor(source: str, path: Path, name: str, function: str, passes: Passes) -> UserMonitor:
    """Make what a file measures: of a function the integral, of a class that derives from `Monitor` itself.

    Parameters
    ----------
    source : str
        Text of the file.
    path : Path
        What messages call it.
    name : str
        Of the quantity, if it is a function.
    function : str
        Of the density, or of a class that takes the passes.
    passes : Passes
        Over fields of the equation.

    Raises
    ------
    UserError
        If the file does not run, or defines nothing of that name that measures.

    Notes
    -----
    Runs the text, for a density twice. *Communication*: local; a rank that fails fails alone.
    """
    module = f"diagnostic_{name}_{digest_of(source)}"
    thing = function_named(function, names_defined(source, path, module), path)
    domain, called = passes.equation.domain, ""
    if isinstance(thing, type):
        if domain.even:
            text = f"class {function} would see half of the points, since the field is even; name a density"
            raise UserError(f"{path}: {text}, or remove grid.even")
        with RunningUserCode(path, f"{function}(passes)"):
            monitor = thing(passes)
        if Monitor not in thing.__mro__:
            text = f"class {function} is no monitor; derive it from parallel_nls.Monitor, or name a function"
            raise UserError(f"{path}: {text}")
    else:
        axes = ", ".join("xy"[: domain.dimension])
        formula = f"∫ {function}(u, ∇u, {axes}) d{'x' if domain.dimension == 1 else '²x'}"
        quantity = Quantity(name, OWN, NUMBER, name.replace("_", " "), formula, path.name)
        again = function_named(function, names_defined(source, path, module), path)
        monitor = DensityMonitor(passes, thing, quantity, again)
        called = f"{function}(u, gradient, {axes})"
    return UserMonitor(monitor, path, domain.comm, called)
