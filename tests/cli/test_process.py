"""What a process says that has no memory left, or whose libraries do not load: one line, no traceback."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import pytest

from parallel_nls.cli.process import end_all_ranks, loading
from parallel_nls.errors import BAD_INPUT, StorageError


class _LeftError(Exception):
    """Instead of the end of the process; the argument is its exit code."""


def _leave(code: int) -> NoReturn:
    raise _LeftError(code)


def test_a_library_that_cannot_be_loaded_is_named() -> None:
    """As with too little memory for it."""
    with pytest.raises(StorageError, match=r"cannot be loaded \(no libodd.so\)"), loading():
        raise OSError("no libodd.so")


def test_no_memory_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """With the place, and what to do."""
    monkeypatch.setattr(os, "_exit", _leave)
    monkeypatch.setitem(sys.modules, "mpi4py.MPI", None)  # this process alone
    try:
        raise MemoryError
    except MemoryError as error:
        with pytest.raises(_LeftError) as left:
            end_all_ranks(type(error), error, error.__traceback__)
    said = capfd.readouterr().err
    assert left.value.args == (BAD_INPUT,)
    assert said.count("\n") == 1
    assert "no memory is left at test_process.py, line" in said
    assert "Traceback" not in said
