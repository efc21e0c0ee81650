"""Mixtures of Gaussian waves and potentials that tests of the hierarchy share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from parallel_nls.hartree.virial import PairInteraction
from parallel_nls.spectral.radial import RadialAxis

Complex = NDArray[np.complex128]
Real = NDArray[np.float64]


def gaussian_wave(axis: RadialAxis, width: float, chirp: float = 0.0) -> Complex:
    """The values v of φ = (πs²)^{−d/4} exp(−r²/(2s²) + icr²)."""
    scale = (np.pi * width**2) ** (-axis.dimension / 4)
    wave: Complex = axis.amplitude * scale * np.exp(-(axis.r**2) / (2 * width**2) + 1j * chirp * axis.r**2)
    return wave


def softened(axis: RadialAxis, strength: float = 6.0, softening: float = 0.5) -> PairInteraction:
    """Of V = g/(q² + ε²) in space, μ = −1."""
    return _interaction(
        axis,
        lambda q: strength / 2 * np.log(q**2 + softening**2),
        lambda q: strength / (q**2 + softening**2),
    )


def gaussian_potential(axis: RadialAxis, strength: float = 8.0) -> PairInteraction:
    """Of V = g·exp(−q²) in space, μ = −1."""
    return _interaction(axis, lambda q: -strength / 2 * np.exp(-(q**2)), lambda q: strength * np.exp(-(q**2)))


def _interaction(
    axis: RadialAxis, primitive: Callable[[Real], Real], potential: Callable[[Real], Real]
) -> PairInteraction:
    r, s = axis.r[:, None], axis.r[None, :]
    average = (primitive(r + s) - primitive(np.abs(r - s))) / (2 * r * s)
    stretch = ((r + s) * potential(r + s) - (r - s) * potential(np.abs(r - s))) / (2 * s) - average
    return PairInteraction(-1.0, average, stretch)
