"""What all code of a process shares, and code of a user may leave otherwise than it found it: it is put back."""

from __future__ import annotations

import builtins
import cmath
import contextlib
import ctypes
import gc
import locale
import logging
import math
import os
import signal
import sys
import threading
import time
import warnings
from builtins import enumerate, getattr, map, setattr, vars, zip  # noqa: A004, UP029  (as they are now, not as code of a user leaves them)
from collections.abc import Callable
from itertools import compress, repeat
from operator import is_, is_not
from types import ModuleType
from typing import Any, NoReturn

import numpy as np

from parallel_nls.errors import BAD_INPUT

_SHARED: tuple[ModuleType, ...] = (builtins, math, cmath, os, time, np, np.linalg, np.fft)
"""Modules whose functions the package calls by their names: replaced ones would change its results."""
_HANDLED = (
    signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGXCPU, signal.SIGALRM,
    signal.SIGPIPE, signal.SIGCHLD,
)  # fmt: skip
_READ_LATE = ("PARALLEL_NLS_", "NUMBA_", "OMPI_", "HDF5_", "OMP_")
"""Beginnings of variables of the environment that the package, or a library of it, may read later."""
_MOMENT = 0.05  # seconds that a timer may differ by
_STREAMS = ("stdin", "stdout", "stderr")
_LEAVING = ("_exit", "abort")


class Left(Exception):  # noqa: N818  (no error of this program)
    """Code of a user was about to end the process, which is not one process alone."""


class Arithmetic:
    """What nearly every call of a function may change, and how numbers are rounded: cheap enough for inner loops.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self) -> None:
        self._process, self._errors = os.getpid(), np.geterr()

    def restore(self) -> str | None:
        """Put it back; what cannot be, in words, as the predicate of a sentence about the code."""
        if os.getpid() != self._process:
            os._exit(0)  # a child that the code has forked must not go on as the program does
        if np.geterr() != self._errors:
            np.seterr(**self._errors)
        if not rounds_as_usual(sys.float_info.min, sys.float_info.epsilon):
            with contextlib.suppress(OSError, AttributeError):
                ctypes.CDLL("libm.so.6").fesetenv(ctypes.c_void_p(-1))  # FE_DFL_ENV
            if not rounds_as_usual(sys.float_info.min, sys.float_info.epsilon):
                return "leaves the processor with another rounding of numbers, or without the smallest ones"
        return None


def rounds_as_usual(smallest: float, epsilon: float) -> bool:
    """Whether sums are rounded to the nearest number, and numbers below the smallest normal one are kept.

    Libraries that were compiled for fast arithmetic turn the latter off when they are loaded. *Communication*: local.
    """
    return (
        smallest / 2 > 0 and 1.0 + 0.6 * epsilon > 1.0 and 1.0 + 0.4 * epsilon == 1.0 and -1.0 - 0.4 * epsilon == -1.0
    )


class ProcessState:
    """All that is put back after code of a user: streams, folder, signals, warnings, locale, modules and more.

    What the code adds stays, since it may need it later: variables, paths of imports, modules.

    Notes
    -----
    *Communication*: local.
    """

    used = False
    """Whether any code of a user has run in this process."""

    def __init__(self) -> None:
        ProcessState.used = True
        self._arithmetic, self._call = Arithmetic(), np.geterrcall()
        self._in_main = threading.current_thread() is threading.main_thread()
        self._folder = _current_folder()
        self._mask = os.umask(0)
        os.umask(self._mask)
        self._locale = locale.setlocale(locale.LC_ALL)
        self._handlers = {number: signal.getsignal(number) for number in _HANDLED}
        self._timer, self._begin = signal.getitimer(signal.ITIMER_REAL), time.monotonic()
        if self._in_main and self._handlers[signal.SIGALRM] == signal.SIG_DFL:
            signal.signal(signal.SIGALRM, signal.SIG_IGN)  # the code may set a timer, which would end the process
        self._wakeup = _wakeup() if self._in_main else -1
        self._environment = dict(_variables())
        self._namespaces = [dict(vars(module)) for module in _SHARED]
        self._modules = dict(sys.modules)
        self._streams = {name: getattr(sys, name) for name in _STREAMS}
        self._copies = [_copy(descriptor) for descriptor in range(len(_STREAMS))]
        self._hooks = sys.excepthook, sys.unraisablehook, threading.excepthook, sys.gettrace(), sys.getprofile()
        self._recursion, self._collecting = sys.getrecursionlimit(), gc.isenabled()
        self._silenced = logging.root.manager.disable
        self._warnings = warnings.catch_warnings()
        self._warnings.__enter__()
        for name in _LEAVING:
            setattr(os, name, _refusing(f"os.{name}", os.getpid(), getattr(os, name)))

    def restore(self) -> str | None:
        """Put all of it back; what cannot be, in words, as the predicate of a sentence about the code."""
        for module, before in zip(_SHARED, self._namespaces, strict=True):
            _put_back(vars(module), before)
        trouble = self._arithmetic.restore()
        _put_back(sys.modules, self._modules)
        if any(map(is_, sys.modules.values(), repeat(None))):
            modules: dict[str, object] = dict(sys.modules)
            for name in [name for name in modules if modules[name] is None and name not in self._modules]:
                del sys.modules[name]  # else it could not be imported
        logging.root.manager.disable = self._silenced
        np.seterrcall(self._call)
        self._warnings.__exit__(None, None, None)
        if self._folder is not None and _current_folder() != self._folder:
            with contextlib.suppress(OSError):
                os.chdir(self._folder)
        os.umask(self._mask)
        if locale.setlocale(locale.LC_ALL) != self._locale:
            locale.setlocale(locale.LC_ALL, self._locale)
        self._restore_environment()
        sys.excepthook, sys.unraisablehook, threading.excepthook, trace, profile = self._hooks
        if sys.gettrace() is not trace:
            sys.settrace(trace)
        if sys.getprofile() is not profile:
            sys.setprofile(profile)
        if sys.getrecursionlimit() < self._recursion:
            sys.setrecursionlimit(self._recursion)
        if gc.isenabled() != self._collecting:
            (gc.enable if self._collecting else gc.disable)()
        self._restore_signals()
        self._restore_streams()
        _leave_without_mpi()
        return trouble

    def _restore_environment(self) -> None:
        """Undo what is taken away, and what may be read later; other variables are the code's own business."""
        if _variables() == self._environment:
            return
        before = {os.fsdecode(name): os.fsdecode(value) for name, value in self._environment.items()}
        late = [name for name in (*os.environ, *before) if name.startswith(_READ_LATE)]
        for name in {*late, *(name for name in before if name not in os.environ)}:
            if name in before:
                os.environ[name] = before[name]
            else:
                os.environ.pop(name, None)

    def _restore_signals(self) -> None:
        if not self._in_main:
            return
        signal.setitimer(signal.ITIMER_REAL, 0)  # before it can meet a handler of ours
        for number, handler in self._handlers.items():
            if signal.getsignal(number) != handler and handler is not None:
                signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup, warn_on_full_buffer=False)
        left, interval = self._timer
        if left > 0:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - self._begin), _MOMENT), interval)

    def _restore_streams(self) -> None:
        """Open again what was closed: else the next file would get what is meant for a stream."""
        for descriptor, copy in enumerate(self._copies):
            if copy is None:
                continue
            try:
                changed = not os.path.samestat(os.fstat(descriptor), os.fstat(copy))
            except OSError:
                changed = True
            if changed:
                os.dup2(copy, descriptor)
            os.close(copy)
        for descriptor, (name, stream) in enumerate(self._streams.items()):
            if stream is not None and getattr(stream, "closed", False):
                mode = "r" if name == "stdin" else "w"
                stream = open(descriptor, mode, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)


def _refusing(name: str, process: int, plain: Callable[..., NoReturn]) -> Callable[..., NoReturn]:
    """What stands for a function that ends the process; a child that the code has forked may end."""

    def leave(*arguments: Any) -> NoReturn:
        """Refuse to end it."""
        if os.getpid() != process:
            plain(*arguments)
        raise Left(f"{name}({', '.join(map(str, arguments))}) would end the process")

    return leave


def _put_back(names: Any, before: dict[str, Any]) -> None:
    """Give names their things again; new names stay."""
    # Thousands of names, of which hardly any is another thing: no line of Python for each.
    for name in compress(before, map(is_not, map(names.get, before, repeat(before)), before.values())):
        if name != "__warningregistry__":
            names[name] = before[name]


def _variables() -> dict[bytes, bytes]:
    """The environment as Python keeps it: to decode all of it takes longer than most code of a user."""
    found: dict[bytes, bytes] = vars(os.environ)["_data"]
    return found


def _current_folder() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109
    except OSError:  # it was removed
        return None


def _copy(descriptor: int) -> int | None:
    try:
        return os.dup(descriptor)
    except OSError:  # closed, or there are too many
        return None


def _wakeup() -> int:
    """The descriptor to which signals are told, which can be had only by setting it."""
    descriptor = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(descriptor, warn_on_full_buffer=False)
    return descriptor


def _leave_without_mpi() -> None:
    """End the process where the code has ended MPI: there is no way left to tell the other ranks."""
    module = sys.modules.get("mpi4py.MPI")
    if module is not None and module.Is_finalized():
        sys.stderr.write("parallel-nls: code of the user has ended MPI by MPI.Finalize(); remove it from the file\n")
        sys.stderr.flush()
        os._exit(BAD_INPUT)
