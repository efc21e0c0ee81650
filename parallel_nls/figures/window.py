"""A window in the plane of a few scales λ(t) around one bubble, in the bubble's own variables y = (x − α)/λ and λ²|u|².

In these a pseudo-conformal bubble does not change: λ²|u|² = Q²(|y|) (Cao, Su & Zhang, eq. 1.10). Q is the ground state
of the cubic equation, p = 2: of other powers no ground state of the plane is known here, and there is no window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_nls.figures.images import draw_image, floor_color, ink, log_density, outline, style_image
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles.power_state import PowerState, power_state
from parallel_nls.results.fields import StoredField
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WINDOW = 5.0  # half width of the window, in scales
DECADES = 5.0
CIRCLES = 1.0, 1e-2  # values of Q² at which the window shows the exact profile
_CUBIC = PowerState(2, 2.0)


@dataclass(frozen=True)
class Focus:
    """Where the window is: center α and scale λ."""

    center: tuple[float, ...]
    scale: float


def state_of(run: Run) -> PowerState | None:
    """The ground state Q in whose scale peaks are shown, that of the run's own power; None: there is no such picture.

    Notes
    -----
    *Communication*: local.
    """
    equation = run.config.equation
    return power_state(equation.dimension, equation.focusing_power)


def name_scale(run: Run, state: PowerState) -> str:
    """What λ is in a window, with the Q that is meant."""
    named = f", $Q$ of $p={state.power:g}$"
    if run.config.initial.blowup_time is not None:
        return rf"$\lambda=\omega(T-t)${named}"
    if state.dimension == 2 and run.config.initial.is_exact:
        return rf"$\lambda=\omega${named}"
    if state.power == 2:
        return rf"$\lambda=Q(0)/\sup|u|${named}"
    return rf"$\lambda=(Q(0)/\sup|u|)^{{{state.power / 2:g}}}${named}"


def tallest_peak(run: Run, time: float) -> Focus | None:
    """The peak of the exact solution that has the smallest scale; None where there is none. *Communication*: local."""
    peaks = run.config.initial.peaks(time, run.config.grid.length)
    return Focus(*min(peaks, key=lambda peak: peak.scale)) if peaks else None


def find_focus(run: Run, stored: StoredField) -> Focus | None:
    """The tallest bubble or solitary wave of the configuration, or else the largest |u| with λ = Q(0)/sup|u|, p = 2.

    Parameters
    ----------
    run : Run
        An opened run.
    stored : StoredField
        One of its fields.

    Returns
    -------
    Focus or None
        None without either, and without sup|u| at the time of the field or a known ground state.

    Notes
    -----
    *Communication*: local.
    """
    known, state = tallest_peak(run, stored.time), state_of(run)
    if known is not None or "sup_norm" not in run.columns or state is None:
        return known
    row = int(np.argmin(np.abs(run.columns["time"].values - stored.time)))
    peak, place = run.columns["sup_norm"].values[row], run.columns["sup_position"].values[row]
    if not (np.isfinite(peak) and peak > 0):
        return None
    return Focus((float(place[0]), float(place[1])), state.scale(float(peak)))


def mark_window(axes: Axes, focus: Focus) -> None:
    """Outline the window in a view of the whole field."""
    from matplotlib.patches import Rectangle

    half = WINDOW * focus.scale
    corner = focus.center[0] - half, focus.center[1] - half
    axes.add_patch(Rectangle(corner, 2 * half, 2 * half, fill=False, edgecolor=ink(), linewidth=0.6))


def read_window(stored: StoredField, focus: Focus) -> tuple[RealArray, tuple[float, float, float, float]] | None:
    """λ²|u|² at full resolution in the window, and the ends of its axes in scales; None if the box has nothing of it.

    Notes
    -----
    *Communication*: local.
    """
    pieces, ends = [], []
    for points, center in zip(stored.coordinates(), focus.center, strict=True):
        step = points[1] - points[0]
        near = np.flatnonzero(np.abs(points - center) <= WINDOW * focus.scale + step)
        if not near.size:
            return None
        pieces.append(slice(int(near[0]), int(near[-1]) + 1))
        ends.append((points[near[[0, -1]]] - center + np.array([-step / 2, step / 2])) / focus.scale)
    (left, right), (low, high) = ends
    return stored.density(*pieces) * focus.scale**2, (float(left), float(right), float(low), float(high))


def draw_window(axes: Axes, stored: StoredField, focus: Focus, exact: bool = True) -> Any:
    """Draw λ²|u|² and, where the ground state is exact, circles of its profile; return the image."""
    found = read_window(stored, focus)
    image, extent = (np.zeros((1, 1)), (-WINDOW, WINDOW, -WINDOW, WINDOW)) if found is None else found
    top = 2 * np.log10(_CUBIC.peak)
    axes.set_facecolor(floor_color())
    drawn = draw_image(axes, log_density(image), extent, np.ceil(top) - DECADES, top)
    axes.set(xlim=(-WINDOW, WINDOW), ylim=(-WINDOW, WINDOW))
    axes.set_xlabel(r"$(x-\alpha_x)/\lambda$", labelpad=1)
    style_image(axes)
    angles = np.linspace(0, 2 * np.pi, 181)
    for radius in _circle_radii() if exact else ():
        circle = axes.plot(radius * np.cos(angles), radius * np.sin(angles), "--", color=ink(), linewidth=0.7)
        outline(circle)
    return drawn


def _circle_radii() -> list[float]:
    """Radii at which Q² has the values of `CIRCLES`."""
    radii = np.linspace(0, WINDOW, 2001)
    profile = _CUBIC.value(radii) ** 2
    return [float(np.interp(-level, -profile, radii)) for level in CIRCLES]
