"""Run directories with a decomposition into bubbles that were never computed: other numbers, of the right shapes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.catalogue import selected
from parallel_nls.contracts import Domain
from parallel_nls.output.fields import write_field
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.output.series import SeriesWriter
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain
from tests.output.line_runs import write_summary
from tests.output.stored_fields import share_of

Floats = NDArray[np.float64]
FAMILIES = ("virial", "modulation", "functionals", "localized")
ROWS, FIELD_ROWS = 30, (0, 10, 29)
POINTS, LENGTH = {1: (240,), 2: (48, 40)}, {1: (24.0,), 2: (24.0, 20.0)}
BUBBLES = (
    Bubble((-3.0, 0.5), 1.0, 0.25),
    Bubble((3.0, 0.0), 1.25, 2.0),
    Bubble((0.0, 4.0), 0.8),
    Bubble((7.0, 3.0), 0.9),
    Bubble((-7.0, -3.0), 1.1),
)
HEAD = """
title = "Bubbles"
[equation]
name = "nls"
dimension = {dimension}
[grid]
points = {points}
length = {length}
[time]
start = -0.8
stop = -0.2
step = 0.001
[limits]
spectral_tail = "off"
[diagnostics]
families = {families}
"""


@dataclass(frozen=True)
class Recipe:
    """What a run that was never computed holds.

    Attributes
    ----------
    dimension, count : int
        d and K.
    families : tuple of str
        Of its series.
    failed : tuple of int
        Rows in which the fit failed.
    fields : tuple of int
        Rows with a field.
    backward : bool
        Whether time runs backward.
    """

    dimension: int = 1
    count: int = 2
    families: tuple[str, ...] = FAMILIES
    failed: tuple[int, ...] = ()
    fields: tuple[int, ...] = FIELD_ROWS
    backward: bool = False

    @property
    def bubbles(self) -> tuple[Bubble, ...]:
        """The exact ones."""
        return tuple(Bubble(b.center[: self.dimension], b.frequency, b.phase) for b in BUBBLES[: self.count])

    @property
    def times(self) -> Floats:
        """In uneven steps."""
        times = -0.8 + 0.6 * np.linspace(0, 1, ROWS) ** 0.9
        return times[::-1].copy() if self.backward else times


def config_text(recipe: Recipe) -> str:
    """The configuration of a run of bubbles that blow up at 0."""
    points, length = POINTS[recipe.dimension], LENGTH[recipe.dimension]
    families = str(list(recipe.families)).replace("'", '"')
    text = HEAD.format(dimension=recipe.dimension, points=list(points), length=list(length), families=families)
    text = text.replace("start = -0.8\nstop = -0.2", "start = -0.2\nstop = -0.8") if recipe.backward else text
    text += '[initial]\nkind = "bubbles"\nblowup_time = 0.0\n'
    for bubble in recipe.bubbles:
        text += f"[[initial.bubbles]]\ncenter = {list(bubble.center)}\n"
        text += f"frequency = {bubble.frequency}\nphase = {bubble.phase}\n"
    return text


def values_of(recipe: Recipe, time: float, failed: bool) -> dict[str, float | Floats]:
    """A row: exact bubbles a little off, and other numbers of the right shapes."""
    exact = Parameters.of_bubbles(recipe.bubbles, -time)
    wave = 1e-3 * np.sin(9 * time + np.arange(recipe.count))
    values: dict[str, float | Floats] = {
        "scale": exact.scale * (1 + wave),
        "center": exact.center + wave[:, None],
        "boost": exact.boost - wave[:, None],
        "chirp": exact.chirp + wave,
        "phase": exact.phase + 40 * np.pi + wave,
        "remainder_l2": 1e-3 * np.exp(time),
        "remainder_gradient": 1e-2 * np.exp(time),
        "remainder_size": 1e-2 * np.exp(time),
        "localized_mass": wave,
        "localized_virial": -0.9 + 0.1 * np.cos(12 * time),
        "modified_localized_virial": -0.5 + 0.1 * np.sin(12 * time),
        "generalized_energy": 1e-4 * (1 + time),
        "energy_defect": -1e-3,
        "energy_expansion": np.array([0.5, 1e-3 * np.sin(9 * time), 1e-4, -1e-5]),
        "energy_remainder": 1e-6 * np.sin(20 * time),
        "morawetz": wave,
        "localized_remainder": wave**2,
    }
    if failed:
        values = {name: np.full_like(value, np.nan) for name, value in values.items()}
    return values | {
        "orthogonality": 1e-13,
        "fit_passes": -30.0 if failed else 5.0,
        "variance": 4.0 + time**2,
        "variance_rate": np.sin(time),
        "variance_acceleration": np.cos(time) + 1e-4,
        "mass": 3.0,
        "local_mass": 2.7 + 0.01 * np.cos(time + np.arange(recipe.count)),
        "local_current": -0.005 * np.sin(time + np.arange(recipe.count)),
        "local_terms": np.ones((recipe.count, 3)),
        "local_acceleration": -0.005 * np.cos(time + np.arange(recipe.count)) + 1e-6,
        "local_scale": np.full(recipe.count, 0.1),
        "local_flux": np.full(recipe.count, 0.01),
    }


def density_of(recipe: Recipe, time: float) -> NDArray[np.complex128]:
    """The moduli of the exact bubbles, summed, in the layout of a field."""
    axes = [
        (np.arange(n) - n / 2) * size / n
        for n, size in zip(POINTS[recipe.dimension], LENGTH[recipe.dimension], strict=True)
    ]
    places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    total = np.zeros(places.shape[:-1], dtype=np.complex128)
    for bubble in recipe.bubbles:
        scale = -bubble.frequency * time
        distance = np.sqrt(((places - np.array(bubble.center)) ** 2).sum(axis=-1))
        total += ground_state(recipe.dimension).value(distance / scale) * scale ** (-recipe.dimension / 2)
    return share_of(grid_of(recipe), total)


def grid_of(recipe: Recipe) -> Domain:
    """The grid on one rank."""
    kind = LineDomain if recipe.dimension == 1 else FourierDomain
    return kind(MPI.COMM_SELF, POINTS[recipe.dimension], LENGTH[recipe.dimension], dtype=np.complex128)


def write_run(root: Path, recipe: Recipe, text: str | None = None) -> Path:
    """Write the run directory of a recipe."""
    paths = RunPaths(root)
    paths.fields.mkdir(parents=True)
    paths.config.write_text(config_text(recipe) if text is None else text)
    domain = grid_of(recipe)
    writer = SeriesWriter(paths.series, selected(recipe.families, recipe.dimension, bubbles=recipe.count))
    for row, time in enumerate(recipe.times.tolist()):
        writer.append(time, row, values_of(recipe, time, row in recipe.failed))
        if row in recipe.fields:
            write_field(paths.field(row), domain, density_of(recipe, time), row, time, 0.001)
    writer.close()
    write_summary(paths, float(recipe.times[-1]), ROWS - 1, {})
    return root
