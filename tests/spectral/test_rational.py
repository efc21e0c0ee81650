"""The rational basis of the line: transforms, exact operators, evaluation, tails, other scales."""

from __future__ import annotations

import numpy as np
import pytest

from parallel_nls.errors import UserError
from parallel_nls.spectral.rational import Parity, RationalAxis
from parallel_nls.spectral.rational_box import box_points, from_box, interpolated, to_box

AXIS = RationalAxis(96, 1.5)
PLACES = np.array([-40.0, -1.3, -0.2, 0.0, 0.01, 0.7, 3.0, 50.0, 1e5])


def even(x: np.ndarray) -> np.ndarray:
    """1/(1 + x²): e^{−|ξ|}."""
    return np.asarray(1 / (1 + x**2))


def odd(x: np.ndarray) -> np.ndarray:
    """Its Hilbert transform x/(1 + x²)."""
    return np.asarray(x / (1 + x**2))


def test_transforms_are_orthogonal() -> None:
    """Both, to rounding; the norm of values is that of coefficients."""
    for matrix in (AXIS.cosines, AXIS.sines):
        assert np.abs(matrix @ matrix.T - np.eye(96)).max() < 3e-15
        assert np.array_equal(matrix, matrix.T)
    assert AXIS.norm(AXIS.amplitude * even(AXIS.x)) ** 2 == pytest.approx(np.pi / 2, rel=1e-15)


def test_integrals_and_tails() -> None:
    """Of functions known in closed form."""
    a, b = AXIS.coefficients(even(AXIS.x)), AXIS.coefficients(odd(AXIS.x), "odd")
    assert AXIS.inner(a, a) == pytest.approx(np.pi / 2, rel=1e-14)
    assert AXIS.inner(b, b) == pytest.approx(np.pi / 2, rel=1e-14)
    assert AXIS.integral(a) == pytest.approx(np.pi, rel=1e-14)
    assert AXIS.at_zero(a) == pytest.approx(1, rel=1e-14)
    assert AXIS.tail(a) == pytest.approx(1, rel=1e-12)
    assert AXIS.tail(b, "odd") == pytest.approx(1, rel=1e-13)
    assert AXIS.at_zero(1j * a) == pytest.approx(1j, rel=1e-14)
    assert AXIS.integral(1j * a) == pytest.approx(1j * np.pi, rel=1e-14)


@pytest.mark.parametrize("axis", [AXIS, RationalAxis(200, 0.6)])
def test_operators_are_exact(axis: RationalAxis) -> None:
    """D, Λ and ∂_x of both parities, at any place: D(1/(1 + x²)) = (1 − x²)/(1 + x²)²."""
    a, b, x = axis.coefficients(even(axis.x)), axis.coefficients(odd(axis.x), "odd"), PLACES
    first, second = (1 - x**2) / (1 + x**2) ** 2, -2 * x / (1 + x**2) ** 2
    expected: list[tuple[np.ndarray, Parity, np.ndarray]] = [
        (a, "even", even(x)),
        (b, "odd", odd(x)),
        (axis.D(a), "even", first),
        (axis.D(b), "odd", -second),
        (axis.derivative(a), "odd", second),
        (axis.derivative(b, "odd"), "even", first),
        (axis.Lambda(a), "even", even(x) / 2 + x * second),
        (axis.Lambda(b), "odd", odd(x) / 2 + x * first),
    ]
    for coefficients, parity, values in expected:
        assert axis.evaluate(coefficients, x, parity) == pytest.approx(values, rel=1e-9, abs=2e-12)
    assert axis.D_matrix @ a == pytest.approx(axis.D(a), abs=1e-13)
    assert axis.Lambda_matrix @ a == pytest.approx(axis.Lambda(a), abs=1e-13)


def test_the_commutator_of_D_and_dilations() -> None:
    """[D, Λ] = D, but at the end of the basis."""
    D, dilation = AXIS.D_matrix, AXIS.Lambda_matrix
    commutator = D @ dilation - dilation @ D
    assert (commutator - D)[:-1, :-1] == pytest.approx(np.zeros((95, 95)), abs=1e-11)
    assert np.array_equal(dilation, -dilation.T)


def test_functions_without_parity() -> None:
    """They are split and joined; values between the points come from both parts."""
    values = np.exp(-((AXIS.whole - 0.4) ** 2)) * (1 + 0.3j * AXIS.whole)
    a, b = AXIS.split(values)
    assert AXIS.join(a, b) == pytest.approx(values, abs=1e-14)
    found = AXIS.evaluate(a, PLACES) + AXIS.evaluate(b, PLACES, "odd")
    assert found == pytest.approx(np.exp(-((PLACES - 0.4) ** 2)) * (1 + 0.3j * PLACES), abs=1e-8)


def test_another_scale() -> None:
    """There and back."""
    other, a = RationalAxis(128, 1.0), AXIS.coefficients(1 / (1 + AXIS.x**2) ** 2)
    there = AXIS.resampled(a, other)
    assert other.values(there) == pytest.approx(1 / (1 + other.x**2) ** 2, abs=1e-14)
    assert other.resampled(there, AXIS) == pytest.approx(a, abs=1e-14)


def test_what_is_not_resolved_is_seen() -> None:
    """The last coefficients of a narrow function, and of 0."""
    assert AXIS.content(AXIS.coefficients(even(AXIS.x))) < 1e-15
    assert AXIS.content(AXIS.coefficients(np.exp(-((80 * AXIS.x) ** 2)))) > 1e-2
    assert AXIS.content(np.zeros(96)) == 0


@pytest.mark.parametrize("factor", [0.8, 1.25])
@pytest.mark.parametrize("parity", ["even", "odd"])
def test_dilations(factor: float, parity: Parity) -> None:
    """√q·f(qx) of what the basis holds; the rest is left out, so that no norm grows."""
    function = even if parity == "even" else odd
    matrix = AXIS.dilation(factor, parity)
    found = matrix @ AXIS.coefficients(function(AXIS.x), parity)
    expected = np.sqrt(factor) * function(factor * PLACES)
    assert AXIS.evaluate(found, PLACES, parity) == pytest.approx(expected, rel=1e-9, abs=2e-13)
    assert np.linalg.norm(matrix, 2) < 1 + 1e-9


def test_interpolation_in_a_box() -> None:
    """Exact for all modes, the highest of an even number of points as a cosine."""
    for points in (8, 9):
        grid, x = box_points(points, 2.0), np.array([-1.7, 0.3, 1.1])
        for n in range(-(points // 2) + 1, (points - 1) // 2 + 1):
            wave = np.exp(0.5j * np.pi * n * grid)
            assert interpolated(wave, 2.0, x) == pytest.approx(np.exp(0.5j * np.pi * n * x), abs=1e-14)
    grid = box_points(8, 2.0)
    assert interpolated(np.cos(2 * np.pi * grid), 2.0, x) == pytest.approx(np.cos(2 * np.pi * x), abs=1e-14)


def test_boxes() -> None:
    """To the grid of a box and back, without parity; what the axis has outside is found again."""
    a = AXIS.coefficients(even(AXIS.x) ** 2 + 0.5j * even(AXIS.x))
    b = AXIS.coefficients(odd(AXIS.x) * even(AXIS.x), "odd").astype(complex)
    for points in (4096, 4095):
        values = to_box(AXIS, a, b, points, 60.0)
        x = box_points(points, 60.0)
        assert values == pytest.approx(even(x) ** 2 + 0.5j * even(x) + odd(x) * even(x), abs=1e-13)
    # The tail meets its image at the edge: Gibbs' oscillations of 1e-4 there, less inside.
    found = from_box(to_box(AXIS, a, b, 4096, 60.0), 60.0, AXIS)
    assert AXIS.norm(found[0] - a) < 1e-3
    assert AXIS.norm(found[1] - b) < 1e-3
    fast = AXIS.coefficients(np.exp(-(AXIS.x**2))).astype(complex)
    again, _ = from_box(to_box(AXIS, fast, 0 * fast, 2048, 60.0), 60.0, AXIS)
    assert again == pytest.approx(fast, abs=1e-7)
    with pytest.raises(UserError, match="half_length = 1 of the box holds 36 of 96 points"):
        from_box(np.ones(64, dtype=complex), 1.0, AXIS)


def test_boxes_bring_nothing_from_outside() -> None:
    """Of Q-like tails nothing grows outside, where rounding alone would tell of it; what is not held is refused."""
    axis, x = RationalAxis(256, 3.0), box_points(4096, 50.0)
    found = from_box(even(x).astype(complex), 50.0, axis)
    assert sum(axis.norm(part) ** 2 for part in found) == pytest.approx(np.pi / 2, rel=1e-5)
    wave = 0.1 * np.exp(2j * x) / ((x - 20) ** 2 + 1)
    for points, scale in ((64, 1.5), (128, 3.0), (256, 3.0)):
        with pytest.raises(
            UserError, match=rf"{points} points of scale {scale:g} do not hold the function .* they miss"
        ):
            from_box(even(x) + wave, 50.0, RationalAxis(points, scale))
    wide, smooth = RationalAxis(384, 12.0), even(x) + 0.1 * np.exp(2j * x - (x - 20) ** 2 / 8)
    assert to_box(wide, *from_box(smooth, 50.0, wide), 4096, 50.0) == pytest.approx(smooth, abs=1e-4)


@pytest.mark.parametrize(("points", "scale", "words"), [(1, 1.0, "points = 1"), (8, 0.0, "scale = 0.0")])
def test_bad_axes(points: int, scale: float, words: str) -> None:
    """They are refused by name and value."""
    with pytest.raises(UserError, match=words):
        RationalAxis(points, scale)
