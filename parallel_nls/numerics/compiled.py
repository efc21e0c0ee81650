"""The one gate to numba: strict IEEE arithmetic, cached machine code, the same bits for every caller."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

# Intel's short-vector library would replace exp, sin, cos by versions whose bits depend on the vector width.
os.environ["NUMBA_DISABLE_INTEL_SVML"] = "1"

# Only now: numba reads the variable when it is imported.
import numba
from llvmlite import ir
from numba.core import event
from numba.core.caching import NullCache
from numba.extending import intrinsic
from numba.np import linalg

NOT_STORED = "__source_is_not_in_its_file__"


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile ``function`` without reassociation or contraction of floating-point operations.

    Parameters
    ----------
    function : callable
        A function in numba's nopython subset.

    Returns
    -------
    callable
        The compiled function; its machine code is cached on disk, unless its module says by ``NOT_STORED`` that the
        file of its name does not hold it as it is.

    Notes
    -----
    *Communication*: local.
    """
    stored = NOT_STORED not in function.__globals__
    compiled: Callable[..., Any] = numba.njit(function, cache=stored, fastmath=False, nogil=True)
    return compiled


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile ``function`` as `kernel` does, and put its body where kernels call it: so loops over it are vectorised.

    Notes
    -----
    *Communication*: local.
    """
    stored = NOT_STORED not in function.__globals__
    compiled: Callable[..., Any] = numba.njit(function, cache=stored, fastmath=False, nogil=True, inline="always")
    return compiled


class _FirstCompilation(event.Listener):
    """Calls once, when numba begins to compile a function whose machine code is kept but not there yet."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call: Callable[[], None] | None = call

    def on_start(self, event: Any) -> None:
        """A compilation begins; loading from the cache is none, and what is never kept is compiled every time."""
        kept = not isinstance(event.data["dispatcher"]._cache, NullCache)
        if kept and self._call is not None:
            call, self._call = self._call, None
            call()

    def on_end(self, event: Any) -> None:
        """It is over."""


@contextmanager
def on_first_compilation(call: Callable[[], None]) -> Iterator[None]:
    """Call a function once, as soon as a kernel is not found in the cache and has to be compiled.

    Which kernels a run needs, and of which types, is only known when they are called: so this is no forecast.

    Parameters
    ----------
    call : callable
        Called ahead of the first compilation within the context, if there is one.

    Notes
    -----
    *Communication*: local.
    """
    with event.install_listener("numba:compile", _FirstCompilation(call)):
        yield


def _scipy_is_there() -> None:
    if find_spec("scipy") is None:
        raise ImportError("there is no SciPy")


def _load_array_functions() -> None:
    """Load numba's array functions, which would load all of SciPy's linear algebra only to see whether it is there.

    Every process that computes loads them at its first kernel; SciPy took a quarter of its start. A kernel that asks
    for BLAS still gets it: numba loads it when it compiles that kernel.
    """
    ensure_blas = linalg.ensure_blas
    linalg.ensure_blas = _scipy_is_there
    try:
        import numba.np.arraymath  # noqa: F401
    finally:
        linalg.ensure_blas = ensure_blas


_load_array_functions()


@intrinsic
def _fused_multiply_add(_context: Any, _a: Any, _b: Any, _c: Any) -> Any:
    double = numba.float64

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        """Emit the one machine instruction (or the exact library call where there is none)."""
        return builder.fma(*arguments)

    return double(double, double, double), generate


@intrinsic
def _prefetch(_context: Any, array: Any, index: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        """Emit a read hint for all cache levels; it changes no value."""
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        pointer, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
        hint = ir.FunctionType(ir.VoidType(), [pointer, flag, flag, flag])
        function = builder.module.declare_intrinsic("llvm.prefetch", (pointer,), hint)
        address = builder.bitcast(builder.gep(data, [arguments[1]]), pointer)
        builder.call(function, [address, flag(0), flag(3), flag(1)])
        return context.get_dummy_value()

    return numba.void(array, index), generate


@intrinsic
def _memory_fence(_context: Any) -> Any:
    def generate(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
        """Emit a full fence; neither the compiler nor the processor moves a read or write across it."""
        builder.fence("seq_cst")
        return context.get_dummy_value()

    return numba.void(), generate


# a·b + c with a single rounding, as IEEE 754 defines it; for use inside kernels.
fused_multiply_add: Any = _fused_multiply_add
# Ask for the cache line of array[index] of a flat array ahead of its use; for use inside kernels.
prefetch: Any = _prefetch
# Order reads and writes of memory that other processes share; for use inside kernels.
memory_fence: Any = _memory_fence
