"""Initial data on the profile: u₀ = λ^{−1/2}Q_P(b, λ)(x/λ), of critical mass."""

from __future__ import annotations

import math

from parallel_nls.errors import UserError
from parallel_nls.half_wave.inhomogeneity import Homogeneous, Inhomogeneity, check_inhomogeneity
from parallel_nls.half_wave.profile import blow_up_profile
from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.spectral.rational import RationalAxis

RESOLVED = 1e-6


def profile_data(
    axis: RationalAxis, b: float, scale: float, k: Inhomogeneity | None = None, *, normalise: bool = True
) -> ComplexArray:
    """Normalised coefficients of Q_P(b, λ) as a function of y = x/λ: what `HalfWave.start` takes, with Λ = λ.

    Parameters
    ----------
    axis : RationalAxis
        Of y.
    b, scale : float
        Both positive.
    k : Inhomogeneity, optional
        By default 1; of the equation, whose k''(0) the profile follows.
    normalise : bool
        Whether to multiply by the number that makes the mass ‖Q‖²: without it there is less, and no blow-up.

    Raises
    ------
    UserError
        b or λ is not positive, or λ so large that k varies within it, k is not as the theory asks, or the axis does
        not resolve the profile.

    Notes
    -----
    *Communication*: local.
    """
    if not 0 < b < math.inf:
        raise UserError(f"b = {b!r} of the blow-up profile must be positive: forward in time it spreads otherwise")
    if not 0 < scale < math.inf:
        raise UserError(f"scale = {scale!r} of the blow-up profile must be positive")
    known: Inhomogeneity = Homogeneous() if k is None else k
    check_inhomogeneity(known)
    profile = blow_up_profile(known.curvature)
    profile.check_scale(scale)
    data: ComplexArray = profile.state.axis.resampled(profile.at(b, scale), axis)
    content = axis.content(data)
    if content > RESOLVED:
        raise UserError(
            f"{axis.points} points of scale {axis.scale:g} do not resolve the blow-up profile (the last coefficients "
            f"are {content:.1e} of the largest); take more grid.points, and a grid.scale near 3"
        )
    if normalise:
        data = data * math.sqrt(profile.state.mass / axis.inner(data, data))
    return data
