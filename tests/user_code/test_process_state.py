"""Code of a user that misbehaves: one message with file and line, and the process is as it was."""

from __future__ import annotations

import gc
import locale
import logging
import math
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from parallel_nls.errors import Interrupted, UserError
from parallel_nls.user_code.process_state import rounds_as_usual
from parallel_nls.user_code.reading import read_source
from parallel_nls.user_code.source import RunningUserCode, function_named, names_defined
from scripts.faults.hostile import BYTES, CHANGING, IMPORTS, MADE, RAISING

BESIDE = {
    "words", "thread that stays", "thread that fails", "at the end", "exit at the end", "descriptors closed",
    "messages closed", "output closed", "output replaced", "own log",
}  # fmt: skip
"""Not here: what these do would reach the tests."""


def shared() -> list[object]:
    """What all code of a process shares."""
    mask = os.umask(0o22)
    os.umask(mask)
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)]
    streams = [id(stream) for stream in (sys.stdin, sys.stdout, sys.stderr)] + [sys.stdout.closed]
    functions = [np.sum, np.isfinite, np.linalg.norm, math.sqrt, open, float, os.getcwd, os._exit, sys.modules["numpy"]]
    hooks = [sys.excepthook, sys.gettrace(), sys.getprofile(), warnings.showwarning, list(warnings.filters)]
    rest = [np.geterr(), np.geterrcall(), Path.cwd(), mask, locale.setlocale(locale.LC_ALL), gc.isenabled()]
    late = os.environ.get("PARALLEL_NLS_SHARED_MEMORY"), "PATH" in os.environ
    timer = signal.getitimer(signal.ITIMER_REAL)[0] > 0
    return [handlers, streams, functions, hooks, rest, late, timer, logging.root.manager.disable]


@pytest.fixture(autouse=True)
def unwatched() -> Iterator[None]:
    """No time limit of the tests, which is a timer as well; what threads fail by is nobody's."""
    left = signal.setitimer(signal.ITIMER_REAL, 0)
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in a program that looks after Ctrl-C itself
    alarm = signal.signal(signal.SIGALRM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGALRM, alarm)
    signal.signal(signal.SIGINT, handler)
    signal.setitimer(signal.ITIMER_REAL, *left)


@pytest.mark.parametrize("what", ["file", "function"])
def test_what_is_changed_is_put_back(tmp_path: Path, what: str) -> None:
    """Streams, folder, signals, warnings, functions of numpy and all else."""
    path = tmp_path / "mine.py"
    path.touch()
    for name in sorted(CHANGING.keys() - BESIDE):
        before = shared()
        if what == "file":
            names_defined(IMPORTS + CHANGING[name], path, "mine")
        else:
            names = names_defined(f"{IMPORTS}def act():\n    {CHANGING[name]}\n", path, "mine")
            with RunningUserCode(path, "act()"):
                names["act"]()
        assert shared() == before, name


def test_what_is_raised_is_one_line(tmp_path: Path) -> None:
    """With file and line, whatever the error does; but for a signal."""
    path = tmp_path / "mine.py"
    for name, statement in RAISING.items():
        before = shared()
        with pytest.raises(UserError) as caught:
            names_defined(f"{IMPORTS}{statement}\n", path, "mine")
        text = str(caught.value)
        assert text.startswith(f"{path}, line "), name
        assert "\n" not in text, name
        assert len(text) < 1500, name
        assert shared() == before, name
    with pytest.raises(Interrupted), RunningUserCode(path, "act()"):
        raise Interrupted(15)
    assert rounds_as_usual(sys.float_info.min, sys.float_info.epsilon)
    assert not rounds_as_usual(0.0, sys.float_info.epsilon)


@pytest.mark.parametrize("name", [*BYTES, *MADE])
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, name: str) -> None:
    """Without waiting for it."""
    path = tmp_path / "mine.py"
    if name in BYTES:
        path.write_bytes(BYTES[name])
    else:
        MADE[name](path)
    with pytest.raises(UserError, match=r"mine\.py") as caught:
        function_named("u0", names_defined(read_source(path), path, "mine"), path)
    assert "\n" not in str(caught.value)
