"""How a process ends that has no memory left, whose libraries do not load, or that a signal ends: with one line."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import NoReturn

import pytest

from parallel_nls.cli import process
from parallel_nls.cli.process import end_all_ranks, end_by_signal, loading
from parallel_nls.errors import BAD_INPUT, RESUMABLE, StorageError
from parallel_nls.running.signals import removing


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


def test_a_signal_leaves_no_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Although the process ends where it is, its main thread in a call of MPI perhaps."""
    monkeypatch.setattr(os, "_exit", _leave)
    monkeypatch.setattr(process, "_ending", threading.Lock())
    monkeypatch.setitem(sys.modules, "mpi4py.MPI", None)  # this process alone
    monkeypatch.setattr(process, "launcher_rank", lambda: 0)
    folder = tmp_path / ".trial"
    folder.mkdir()
    (folder / "field.h5").touch()
    with removing(folder):
        with pytest.raises(_LeftError) as left:
            end_by_signal(signal.SIGTERM)
        assert not folder.exists()
    assert left.value.args == (RESUMABLE,)
    assert capfd.readouterr().err == "parallel-nls: SIGTERM was received; nothing is left half done\n"
