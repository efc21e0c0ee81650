"""Files of a user, good and bad, and configurations that name them."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from parallel_nls.config import load_configuration

if TYPE_CHECKING:
    from pathlib import Path

    from mpi4py.MPI import Intracomm

    from parallel_nls.config import Configuration

TRAP = '''\
"""A trap."""
import numpy as np
from parallel_nls import SplitEquation


class Trap(SplitEquation):
    def __init__(self, domain, strength=1.0):
        super().__init__(domain)
        self.strength = strength

    def phase_rate(self, square, *places):
        return square - self.strength**2 * sum(x * x for x in places)

    def potential(self, square, *places):
        return 0.5 * square * (self.strength**2 * sum(x * x for x in places) - 0.5 * square)

    def variance_acceleration(self, integrals):
        d, omega = self.domain.dimension, self.strength
        quartic = 2 * omega**2 * integrals.variance - 4 * integrals.potential
        return 8 * integrals.gradient - 2 * d * quartic - 8 * omega**2 * integrals.variance
'''
DENSITIES = '''\
"""Densities and a monitor."""
from pathlib import Path

import numpy as np
from parallel_nls import Monitor, Quantity

BESIDE = Path(__file__).parent / "factor.txt"
FACTOR = float(BESIDE.read_text()) if BESIDE.exists() else 1


def quartic(u, gradient, *places):
    return FACTOR * np.abs(u) ** 4


def kinetic(u, gradient, *places):
    return 0.5 * np.sum(np.abs(gradient) ** 2, axis=0)


def center_of_mass(u, gradient, *places):
    return places[0] * np.abs(u) ** 2


class Motion(Monitor):
    name = "motion"

    def __init__(self, passes):
        self.quantities = (
            Quantity("velocity", "own", (), "velocity of the center of mass", "2 Im∫ū∇u / ∫|u|²", "here", shape=()),
        )

    def values(self, tables, sample):
        return {"velocity": float(2 * sample.integrals.momentum[0] / sample.integrals.mass)}
'''
LINE = """
    [grid]
    points = 300
    length = 20.0
    [initial]
    kind = "gaussian"
    amplitude = 0.8
    width = 1.0
    center = 1.0
"""
PLANE = """
    [grid]
    points = [60, 54]
    length = [20.0, 18.0]
    [initial]
    kind = "gaussian"
    amplitude = 0.8
    width = 1.0
    center = [1.0, 0.5]
"""
TIME = """
    [time]
    start = 0.0
    stop = 0.2
    step = 0.01
    [diagnostics]
    every = {steps = 2}
    families = ["conserved", "virial", "resolution"]
    [limits]
    spectral_tail = "off"
"""


def configured(folder: Path, comm: Intracomm, equation: str, *overrides: str, extra: str = "") -> Configuration:
    """A configuration beside files of the user; ``equation`` is its first section."""
    path = folder / "case.toml"
    if comm.rank == 0:
        (folder / "trap.py").write_text(TRAP, encoding="utf-8")
        (folder / "densities.py").write_text(DENSITIES, encoding="utf-8")
        space = LINE if "dimension = 1" in equation else PLANE
        path.write_text(dedent(equation) + dedent(space) + dedent(TIME) + dedent(extra), encoding="utf-8")
    comm.Barrier()
    return load_configuration(str(path), overrides)


def trap(dimension: int, strength: float = 0.8) -> str:
    """The section of the trap in the user's file."""
    return f'[equation]\nfile = "trap.py"\ndimension = {dimension}\n[equation.parameters]\nstrength = {strength}\n'


def packaged_trap(dimension: int, strength: float = 0.8) -> str:
    """The section of the trap in the package, with the cubic nonlinearity."""
    return f'[equation]\nname = "gross-pitaevskii"\ndimension = {dimension}\npower = 2.0\ntrap = {strength}\n'


OWN = """
    [[diagnostics.own]]
    name = "quartic"
    file = "densities.py"
    [[diagnostics.own]]
    name = "kinetic"
    file = "densities.py"
    [[diagnostics.own]]
    name = "center_of_mass"
    file = "densities.py"
    [[diagnostics.own]]
    name = "motion"
    file = "densities.py"
    function = "Motion"
"""
