"""Initial data from a Python file: its values, what is kept of it, and every mistake with its line and remedy."""

from __future__ import annotations

import hashlib
import signal
from pathlib import Path

import numpy as np
import pytest

from parallel_nls.errors import UserError
from parallel_nls.profiles.pointwise import values
from parallel_nls.profiles.python_function import PythonProfile

X = np.linspace(-2.0, 2.0, 5)[:, None]
Y = np.linspace(-3.0, 3.0, 7)[None, :]
GOOD = """
from __future__ import annotations
from dataclasses import dataclass
import numpy as np

@dataclass
class Wave:
    amplitude: float

def u0(x, y):
    return Wave(1.5).amplitude * np.exp(-(x**2 + y**2) + 1j * x)

def on_the_line(x):
    return np.exp(1j * x)
"""


def written(folder: Path, text: str) -> Path:
    """A file with that text."""
    path = folder / "start.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_values_on_the_line_and_in_the_plane(tmp_path: Path) -> None:
    """Added with their weight, at any time."""
    path = written(tmp_path, GOOD)
    block = np.full((32, 7), 2.0 + 1j)
    PythonProfile.load(path, "u0").add_to(block, 3.0, (X, Y), weight=-2.0)
    assert np.abs(block[:5] - 2 - 1j + 3 * np.exp(-(X**2 + Y**2) + 1j * X)).max() <= 1e-15
    assert np.all(block[5:] == 2 + 1j)
    found = values(PythonProfile.load(path, "on_the_line"), 0.0, (X + Y,))
    assert np.array_equal(found, np.exp(1j * (X + Y)))


@pytest.mark.parametrize(
    ("body", "exact"),
    [
        ("3", 3.0 + 0 * X * Y),
        ("x", X + 0 * Y),
        ("y.astype('float32')", Y + 0 * X),
        ("(x + 1).tolist()", X + 1 + 0 * Y),
    ],
)
def test_less_than_an_array_broadcasts(tmp_path: Path, body: str, exact: np.ndarray) -> None:
    """A number, a function of one coordinate, a list."""
    profile = PythonProfile.load(written(tmp_path, f"def u0(x, y):\n    return {body}"), "u0")
    assert np.array_equal(values(profile, 0.0, (X, Y)), np.broadcast_to(exact, (5, 7)))


def test_source_and_digest_are_kept(tmp_path: Path) -> None:
    """They are those of the text that ran, even if the file changes; the text alone is enough."""
    path = written(tmp_path, "# é\n" + GOOD)
    profile = PythonProfile.load(path, "u0")
    path.write_text("changed")
    assert profile.source == "# é\n" + GOOD
    assert profile.digest == hashlib.sha256(("# é\n" + GOOD).encode()).hexdigest()
    assert (profile.path, profile.function) == (path, "u0")
    again = PythonProfile(profile.source, "somewhere/else.py", "u0")
    assert np.array_equal(values(again, 0.0, (X, Y)), values(profile, 0.0, (X, Y)))


def test_the_grid_is_safe_from_the_function(tmp_path: Path) -> None:
    """It may work in place."""
    x, y = X.copy(), Y.copy()
    profile = PythonProfile.load(written(tmp_path, "def u0(x, y):\n    x += 1\n    y *= 0\n    return x + y"), "u0")
    assert np.array_equal(values(profile, 0.0, (x, y)), X + 1 + 0 * Y)
    assert np.array_equal(x, X)
    assert np.array_equal(y, Y)


LOADING = [
    ("def u0(x):\n  return (", "start.py, line 2: '(' was never closed; correct the file"),
    ("import numpy\nimport no_such_module", "line 2: running the file raises ModuleNotFoundError: No module named"),
    ("def f():\n    raise KeyError('a')\n\n\nf()", "start.py, line 2: running the file raises KeyError: 'a'; correct"),
    ("import sys\nsys.exit(3)", "start.py, line 2: running the file raises SystemExit: 3; correct the file"),
    ("x = 1\n", "start.py has no function 'u0': it defines none; write one"),
    ("def u1(x): ...\ndef v(x): ...\ndef _w(x): ...", "no function 'u0': it defines u1, v; choose one of them"),
    ("u0 = 3.5", "'u0' in {path} is of type float; name a function"),
    ("u0 = '\0'", "null bytes; correct the file"),
]


@pytest.mark.parametrize(("text", "message"), LOADING)
def test_files_that_define_no_function(tmp_path: Path, text: str, message: str) -> None:
    """Syntax errors, errors while it runs, no function of the name."""
    path = written(tmp_path, text)
    with pytest.raises(UserError) as caught:
        PythonProfile.load(path, "u0")
    assert message.format(path=path) in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """None of that name, a folder, not text."""
    with pytest.raises(UserError, match=r"missing\.py cannot be read: No such file or directory; name another file"):
        PythonProfile.load(tmp_path / "missing.py", "u0")
    with pytest.raises(UserError, match="cannot be read: it is a directory; name another file"):
        PythonProfile.load(tmp_path, "u0")
    path = tmp_path / "start.py"
    path.write_bytes(b"\x93NUMPY\xff\xfe")
    with pytest.raises(UserError, match=r"start\.py is not text in UTF-8: .*; name another file"):
        PythonProfile.load(path, "u0")


CALLING = [
    (
        "def u0(x, y):\n    z = x\n    return q * z",
        "start.py, line 3: u0(x, y) raises NameError: name 'q' is not defined",
    ),
    (
        "def u0(x):\n    return x",
        "start.py: u0(x, y) raises TypeError: u0() takes 1 positional argument but 2 were given",
    ),
    ("def f(x): return 1/0\ndef u0(x, y):\n    return f(x)", "line 1: u0(x, y) raises ZeroDivisionError: division by"),
    ("def u0(x, y):\n    raise SystemExit", "start.py, line 2: u0(x, y) raises SystemExit; correct the file"),
    ("def u0(x, y):\n    return [[1], [2, 3]]", "start.py: u0(x, y) raises ValueError: setting an array element"),
    (
        "def u0(x, y):\n    return 'abc'",
        "u0(x, y) in {path} returns <U3 instead of numbers; return an array of complex",
    ),
    ("async def u0(x, y):\n    return x", "u0(x, y) in {path} returns a coroutine instead of numbers"),
    ("def u0(x, y):\n    pass", "u0(x, y) in {path} returns object instead of numbers"),
    ("def u0(x, y):\n    return x > y", "u0(x, y) in {path} returns bool instead of numbers"),
    (
        "def u0(x, y):\n    return (x + y).T",
        "u0(x, y) in {path} returns shape (7, 32) at points of shape (32, 7); return one number for each point",
    ),
    ("def u0(x, y):\n    return (x + y)[None]", "returns shape (1, 32, 7) at points of shape (32, 7)"),
    ("def u0(x, y):\n    return x * y + float('nan')", "u0(x, y) in {path} returns numbers that are not finite"),
    ("def u0(x, y):\n    return complex('infj')", "it must be finite at every point of the grid"),
]


@pytest.mark.parametrize(("text", "message"), CALLING)
def test_functions_that_fail(tmp_path: Path, text: str, message: str) -> None:
    """Whatever is raised or returned; the block keeps its values."""
    path = written(tmp_path, text)
    profile = PythonProfile.load(path, "u0")
    block = np.ones((32, 7), dtype=complex)
    with pytest.raises(UserError) as caught:
        profile.add_to(block, 0.0, (X, Y))
    assert message.format(path=path) in str(caught.value)
    assert np.all(block == 1)


def test_the_cause_is_kept_and_an_interrupt_passes(tmp_path: Path) -> None:
    """For a traceback on demand; Ctrl-C is not the user's mistake."""
    profile = PythonProfile.load(written(tmp_path, "def u0(x):\n    return 1 / 0"), "u0")
    with pytest.raises(UserError) as caught:
        values(profile, 0.0, (X,))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    profile = PythonProfile.load(written(tmp_path, "def u0(x):\n    raise KeyboardInterrupt"), "u0")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    try:
        with pytest.raises(KeyboardInterrupt):
            values(profile, 0.0, (X,))
    finally:
        signal.signal(signal.SIGINT, before)


def test_it_is_called_with_whole_blocks(tmp_path: Path) -> None:
    """Of 32 rows, the last one repeated, so that a point is rounded in the same way wherever its block ends."""
    text = "import numpy as np\ndef u0(x, *y):\n    assert x.shape[0] == 32 and np.all(x[4:] == x[-1]), x\n    return x"
    profile = PythonProfile.load(written(tmp_path, text), "u0")
    assert np.array_equal(values(profile, 0.0, (X, Y)), X + 0 * Y)
    assert np.array_equal(values(profile, 0.0, (X[:1], Y)), X[:1] + 0 * Y)
    assert np.array_equal(values(profile, 0.0, ((X + Y)[:1],)), (X + Y)[:1])
