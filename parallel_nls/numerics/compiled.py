"""The one gate to numba: strict IEEE arithmetic, cached machine code, the same bits for every caller."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numba
from llvmlite import ir
from numba.core.options import DefaultOptions
from numba.extending import intrinsic
from numba.np import linalg

from parallel_nls.numerics.code_cache import keep, prepare
from parallel_nls.numerics.sources import source_digest

NOT_STORED = "__source_is_not_in_its_file__"
_LEAN: dict[str, Any] = {"_nrt": False} if hasattr(DefaultOptions, "_nrt") else {}  # a saving, where numba has it


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
        file of its name does not hold it as it is, or no folder can be written (`why_not_kept`).

    Notes
    -----
    *Communication*: local.
    """
    return _compiled(function)


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile ``function`` as `kernel` does, and put its body where kernels call it: so loops over it are vectorised.

    Notes
    -----
    *Communication*: local.
    """
    return _compiled(function, inline="always")


def lean_kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile as `kernel` does a function that makes no arrays: references to parts of arrays are then not counted.

    Counting them takes as long as some dozens of numbers, which shows in a function that is called for every row.

    Notes
    -----
    *Communication*: local.
    """
    return _compiled(function, **_LEAN)


def _compiled(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    compiled: Callable[..., Any] = numba.njit(function, fastmath=False, nogil=True, **options)
    if NOT_STORED not in function.__globals__:
        keep(compiled, source_digest(function.__globals__))
    return compiled


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
prepare()


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
def _bits(_context: Any, _x: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        """Emit no instruction: the same register, read as an integer."""
        return builder.bitcast(arguments[0], ir.IntType(64))

    return numba.int64(numba.float64), generate


@intrinsic
def _from_bits(_context: Any, _n: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        """Emit no instruction: the same register, read as a double."""
        return builder.bitcast(arguments[0], ir.DoubleType())

    return numba.float64(numba.int64), generate


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
# The bits of a double as an integer; for use inside kernels.
bits: Any = _bits
# The double of these bits; for use inside kernels.
from_bits: Any = _from_bits
# Order reads and writes of memory that other processes share; for use inside kernels.
memory_fence: Any = _memory_fence
