"""What exponential Runge–Kutta schemes multiply Fourier coefficients by: e^{L}, φ₁(L), φ₂(L), φ₃(L) for L = −iθ.

    φ_1(L) = (e^L − 1)/L,      φ_{j+1}(L) = (φ_j(L) − 1/j!)/L,      φ_j(L) = Σ_n L^n/(n + j)!

Kassam & Trefethen (2005, SIAM J. Sci. Comput. 26, 1214) take means over a circle around L, since the closed forms
cancel where L is small. Here L is imaginary, and the series does for |θ| < 1 what the circle does, beyond which no
closed form loses more than a digit: the same numbers to rounding, and cheap enough to be made anew in each pass, so
that they need no memory of the size of a field.
"""

from __future__ import annotations

from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.trigonometry import sine_cosine

_TERMS = 17  # of the series: 1/20! is below rounding


@kernel
def phi_functions(theta: float, full: complex) -> tuple[complex, complex, complex]:
    """φ₁, φ₂, φ₃ of −iθ; ``full`` is e^{−iθ}."""
    if abs(theta) < 1.0:
        argument = complex(0.0, -theta)
        third = 0j
        # Horner's rule for Σ L^n/(n+3)! = (1/3!)(1 + L/4 (1 + L/5 (1 + …
        third = 1.0 + 0j
        for n in range(_TERMS, 0, -1):
            third = 1.0 + argument * third / (n + 3.0)
        third = third / 6.0
        second = argument * third + 0.5
        return argument * second + 1.0, second, third
    inverse = complex(0.0, 1.0 / theta)
    first = (full - 1.0) * inverse
    second = (first - 1.0) * inverse
    return first, second, (second - 0.5) * inverse


@kernel
def halves(theta: float) -> tuple[complex, complex, complex]:
    """e^{−iθ/2}, e^{−iθ}, and φ₁(−iθ/2) = sin(a)/a − i(1 − cos a)/a, a = θ/2: without cancellation for any θ."""
    s, c = sine_cosine(0.25 * theta)
    sine, versine = 2.0 * s * c, 2.0 * s * s
    half = complex(1.0 - versine, -sine)
    a = 0.5 * theta
    first = complex(sine / a, -versine / a) if a != 0.0 else 1.0 + 0j
    return half, half * half, first


@kernel
def stage_weights(lawson: bool, stage: int, theta: float, step: float) -> tuple[complex, complex, complex, complex]:
    """Factors of a stage: of û and of N̂ in the next argument, of N̂ in the sum, and of N̂ kept for the fourth argument.

    Parameters
    ----------
    lawson : bool
        Whether `if-rk4`, else `etdrk4`.
    stage : int
        0 to 3.
    theta, step : float
        |k|²h, and h.
    """
    half, full, first = halves(theta)
    if lawson:
        if stage == 0:
            return half, 0.5 * step * half, step / 6.0 * full, 0j
        if stage == 1:
            return half, complex(0.5 * step), step / 3.0 * half, 0j
        if stage == 2:
            return 0j, step * half, step / 3.0 * half, 0j
        return 0j, 0j, complex(step / 6.0), 0j
    a = 0.5 * step * first
    phi1, phi2, phi3 = phi_functions(theta, full)
    if stage == 0:
        return half, a, step * (phi1 - 3.0 * phi2 + 4.0 * phi3), (half - 1.0) * a
    if stage == 1:
        return half, a, step * (2.0 * phi2 - 4.0 * phi3), 0j
    if stage == 2:
        return 0j, 2.0 * a, step * (2.0 * phi2 - 4.0 * phi3), 0j
    return 0j, 0j, step * (4.0 * phi3 - phi2), 0j


@kernel
def take_stage(
    block: ComplexArray,
    squares: RealArray,
    lawson: bool,
    stage: int,
    sizes: tuple[float, float],
    start: ComplexArray,
    total: ComplexArray,
    fourth: ComplexArray,
) -> None:
    """Take up N̂ of a stage, and replace it by the argument of the next one, or by the result.

    Parameters
    ----------
    block : ndarray, (at least count, n)
        Coefficients of N, in units of 1/scale; those of the next argument take their place.
    squares : ndarray, (count, n)
        |k|².
    lawson, stage
        As of `stage_weights`.
    sizes : (float, float)
        h, and a factor of the block.
    start, total, fourth : ndarray, (count, n)
        û at the start of the step, the sum for its end, and what the fourth argument has so far.
    """
    step, scale = sizes
    for b in range(squares.shape[0]):
        for j in range(squares.shape[1]):
            theta = squares[b, j] * step
            own, weight, share, kept = stage_weights(lawson, stage, theta, step)
            rate = scale * complex(block[b, j])
            if stage == 0:
                turned = halves(theta)[1] * start[b, j]
                total[b, j] = turned + share * rate
                fourth[b, j] = turned + kept * rate
                block[b, j] = own * start[b, j] + weight * rate
            elif stage == 1:
                total[b, j] += share * rate
                block[b, j] = own * start[b, j] + weight * rate
            elif stage == 2:
                total[b, j] += share * rate
                block[b, j] = fourth[b, j] + weight * rate
            else:
                block[b, j] = total[b, j] + share * rate


@kernel
def turn_half(block: ComplexArray, squares: RealArray, step: float, scale: float) -> None:
    """Multiply coefficients by scale·e^{−i|k|²h/2}."""
    for b in range(squares.shape[0]):
        for j in range(squares.shape[1]):
            block[b, j] = scale * (halves(squares[b, j] * step)[0] * complex(block[b, j]))
