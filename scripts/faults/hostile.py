"""Python files of users that misbehave: statements, where they stand, what functions return, files that are none."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

IMPORTS = (
    "import asyncio, atexit, builtins, ctypes, gc, locale, logging, math, os, random, signal, subprocess, sys, "
    "threading, time, warnings\nimport numpy as np\n"
)

RAISING = {
    "exit": "raise SystemExit(0)",
    "exit with a text": "sys.exit('bye')",
    "exit of the process": "os._exit(0)",
    "abort": "os.abort()",
    "interrupt": "raise KeyboardInterrupt",
    "end of a generator": "raise GeneratorExit",
    "cancelled": "raise asyncio.CancelledError",
    "of all bases": "raise BaseException('odd')",
    "no text": "raise type('Silent', (Exception,), {'__str__': lambda self: 1 / 0})",
    "text that is none": "raise type('Number', (Exception,), {'__str__': lambda self: 3})",
    "text that exits": "raise type('Leaving', (Exception,), {'__str__': lambda self: sys.exit(0)})",
    "long text": "raise ValueError('x' * 10**7)",
    "many lines": "raise ValueError('a\\nb\\n' * 1000)",
    "control characters": "raise ValueError('\\x1b[2J\\x07')",
    "odd name": "raise type('\\x1b[31m', (Exception,), {})('odd')",
    "half a character": "raise ValueError('\\udcff')",
    "recursion": "(f := lambda: f())()",
    "division": "1 / 0",
    "assertion": "assert False",
    "no such name": "nothing",
    "no such module": "import nothing_of_that_name",
    "end of an iteration": "raise StopIteration",
    "memory": "raise MemoryError",
    "storage": "raise OSError(28, 'No space left on device')",
    "storage of the package": "from parallel_nls.errors import StorageError; raise StorageError('full')",
    "input of the package": "from parallel_nls.errors import UserError; raise UserError('bad')",
    "syntax": "exec('1 +')",
    "syntax of this file": "raise SyntaxError('odd', (__file__, 10**9, 1, 'x'))",
    "syntax without anything": "raise SyntaxError",
    "several": "raise ExceptionGroup('two', [ValueError('a'), KeyError('b')])",
    "chain": "raise ValueError('a') from KeyError('b')",
    "warning as an error": "warnings.simplefilter('error'); warnings.warn('odd')",
    "numbers as errors": "np.seterr(all='raise'); np.float64(1.0) / np.float64(0.0)",
    "missing file": "open('/nothing/of/that/name')",
}
"""Statements that end in a message."""

CHANGING = {
    "numbers raise": "np.seterr(all='raise')",
    "numbers call": "np.seterrcall(lambda *_: 1 / 0); np.seterr(all='call')",
    "folder": "os.chdir('/')",
    "no SIGTERM": "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
    "own SIGINT": "signal.signal(signal.SIGINT, lambda *_: None)",
    "no wakeup": "signal.set_wakeup_fd(-1)",
    "alarm": "signal.alarm(1)",
    "timer": "signal.setitimer(signal.ITIMER_REAL, 0.5)",
    "output replaced": "sys.stdout = open(os.devnull, 'w')",
    "output is None": "sys.stdout = None",
    "output closed": "sys.stdout.close()",
    "messages closed": "sys.stderr.close()",
    "descriptors closed": "os.closerange(0, 3)",
    "messages are a number": "sys.stderr = 3",
    "umask": "os.umask(0o777)",
    "warnings are errors": "warnings.simplefilter('error')",
    "warnings shown by a number": "warnings.showwarning = 3",
    "locale": "locale.setlocale(locale.LC_ALL, 'C')",
    "seeds": "np.random.seed(1); random.seed(1)",
    "no sum": "np.sum = None",
    "no isfinite": "np.isfinite = np.asarray = np.abs = None",
    "no norms": "np.linalg.norm = np.linalg.solve = None",
    "no root": "math.sqrt = math.exp = None",
    "no open": "builtins.open = None",
    "no float": "builtins.float = builtins.max = None",
    "no folders": "os.getcwd = os.fstat = None",
    "no clock": "time.monotonic = time.sleep = None",
    "no numpy": "sys.modules.pop('numpy', None)",
    "no files": "sys.modules['h5py'] = None",
    "no hook": "sys.excepthook = None",
    "no hook of threads": "threading.excepthook = None",
    "traced": "sys.settrace(lambda *_: None)",
    "profiled": "sys.setprofile(lambda *_: None)",
    "garbage": "gc.disable()",
    "no log": "logging.disable(logging.CRITICAL)",
    "own log": "logging.basicConfig(level=0); logging.info('odd')",
    "environment": "os.environ['PARALLEL_NLS_SHARED_MEMORY'] = 'nonsense'",
    "no environment": "os.environ.clear()",
    "thread": "threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()",
    "thread that stays": "threading.Thread(target=time.sleep, args=(3600,)).start()",
    "thread that fails": "threading.Thread(target=lambda: 1 / 0).start()",
    "child": "os.waitpid(p, 0) if (p := os.fork()) else os._exit(3)",
    "child that stays": "os.fork()",
    "program": "subprocess.run(['true'])",
    "words": "print('x' * 100)",
    "at the end": "atexit.register(lambda: 1 / 0)",
    "exit at the end": "atexit.register(lambda: os._exit(9))",
    "prints of arrays": "np.set_printoptions(precision=1)",
    "rounding upward": "ctypes.CDLL(None).fesetround(0x800)",
    "rounding to zero": "ctypes.CDLL(None).fesetround(0xC00)",
    "longer recursion": "sys.setrecursionlimit(10**5)",
}
"""Statements after which a run must come to the same bits as without them."""
NEEDED = ("no isfinite", "no float", "no folders", "no numpy", "no clock")
"""Those that take away what whoever calls the function needs."""

RETURNED = {
    "nothing": "None",
    "text": "'odd'",
    "an object": "object()",
    "a ragged list": "[[1.0], [1.0, 2.0]]",
    "a function": "u0",
    "too few": "x[0]",
    "too many": "np.stack([x, x, x])",
    "infinity": "np.full(x.shape, np.inf)",
    "no numbers": "x * np.nan",
    "dates": "np.zeros(x.shape, dtype='M8[s]')",
    "objects": "np.full(x.shape, None)",
    "pairs": "np.zeros(x.shape, dtype='f8,f8')",
    "truth": "x > 0",
    "empty": "np.zeros(0)",
    "a generator": "(y for y in x)",
    "its own numbers of calls": "x * 0 + next(COUNT)",
    "an evil array": "Evil()",
    "sums": "x / np.sum(abs(x))",
    "chance": "np.random.random(x.shape)",
}
"""Values of a function that are none of a field."""

DEFINED = {
    "no function": "",
    "a number": "u0 = 3",
    "a class": "class u0:\n    pass",
    "a coroutine": "async def u0(x):\n    return x",
    "a generator": "def u0(x):\n    yield x",
    "no argument": "def u0():\n    return 1",
    "two arguments": "def u0(x, y):\n    return x",
    "a module": "import numpy as u0",
    "names that are none": "globals()[3] = lambda: 1",
    "no spaces": "def u0(x):\n\treturn x\n        return x",
    "a bracket": "(" * 300,
    "deep": "x = " + "-" * 20000 + "1",
    "unfinished": "def u0(x):",
}
"""Texts instead of a function."""

BYTES = {
    "null bytes": b"x = 1\0\ndef u0(x): return x\n",
    "no text": bytes(range(128, 256)),
    "another encoding": "# coding: utf-16\nx = 'ä'".encode("utf-16"),
    "an encoding that is none": b"# coding: nonsense\nx = 1\n",
    "an encoding of bytes": b"# coding: hex\nx = 1\n",
    "a program": b"\x7fELF\x02\x01\x01" + bytes(64),
    "empty": b"",
}
"""Contents of files that are no Python text."""


def _make_long(path: Path) -> None:
    """A gigabyte of nothing."""
    path.touch()
    os.truncate(path, 2**30)


MADE: dict[str, Callable[[Path], None]] = {
    "a pipe": os.mkfifo,
    "a folder": lambda path: path.mkdir(),
    "zeros without end": lambda path: path.symlink_to("/dev/zero"),
    "a terminal": lambda path: path.symlink_to("/dev/tty"),
    "nowhere": lambda path: path.symlink_to("/nothing/of/that/name"),
    "itself": lambda path: path.symlink_to(path),
    "a gigabyte": _make_long,
    "a device": lambda path: os.mknod(path, stat.S_IFSOCK | 0o600),
}
"""What is no file of text at all."""

FUNCTION = "def u0(x):\n    return 0.5 / np.cosh(x)\n"


@dataclass(frozen=True)
class Source:
    """One file.

    Attributes
    ----------
    name : str
        What is wrong with it.
    make : callable
        Puts it at a path.
    refused : bool or None
        Whether a run must refuse it; otherwise it comes to the bits of a run without it. None: one or the other, where
        what the function takes away is missing before it returns.
    """

    name: str
    make: Callable[[Path], object]
    refused: bool | None


def _text(name: str, text: str, refused: bool | None) -> Source:
    return Source(name, lambda path: path.write_text(text, encoding="utf-8", errors="surrogatepass"), refused)


def _bytes(name: str, held: bytes) -> Source:
    return Source(name, lambda path: path.write_bytes(held), True)


def in_the_file(statement: str) -> str:
    """A text that does it when the file runs."""
    return f"{IMPORTS}{statement}\n{FUNCTION}"


def in_the_function(statement: str) -> str:
    """A text that does it at each call."""
    return f"{IMPORTS}def u0(x):\n    found = 0.5 / np.cosh(x)\n    {statement}\n    return found\n"


def returning(value: str) -> str:
    """A text whose function returns it."""
    evil = "class Evil:\n    def __array__(self, *_, **__):\n        raise SystemExit(0)\n"
    return f"{IMPORTS}import itertools\nCOUNT = itertools.count()\n{evil}def u0(x):\n    return {value}\n"


def sources() -> list[Source]:
    """All of them, in the same order each time."""
    found = []
    for statements, refused in ((RAISING, True), (CHANGING, False)):
        for name, statement in statements.items():
            found.append(_text(f"{name}, in the file", in_the_file(statement), refused))
            either = None if name in NEEDED else refused
            found.append(_text(f"{name}, in the function", in_the_function(statement), either))
    found += [_text(f"returns {name}", returning(value), True) for name, value in RETURNED.items()]
    found += [_text(f"defines {name}", IMPORTS + text + "\n", True) for name, text in DEFINED.items()]
    found += [_bytes(f"holds {name}", held) for name, held in BYTES.items()]
    return found + [Source(f"is {name}", make, True) for name, make in MADE.items()]
