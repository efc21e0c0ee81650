"""Memory and neighbours: what one core alone moves, what all together do, and what they take from each other."""

from __future__ import annotations

from math import log2
from pathlib import Path

import psutil
from mpi4py import MPI

from parallel_nls.doctor.calibration.arithmetic import transform_seconds
from parallel_nls.doctor.calibration.timing import alone, shortest
from parallel_nls.equations.nls import NLS
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.planning.node import node_memory
from parallel_nls.planning.performance.fields import FieldArray
from parallel_nls.planning.performance.machine import Machine
from parallel_nls.spectral.box import FourierDomain

SIDES, EACH = (1024, 4096), 2048
"""Sides of the planes that one rank has alone, and of that of each when all work."""
_ITEM, _TRAFFIC = 16, 4
_PART_OF_MEMORY = 8
_LEAST = 0.02  # of the time of a step, that memory takes at least
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


def memory_constants(node: MPI.Intracomm, most: float, machine: Machine) -> dict[str, float]:
    """Return core_bandwidth and cache, and bandwidth and crowding where a node has several ranks.

    Parameters
    ----------
    node : MPI.Comm
        The ranks of this node.
    most : float
        The bytes of its caches.
    machine : Machine
        With the constants of arithmetic: what steps of planes take besides is memory.

    Notes
    -----
    *Communication*: collective.
    """
    sides = tuple(min(side, _side_of(node_memory() / _PART_OF_MEMORY)) for side in SIDES)
    alone_found = alone(node, lambda: tuple(_added(side, machine) for side in sides))
    sizes = _bytes(sides[0]), _bytes(sides[1])
    cache = _cache(sizes, (alone_found[0], alone_found[1]), most)
    found = {"cache": cache, "core_bandwidth": _rate(sizes[1], cache, alone_found[1])}
    if node.size > 1:
        single = alone(node, lambda: transform_seconds(_SHORT))
        node.Barrier()
        crowding = max(1.0, float(node.allreduce(transform_seconds(_SHORT))) / node.size / single)
        side = min(EACH, _side_of(node_memory() / _PART_OF_MEMORY / node.size))
        node.Barrier()
        added = _added(side, machine, crowding)
        found["bandwidth"] = float(node.allreduce(_rate(_bytes(side) * node.size, cache, added)))
        found["crowding"] = crowding
    return found


def _side_of(size: float) -> int:
    """Return the side of the largest plane of a power of two whose field and spare buffer take no more bytes."""
    return 1 << max(6, int(log2(size / 2 / _ITEM) / 2))


def _bytes(side: int) -> float:
    return float(_ITEM * side**2)


def _added(side: int, machine: Machine, crowding: float = 1.0) -> float:
    """Return the seconds a point that memory adds to a step in a plane of its own."""
    domain = FourierDomain(MPI.COMM_SELF, (side, side), (20.0, 20.0))
    integrator = SplitStep(NLS(domain), composition("strang"))
    state = integrator.start()
    whole = shortest(lambda: integrator.advance(state, 1e-9)) / side**2
    domain.close()
    array = FieldArray.of((side, side), _ITEM, False, machine, 1)
    own = (array.pair().arithmetic + machine.arithmetic.step) * crowding / side**2
    return max(whole - own, _LEAST * whole)


def _rate(resident: float, cache: float, seconds: float) -> float:
    """Return B/s of steps that take so much longer a point than in cache: two sweeps read and write it."""
    return _TRAFFIC * _ITEM * resident / (resident + cache) / seconds


def _cache(sizes: tuple[float, float], seconds: tuple[float, float], most: float) -> float:
    """Return the C of the law resident/(resident + C) by which steps of two sizes take longer, within limits."""
    middle, large = sizes
    ratio = seconds[0] / seconds[1]
    below = ratio * large - middle
    found = middle * large * (1 - ratio) / below if below > 0 else most
    return float(min(max(found, _LEAST * middle), most))
