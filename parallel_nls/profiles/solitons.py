"""Solitary waves, the ground state at rest or in motion.

    W(t,x) = ω^{-2/p} Q((x-c-vt)/ω) exp(i[v·(x-c)/2 - |v|²t/4 + t/ω² + ϑ])

For the critical power, p = 4/d: mass ‖Q‖², momentum v‖Q‖²/2, energy |v|²‖Q‖²/8, sup|W| = Q(0)ω^{-d/2} (Cao, Su & Zhang,
eq. 1.7, where c = 0); with c = 0 the pseudo-conformal transform of W is the bubble with center v and the same ω and ϑ
(eq. 1.11). On the line W is known for any p > 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parallel_nls.arguments import listed, number, positive, vector
from parallel_nls.errors import ArgumentError
from parallel_nls.notebook import Shown, html_table
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.profiles.images import FOLDINGS, images
from parallel_nls.profiles.pointwise import ComplexBlock, Coordinates, QuadraticPhase
from parallel_nls.profiles.power_state import PowerState
from parallel_nls.profiles.radial import add_ground_state
from parallel_nls.profiles.sech import add_power_state

LEAST_LENGTH = 5.0
"""Side of a box, in scales of the wave, from which on it gets periodic images: Q(2.5) is a tenth of Q(0)."""


@dataclass(frozen=True)
class Soliton:
    """Parameters of one solitary wave.

    Attributes
    ----------
    velocity : tuple of float
        v, one number for each of the d space axes.
    center : tuple of float
        c, where it stands at time 0; () is the origin.
    frequency : float
        ω > 0, its scale; the phase turns at the rate ω^{-2}.
    phase : float
        ϑ.

    Raises
    ------
    ArgumentError
        If velocity and center are no vectors of one dimension, ω not positive, or a number not finite.
    """

    velocity: tuple[float, ...]
    center: tuple[float, ...] = ()
    frequency: float = 1.0
    phase: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what makes no solitary wave."""
        object.__setattr__(self, "velocity", vector("velocity", self.velocity))
        center = vector("center", self.center, (len(self.velocity),), empty=True)
        object.__setattr__(self, "center", center)
        object.__setattr__(self, "frequency", positive("frequency", self.frequency))
        object.__setattr__(self, "phase", number("phase", self.phase))

    def _repr_html_(self) -> str:
        return html_table("Soliton", vars(self))

    def phase_at(self, time: float) -> QuadraticPhase:
        """Its place at a time, and its phase about that: W = ω^{-2/p} Q(|x-place|/ω) e^{iφ}. *Communication*: local."""
        start = self.center or (0.0,) * len(self.velocity)
        place = [c + v * time for c, v in zip(start, self.velocity, strict=True)]
        # About the place of the moment, where v·(x-c)/2 = v·(x-c-vt)/2 + |v|²t/2.
        speed_squared = sum(v * v for v in self.velocity)
        constant = (1.0 / (self.frequency * self.frequency) + 0.25 * speed_squared) * time + self.phase
        return QuadraticPhase.of(len(self.velocity), place, [0.5 * v for v in self.velocity], constant)


class SolitonSum(Shown):
    """The sum of K solitary waves, on the line or in the plane as their velocities say.

    Parameters
    ----------
    solitons : sequence of Soliton
        At least one.
    length : sequence of float, optional
        Sides of the periodic box: every wave is summed with its images. By default the whole space.
    power : float, optional
        p of the equation; on the line any, in the plane 2. By default the critical one.

    Raises
    ------
    ArgumentError
        If there is none, they have different dimensions, or the ground state of that power is not known.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, solitons: Sequence[Soliton], length: Sequence[float] = (), power: float | None = None) -> None:
        self.solitons = tuple(listed("solitons", solitons, Soliton, "[Soliton((1.0,))]"))
        if len({len(soliton.velocity) for soliton in self.solitons}) != 1:
            raise ArgumentError(f"solitons = {list(self.solitons)!r}: give one or more, with as many axes each")
        sides = vector("length", length, (len(self.solitons[0].velocity),), empty=True)
        self.length = tuple(positive(f"length[{axis}]", side) for axis, side in enumerate(sides))
        if power is not None:
            positive("power", power)
        self.state = ground_state(len(self.solitons[0].velocity))
        dimension, critical = self.state.dimension, 4.0 / self.state.dimension
        self.other = None if power in (None, critical) else PowerState(dimension, float(power or critical))
        if self.other is not None and dimension == 2:
            raise ArgumentError(f"the solitary waves of the plane are known with power 2 only, not with {power!r}")

    @property
    def power(self) -> float:
        """The power p of the equation. *Communication*: local."""
        return 4.0 / self.state.dimension if self.other is None else float(self.other.power)

    def _shown_heading(self) -> str:
        power = "" if self.other is None else f" of power {self.other.power:g}"
        images = f", in a box of {' × '.join(f'{side:g}' for side in self.length)}" if self.length else ""
        return f"Sum of {len(self.solitons)} solitary wave{'s' * (len(self.solitons) > 1)}{power}{images}"

    def _shown_rows(self) -> dict[str, object]:
        return {f"W{k}": _text(soliton) for k, soliton in enumerate(self.solitons, start=1)}

    def add_to(self, block: ComplexBlock, time: float, coordinates: Coordinates, weight: float = 1.0) -> None:
        """Add weight·ΣW_k(time) to the rows of a block; see `contracts.Profile`.

        Notes
        -----
        *Communication*: local.
        """
        number("time", time)
        for soliton in self.solitons:
            own, scale = soliton.phase_at(time), soliton.frequency
            for image in images(own.center, self.length, FOLDINGS * scale, LEAST_LENGTH * scale):
                phase = own._replace(center=tuple(map(float, image.center)))
                if self.other is None:
                    add_ground_state(block, coordinates, self.state, phase, scale, weight, image.reach)
                else:
                    add_power_state(block, coordinates, self.other, phase, scale, weight, image.reach)


def _text(soliton: Soliton) -> str:
    """Its parameters."""
    center = ", ".join(f"{x:g}" for x in soliton.center or (0.0,) * len(soliton.velocity))
    velocity = ", ".join(f"{v:g}" for v in soliton.velocity)
    return f"from ({center}), v = ({velocity}), ω = {soliton.frequency:g}, ϑ = {soliton.phase:g}"
