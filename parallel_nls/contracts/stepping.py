"""What every system offers to a run: steps of a state that rests somewhere, and what its equation is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from parallel_nls.contracts.state import State
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.spectral.pencils import Place


class StoredDomain(Place, Protocol):
    """Where the first field of a state rests, as files describe it.

    Attributes
    ----------
    points : tuple of int
        Of each axis in a file.
    labels : tuple of str
        Names of the axes.
    length, spacing : tuple of float
        Extent of each axis, and distance of neighbouring points.
    natural_order, even : tuple of int
        See `Domain`.
    """

    points: tuple[int, ...]
    labels: tuple[str, ...]
    length: tuple[float, ...]
    spacing: tuple[float, ...]
    natural_order: tuple[int, ...]
    even: tuple[int, ...]

    @property
    def nodes(self) -> RealArray | None:
        """Points, where they are not evenly spaced. *Communication*: local."""

    @property
    def amplitude(self) -> RealArray | None:
        """The factor of stored values along each axis; None: they are those of u. *Communication*: local."""

    @property
    def origin(self) -> tuple[float, ...]:
        """Coordinates of the first point. *Communication*: local."""

    def place_of(self, name: str) -> Place:
        """Where the field of that name of a state lies. *Communication*: local."""

    def close(self) -> None:
        """Give communicators and MPI types back. *Communication*: collective over the active ranks."""


class SolvedEquation(Protocol):
    """What a run knows of any equation."""

    @property
    def name(self) -> str:
        """As a configuration and stored runs call it."""

    @property
    def conserved(self) -> tuple[str, ...]:
        """What is."""

    def log_rate(self, peak: float) -> float:
        """Binary logarithm of the rate at which a peak of |u|² changes. *Communication*: local."""

    def parameters(self) -> Mapping[str, str | float | Sequence[float]]:
        """What else than the name tells it from another, for checkpoints. *Communication*: local."""


class Stepper(Protocol):
    """Advances states.

    Attributes
    ----------
    pairs : int
        Transform pairs of all steps so far.
    """

    pairs: int

    @property
    def domain(self) -> StoredDomain:
        """Where the state rests."""

    @property
    def equation(self) -> SolvedEquation:
        """What is solved."""

    def advance(self, state: State, step: float, peak: RealArray | None = None, mend: bool = True) -> None:
        """Follow the solution for a time ``step``, in place; see `SplitStep.advance`. *Communication*: collective."""

    def physical(self, state: State) -> ComplexArray:
        """The local share of the field to be stored. *Communication*: collective, if any."""
