"""What machine code that is kept was made from: the file of a kernel, and those of everything that it calls.

Numba looks at the file of a kernel alone. Where kernels and instructions of another file have changed, it would go on
with code that has the old ones within.
"""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

_COMPILERS = ("numba", "llvmlite")
_PLAIN = (bool, int, float, complex, str)


def source_digest(namespace: dict[str, Any]) -> str:
    """A digest of the files besides its own from which kernels of a module are made, and of constants known there.

    Parameters
    ----------
    namespace : dict
        The globals of a module, as far as it is loaded: all that it imports.

    Notes
    -----
    Followed are imports from modules that have kernels, or instructions of LLVM, and those from them in turn.
    *Communication*: local.
    """
    own = str(namespace.get("__name__"))
    found, ahead = dict[str, str](), _named(namespace) - {own}
    while ahead:
        name = ahead.pop()
        module = sys.modules.get(name)
        if module is not None and name.partition(".")[0] not in _COMPILERS and _makes_code(module):
            found[name] = _digest_of(module)
            ahead |= _named_by(module) - {own, *found}
    constants = {name: value for name, value in namespace.items() if isinstance(value, _PLAIN) and name[:2] != "__"}
    return hashlib.sha256(repr((sorted(found.items()), sorted(constants.items()))).encode()).hexdigest()


def _named(namespace: dict[str, Any]) -> set[str]:
    """Where functions, classes and kernels of a module come from."""
    return {name for value in namespace.values() if isinstance(name := getattr(value, "__module__", None), str)}


@cache
def _named_by(module: ModuleType) -> frozenset[str]:
    return frozenset(_named(vars(module)))


@cache
def _makes_code(module: ModuleType) -> bool:
    """Whether it has kernels or instructions."""
    kinds = ((type(value).__module__, getattr(value, "__name__", "")) for value in vars(module).values())
    return any(kind.startswith("numba") or name == "llvmlite.ir" for kind, name in kinds)


@cache
def _digest_of(module: ModuleType) -> str:
    """Of its file; none, where that cannot be read."""
    try:
        return hashlib.sha256(Path(str(module.__file__)).read_bytes()).hexdigest()
    except OSError:
        return ""
