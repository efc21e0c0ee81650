"""Texts that run as modules: their file, and compiled functions in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_nls.user_code.source import digest_of, names_defined

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """
from parallel_nls.numerics.compiled import kernel

@kernel
def constant(x):
    return 0.0 * x + {}
"""


def constant_of(source: str, path: Path) -> float:
    """What the compiled function of a text gives."""
    return float(names_defined(source, path, f"text_{digest_of(source)}")["constant"](1.0))


@pytest.mark.parametrize("there", [True, False])
def test_compiled_functions_are_those_of_the_text(tmp_path: Path, there: bool) -> None:
    """Not those that another text in the file has left in the cache, whose bytecode differs by a constant alone."""
    path = tmp_path / "mine.py"
    first, second = TEXT.format("1.0"), TEXT.format("2.0")
    path.write_text(second)
    assert constant_of(second, path) == 2.0
    if not there:
        path.unlink()
    assert constant_of(first, path) == 1.0
    path.write_text(second)
    assert constant_of(second, path) == 2.0


def test_a_module_knows_its_file(tmp_path: Path) -> None:
    """By which it finds what lies beside it."""
    assert names_defined("x = __file__", tmp_path / "mine.py", "mine")["x"] == str(tmp_path / "mine.py")
