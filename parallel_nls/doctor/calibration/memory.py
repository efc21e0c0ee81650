"""Memory and neighbours: what one core alone moves, what all together do, and what they take from each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import psutil
from mpi4py import MPI

from parallel_nls.doctor.calibration.arithmetic import move_seconds, transform_seconds
from parallel_nls.doctor.calibration.timing import alone
from parallel_nls.planning.node import node_memory

_LENGTH, _ITEM = 2048, 16
_PASSES = 2  # a point is read and written
_MIDDLE, _LARGE, _SMALLEST = 2**24, 2**28, 2**22  # bytes of arrays: of all ranks, and the least of one
_PART_OF_MEMORY = 8
_LEAST = 0.05  # of the time of a pass, that memory takes at least
_SHORT = 1024
_CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
_UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}


def cache_of_node(fallback: float) -> float:
    """Return the bytes of the last cache of this node, times the number of them; what is given if it cannot be told.

    Notes
    -----
    *Communication*: local.
    """
    found = {}
    for folder in _CACHES.glob("index*"):
        try:
            size = (folder / "size").read_text().strip()
            shared = (folder / "shared_cpu_list").read_text().strip()
            found[int((folder / "level").read_text())] = int(size[:-1]) * _UNITS[size[-1]], _count(shared)
        except (OSError, ValueError, KeyError):
            continue
    if not found:
        return fallback
    largest, sharing = found[max(found)]
    return float(largest * max(1, (psutil.cpu_count() or 1) // sharing))


def _count(cpus: str) -> int:
    """Return how many a list as 0-3,8-11 names."""
    ends = [part.split("-") for part in cpus.split(",")]
    return sum(int(part[-1]) - int(part[0]) + 1 for part in ends)


def memory_constants(node: MPI.Intracomm, most: float) -> dict[str, float]:
    """Return core_bandwidth and cache, and bandwidth and crowding where a node has several ranks.

    Parameters
    ----------
    node : MPI.Comm
        The ranks of this node.
    most : float
        The bytes of its caches.

    Notes
    -----
    *Communication*: collective.
    """
    room = node_memory() / _PART_OF_MEMORY / node.size
    large, small = (_rows(min(max(size / node.size, _SMALLEST), room)) for size in (_LARGE, _MIDDLE))
    flat = np.full(large * _LENGTH, 0.5 + 0.1j)

    def passes() -> tuple[float, float]:
        """Seconds a point that memory adds to passes over an array of middle size, and over a large one."""
        in_cache = move_seconds(flat[: 32 * 256], 256, 32)
        middle, whole = (move_seconds(flat[: rows * _LENGTH], _LENGTH, rows) for rows in (small, large))
        return max(middle - in_cache, 0.0), max(whole - in_cache, _LEAST * whole)

    sizes = _ITEM * _LENGTH * small, _ITEM * _LENGTH * large
    alone_found = alone(node, passes)
    cache = _cache(sizes, alone_found, most)
    found = {"cache": cache, "core_bandwidth": _rate(sizes[1], cache, alone_found[1])}
    if node.size > 1:
        single = alone(node, lambda: transform_seconds(_SHORT))
        node.Barrier()
        seconds = passes()[1]
        found["bandwidth"] = float(node.allreduce(_rate(sizes[1] * node.size, cache, seconds)))
        node.Barrier()
        crowded = float(node.allreduce(transform_seconds(_SHORT))) / node.size
        found["crowding"] = max(1.0, crowded / single)
    return found


def _rows(size: float) -> int:
    """Return how many rows an array of about so many bytes has: whole blocks."""
    return max(32, int(size / _ITEM / _LENGTH) // 32 * 32)


def _rate(resident: float, cache: float, seconds: float) -> float:
    """Return B/s of passes that take so much longer a point than in cache."""
    return _PASSES * _ITEM * resident / (resident + cache) / seconds


def _cache(sizes: tuple[float, float], seconds: tuple[float, float], most: float) -> float:
    """Return the C of the law resident/(resident + C) by which passes over two sizes take longer, within limits."""
    middle, large = sizes
    ratio = seconds[0] / seconds[1]
    below = ratio * large - middle
    found = middle * large * (1 - ratio) / below if below > 0 else most
    return float(min(max(found, _LEAST * middle), most))
