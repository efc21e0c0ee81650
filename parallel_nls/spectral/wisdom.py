"""What transforms lines: kernels of ours, or FFTW by plans that come with the package, its *wisdom*.

Where a register holds eight doubles, kernels of ours (`fast_fourier`) are faster than FFTW on lines of usual lengths.
FFTW_ESTIMATE plans badly for long lines, and a plan that is measured on the spot differs from process to process, with
its bits. So plans were found once (scripts/make_fft_wisdom), and every process reads the same text: which plan a line
gets follows from its length and this text alone; it also tells whether our kernels are used. A length that the text
does not name is planned by FFTW_ESTIMATE.
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
from parallel_nls.spectral.fast_fourier.radices import radices_of
from parallel_nls.spectral.fast_fourier.registers import has_wide_registers

FILE = "fft_wisdom.toml"
KERNELS = "eight lanes, 1"
"""The name of our kernels, with a number for their bits."""
PRECISIONS = {"complex128": "double", "complex64": "single"}
_PREFIX = {"double": ("D", "fftw_"), "single": ("F", "fftwf_")}

Plan = Callable[[ComplexArray, ComplexArray], object]
Blocks = tuple[ComplexArray, ComplexArray]


@dataclass(frozen=True)
class Wisdom:
    """What transforms lines of some lengths.

    Attributes
    ----------
    text : str
        TOML: a table for each precision, in it by length what FFTW exports for both directions; ahead of them, if
        kernels of ours are used, ``kernels``, their name. Empty: FFTW_ESTIMATE plans everything.

    Notes
    -----
    *Communication*: local.
    """

    text: str

    @property
    def tables(self) -> Mapping[str, Mapping[str, str]]:
        """Texts for FFTW by precision and length; none, if the text is damaged."""
        return {name: table for name, table in _contents_of(self.text).items() if isinstance(table, dict)}

    @property
    def kernels(self) -> object:
        """The name of kernels that are used ahead of FFTW; None without any."""
        return _contents_of(self.text).get("kernels")

    @property
    def digest(self) -> str:
        """SHA-256 of the text; empty without one."""
        return hashlib.sha256(self.text.encode()).hexdigest() if self.text else ""

    def of(self, length: int, dtype: np.dtype[Any]) -> str:
        """What transforms lines of this length: the name of our kernels, or what FFTW is told; empty: nothing."""
        if self.kernels == KERNELS and dtype == np.complex128 and radices_of(length):
            return KERNELS
        return str(self.tables.get(PRECISIONS[dtype.name], {}).get(str(length), ""))


@lru_cache(maxsize=8)
def _contents_of(text: str) -> Mapping[str, Any]:
    """What `Wisdom` tells of, without empty texts; kept, for many runs of one process have the same text."""
    try:
        contents = tomllib.loads(text)
    except (ValueError, RecursionError):
        return {}
    found = {name: contents[name] for name in _PREFIX if isinstance(contents.get(name), dict)}
    tables = {name: {length: text for length, text in table.items() if text} for name, table in found.items()}
    return tables if "kernels" not in contents else {"kernels": contents["kernels"], **tables}


NO_WISDOM = Wisdom("")
_planning: ContextVar[Wisdom | None] = ContextVar("planning", default=None)


@cache
def shipped(kernels: bool) -> Wisdom:
    """What comes with the package: plans of FFTW, and our kernels ahead of them if ``kernels``.

    Notes
    -----
    *Communication*: local.
    """
    text = files("parallel_nls.spectral").joinpath(FILE).read_text(encoding="utf-8")
    return Wisdom(f'kernels = "{KERNELS}"\n{text}' if kernels else text)


def without_fftw(wisdom: Wisdom) -> Wisdom:
    """What is left where FFTW refuses its plans: our kernels, if they are used. *Communication*: local."""
    return Wisdom(f'kernels = "{KERNELS}"\n') if wisdom.kernels == KERNELS else NO_WISDOM


def without_kernels(wisdom: Wisdom) -> Wisdom:
    """What is left where kernels of another version are wanted: the plans of FFTW. *Communication*: local."""
    lines = wisdom.text.splitlines(keepends=True)
    return Wisdom("".join(lines[1:])) if lines and lines[0].startswith("kernels") else wisdom


@contextmanager
def planning_by(wisdom: Wisdom) -> Iterator[None]:
    """Within, transforms are planned by these plans. *Communication*: local."""
    token = _planning.set(wisdom)
    try:
        yield
    finally:
        _planning.reset(token)


def current() -> Wisdom:
    """By what transforms are planned here: by what comes with the package unless said. *Communication*: local."""
    given = _planning.get()
    if given is not None:
        return given
    own = shipped(has_wide_registers())
    return own if is_accepted(own) else without_fftw(own)


@cache
def is_accepted(wisdom: Wisdom) -> bool:
    """Whether the FFTW of this process takes all of the text, and plans by it: its version, codelets, instructions.

    Notes
    -----
    An FFTW without single precision is asked for double precision alone. An empty text is accepted, and one that tells
    of our kernels alone. *Communication*: local.
    """
    if wisdom in (NO_WISDOM, without_fftw(wisdom)):
        return True
    if wisdom.kernels not in (None, KERNELS):
        return False
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
