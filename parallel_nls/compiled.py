"""The one gate to numba: strict IEEE arithmetic, cached machine code, the same bits for every caller."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

# Intel's short-vector library would replace exp, sin, cos by versions whose bits depend on the vector width.
os.environ["NUMBA_DISABLE_INTEL_SVML"] = "1"

import numba  # noqa: E402  (the variable above is read when numba is imported)
from numba.extending import intrinsic  # noqa: E402


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile ``function`` without reassociation or contraction of floating-point operations.

    Parameters
    ----------
    function : callable
        A function in numba's nopython subset.

    Returns
    -------
    callable
        The compiled function; its machine code is cached on disk.

    Notes
    -----
    *Communication*: local.
    """
    compiled: Callable[..., Any] = numba.njit(function, cache=True, fastmath=False, nogil=True)
    return compiled


@intrinsic
def fused_multiply_add(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
    """a·b + c with a single rounding, as IEEE 754 defines it; for use inside kernels.

    Notes
    -----
    *Communication*: local.
    """
    double = numba.float64

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        """Emit the one machine instruction (or the exact library call where there is none)."""
        return builder.fma(*arguments)

    return double(double, double, double), generate
