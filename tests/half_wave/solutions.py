"""Solutions that several tests follow."""

from __future__ import annotations

import math

import numpy as np

from parallel_nls.half_wave.evolution import HalfWave
from parallel_nls.half_wave.frame_state import FrameState
from parallel_nls.half_wave.functionals import Functionals, functionals
from parallel_nls.half_wave.inhomogeneity import Homogeneous, Inhomogeneity
from parallel_nls.half_wave.initial import profile_data
from parallel_nls.integrators.compositions import composition
from parallel_nls.spectral.rational import RationalAxis


def blow_up_run(
    k: Inhomogeneity | None = None,
    *,
    b: float = 0.2,
    scale: float = 1.0,
    normalise: bool = True,
    axis: RationalAxis | None = None,
    scheme: str = "kahan-li6",
) -> tuple[HalfWave, FrameState]:
    """From Q_P(b, λ); for negative b from the complex conjugate, which goes backward."""
    known: Inhomogeneity = Homogeneous() if k is None else k
    axis = RationalAxis(256, 3.0) if axis is None else axis
    start = profile_data(axis, abs(b), scale, known, normalise=normalise)
    run = HalfWave(axis, composition(scheme), known)
    return run, run.start(start if b > 0 else start.conj(), scale=scale)


def numbers(run: HalfWave, state: FrameState) -> Functionals:
    """Functionals of a state."""
    parts = run.coefficients(state)
    return functionals(run.axis, parts[0], parts[1] if len(parts) > 1 else None, run.k, state.scale)


def at_zero(run: HalfWave, state: FrameState) -> complex:
    """u(0)."""
    return complex(run.axis.at_zero(run.coefficients(state)[0])) / math.sqrt(state.scale)


def follow(run: HalfWave, state: FrameState, step: float, until: float) -> None:
    """Evolve to a time."""
    for _ in run.evolve(state, step, until=until):
        assert np.isfinite(state.field).all()
