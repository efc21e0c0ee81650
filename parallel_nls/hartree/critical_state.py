"""The state of critical mass for V = |x|^{−2} in d = 3: −ΔQ + Q = (|x|^{−2} * Q²)Q, Q > 0 radial.

q = rQ on the grid of `convolution`, where −q'' is diagonal in sines. Petviashvili's iteration comes close, Newton's
method ends it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from parallel_nls.errors import UserError
from parallel_nls.hartree.convolution import Convolution
from parallel_nls.hartree.potentials import InversePower
from parallel_nls.numerics.arrays import RealArray

PETVIASHVILI_STEPS = 20
NEWTON_STEPS = 8
SETTLED = 1e-13
RESOLVED = 1e-3
"""Relative difference of ‖∇Q‖² and ‖Q‖², which are the same on a grid that resolves Q."""


@dataclass(frozen=True, eq=False)
class CriticalState:
    """Q on a grid.

    Attributes
    ----------
    radii, profile : ndarray, (n,)
        r_j and rQ.
    mass, kinetic, interaction : float
        ‖Q‖², ‖∇Q‖² and ∫∫ |x−y|^{−2} Q²Q²; mass = kinetic = interaction/2.
    peak : float
        Q(0).
    """

    radii: RealArray
    profile: RealArray
    mass: float
    kinetic: float
    interaction: float
    peak: float


def critical_state(points: int = 255, radius: float = 32.0) -> CriticalState:
    """Solve for Q on a grid; the mass is good to 12 digits by default.

    Parameters
    ----------
    points, radius : int, float
        n and R, where Q is set to 0: an error of about e^{−R}.

    Raises
    ------
    UserError
        The grid does not resolve Q.

    Notes
    -----
    *Communication*: local.
    """
    convolution = Convolution.of(InversePower(1.0, 2.0), points, radius)
    kernel = 4 * math.pi * convolution.matrix()
    modes = np.arange(1, points + 1)
    sines = np.sin(math.pi * (np.outer(modes, modes) % (2 * points + 2)) / (points + 1))
    laplacian = (sines * (math.pi * modes / radius) ** 2) @ sines * (2 / (points + 1))
    linear = laplacian + np.eye(points)

    q = convolution.radii * np.exp(-convolution.radii)
    for _ in range(PETVIASHVILI_STEPS):
        force = (kernel @ q**2) * q
        q = ((q @ linear @ q) / (q @ force)) ** 1.5 * np.linalg.solve(linear, force)
    for _ in range(NEWTON_STEPS):
        potential = kernel @ q**2
        jacobian = linear - np.diag(potential) - 2 * q[:, None] * kernel * q
        change = np.linalg.solve(jacobian, linear @ q - potential * q)
        q = q - change
        if np.abs(change).max() <= SETTLED * np.abs(q).max():
            break
    state = _state(convolution, laplacian, sines, q)
    if not abs(state.kinetic - state.mass) <= RESOLVED * state.mass:
        raise UserError(f"{points} points up to r = {radius:g} do not resolve the state of critical mass; take more")
    return state


def _state(convolution: Convolution, laplacian: RealArray, sines: RealArray, q: RealArray) -> CriticalState:
    weight, density = 4 * math.pi * convolution.spacing, 4 * math.pi * q * q
    # Q(0) = q'(0), from the coefficients of q in sines.
    wavenumbers = math.pi * np.arange(1, q.size + 1) / convolution.radius
    peak = float(wavenumbers @ (sines @ q)) * 2 / (q.size + 1)
    mass, kinetic = weight * float(q @ q), weight * float(q @ laplacian @ q)
    return CriticalState(convolution.radii, q, mass, kinetic, float(convolution.quadratic_form(density)), peak)
