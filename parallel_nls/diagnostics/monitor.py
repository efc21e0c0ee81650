"""Who measures something at every sample: the contract between the sampler and what it asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from parallel_nls.contracts import BlockKernel, Completed, State
from parallel_nls.diagnostics.passes import ColumnKernel, FieldSums, Keep, Kept, Passes
from parallel_nls.diagnostics.quantity import Quantity
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.parallel.reduction import NumberedLines

Values = dict[str, float | RealArray]


@dataclass
class Sample:
    """The field of one sample.

    Attributes
    ----------
    completed : Completed
        The field; kept.
    spare : ndarray
        Local share in physical layout. Line tables are made in the order of the monitors, and each may overwrite it;
        once the field's own are made it holds what anybody has asked for: the derivative, if somebody takes that.
    time : float
        Simulated time.
    keep : Keep or NarrowPlane
        What the line tables of the field leave there, or who has filled it again since.
    sums : FieldSums or None
        Integrals of the field, once the tables have gone round.
    beside_columns : list of ColumnKernel
        In the same way over columns of coefficients beside their derivatives.
    beside : list of BlockKernel
        What the pass of the `FieldMonitor` runs besides over the rows of u, which are kept: a monitor that needs no
        more than that adds a kernel, before that pass, and fills its table without one of its own.
    """

    completed: Completed
    spare: ComplexArray
    time: float
    keep: Kept = Keep.NOTHING
    sums: FieldSums | None = None
    values: Values = field(default_factory=dict)
    beside: list[BlockKernel] = field(default_factory=list)
    beside_columns: list[ColumnKernel] = field(default_factory=list)

    @property
    def integrals(self) -> FieldSums:
        """Integrals of the field.

        Raises
        ------
        ValueError
            Before the tables have gone round.

        Notes
        -----
        *Communication*: local.
        """
        if self.sums is None:
            raise ValueError("the integrals of a field are known after its tables have gone round")
        return self.sums

    def fill_spare(
        self,
        passes: Passes,
        keep: Kept,
        beside: Sequence[BlockKernel] = (),
        beside_columns: Sequence[ColumnKernel] = (),
    ) -> None:
        """Fill the spare buffer by another pass over the field.

        Parameters
        ----------
        passes : Passes
            Over fields of the equation.
        keep : Keep or NarrowPlane
            What it shall hold, of which all who come later learn.
        beside, beside_columns : sequence of callable, optional
            As of `Passes.tables`.

        Notes
        -----
        *Communication*: collective, as `Passes.tables`.
        """
        passes.tables(self.completed, self.spare, None, keep, beside, beside_columns)
        self.keep = keep


class AnySampler(Protocol):
    """Measures the states of a run, of whatever system."""

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """All that is measured. *Communication*: local."""

    @property
    def failures(self) -> dict[str, str]:
        """What failed at the last sample, and why; the same on every rank. *Communication*: local."""

    def measure(self, state: State, time: float) -> Values:
        """All quantities, the same numbers on every rank. *Communication*: collective."""

    def recall(self, values: Mapping[str, float | RealArray]) -> None:
        """Take up the last sample of a run that goes on. *Communication*: local."""

    def close(self) -> None:
        """Give communicators back. *Communication*: collective over the active ranks."""


class Monitor(Protocol):
    """Measures something at every sample; a class that derives from it has to say `quantities` and `values`.

    Attributes
    ----------
    quantities : tuple of Quantity
        All that it measures, with shapes; those of wanted families go into the series.
    lines : sequence of (NumberedLines, int)
        Layout and axis of the lines of each of its tables.
    name : str
        What a message calls it: "the decomposition failed".
    takes_gradient : bool
        Whether it visits the gradient.
    failure : str or None
        Why it failed at the last sample, if it did; the same on every rank.

    Notes
    -----
    A monitor must not change the field. All its decisions must follow from numbers that all ranks share.
    """

    quantities: tuple[Quantity, ...] = ()
    lines: Sequence[tuple[NumberedLines, int]] = ()
    name: str = "analysis"
    takes_gradient: bool = False
    failure: str | None = None

    def prepare(self, sample: Sample) -> None:  # noqa: ARG002
        """Ask for what shall be done besides, ahead of all tables. *Communication*: local."""
        return

    def tables(self, sample: Sample) -> list[RealArray]:  # noqa: ARG002
        """Local line sums, (results, local lines) for each of `lines`. *Communication*: collective, if any."""
        return []

    def values(self, tables: Sequence[RealArray], sample: Sample) -> Values:
        """What is measured, by name, the same on every rank.

        Parameters
        ----------
        tables : sequence of ndarray, (results, global lines)
            Its tables, complete.
        sample : Sample
            With integrals.

        Notes
        -----
        *Communication*: collective, if any.
        """

    def recall(self, values: Mapping[str, float | RealArray]) -> None:  # noqa: ARG002
        """Go on from the last sample of a run: all values of it by name. *Communication*: local."""
        return

    def close(self) -> None:
        """Give communicators back. *Communication*: collective over the active ranks."""
        return
