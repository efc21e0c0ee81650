"""Runs of two different bubbles, whose local currents and accelerations do not vanish, and what is read of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from parallel_nls.config import Configuration, load_configuration
from parallel_nls.results.reader import open_run

Floats = NDArray[np.float64]

LEAN = (
    "limits.spectral_tail=off",
    "output.fields_every=off",
    "diagnostics.families=['conserved','virial','localized']",
)


def line_run(*overrides: str) -> Configuration:
    """On a line, from T - t = 0.5 to 0.25 with a row each 0.001, with overrides as after --set."""
    common = (
        "equation.dimension=1",
        "grid.points=[1024]",
        "grid.length=[32.0]",
        "initial={kind='bubbles', bubbles=[{center=-2.0}, {center=2.0, frequency=1.2, phase=0.4}]}",
        "time.stop=-0.25",
        "time.step=5e-4",
        "diagnostics.every={steps=2}",
    )
    return load_configuration("two_bubbles", [*common, *LEAN, *overrides])


def plane_run(*overrides: str) -> Configuration:
    """In a plane, from T - t = 0.5 to 0.3 with a row each step, with overrides as after --set."""
    common = (
        "grid.points=[384,256]",
        "grid.length=[22.0,16.0]",
        "initial={kind='bubbles', bubbles=[{center=[-2.0,0.0]}, {center=[2.0,0.0], frequency=1.2, phase=0.4}]}",
        "time.stop=-0.3",
        "time.step=2e-3",
        "diagnostics.every={steps=1}",
    )
    return load_configuration("two_bubbles", [*common, *LEAN, *overrides])


def columns_of(root: Path) -> dict[str, Floats]:
    """The series of a run as real numbers, by name."""
    return {name: np.asarray(column.values, dtype=np.float64) for name, column in open_run(root).columns.items()}
