"""Functions of points: those that look at more than their own point are refused, all others are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from parallel_nls.equations.point_functions import check_pointwise
from parallel_nls.errors import UserError
from parallel_nls.profiles.python_function import PythonProfile
from parallel_nls.user_code.elementwise import check_elementwise
from parallel_nls.user_code.source import BadResult

HEAD = "import numpy as np\nrng = np.random.default_rng(1)\nchance = np.random.default_rng().uniform()\nkept = []\n\n"
BUMP = "np.exp(-sum(a**2 for a in x))"
KEEPING = "kept.append(abs(u).max()) if not kept else None"
# The body of u0(*x), where u is a bump of height 1.
BAD = {
    "a maximum": "return u / abs(u).max()",
    "a maximum of a row": "return u / abs(u).max(axis=1, keepdims=True)",
    "a maximum of a column": "return u / abs(u).max(axis=0, keepdims=True)",
    "a maximum of many": "return np.abs(x[0]) / np.abs(x[0]).max() + x[0]",
    "a maximum of a jump": "v = np.where(x[0] > 0, 1.0, 2.0); return v / v.max() + 0 * u",
    "a mass": "return u / np.sqrt(np.sum(abs(u)**2))",
    "a mean": "return u - u.mean()",
    "a sum along": "return np.cumsum(u, axis=1)",
    "a sum across": "return np.cumsum(u, axis=0)",
    "order": "return np.maximum.accumulate(x[0] + 7, axis=0) + 0 * u",
    "a gradient along": "return np.gradient(u, axis=1)",
    "a gradient across": "return np.gradient(u, axis=0)",
    "neighbours": "return np.roll(u, 1, axis=1)",
    "a transform": "return np.fft.ifft(np.fft.fft(u) * np.exp(1j * np.arange(u.shape[1])))",
    "the shape": "return u * u.shape[0]",
    "the size": "return u / u.size",
    "its place": "return u + 1e-9 * np.arange(u.shape[1])",
    "random": "return u + 1e-3 * np.random.standard_normal(u.shape)",
    "slightly random": "return u + 1e-9 * np.random.standard_normal(u.shape)",
    "a random factor": "return u * (1 + 1e-9 * np.random.standard_normal(u.shape))",
    "seeded": "return u + 1e-3 * np.random.default_rng(1).standard_normal(u.shape)",
    "slightly seeded": "return u + 1e-10 * np.random.default_rng(1).standard_normal(u.shape)",
    "one generator": "return u + 1e-3 * rng.standard_normal(u.shape)",
    "chance while it runs": "return u * chance",
    "kept from the first call": f"{KEEPING}; return u / kept[0]",
    "counted calls": "kept.append(1); return u + 1e-3 * len(kept)",
    "sorted": "return np.sort(u, axis=1)",
    "fails with fewer": "return u * np.ones((32, 1))",
    "not finite with fewer": "return u if u.size > 64 else u * np.nan",
}
GOOD = {
    "a bump": "return u",
    "a constant": "return 1.5",
    "zero": "return 0 * u",
    "a coordinate": "return x[0]",
    "phases": "return u * np.exp(1e4j * x[0]**2)",
    "sizes far apart": "return np.exp(-200 * u) * 1e200 + 1e-200",
    "a bump that underflows": "return np.exp(-1e4 * sum(a**2 for a in x))",
    "a jump": "return np.where(x[0] > 0.1, 1.0, 0.0) * u",
    "a spike": "return np.where(abs(x[0] - 0.25) < 1e-9, 1e8, 1e-8) * u",
    "single precision": "return np.exp(-sum(a.astype('f4')**2 for a in x) * 3)",
    "single precision inside": "return np.exp(1j * sum(np.sin(40 * a.astype('f4')) for a in x)).astype(complex)",
    "a Fourier sum": "k = np.arange(40); return np.exp(1j * np.multiply.outer(x[0], k)) @ np.exp(-k / 3.0) + 0 * u",
    "a sum over the first axis": "k = np.arange(40.0)[:, None, None]; return np.sum(np.cos(k * x[0]), axis=0) + 0 * u",
    "cancellation": "return (1e8 + u) - 1e8",
    "interpolation": "return np.interp(x[0], np.linspace(-9, 9, 500), np.cos(np.linspace(0, 3, 500))) + 0 * u",
    "point by point": "return np.vectorize(lambda v: complex(v, v**2))(u)",
    "fixed chance": "c = np.random.default_rng(3).uniform(size=2); return u + c[0] * np.cos(x[0] * c[1])",
    "in place": "x[0][...] *= 2; return np.sin(x[0]) + 0 * u",
}


def verdict(folder: Path, body: str, points: tuple[int, ...], dtype: type = np.complex128) -> None:
    """Check a function as a run does, block by block, on the line or in the plane."""
    path = folder / "start.py"
    path.write_text(f"{HEAD}def u0(*x):\n    u = {BUMP}\n    {body}\n")
    profile = PythonProfile.load(path, "u0")
    rows, n = points[:2]
    blocks: list[tuple[np.ndarray, ...]]
    if len(points) == 2:
        across, along = np.linspace(-6, 5.9, rows)[:, None], np.linspace(-5, 5.1, n)[None, :]
        blocks = [(across[first : first + 32], along) for first in range(0, rows, 32)]
    else:
        line = np.linspace(-6, 5.9, rows * n).reshape(n, rows).T
        blocks = [(np.ascontiguousarray(line[first : first + 32]),) for first in range(0, rows, 32)]
    found = []
    for block in blocks:
        values: np.ndarray = np.zeros((32, n), dtype=dtype)
        profile.add_to(values, 0.0, block)
        found.append(values[: len(block[0])])
    size = max(float(np.abs(values).max()) for values in found)
    for block, values in zip(blocks, found, strict=True):
        profile.check(values, block, size)


SHAPES = [(40, 50), (33, 9), (4, 4), (45, 64, 1), (1, 97, 1), (7, 11, 1)]


@pytest.mark.parametrize("points", SHAPES)
@pytest.mark.parametrize("name", GOOD)
def test_functions_of_a_point_are_accepted(tmp_path: Path, name: str, points: tuple[int, ...]) -> None:
    """Whatever their sizes, precision and rounding, in either precision of the grid."""
    for dtype in (np.complex128, np.complex64):
        if dtype == np.complex64 and name == "sizes far apart":
            continue
        verdict(tmp_path, GOOD[name], points, dtype)


@pytest.mark.parametrize("points", [(40, 50), (45, 64, 1), (32, 24)])
@pytest.mark.parametrize("name", BAD)
def test_functions_of_more_are_refused(tmp_path: Path, name: str, points: tuple[int, ...]) -> None:
    """With file and line, what differs, and what to do instead."""
    with pytest.raises(UserError) as caught:
        verdict(tmp_path, BAD[name], points)
    text = str(caught.value)
    assert f"{tmp_path / 'start.py'}, line 6: u0 is not elementwise: it " in text
    assert "no sums, maxima or differences over the points, no random numbers" in text
    assert "normalise = {mass = 1.0}" in text
    assert "[[initial.noise]]" in text
    assert "\n" not in text


@pytest.mark.parametrize("points", [(3, 4), (4, 4), (7, 11, 1)])
@pytest.mark.parametrize("name", ["a maximum", "a mass", "a sum along", "random", "one generator", "the size"])
def test_small_blocks_too(tmp_path: Path, name: str, points: tuple[int, ...]) -> None:
    """Of fewer rows and columns than are tried."""
    with pytest.raises(UserError, match="is not elementwise"):
        verdict(tmp_path, BAD[name], points)


def test_few_calls() -> None:
    """A function that takes long for each point is called with few more than without the check."""
    points: list[int] = []

    def counting(x: np.ndarray) -> np.ndarray:
        """Count points."""
        points.append(x.size)
        return np.asarray(np.cos(x))

    x = np.linspace(0, 9, 32 * 400).reshape(32, 400)
    check_elementwise(counting, counting, np.cos(x), [x], 1.0)
    assert sum(points) == 192


def line(square: np.ndarray, x: np.ndarray) -> np.ndarray:
    """A function with infinities and no numbers."""
    with np.errstate(all="ignore"):
        return np.asarray(np.log(x) + 1 / (np.abs(x) > 0.5) + square)


@pytest.mark.parametrize("function", [line, lambda square, x: np.nan * square * x, lambda square, x: 0.0 * square * x])
def test_numbers_that_are_none_are_left_to_others(function: Callable[..., np.ndarray]) -> None:
    """Where a function of an equation gives infinity or no number at a point, it does so alone."""
    x = np.linspace(-2, 2, 32 * 20).reshape(32, 20)
    check_pointwise(function, x.shape, np.ones(x.shape), x)


def test_the_remedy_of_an_equation() -> None:
    """Says nothing of initial data."""
    x = np.linspace(-2, 2, 32 * 20).reshape(32, 20)
    with pytest.raises(BadResult) as caught:
        check_pointwise(lambda square, x: square / np.max(square) + x, x.shape, x**2, x)
    assert "is not elementwise" in str(caught.value)
    assert "initial" not in str(caught.value)


@pytest.mark.parametrize("rounding", [1e-8, 1e-4])
def test_rounding_by_the_number_of_points(rounding: float) -> None:
    """What a library rounds otherwise for few points is looked at again among as many points as before."""

    def rounded(x: np.ndarray) -> np.ndarray:
        """A function of a point, but for rounding."""
        return np.asarray(np.cos(x) * (1 + rounding * (x.size < 100)))

    x = np.linspace(0, 9, 32 * 40).reshape(32, 40)
    if rounding < 1e-5:
        check_elementwise(rounded, rounded, rounded(x), [x], 1.0)
    else:
        with pytest.raises(BadResult, match="is not elementwise"):
            check_elementwise(rounded, rounded, rounded(x), [x], 1.0)
