"""Compiled kernels of the nonlinear phase flow."""

from __future__ import annotations

from typing import Any

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import bits, from_bits, inlined, kernel, lean_kernel
from parallel_nls.numerics.compiled import fused_multiply_add as fma
from parallel_nls.numerics.lanes import all_lanes
from parallel_nls.numerics.trigonometry import (
    cosine_less_one,
    remainder,
    scaled_turn,
    shifted_quarters,
    sine,
    turned_parts,
)
from parallel_nls.numerics.turns import CHUNK, SIZE, turn_parts, turn_scratch


@lean_kernel
def density(u: complex) -> float:
    """|u|²."""
    v = complex(u)  # in double precision, whatever that of the field
    square: float = fma(v.real, v.real, v.imag * v.imag)
    return square


@lean_kernel
def power_of_density(density: float, exponent: float) -> float:
    """density^exponent, by products where the exponent is 0, 1, 2 or 3."""
    if exponent == 0.0:
        return 1.0
    if exponent == 1.0:
        return density
    if exponent == 2.0:
        return density * density
    if exponent == 3.0:
        return density * density * density
    return float(density**exponent)


@inlined
def is_product(exponent: float) -> bool:
    """Whether `power_of_density` is made of products, and `product_of_density` gives it for lanes."""
    return exponent == 0.0 or exponent == 1.0 or exponent == 2.0 or exponent == 3.0


@lean_kernel
def product_of_density(density: Any, exponent: float) -> Any:
    """`power_of_density` of lanes, to the same bits, for an exponent of which `is_product` tells that it will do."""
    if exponent == 0.0:
        return all_lanes(1.0)
    if exponent == 1.0:
        return density
    if exponent == 2.0:
        return density * density
    return density * density * density


@lean_kernel
def turned(u: complex, angle: float, scale: float) -> complex:
    """Scale · u · e^{i·angle}: as `turns.turn`, of one number; for kernels of one's own."""
    shifted = shifted_quarters(angle)
    r = remainder(angle, shifted)
    re, im = turned_parts(u.real, u.imag, scaled_turn(sine(r), cosine_less_one(r), shifted, scale))
    return complex(re, im)


@inlined
def _split_density(values: ComplexArray, j: int, scratch: RealArray) -> float:
    """|u|², and real and imaginary part where `turn_parts` finds them."""
    v = complex(values[j])
    scratch[0, j] = v.real
    scratch[1, j] = v.imag
    square: float = density(v)
    return square


@kernel
def rotate_cubic(block: ComplexArray, tau: float, scale: float) -> None:
    """Rotate u ← scale · u·e^{iτ|u|²} on a block."""
    flat = block.reshape(block.size)
    memory, scratch = np.empty(CHUNK), turn_scratch()
    for first in range(0, flat.size, CHUNK):
        part = flat[first : first + CHUNK]
        angles = memory[: part.size]
        for j in range(part.size):
            angles[j] = tau * _split_density(part, j, scratch)
        turn_parts(part, angles, scale, scratch)


@kernel
def rotate_quintic(block: ComplexArray, tau: float, scale: float) -> None:
    """Rotate u ← scale · u·e^{iτ|u|⁴} on a block."""
    flat = block.reshape(block.size)
    memory, scratch = np.empty(CHUNK), turn_scratch()
    for first in range(0, flat.size, CHUNK):
        part = flat[first : first + CHUNK]
        angles = memory[: part.size]
        for j in range(part.size):
            square = _split_density(part, j, scratch)
            angles[j] = tau * (square * square)
        turn_parts(part, angles, scale, scratch)


@kernel
def rotate_power(block: ComplexArray, tau: float, scale: float, exponent: float) -> None:
    """Rotate u ← scale · u·e^{iτ(|u|²)^exponent} on a block."""
    flat = block.reshape(block.size)
    memory, scratch = np.empty(CHUNK), turn_scratch()
    for first in range(0, flat.size, CHUNK):
        part = flat[first : first + CHUNK]
        angles = memory[: part.size]
        for j in range(part.size):
            angles[j] = tau * _split_density(part, j, scratch) ** exponent
        turn_parts(part, angles, scale, scratch)


@lean_kernel
def largest_density(block: ComplexArray, start: float) -> float:
    """Return the larger of ``start`` and max|u|² over a block; NaN or infinity if any value is not finite.

    As integers: their largest is found in any order, so that whole vectors are compared.
    """
    flat = block.reshape(block.size)
    largest = bits(start) & SIZE
    for j in range(flat.size):
        largest = max(largest, bits(density(flat[j])) & SIZE)
    return float(from_bits(largest))
