"""What comes with the package: sound, told by length alone, and left alone by an FFTW that refuses its plans."""

from __future__ import annotations

import re
from math import log2

import numpy as np
import pytest

from parallel_nls.spectral.fast_fourier.registers import has_wide_registers
from parallel_nls.spectral.transforms import FourierTransform
from parallel_nls.spectral.wisdom import (
    KERNELS,
    NO_WISDOM,
    PRECISIONS,
    Wisdom,
    current,
    is_accepted,
    planning_by,
    shipped,
    without_fftw,
)
from tests.support import digest

LARGEST = 8192
ROWS = np.arange(32)
FFTW, OURS = shipped(kernels=False), shipped(kernels=True)
FOREIGN = Wisdom(FFTW.text.replace("(fftw-3", "(fftw-2"))
"""As another version of FFTW has found them."""
MISSING = Wisdom(re.sub(r"(_register \d+ #\S+ #\S+ #\S+) #x\w+", r"\1 #x00000000", FFTW.text))
"""It can be read, but no longer holds all parts of a plan."""


def transformed(transform: FourierTransform, line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One line in all rows, forward; and its complex conjugate, backward."""
    blocks = []
    for direction, given in (("forward", line), ("backward", line.conj())):
        transform.first[...] = given
        transform(direction, transform.first, transform.second, ROWS)  # type: ignore[arg-type]
        blocks.append(transform.second.copy())
    return blocks[0], blocks[1]


def random_line(length: int) -> np.ndarray:
    """Complex normal numbers."""
    real, imaginary = np.random.default_rng(length).standard_normal((2, length))
    line: np.ndarray = real + 1j * imaginary
    return line


@pytest.fixture
def here() -> Wisdom:
    """The plans of the package; there is nothing to be seen of them where FFTW refuses them."""
    if not is_accepted(FFTW):
        pytest.skip("the FFTW of this machine refuses the plans of the package")
    return FFTW


@pytest.mark.parametrize("dtype", PRECISIONS)
def test_all_plans_are_read_and_sound(here: Wisdom, dtype: str) -> None:
    """FFTW takes them; rows do not differ, directions are conjugate bit for bit, as `gains` supposes, and right."""
    epsilon = float(np.finfo(dtype).eps)
    lengths = [int(name) for name in here.tables[PRECISIONS[dtype]]]
    assert {1024, 2048, 4096, 8192} <= set(lengths)
    for length in lengths:
        if length > LARGEST:
            continue
        line = random_line(length).astype(dtype)
        assert here.of(length, np.dtype(dtype))
        with planning_by(here):
            forward, backward = transformed(FourierTransform(length, dtype), line)
        assert (forward == forward[0]).all()
        assert (backward == forward.conj()).all()
        exact = np.fft.fft(line.astype(complex))
        bound = 1e-15 * log2(length) if dtype == "complex128" else epsilon * log2(length)
        assert np.abs(forward[0] - exact).max() <= bound * np.abs(exact).max()


def bits(wisdom: Wisdom | None, lengths: tuple[int, ...] = (60, 1024, 2048, 4096)) -> str:
    """Of transforms in both directions, planned by this; None: by what holds unless something is said."""
    results: list[np.ndarray] = []
    with planning_by(current() if wisdom is None else wisdom):
        for length in lengths:
            results += transformed(FourierTransform(length), random_line(length))
    return digest(*results)


def test_a_plan_follows_from_the_text_alone(here: Wisdom) -> None:
    """By estimate before and after; those of the package where nothing is said; and all are others."""
    known = [NO_WISDOM, here, OURS]
    found = [bits(wisdom) for wisdom in known]
    assert [bits(wisdom) for wisdom in known] == found
    assert bits(None) == found[2 if has_wide_registers() else 1]
    assert len(set(found)) == 3


def test_our_kernels_need_no_plans_of_fftw() -> None:
    """Where it refuses them, ours go on with the same bits, and all other lengths are planned by estimate."""
    alone = without_fftw(OURS)
    assert is_accepted(alone)
    assert alone.of(1024, np.dtype(complex)) == KERNELS
    assert (alone.of(1000, np.dtype(complex)), alone.of(1024, np.dtype(np.complex64))) == ("", "")
    assert bits(alone, (1024, 2048)) == bits(OURS, (1024, 2048))
    assert bits(alone, (60, 288)) == bits(NO_WISDOM, (60, 288))


@pytest.mark.parametrize("name", ['"of tomorrow"', "7", "{}"])
def test_kernels_that_are_not_known_are_refused(name: str) -> None:
    """Their bits cannot be had; what is left is FFTW."""
    wisdom = Wisdom(f"kernels = {name}\n{FFTW.text}")
    assert not is_accepted(wisdom)
    assert without_fftw(wisdom) == NO_WISDOM


@pytest.mark.parametrize(
    "text",
    [FOREIGN.text, MISSING.text, FFTW.text[:-40], "[double]\n", "no table"],
    ids=["foreign", "missing", "cut", "empty", "nothing"],
)
def test_damaged_plans_are_refused_as_a_whole(text: str) -> None:
    """Of another version, with parts missing, cut off, empty, of another kind."""
    assert not is_accepted(Wisdom(text))


@pytest.mark.parametrize("damaged", [FOREIGN, MISSING], ids=["foreign", "missing"])
def test_a_length_whose_plan_is_refused_has_the_bits_of_the_estimate(damaged: Wisdom) -> None:
    """Of both directions, so that they stay conjugate."""
    assert bits(damaged) == bits(NO_WISDOM)


def test_no_text_is_accepted_anywhere() -> None:
    """It is what runs were planned by before there was any."""
    assert is_accepted(NO_WISDOM)
    assert NO_WISDOM.digest == ""
    assert NO_WISDOM.of(1024, np.dtype(complex)) == ""
