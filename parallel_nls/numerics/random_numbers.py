"""Normal random numbers by counter: each follows from a key and the integers that name it alone.

The words are those of the generator Philox-4x64-10 (Salmon, Moraes, Dror & Shaw, SC11, 2011), as numpy has it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.trigonometry import HALF_PI_HIGH, sine_cosine

Key = NDArray[np.uint64]

_ROUNDS = 10
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_FIRST_FACTOR, _SECOND_FACTOR = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
_FIRST_STEP, _SECOND_STEP = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)
_ONE, _ZERO = np.uint64(1), np.uint64(0)
_TO_MANTISSA = np.uint64(11)
_UNIT = 2.0**-53


def key_of(seed: int) -> Key:
    """The key (two words) of a seed, a whole number from 0: that of ``numpy.random.Philox(seed)``.

    Notes
    -----
    *Communication*: local.
    """
    return np.asarray(np.random.SeedSequence(seed).generate_state(2, np.uint64), dtype=np.uint64)


@kernel
def high_product(a: Any, b: Any) -> Any:
    """The upper 64 bits of the product of two words."""
    a_low, a_high, b_low, b_high = a & _LOW, a >> _HALF, b & _LOW, b >> _HALF
    middle = a_high * b_low + ((a_low * b_low) >> _HALF)
    other = a_low * b_high + (middle & _LOW)
    return a_high * b_high + (middle >> _HALF) + (other >> _HALF)


@kernel
def two_words(key: Key, first: int, second: int) -> tuple[Any, Any]:
    """The first two words that ``numpy.random.Philox(key=key, counter=[0, first, second, 0])`` gives."""
    x0, x1, x2, x3 = _ONE, np.uint64(first), np.uint64(second), _ZERO
    k0, k1 = key[0], key[1]
    for _ in range(_ROUNDS):
        high0, low0 = high_product(_FIRST_FACTOR, x0), _FIRST_FACTOR * x0
        high1, low1 = high_product(_SECOND_FACTOR, x2), _SECOND_FACTOR * x2
        x0, x1, x2, x3 = high1 ^ x1 ^ k0, low1, high0 ^ x3 ^ k1, low0
        k0, k1 = k0 + _FIRST_STEP, k1 + _SECOND_STEP
    return x0, x1


@kernel
def complex_normal(key: Key, first: int, second: int) -> complex:
    """A complex number of mean square 1, real and imaginary part independent and normal (Box & Muller, 1958).

    Parameters
    ----------
    key : ndarray of uint64, (2,)
        From `key_of`.
    first, second : int
        What names the number; negative ones too.

    Returns
    -------
    complex
        √(−log v) e^{2πi·w} with v in (0, 1] and w in [0, 1), the upper 53 bits of two words.

    Notes
    -----
    *Communication*: local.
    """
    a, b = two_words(key, first, second)
    v = (float(a >> _TO_MANTISSA) + 0.5) * _UNIT
    s, c = sine_cosine(4.0 * HALF_PI_HIGH * (float(b >> _TO_MANTISSA) * _UNIT))
    size = math.sqrt(-math.log(v))
    return complex(size * c, size * s)
