"""Memory and neighbours: what one core alone moves, what all together do, and what they take from each other."""

from __future__ import annotations

from math import log2
from pathlib import Path

import numpy as np
import psutil
from mpi4py import MPI

from parallel_nls.doctor.calibration.arithmetic import transform_seconds
from parallel_nls.doctor.calibration.timing import alone, shortest
from parallel_nls.equations.nls import NLS
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.planning.node import node_memory
from parallel_nls.planning.performance.fields import FieldArray
from parallel_nls.planning.performance.machine import Machine
from parallel_nls.spectral.box import FourierDomain

SIDES, EACH = (512, 1024, 2048, 4096), 2048
"""Sides of the planes that one rank has alone, and of that of each when all work."""
_ITEM, _TRAFFIC = 16, 4
_PART_OF_MEMORY = 8
_LEAST = 0.02  # of the time of a step, that memory takes at least; of the smallest plane, that the cache holds
_CACHES_TRIED = 400
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
    sides = [min(side, _side_of(node_memory() / _PART_OF_MEMORY)) for side in SIDES]
    whole, added = alone(node, lambda: np.transpose([_point(side, machine) for side in sides]))
    cache, rate = cache_and_rate(np.array([_bytes(side) for side in sides]), whole, added, most)
    found = {"cache": cache, "core_bandwidth": rate}
    if node.size > 1:
        single = alone(node, lambda: transform_seconds(_SHORT))
        node.Barrier()
        crowding = max(1.0, float(node.allreduce(transform_seconds(_SHORT))) / node.size / single)
        side = min(EACH, _side_of(node_memory() / _PART_OF_MEMORY / node.size))
        node.Barrier()
        each, more = _point(side, machine, crowding)
        share = _bytes(side) * node.size
        rate = _TRAFFIC * _ITEM * share / (share + cache) / max(more, _LEAST * each)
        found["bandwidth"] = float(node.allreduce(rate))
        found["crowding"] = crowding
    return found


def _side_of(size: float) -> int:
    """Return the side of the largest plane of a power of two whose field and spare buffer take no more bytes."""
    return 1 << max(6, int(log2(size / 2 / _ITEM) / 2))


def _bytes(side: int) -> float:
    return float(_ITEM * side**2)


def _point(side: int, machine: Machine, crowding: float = 1.0) -> tuple[float, float]:
    """Return the seconds a point of a step in a plane of its own, and those that memory adds to it."""
    domain = FourierDomain(MPI.COMM_SELF, (side, side), (20.0, 20.0))
    integrator = SplitStep(NLS(domain), composition("strang"))
    state = integrator.start()
    whole = shortest(lambda: integrator.advance(state, 1e-9)) / side**2
    domain.close()
    array = FieldArray.of((side, side), _ITEM, False, machine, 1)
    own = (array.pair().arithmetic + machine.arithmetic.step) * crowding / side**2
    return whole, whole - own


def cache_and_rate(resident: RealArray, whole: RealArray, added: RealArray, most: float) -> tuple[float, float]:
    """Return C and B of the law T/B·resident/(resident + C) by which steps take longer a point, as far as it goes.

    Parameters
    ----------
    resident : ndarray, (n,)
        Bytes of the fields; two sweeps read and write them, T a point.
    whole, added : ndarray, (n,)
        Seconds a point of a step, and those that memory adds. The squares of what the law leaves of these, relative to
        the whole, are the least there are: no single time, which others of the processor may have changed, decides.
    most : float
        The largest C.

    Notes
    -----
    *Communication*: local.
    """
    caches = np.geomspace(min(_LEAST * resident.min(), most), most, _CACHES_TRIED)
    law = resident / (resident + caches[:, None]) / whole
    factor = np.maximum(law @ (added / whole) / np.sum(law * law, axis=1), _LEAST * whole.max())
    best = int(np.argmin(np.sum((factor[:, None] * law - added / whole) ** 2, axis=1)))
    return float(caches[best]), float(_TRAFFIC * _ITEM / factor[best])
