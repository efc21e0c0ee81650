"""The [modulation] section: the bubbles that the solution is decomposed into, and where it is cut between them."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Annotated, Self

from pydantic import Field

from parallel_nls.config.sections.initial_base import BubbleParameters, InitialSection
from parallel_nls.config.sections.values import Number, Positive, Section, Vector

__all__ = ["ModulationSection", "ReferenceBubbles"]


@dataclass(frozen=True)
class ReferenceBubbles:
    """The bubbles on which modulation, functionals and local quantities are measured.

    Attributes
    ----------
    bubbles : tuple of BubbleParameters
        In the order of the configuration; at least one.
    blowup_time : float
        T; infinity where none is known, which only the family "localized" can do without.
    """

    bubbles: tuple[BubbleParameters, ...]
    blowup_time: float


class ModulationSection(Section):
    """The decomposition into bubbles. None stands for what was not given: see ``refer``."""

    cutoff: Positive = Field(
        default=3.0, description="A > 0 of χ_A, in which a bubble's scale is the unit, as cutoff = 3.0"
    )
    direction: Vector | None = Field(
        default=None,
        description="the way along which bubbles are told apart, one number for each axis, as direction = [1.0, 0.0]",
    )
    blowup_time: Number | None = Field(
        default=None, description="T, the time at which the bubbles blow up, as blowup_time = 0.0"
    )
    bubbles: Annotated[tuple[BubbleParameters, ...], Field(min_length=1)] | None = Field(
        default=None, description="one table [[modulation.bubbles]] with a center for each bubble, at least one"
    )

    def refer(self, initial: InitialSection) -> ReferenceBubbles | None:
        """Return the bubbles and their blow-up time: as given, else those of the initial data.

        Parameters
        ----------
        initial : InitialSection
            The initial data.

        Returns
        -------
        ReferenceBubbles or None
            None where there are no bubbles.
        """
        bubbles = initial.known_bubbles() if self.bubbles is None else self.bubbles
        blowup_time = initial.blowup_time if self.blowup_time is None else self.blowup_time
        if bubbles is None:
            return None
        return ReferenceBubbles(bubbles, inf if blowup_time is None else blowup_time)

    def filled(self, initial: InitialSection) -> Self:
        """Return the same with what ``refer`` takes from the initial data; an unknown time stays away."""
        reference = self.refer(initial)
        if reference is None:
            return self
        known = None if reference.blowup_time == inf else reference.blowup_time
        return self.model_copy(update={"bubbles": reference.bubbles, "blowup_time": known})
