"""Of the cache of compiled code only what belongs there is read, and others' code is kept as they keep it."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.running.test_compilation import SOURCE, loaded


@pytest.mark.parametrize("kind", ["of another source", "of other types", "empty within", "of an earlier release"])
def test_of_a_cache_only_what_was_kept_for_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Of processes that write at once, the index may be of one and the code of another; and a node may go down."""
    monkeypatch.setattr("sys.pycache_prefix", None)
    monkeypatch.setattr("numba.config.CACHE_DIR", "")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    argument, of_another = np.full(3, 3.0), np.full(3, 3)
    source = tmp_path / "kernels.py"
    loaded(tmp_path).twice(of_another if kind == "of other types" else argument)
    (index,), (code,) = tmp_path.rglob("*twice*.nbi"), tmp_path.rglob("*twice*.nbc")
    content = code.read_bytes()
    if kind == "of another source":
        source.write_text(SOURCE.replace("2.0 * x", "20.0 * x"), encoding="utf-8")
        loaded(tmp_path).twice(argument)
    elif kind == "of other types":
        index.unlink()
        loaded(tmp_path).twice(argument)
    elif kind == "empty within":
        middle = content.index(b"\x7fELF")
        content = content[:middle] + bytes(512) + content[middle + 512 :]
    else:
        content = pickle.dumps(tuple(pickle.loads(content)[3:]))
    code.write_bytes(content)
    expected = 60.0 if kind == "of another source" else 6.0
    for compiled in (1, 0):
        module = loaded(tmp_path)
        assert module.twice(argument)[0] == expected
        assert sum(module.twice.stats.cache_misses.values()) == compiled


def test_code_of_other_programs_is_kept_as_numba_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's kernels that are kept may be read by programs without this package, and those theirs."""
    monkeypatch.setattr("sys.pycache_prefix", None)
    monkeypatch.setattr("numba.config.CACHE_DIR", "")
    text = "import numba\n\n@numba.njit(cache=True)\ndef twice(x):\n    return 2.0 * x\n"
    assert loaded(tmp_path, text).twice(1.0) == 2.0
    (code,) = tmp_path.rglob("*twice*.nbc")
    assert len(pickle.loads(code.read_bytes())) > 4
    assert sum((again := loaded(tmp_path)).twice.stats.cache_misses.values()) == 0
    assert again.twice(1.0) == 2.0
