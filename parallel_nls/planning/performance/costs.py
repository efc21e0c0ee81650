"""Seconds by what they are spent on, and the ranks of a job on the nodes of a machine."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from math import ceil, log2

from parallel_nls.planning.performance.machine import Machine
from parallel_nls.spectral.fast_fourier.radices import radices_of

__all__ = ["PARTS", "WIDTH", "Cost", "Job", "columns_seconds", "has_kernels", "transform_seconds"]

PARTS = ("arithmetic", "memory", "messages", "waiting")
WIDTH = 32  # lines of a block, as of `spectral.transforms`
_GROUP = 64  # ranks that share rows at most, as of `parallel.shared_rows`
_FAST, _FAIR = 5, 13  # prime factors up to which FFTW has short codes that are fast, and that there are at all
_SLOWER, _SLOWEST = 1.5, 4.0  # times longer with a prime factor up to the second of these, and beyond


@dataclass(frozen=True)
class Cost:
    """Seconds of one rank, the slowest.

    Attributes
    ----------
    arithmetic : float
        In cache: transforms, kernels, calls.
    memory : float
        What more it takes that fields come from memory.
    messages : float
        Between ranks, packing included.
    waiting : float
        At barriers and for small messages of all ranks.
    """

    arithmetic: float = 0.0
    memory: float = 0.0
    messages: float = 0.0
    waiting: float = 0.0

    @property
    def seconds(self) -> float:
        """All of it. *Communication*: local."""
        return self.arithmetic + self.memory + self.messages + self.waiting

    def __add__(self, other: Cost) -> Cost:
        return Cost(*(getattr(self, part) + getattr(other, part) for part in PARTS))

    def __mul__(self, times: float) -> Cost:
        return Cost(*(times * getattr(self, part) for part in PARTS))

    @property
    def largest(self) -> str:
        """The part that takes longest. *Communication*: local."""
        return max(PARTS, key=lambda part: float(getattr(self, part)))


@dataclass(frozen=True)
class Job:
    """The ranks of a job that compute.

    Attributes
    ----------
    machine : Machine
        Of its nodes.
    ranks : int
        How many, as many on each node as `Machine.ranks_per_node` says.
    """

    machine: Machine
    ranks: int

    @property
    def on_node(self) -> int:
        """The ranks of the fullest node. *Communication*: local."""
        return min(self.ranks, self.machine.ranks_per_node)

    @property
    def nodes(self) -> int:
        """How many nodes. *Communication*: local."""
        return ceil(self.ranks / self.machine.ranks_per_node)

    @property
    def group(self) -> int:
        """The ranks of a node that share the rows of a field. *Communication*: local."""
        return ceil(self.on_node / ceil(self.on_node / _GROUP))

    @property
    def turns(self) -> float:
        """How many ranks take turns on a core: 1 where there is one for each. *Communication*: local."""
        return max(1.0, self.on_node / self.machine.node.cores)

    @property
    def slowdown(self) -> float:
        """The time of arithmetic over that of a core alone, by its neighbours. *Communication*: local."""
        node = self.machine.node
        busy = min(1.0, (self.on_node - 1) / max(node.cores - 1, 1))
        return (1 + (node.crowding - 1) * busy) * self.turns

    @property
    def bandwidth(self) -> float:
        """Bytes/s between memory and a rank. *Communication*: local."""
        node = self.machine.node
        return min(node.core_bandwidth, node.bandwidth / min(self.on_node, node.cores)) / self.turns

    def compute(self, seconds: float) -> Cost:
        """Arithmetic of so many seconds of a core alone. *Communication*: local."""
        return Cost(arithmetic=seconds * self.slowdown)

    def move(self, traffic: float, resident: float) -> Cost:
        """Traffic of a rank, in bytes, over fields of which the node holds so many bytes.

        Notes
        -----
        The part resident/(resident + cache) comes from memory: none of small fields, nearly all of large ones.
        *Communication*: local.
        """
        return Cost(memory=resident / (resident + self.machine.node.cache) * traffic / self.bandwidth)

    def exchange(self, share: float, partners: int, near: int) -> Cost:
        """One all-to-all.

        Parameters
        ----------
        share : float
            Bytes that a rank holds; each partner gets the same part of them.
        partners, near : int
            Ranks that take part, this one among them, and of these the ones on its node.

        Notes
        -----
        t = (near − 1)·latency + share·(near − 1)/partners/bandwidth inside a node; between nodes
        latency + (partners − near)·message + r·share·(partners − near)/partners/bandwidth for the r ranks of a node,
        and packing and unpacking in memory. *Communication*: local.
        """
        inside, outside = near - 1, partners - near
        messages, network = self.machine.messages, self.machine.network
        within = inside * messages.latency + share * inside / partners / messages.bandwidth
        seconds = within * self.slowdown
        if outside > 0:
            sent = share * outside / partners
            seconds += network.latency + outside * network.message * self.turns
            seconds += self.on_node * sent / network.bandwidth + 4 * sent / self.bandwidth
        return Cost(messages=seconds)

    def columns(self, share: float, group: int, pieces: int, meanwhile: float) -> Cost:
        """Packed messages between groups of ranks, there and back, on their way while columns are worked on.

        Parameters
        ----------
        share : float
            Bytes that a rank holds.
        group : int
            Ranks that share rows, or 1.
        pieces : int
            Messages of each pair of groups one way.
        meanwhile : float
            Seconds of the work on all columns.

        Notes
        -----
        Carriers take turns: ⌈others/group⌉ messages a piece. Inside a node as in `exchange`; between nodes their bytes
        are on the wire for w = r·share·(part that leaves)/bandwidth each way. Of 2w the work and the packing hide
        what they take, but not the first piece and the last: 2w/pieces. *Communication*: local.
        """
        near = ceil(self.on_node / group) - 1
        far = ceil(self.ranks / group) - 1 - near
        messages, network = self.machine.messages, self.machine.network
        inside, outside = (share * min(1.0, others * group / self.ranks) for others in (near, far))
        within = ceil(near / group) * pieces * messages.latency + inside / messages.bandwidth
        seconds = 2 * within * self.slowdown
        if far > 0:
            sent = network.latency + ceil(far / group) * pieces * network.message * self.turns
            packed, wire = 8 * outside / self.bandwidth, 2 * self.on_node * outside / network.bandwidth
            seconds += 2 * sent + packed + max(wire - packed - meanwhile, wire / pieces)
        return Cost(messages=seconds)

    def agree(self) -> Cost:
        """A small message of all ranks: up and down a tree. *Communication*: local."""
        inside = ceil(log2(self.on_node)) if self.on_node > 1 else 0
        outside = ceil(log2(self.nodes)) if self.nodes > 1 else 0
        network = self.machine.network
        between = outside * (network.latency + network.message)
        return Cost(waiting=2 * (inside * self.machine.messages.latency * self.turns + between))

    def barrier(self, ranks: int) -> Cost:
        """A barrier of ranks of one node. *Communication*: local."""
        return Cost(waiting=self.machine.messages.barrier * log2(ranks) * self.turns if ranks > 1 else 0.0)


def transform_seconds(machine: Machine, length: int) -> float:
    """Return the seconds a point of one transform of lines of so many points, a core alone, in double precision.

    Parameters
    ----------
    machine : Machine
        Its table of transforms: linear in log₂ of the length between entries, beyond them as log₂ of it.
    length : int
        Points of a line. Factors that FFTW has no fast code for make it slower.

    Notes
    -----
    *Communication*: local.
    """
    table = {int(key): seconds for key, seconds in machine.arithmetic.transform.items()}
    return _interpolated(table, length) * _slower_by_factors(length, table)


def has_kernels(machine: Machine, length: int) -> bool:
    """Whether lines of so many points are transformed by our kernels, columns where they lie.

    Notes
    -----
    *Communication*: local.
    """
    return bool(machine.arithmetic.columns) and bool(radices_of(length))


def columns_seconds(machine: Machine, length: int) -> float:
    """Return the seconds a point of such columns, there and back. *Communication*: local."""
    return _interpolated({int(key): seconds for key, seconds in machine.arithmetic.columns.items()}, length)


def _interpolated(table: dict[int, float], length: int) -> float:
    known = sorted(table)
    if length >= known[-1]:
        return table[known[-1]] * log2(length) / log2(known[-1])
    if length <= known[0]:
        return table[known[0]]
    at = bisect_left(known, length)
    low, high = known[at - 1], known[at]
    part = log2(length / low) / log2(high / low)
    return table[low] + part * (table[high] - table[low])


def _slower_by_factors(length: int, known: dict[int, float]) -> float:
    if length in known:
        return 1.0
    largest, rest, factor = 1, length, 2
    while factor * factor <= rest:
        if rest % factor == 0:
            largest, rest = factor, rest // factor
        else:
            factor += 1
    largest = max(largest, rest)
    return 1.0 if largest <= _FAST else _SLOWER if largest <= _FAIR else _SLOWEST
