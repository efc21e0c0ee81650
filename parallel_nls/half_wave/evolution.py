"""The half-wave equation on the whole line, in a frame that follows the scale of the solution.

    u(t, x) = Λ^{−1/2} v(t/Λ, x/Λ),    i v_τ = Dv − k(Λy)|v|²v

A *frame* has a scale Λ, which stands still; v rests on a rational axis of y, and is advanced by a splitting scheme in
steps of t that are a multiple of Λ: natural time. The scale of a solution is λ = ‖u‖²/‖D^{1/2}u‖², 1 for Q. When λ has
fallen to qΛ, the next frame has the scale qΛ; when it has risen to Λ/q, Λ/q. Waves that have gone so far out that the
basis cannot hold them are absorbed, and their mass is counted (`frames`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from parallel_nls.errors import ArgumentError, UserError
from parallel_nls.half_wave.frame_state import FrameState
from parallel_nls.half_wave.frames import absorb, dilate, mass_of
from parallel_nls.half_wave.free_flow import FreeFlow, kick_both, kick_even, transformed
from parallel_nls.half_wave.inhomogeneity import Homogeneous, Inhomogeneity
from parallel_nls.integrators.compositions import Composition
from parallel_nls.integrators.interrupts import interrupted_between_steps
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.parallel.reduction import ordered_sum
from parallel_nls.schedules import shown_time
from parallel_nls.spectral.rational import AnyArray, RationalAxis

SHRINKING = 0.8  # q
ABSORPTION = 10.0  # σ
ROUNDING = 1e-9  # of a step, by which the last one may be longer
EVEN = 1e-12  # to which k(−x) = k(x)
CADENCE = 8  # steps from one look at the scale to the next
UNRESOLVED = 1e-3
"""Largest share of the last coefficients, beyond which a run ends."""


def check_scheme(scheme: Composition) -> None:
    """Refuse schemes that lose their order where D stands in the place of −Δ.

    Raises
    ------
    UserError
        For those that need a quadratic kinetic energy.

    Notes
    -----
    *Communication*: local.
    """
    if scheme.needs_quadratic:
        raise UserError(
            f'scheme = "{scheme.name}" relies on a linear part that is quadratic in the wavenumber; for |ξ| its order '
            "falls to 4: choose kahan-li6, kahan-li8 or a scheme of order 4"
        )


class HalfWave:
    """Advances solutions.

    Parameters
    ----------
    axis : RationalAxis
        Of y.
    scheme : Composition
        Any but those for quadratic kinetic energies.
    k : Inhomogeneity, optional
        By default 1; even, unless fields have an odd part.
    shrinking : float
        q, between 0.5 and 1.
    absorption : float
        σ of `frames`, in `evolve`; 0 for none.

    Raises
    ------
    UserError
        A scheme that does not suit, or a q or a σ out of its range.

    Attributes
    ----------
    pairs : int
        Linear flows so far.

    Notes
    -----
    *Communication*: all local.
    """

    def __init__(
        self,
        axis: RationalAxis,
        scheme: Composition,
        k: Inhomogeneity | None = None,
        shrinking: float = SHRINKING,
        absorption: float = ABSORPTION,
    ) -> None:
        check_scheme(scheme)
        if not 0.5 <= shrinking < 1:
            raise UserError(f"shrinking = {shrinking!r} of the frame must be at least 0.5, and below 1")
        if not 0 <= absorption < math.inf:
            raise UserError(f"absorption = {absorption!r} must not be negative; 0 switches it off")
        self.axis, self.scheme, self.shrinking, self.absorption = axis, scheme, shrinking, absorption
        if k is not None and not hasattr(k, "curvature"):
            raise ArgumentError(f"k = {k!r}: is no inhomogeneity; give one, as Rational(0.5, 1.0), or none for k = 1")
        self.k: Inhomogeneity = Homogeneous() if k is None else k
        self.flow = FreeFlow(axis)
        self.pairs = 0
        self._weights = 1 / axis.amplitude**2
        self._factors: tuple[float, RealArray, RealArray] = (math.nan, self._weights, self._weights)

    def start(self, even: AnyArray, odd: AnyArray | None = None, scale: float = 1.0) -> FrameState:
        """A state at t = 0 from normalised coefficients of v, (N,), and the scale Λ of its frame.

        Raises
        ------
        UserError
            Λ is not positive, coefficients are not N finite ones, or an even function does not stay even, as k is not.
        """
        if not 0 < scale < math.inf:
            raise UserError(f"scale = {scale!r} of a frame must be positive")
        right, left = self.factors(float(scale))
        if odd is None and not np.allclose(right, left, rtol=EVEN, atol=0):
            raise UserError("k is not even, so that solutions do not stay even: give the field an odd part, of zeros")
        for name, part in (("even", even), ("odd", odd)):
            if part is not None and not (np.shape(part) == (self.axis.points,) and np.isfinite(part).all()):
                raise ArgumentError(
                    f"{name}: give {self.axis.points} finite coefficients, as axis.coefficients(values)"
                )
        parts = [(even, self.axis.cosines)] + ([] if odd is None else [(odd, self.axis.sines)])
        return FrameState(np.array([transformed(matrix, part) for part, matrix in parts]), float(scale))

    def advance(self, state: FrameState, step: float) -> None:
        """Follow the solution for a time ``step`` (negative: backward) in the present frame, in place.

        Raises
        ------
        ArgumentError
            If something has ended an earlier step in its midst.
        KeyboardInterrupt
            After the step, from which it may go on; the second time at once.
        """
        tau, drift = step / state.scale, self.scheme.drift_first
        right, left = self.factors(state.scale)
        with state.changing():
            for i, stage in enumerate(self.scheme.stages):
                if i % 2 == drift:
                    if len(state.field) == 1:
                        kick_even(state.field, stage * tau * right)
                    else:
                        kick_both(state.field, stage * tau * right, stage * tau * left)
                else:
                    self.flow(state.field, stage * tau)
            self.pairs += self.scheme.pairs
            state.time += step
            state.steps += 1

    def factors(self, scale: float) -> tuple[RealArray, RealArray]:
        """k(±Λy)/amplitude²: k|v|² is this times squares of normalised values."""
        if self._factors[0] != scale:
            x = scale * self.axis.x
            self._factors = (scale, self.k.value(x) * self._weights, self.k.value(-x) * self._weights)
        return self._factors[1:]

    def scale_of(self, state: FrameState) -> float:
        """λ = ‖u‖²/‖D^{1/2}u‖²; NaN for a field that is 0 or not finite."""
        state.check_whole()
        mass, spectrum = mass_of(state.field), self.flow.spectrum(state.field)
        kinetic = ordered_sum((self.flow.frequencies * (spectrum.real**2 + spectrum.imag**2)).ravel())
        return state.scale * mass / kinetic if kinetic > 0 else math.nan

    def follow(self, state: FrameState) -> float:
        """Change to the next frame as often as the scale asks for it, in place; returns the scale."""
        scale = self.scale_of(state)
        while scale <= self.shrinking * state.scale:
            dilate(state, self.shrinking)
        while scale >= state.scale / self.shrinking:
            dilate(state, 1 / self.shrinking)
        return scale

    def content(self, state: FrameState) -> float:
        """The resolution guard: the last tenth of the coefficients over the largest of all.

        What leaves is absorbed before it comes so far; what is too narrow for the basis is not.
        """
        return self.axis.content(np.array(self.coefficients(state)))

    def coefficients(self, state: FrameState) -> list[ComplexArray]:
        """Normalised coefficients of v: of the even part, and of the odd one if there is one."""
        state.check_whole()
        transforms = (self.axis.cosines, self.axis.sines)
        return [transformed(transform, row) for row, transform in zip(state.field, transforms, strict=False)]

    def places(self, state: FrameState) -> RealArray:
        """The points x = Λy > 0 of the frame."""
        return np.asarray(state.scale * self.axis.x)

    def physical(self, state: FrameState) -> ComplexArray:
        """Values u at ``places``; of a field with an odd part at −x first, in increasing order of x, (2N,)."""
        state.check_whole()
        values = state.field / (self.axis.amplitude * math.sqrt(state.scale))
        if len(values) == 1:
            return np.asarray(values[0])
        return np.concatenate([(values[0] - values[1])[::-1], values[0] + values[1]])

    def evolve(
        self,
        state: FrameState,
        natural_step: float,
        *,
        until: float = math.inf,
        scale_until: float = 0.0,
        limit: float = UNRESOLVED,
    ) -> Iterator[float]:
        """Advance a state in place, frame by frame; yields the scale λ every few steps, after changes of the frame.

        Parameters
        ----------
        state : FrameState
        natural_step : float
            Steps are this times Λ, so that dt/λ lies between it and 1/q of it.
        until, scale_until : float
            It ends at this time, which the last steps meet, or once λ is not above this.
        limit : float
            Of `content`.

        Raises
        ------
        UserError
            The basis no longer resolves the solution, or it is 0 or not finite, or a step is not positive.
        KeyboardInterrupt
            After the steps to the next yield, from where another `evolve` goes on; the second time at once.
        """
        if not natural_step > 0:
            raise UserError(f"natural_step = {natural_step!r} must be positive")
        scale = self._followed(state, limit)
        yield scale
        while state.time < until and scale > scale_until:
            # An interrupt between steps would take their absorption away.
            with interrupted_between_steps(alone=True):
                before = state.time
                for _ in range(CADENCE):
                    rest, step = until - state.time, natural_step * state.scale
                    self.advance(state, rest if rest <= step * (1 + ROUNDING) else step)
                    if state.time >= until:
                        break
                if self.absorption:
                    absorb(state, self.axis, self.absorption * (state.time - before) / state.scale)
                scale = self._followed(state, limit)
            yield scale

    def _followed(self, state: FrameState, limit: float) -> float:
        """The scale, in the frame that it asks for, where the solution is finite and resolved."""
        scale = self.follow(state)
        if not math.isfinite(scale):
            raise UserError(f"the field is 0 or not finite at t = {shown_time(state.time, 8)}; take a smaller step")
        content = self.content(state)
        if content > limit:
            raise UserError(
                f"{self.axis.points} points do not resolve the solution at t = {shown_time(state.time, 8)}, "
                f"where the last coefficients are {content:.1e} of the largest; take more"
            )
        return scale
