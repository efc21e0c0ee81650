"""How a process ends that has no memory left, whose libraries do not load, or that a signal ends: with one line."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import NoReturn

import pytest

from parallel_nls import cli
from parallel_nls.cli import process
from parallel_nls.cli.process import end_all_ranks, end_by_signal, ending_by_signals, loading
from parallel_nls.errors import BAD_INPUT, RESUMABLE, STORAGE, LibraryError, UserError
from parallel_nls.running.signals import removing
from tests.conftest import ROOT


class _LeftError(Exception):
    """Instead of the end of the process; the argument is its exit code."""


def _leave(code: int) -> NoReturn:
    raise _LeftError(code)


def test_a_library_that_cannot_be_loaded_is_named() -> None:
    """As with too little memory for it."""
    for error in (OSError("no libodd.so"), ImportError("no libodd.so", name="odd", path="/odd/libodd.so")):
        with pytest.raises(LibraryError, match=r"cannot be loaded \(no libodd.so\)"), loading():
            raise error


@pytest.mark.parametrize("error", [ModuleNotFoundError("odd", name="odd"), ImportError("no name", path="odd.py")])
def test_a_library_that_is_none_is_not_said_to_be_unreadable(error: ImportError) -> None:
    """One that is missing, or another version than what asks it for a name."""
    with pytest.raises(type(error)) as raised, loading():
        raise error
    assert raised.value is error


def test_mpi_is_not_started_without_memory_for_it(tmp_path: Path) -> None:
    """Open MPI would end the process by SIGSEGV within MPI_Init."""
    program = "from parallel_nls.cli import main; main(['run', 'two_bubbles'])"
    command = ["bash", "-c", f'ulimit -v 300000; exec "{sys.executable}" -c "{program}"']
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == BAD_INPUT, done.stderr
    assert re.fullmatch(
        r"parallel-nls: ulimit -v leaves this process \d+ MiB of memory, and MPI takes 300 to start; raise the limit\n",
        done.stderr,
    )


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


@pytest.fixture
def ending_alone(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Only one rank is there, this process, which raises `_LeftError` where it would end."""
    monkeypatch.setattr(os, "_exit", _leave)
    monkeypatch.setattr(process, "_ending", threading.Lock())
    monkeypatch.setitem(sys.modules, "mpi4py.MPI", None)  # this process alone
    monkeypatch.setattr(process, "launcher_rank", lambda: 0)
    return monkeypatch


@pytest.mark.parametrize(
    "error", [ImportError("no datetime", path="odd.so"), BaseException("a panic"), UserError("odd")]
)
def test_what_comes_of_a_signal_is_not_told_instead_of_it(
    error: BaseException, ending_alone: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A library that is interrupted while it loads raises what it likes."""
    with pytest.raises(type(error)) as raised, ending_by_signals():
        raise error
    assert raised.value is error
    ending_alone.setattr(process, "interrupting_signal", lambda: signal.SIGUSR2)
    with pytest.raises(_LeftError) as left, ending_by_signals():
        raise error
    assert left.value.args == (RESUMABLE,)
    assert capfd.readouterr().err == "parallel-nls: SIGUSR2 was received; nothing is left half done\n"


@pytest.mark.usefixtures("ending_alone")
def test_a_signal_leaves_no_temporary_folder(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Although the process ends where it is, its main thread in a call of MPI perhaps."""
    folder = tmp_path / ".trial"
    folder.mkdir()
    (folder / "field.h5").touch()
    with removing(folder):
        with pytest.raises(_LeftError) as left:
            end_by_signal(signal.SIGTERM)
        assert not folder.exists()
    assert left.value.args == (RESUMABLE,)
    assert capfd.readouterr().err == "parallel-nls: SIGTERM was received; nothing is left half done\n"


@pytest.mark.usefixtures("ending_alone")
def test_a_file_that_nobody_expects_to_be_refused_is_named(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """With the reason, in one line; what no file is concerned in stays a defect."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # put back
    monkeypatch.setattr(cli, "secure_streams", lambda: None)
    monkeypatch.setattr(process, "finish", _leave)
    error = OSError(errno.EIO, os.strerror(errno.EIO), "RUN/series.h5")

    def fail(_argv: object) -> NoReturn:
        """Be refused a file."""
        raise error

    monkeypatch.setattr(cli, "_carried_out", fail)
    with pytest.raises(_LeftError) as left:
        cli.main([])
    assert left.value.args == (STORAGE,)
    assert capfd.readouterr().err == "parallel-nls: RUN/series.h5: the file system refuses it (Input/output error)\n"
    error = OSError(errno.EIO, os.strerror(errno.EIO))
    with pytest.raises(OSError, match="Input/output error"):
        cli.main([])
