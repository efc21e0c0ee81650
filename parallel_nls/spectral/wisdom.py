"""Plans of FFTW that were found once, by measuring, and come with the package: its *wisdom*.

FFTW_ESTIMATE plans badly for long lines, and a plan that is measured on the spot differs from process to process, with
its bits. So plans were found once (scripts/make_fft_wisdom), and every process reads the same text: which plan a line
gets follows from its length and this text alone. A length that the text does not name is planned by FFTW_ESTIMATE.
"""

from __future__ import annotations

import ctypes
import hashlib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from mpi4py_fft import fftw

from parallel_nls.numerics.arrays import ComplexArray

FILE = "fft_wisdom.toml"
PRECISIONS = {"complex128": "double", "complex64": "single"}
_PREFIX = {"double": ("D", "fftw_"), "single": ("F", "fftwf_")}

Plan = Callable[[ComplexArray, ComplexArray], object]
Blocks = tuple[ComplexArray, ComplexArray]


@dataclass(frozen=True)
class Wisdom:
    """Plans for lines of some lengths.

    Attributes
    ----------
    text : str
        TOML: a table for each precision, in it by length what FFTW exports for both directions; empty: no plans.

    Notes
    -----
    *Communication*: local.
    """

    text: str

    @property
    def tables(self) -> Mapping[str, Mapping[str, str]]:
        """Texts for FFTW by precision and length; none, if the text is damaged."""
        return _tables_in(self.text)

    @property
    def digest(self) -> str:
        """SHA-256 of the text; empty without one."""
        return hashlib.sha256(self.text.encode()).hexdigest() if self.text else ""

    def of(self, length: int, dtype: np.dtype[Any]) -> str:
        """What FFTW is told of lines of this length; empty: nothing."""
        return str(self.tables.get(PRECISIONS[dtype.name], {}).get(str(length), ""))


@lru_cache(maxsize=8)
def _tables_in(text: str) -> Mapping[str, Mapping[str, str]]:
    """See `Wisdom.tables`: many runs of one process have the same text, which is long."""
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError):
        return {}
    found = {name: tables[name] for name in _PREFIX if isinstance(tables.get(name), dict)}
    return {name: {length: text for length, text in table.items() if text} for name, table in found.items()}


NO_WISDOM = Wisdom("")
_planning: ContextVar[Wisdom | None] = ContextVar("planning", default=None)


@cache
def shipped() -> Wisdom:
    """The plans that come with the package. *Communication*: local."""
    return Wisdom(files("parallel_nls.spectral").joinpath(FILE).read_text(encoding="utf-8"))


@contextmanager
def planning_by(wisdom: Wisdom) -> Iterator[None]:
    """Within, transforms are planned by these plans. *Communication*: local."""
    token = _planning.set(wisdom)
    try:
        yield
    finally:
        _planning.reset(token)


def current() -> Wisdom:
    """The plans by which transforms are planned here: those of the package unless said. *Communication*: local."""
    given = _planning.get()
    if given is not None:
        return given
    return shipped() if is_accepted(shipped()) else NO_WISDOM


@cache
def is_accepted(wisdom: Wisdom) -> bool:
    """Whether the FFTW of this process takes all of the text, and plans by it: its version, codelets, instructions.

    Notes
    -----
    An FFTW without single precision is asked for double precision alone. An empty text is accepted.
    *Communication*: local.
    """
    if not wisdom.text:
        return True
    here = {name: table for name, table in wisdom.tables.items() if table and _PREFIX[name][0] in fftw.fftlib}
    if "double" not in here:
        return False
    for name, table in here.items():
        imports = _importer(name)
        if imports is None or not all(_is_read(imports, text) for text in table.values()):
            return False
        # Reading alone does not show that the plans are found again under the problems that are posed here.
        shortest, dtype = min(map(int, table)), np.dtype(_PREFIX[name][0])
        source, target = (fftw.aligned((32, shortest), n=64, dtype=dtype) for _ in range(2))
        if remembered_plans(table[str(shortest)], source, target) is None:
            return False
    return True


def _is_read(imports: Callable[[bytes], int], text: object) -> bool:
    fftw.forget_wisdom()
    try:
        return isinstance(text, str) and imports(text.encode()) == 1
    finally:
        fftw.forget_wisdom()


@cache
def _importer(precision: str) -> Callable[[bytes], int] | None:
    """FFTW's own function, in the library that plans; None if it has none, as libraries that only behave like FFTW."""
    letter, prefix = _PREFIX[precision]
    library = fftw.fftlib[letter]
    # Before a first plan FFTW lacks its solvers for threads, and refuses what was exported with them.
    block = fftw.aligned((2, 4), n=64, dtype=letter)
    fftw.fftn(block, axes=(1,), flags=(fftw.FFTW_ESTIMATE,))
    fftw.forget_wisdom()
    try:
        function = getattr(ctypes.CDLL(library.__file__), f"{prefix}import_wisdom_from_string")
    except (OSError, AttributeError):
        return None
    function.argtypes, function.restype = [ctypes.c_char_p], ctypes.c_int
    found: Callable[[bytes], int] = function
    return found


def remembered_plans(text: str, source: ComplexArray, target: ComplexArray) -> tuple[Plan, Plan] | None:
    """The transforms of the rows of one block into another as a text has them.

    Parameters
    ----------
    text : str
        For FFTW, of both directions; empty: there are none.
    source, target : ndarray, (32, length)
        Aligned blocks, overwritten.

    Returns
    -------
    tuple of two plans or None
        Forward and backward; None unless FFTW finds both in the text.

    Notes
    -----
    *Communication*: local.
    """
    imports = _importer(PRECISIONS[source.dtype.name]) if text else None
    if imports is None:
        return None
    flags = (fftw.FFTW_PATIENT, fftw.FFTW_PRESERVE_INPUT, fftw.FFTW_WISDOM_ONLY)
    made: list[Plan] = []
    for factory in (fftw.fftn, fftw.ifftn):
        fftw.forget_wisdom()
        try:
            if imports(text.encode()) != 1:
                return None
            made.append(factory(source, axes=(1,), flags=flags, output_array=target))
        except RuntimeError:  # the text has no such plan
            return None
        finally:
            fftw.forget_wisdom()
    return made[0], made[1]
