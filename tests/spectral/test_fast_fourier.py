"""Our transforms of lines: to the digits of FFTW, conjugate in both directions, the same bits by any registers."""

from __future__ import annotations

import os
import subprocess
import sys
from math import prod

import numpy as np
import pytest

from parallel_nls.spectral.fast_fourier.passes import IN_CACHE
from parallel_nls.spectral.fast_fourier.plans import LinePlan, roots_of_unity
from parallel_nls.spectral.fast_fourier.radices import SHORTEST, radices_of
from parallel_nls.spectral.transforms import aligned_zeros
from tests.support import digest

SMOOTH = [n for n in range(64, 10241, 64) if radices_of(n)]
SOME = (192, 320, 512, 960, 1024, 1152, 1600, IN_CACHE, IN_CACHE + 256, 4096, 8640)
NARROW = """
import numpy as np
from tests.spectral.test_fast_fourier import SOME, random_block, transformed
from tests.support import digest
from parallel_nls.spectral.fast_fourier.registers import has_wide_registers
print(has_wide_registers(), digest(*(transformed(random_block(n, 3)) for n in SOME)))
"""


def random_block(length: int, rows: int) -> np.ndarray:
    """Complex normal numbers."""
    real, imaginary = np.random.default_rng(length).standard_normal((2, rows, length))
    block = aligned_zeros((rows, length))
    block[...] = real + 1j * imaginary
    return block


def transformed(block: np.ndarray, direction: str = "forward") -> np.ndarray:
    """By our kernels."""
    found = aligned_zeros(block.shape)
    LinePlan(block.shape[1], direction)(block, found)  # type: ignore[arg-type]
    return found


def rms(values: np.ndarray) -> float:
    """Root of the mean square."""
    return float(np.sqrt(np.mean(np.abs(values) ** 2)))


@pytest.mark.parametrize("length", SMOOTH)
def test_against_more_digits(length: int) -> None:
    """Errors grow as the root of the number of passes, from 1e-16 each; both directions are conjugate bit for bit."""
    block = random_block(length, 2)
    exact = np.fft.fft(block.astype(np.clongdouble))
    found = transformed(block)
    assert rms(found - exact) < 1.05e-16 * np.sqrt(len(radices_of(length)) + 4) * rms(exact)
    assert (transformed(block.conj(), "backward") == found.conj()).all()


@pytest.mark.parametrize("length", SOME)
def test_each_coefficient_of_each_point(length: int) -> None:
    """A line that is 1 at one point has the roots of unity themselves, to 2e-16 a pass, at every place."""
    points = np.array([0, 1, 7, 8, 9, length // 2, length - 1])
    block = np.zeros((len(points), length), complex)
    block[np.arange(len(points)), points] = 1
    turns = points[:, None] * np.arange(length) % length
    exact = np.exp(-2j * np.longdouble("3.14159265358979323846264338327950288") * turns / np.longdouble(length))
    assert np.abs(transformed(block) - exact).max() < 2e-16 * (len(radices_of(length)) + 1)


@pytest.mark.parametrize("length", SOME)
def test_a_line_depends_on_itself_alone(length: int) -> None:
    """Not on its row, nor on the others; and the source is kept."""
    block = random_block(length, 5)
    kept, found = block.copy(), transformed(block)
    assert (block == kept).all()
    for row in range(5):
        assert digest(transformed(np.ascontiguousarray(block[row : row + 1]))) == digest(found[row : row + 1])


def test_lengths() -> None:
    """Multiples of 64 that fall apart into 2, 3, 5: the radices make up an eighth of the length."""
    smooth = {2**i * 3**j * 5**k for i in range(6, 13) for j in range(5) for k in range(4)}
    assert [n for n in range(1, 4097) if radices_of(n)] == sorted(n for n in smooth if SHORTEST <= n <= 4096)
    for length in SMOOTH:
        radices = radices_of(length)
        assert prod(radices) == length // 8
        assert radices[0] in (4, 8)


@pytest.mark.parametrize("denominator", [8, 24, 960, 4096])
def test_roots_of_unity(denominator: int) -> None:
    """To half a unit of rounding and a little; quarters of a turn exactly, and mirrored ones the same bits."""
    numerators = np.arange(-denominator, 3 * denominator)
    c, s = roots_of_unity(numerators, denominator, 1)
    angle = 2 * np.longdouble("3.14159265358979323846264338327950288") * numerators / np.longdouble(denominator)
    assert np.abs(np.cos(angle) - c).max() < 0.52 * 2.0**-53
    assert np.abs(np.sin(angle) + s).max() < 0.52 * 2.0**-53
    quarter = denominator // 4
    assert [(c[k], s[k]) for k in (0, quarter, 2 * quarter, 3 * quarter)] == [(1, 0), (0, -1), (-1, 0), (0, 1)]
    assert (s == -roots_of_unity(numerators, denominator, -1)[1]).all()


def test_the_same_bits_in_narrow_registers() -> None:
    """Code for a processor whose registers hold four doubles, in a process of its own."""
    environment = {**os.environ, "NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx2,+fma", "NUMBA_CACHE_DIR": ""}
    command = [sys.executable, "-c", NARROW]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", digest(*(transformed(random_block(n, 3)) for n in SOME))]
