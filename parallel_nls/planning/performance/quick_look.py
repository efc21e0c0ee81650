"""A look at this machine of a quarter of a second: how its core and its memory compare with those of the constants.

Without MPI and FFTW, so that a dry run starts neither: a Fourier transform of NumPy in cache, and a copy that no cache
holds, the shortest of several each. The constants of the package are scaled by both.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter, thread_time

import numpy as np

from parallel_nls.planning.node import node_cores
from parallel_nls.planning.performance.machine import Machine, default_machine

__all__ = ["look", "looked_at"]

_LINES, _LENGTH = 32, 1024
_NUMBERS = 2**21  # 32 MB there, 32 MB back
_SECONDS = 0.1  # for each
_NARROW = 1.5  # the time of a transform by FFTW over that by kernels in wide registers
_LEAST = 5  # times: the first touches memory that the system has yet to give, and other programs may take the seconds


def _shortest(work: Callable[[], object]) -> float:
    """Return the shortest time of the processor for work that is repeated: what other programs take does not count."""
    found, end = list[float](), perf_counter() + _SECONDS
    while len(found) < _LEAST or perf_counter() < end:
        begin = thread_time()
        work()
        found.append(thread_time() - begin)
    return min(found)


def _is_wide() -> bool:
    """Return whether registers hold eight doubles, without the compiler that `fast_fourier` asks."""
    # NumPy leaves out lists that are empty: of an old processor, and of one whose instructions it takes for granted.
    known = np.show_config(mode="dicts").get("SIMD Extensions", {})
    names = [*known.get("baseline", ()), *known.get("found", ())]
    return any(name.startswith(("X86_V4", "AVX512F")) for name in names)


def look() -> tuple[float, float]:
    """Return the seconds of the transform, and of the copy. *Communication*: local."""
    block = np.full((_LINES, _LENGTH), 1.0 + 0.5j)
    transform = _shortest(lambda: np.fft.fft(block))
    source, target = np.ones(_NUMBERS, np.complex128), np.zeros(_NUMBERS, np.complex128)
    return transform, _shortest(lambda: np.copyto(target, source))


def looked_at(seen: tuple[float, float] | None = None, wide: bool | None = None) -> Machine:
    """Return the machine of the package, scaled to this one.

    Parameters
    ----------
    seen : tuple of float, optional
        What `look` has found; by default it looks.
    wide : bool, optional
        Whether registers hold eight doubles; by default NumPy is asked.

    Notes
    -----
    The cores are those of this machine, and as many ranks are on a node; memory of all cores together is taken to grow
    with them. Where registers hold fewer than eight doubles, FFTW transforms, and no column where it lies. Network and
    storage stay those of the package: nothing of them is looked at. *Communication*: local.
    """
    default = default_machine()
    transform, copy = look() if seen is None else seen
    arithmetic, memory = transform / default.look.transform, copy / default.look.memory
    times = f"{arithmetic:.2f} and {memory:.2f} of the time for arithmetic and memory"
    name = f"this one, by a quick look: {times} of {default.name}"
    scaled, cores = default.faster(arithmetic, memory), node_cores()
    if not (_is_wide() if wide is None else wide):
        table = {length: _NARROW * seconds for length, seconds in scaled.arithmetic.transform.items()}
        narrow = scaled.arithmetic.model_copy(update={"transform": table, "columns": {}})
        scaled = scaled.model_copy(update={"arithmetic": narrow})
    together = scaled.node.bandwidth * cores / scaled.node.cores
    node = scaled.node.model_copy(update={"cores": cores, "bandwidth": together})
    return scaled.model_copy(update={"name": name, "node": node})
