"""Running Python text of the user: whatever it raises becomes one message with the file, the line and the error."""

from __future__ import annotations

import hashlib
import signal
import sys
from collections.abc import Callable
from importlib.abc import InspectLoader
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path
from traceback import walk_tb
from types import CodeType, TracebackType
from typing import Any

from parallel_nls.errors import Interrupted, UserError
from parallel_nls.numerics.compiled import NOT_STORED
from parallel_nls.user_code.process_state import Arithmetic, ProcessState
from parallel_nls.user_code.reading import read_source

_LONGEST = 1000  # characters of what an error says


class BadResult(Exception):  # noqa: N818  (no error of the user's code itself)
    """What a function of the user gave is not what was asked for.

    Parameters
    ----------
    function : callable
        Which one.
    text : str
        What is wrong, and the remedy, as the predicate of a sentence about the function.
    """

    def __init__(self, function: Callable[..., object], text: str) -> None:
        super().__init__(f"{getattr(function, '__name__', 'the function')} {text}")
        self.function = function


def place_in(path: Path, thing: object) -> str:
    """The file, and the line where it defines a function, if that is known. *Communication*: local."""
    code = getattr(getattr(thing, "__func__", thing), "__code__", None)
    return f"{path}, line {code.co_firstlineno}" if code is not None and code.co_filename == str(path) else f"{path}"


class RunningUserCode:
    """Context in which an exception is the user's, and what the code changes for the whole process is put back.

    Parameters
    ----------
    path : Path
        The user's file.
    action : str
        What is being done, as the subject of "raises".
    often : bool, optional
        Whether it is called for every block of every step: then only arithmetic is looked after.

    Raises
    ------
    UserError
        In place of any other error or exit. What a signal raises, and Python's own interrupt from the keyboard where
        nobody else looks after that, stay what they are.

    Notes
    -----
    *Communication*: local; a rank that fails fails alone.
    """

    def __init__(self, path: Path, action: str, often: bool = False) -> None:
        self.path, self.action, self.often = path, action, often

    def __enter__(self) -> None:
        """Remember what the process is like."""
        self._state = Arithmetic() if self.often else ProcessState()

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Put it back, and translate what was raised."""
        trouble = self._state.restore()
        if isinstance(error, Interrupted) or (isinstance(error, KeyboardInterrupt) and _is_pythons_own()):
            return
        if error is None:
            if trouble is not None:
                raise UserError(f"{self.path}: {self.action} {trouble}; remove that from the file")
            return
        if isinstance(error, SyntaxError) and error.filename == str(self.path):
            raise UserError(f"{self.path}, line {error.lineno}: {error.msg}; correct the file") from error
        if isinstance(error, BadResult):
            raise UserError(f"{place_in(self.path, error.function)}: {error}") from error
        lines = [line for frame, line in walk_tb(traceback) if frame.f_code.co_filename == str(self.path)]
        where = f"{self.path}, line {lines[-1]}" if lines else f"{self.path}"
        raise UserError(f"{where}: {self.action} raises {told(error)}; correct the file") from error


def _is_pythons_own() -> bool:
    """Whether Ctrl-C raises KeyboardInterrupt, so that one need not be the user's own."""
    return signal.getsignal(signal.SIGINT) is signal.default_int_handler


def told(error: BaseException) -> str:
    """An error in words, on one line, whatever its own code does. *Communication*: local."""
    kind: str = vars(type)["__name__"].__get__(type(error))
    try:
        text = str(error)
    except Interrupted:
        raise
    except BaseException:  # noqa: BLE001  (its own code)
        return f"{kind}, which cannot be shown"
    more = f" … ({len(text)} characters)" if len(text) > _LONGEST else ""
    shown = " ".join(text[:_LONGEST].split())
    return f"{kind}: {shown}{more}" if shown else kind


class _SourceText(InspectLoader):
    """Makes a module of a text that has been read already, so that what runs is what was stored."""

    def __init__(self, source: str, path: Path) -> None:
        self.source, self.path = source, path

    def get_source(self, fullname: str) -> str:  # noqa: ARG002  (it has one module only)
        """The text."""
        return self.source

    def get_code(self, fullname: str) -> CodeType:
        """The compiled text, under the name of its file."""
        return self.source_to_code(self.get_source(fullname), str(self.path))


def _holds(path: Path, source: str) -> bool:
    try:
        return read_source(path) == source
    except UserError:
        return False


def digest_of(source: str) -> str:
    """SHA-256 of a text in UTF-8, hexadecimal. *Communication*: local."""
    return hashlib.sha256(source.encode()).hexdigest()


def names_defined(source: str, path: Path, module_name: str) -> dict[str, Any]:
    """Run a text as a module and return its names.

    Parameters
    ----------
    source : str
        Python text.
    path : Path
        What tracebacks and messages call it.
    module_name : str
        Name of the module; one of the same name is replaced.

    Raises
    ------
    UserError
        If it does not run.

    Notes
    -----
    *Communication*: local; a rank that fails fails alone.
    """
    loader = _SourceText(source, path)
    module = module_from_spec(ModuleSpec(module_name, loader, origin=str(path)))
    module.__file__ = str(path)  # files beside it are found by it
    if not _holds(path, source):
        # Machine code is cached by the file's date, which would be that of another text.
        vars(module)[NOT_STORED] = True
    # Dataclasses look their module up by its name.
    sys.modules[module_name] = module
    with RunningUserCode(path, "running the file"):
        loader.exec_module(module)
    return vars(module)


def function_named(name: str, names: dict[str, Any], path: Path) -> Callable[..., Any]:
    """The function of that name among those that a file defines.

    Raises
    ------
    UserError
        If there is none, with the names that there are, or if it cannot be called.

    Notes
    -----
    *Communication*: local.
    """
    if name not in names:
        known = sorted(
            key for key, thing in names.items() if str(key) == key and callable(thing) and not key.startswith("_")
        )
        defined = f"it defines {', '.join(known)}; choose one of them" if known else "it defines none; write one"
        raise UserError(f"{path} has no function {name!r}: {defined}")
    function: Callable[..., Any] = names[name]
    if not callable(function):
        raise UserError(f"{name!r} in {path} is of type {type(function).__name__}; name a function")
    return function
