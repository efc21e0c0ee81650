"""Pseudo-conformal bubbles, the exact blow-up solutions of the L²-critical NLS with the least mass.

    S(t,x) = (ω(T-t))^{-d/2} Q((x-x_k)/(ω(T-t))) exp(i[-|x-x_k|²/(4(T-t)) + 1/(ω²(T-t)) + ϑ])

mass ‖Q‖², momentum 0, energy ω²‖yQ‖²/8, sup|S| = Q(0)(ω(T-t))^{-d/2} (Cao, Su & Zhang, eq. 1.10). A sum of K of them is
what a K-bubble solution follows as t → T.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parallel_nls.arguments import listed, number, positive, vector
from parallel_nls.errors import ArgumentError
from parallel_nls.notebook import Shown, html_table
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.profiles.pointwise import ComplexBlock, Coordinates, QuadraticPhase, time_left
from parallel_nls.profiles.radial import add_ground_state
from parallel_nls.schedules import shown_time


@dataclass(frozen=True)
class Bubble:
    """Parameters of one bubble.

    Attributes
    ----------
    center : tuple of float
        Blow-up point x_k, one number for each of the d space axes.
    frequency : float
        ω > 0; the scale is ω(T-t).
    phase : float
        ϑ.

    Raises
    ------
    ArgumentError
        If the center is no point of the line or the plane, ω not positive, or a number not finite.
    """

    center: tuple[float, ...]
    frequency: float = 1.0
    phase: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what makes no bubble."""
        object.__setattr__(self, "center", vector("center", self.center))
        object.__setattr__(self, "frequency", positive("frequency", self.frequency))
        object.__setattr__(self, "phase", number("phase", self.phase))

    def _repr_html_(self) -> str:
        return html_table("Bubble", vars(self))

    def phase_at(self, remaining: float) -> QuadraticPhase:
        """Its center, and its phase where T − t = ``remaining``. *Communication*: local."""
        constant = 1.0 / (self.frequency * self.frequency * remaining) + self.phase
        return QuadraticPhase.of(len(self.center), self.center, constant=constant, chirp=-0.25 / remaining)


class BubbleSum(Shown):
    """The sum of K bubbles that blow up together at time T, on the line or in the plane as their centers say.

    Parameters
    ----------
    bubbles : sequence of Bubble
        At least one.
    blowup_time : float
        T.

    Raises
    ------
    ArgumentError
        If there is none, or some lie on a line and others in the plane.

    Notes
    -----
    No periodic images: the box must be wide enough for the tails. *Communication*: local.
    """

    def __init__(self, bubbles: Sequence[Bubble], blowup_time: float) -> None:
        self.bubbles = tuple(listed("bubbles", bubbles, Bubble, "[Bubble((0.0, 0.0))]"))
        if len({len(bubble.center) for bubble in self.bubbles}) != 1:
            raise ArgumentError(f"bubbles = {list(self.bubbles)!r}: give one or more, with as many axes each")
        self.blowup_time = number("blowup_time", blowup_time)
        self.state = ground_state(len(self.bubbles[0].center))

    def _shown_heading(self) -> str:
        return f"Sum of {len(self.bubbles)} bubble{'s' * (len(self.bubbles) > 1)}, T = {shown_time(self.blowup_time)}"

    def _shown_rows(self) -> dict[str, object]:
        return {f"S{k}": _text(bubble) for k, bubble in enumerate(self.bubbles, start=1)}

    def add_to(self, block: ComplexBlock, time: float, coordinates: Coordinates, weight: float = 1.0) -> None:
        """Add weight·ΣS_k(time) to the rows of a block; see `contracts.Profile`.

        Raises
        ------
        UserError
            If the time is not before T.

        Notes
        -----
        *Communication*: local.
        """
        remaining = time_left(self.blowup_time, time)
        for bubble in self.bubbles:
            scale = bubble.frequency * remaining
            add_ground_state(block, coordinates, self.state, bubble.phase_at(remaining), scale, weight)


def _text(bubble: Bubble) -> str:
    """Its parameters."""
    center = ", ".join(f"{x:g}" for x in bubble.center)
    return f"at ({center}), ω = {bubble.frequency:g}, ϑ = {bubble.phase:g}"
