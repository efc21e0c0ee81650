"""Memory that a run needs, by arithmetic alone; checked before anything is allocated."""

from __future__ import annotations

from math import isqrt, prod

from parallel_nls.config.configuration import Configuration
from parallel_nls.config.sections.grid_base import GridSection
from parallel_nls.config.toml_text import counted, quoted
from parallel_nls.errors import UserError
from parallel_nls.integrators.compositions import SCHEMES
from parallel_nls.parallel.process_grids import process_grid
from parallel_nls.planning.node import node_memory, process_memory

__all__ = [
    "check_memory",
    "count_shares",
    "format_bytes",
    "required_bytes",
    "scratch_bytes",
    "share_bytes",
]

_DOUBLE = 16  # bytes a point in double precision
_NARROW = 10  # blocks of lines of 5, 6, 8, 9, 10 and 12 sixteenths of the points, three each, as of whole lines


def count_shares(configuration: Configuration) -> int:
    """Return the field shares that a rank must have room for.

    Parameters
    ----------
    configuration : Configuration
        The configuration of the run.

    Returns
    -------
    int
        3: resident, transposed, and the work of samples; with a tolerance 2 more: the state before a measurement and
        its long step; with a scheme that begins with the linear flow 1 more: what a sample completes it in. Of a
        mixture in the plane the state is as many fields as waves, which a sample holds together once more, and V*ρ
        takes 2 shares and its multipliers 1. Of a remainder 6: three of coefficients besides. Samples take 1/8 of
        theirs; the rest has room for page tables of rows that ranks share, 1/8 share at most of a field in sweeps.
    """
    own, waves = configuration.equation.shares, configuration.waves
    if own is not None:
        return own
    shares = 2 + waves * (1 + 2 * configuration.adaptive) + SCHEMES[configuration.time.scheme].drift_first
    return shares + (waves + 3 if configuration.system == "plane" else 0)


def share_bytes(grid: GridSection, ranks: int) -> int:
    """Return the bytes of the largest share of a field that one rank holds.

    Parameters
    ----------
    grid : GridSection
        The grid; a line is an array of two axes too.
    ranks : int
        All ranks of the run; no more than the shortest axis of the array compute.

    Returns
    -------
    int
        Bytes of the larger of the two layouts between which the field is transposed.
    """
    shape = grid.shape
    active = min(ranks, *shape)
    return grid.bytes_per_point * max(-(-axis // active) * (prod(shape) // axis) for axis in shape)


def tensor_bytes(points: int, level: int, ranks: int) -> tuple[int, int]:
    """Return the bytes that density matrices take on the fullest rank: of their shares, and besides.

    Parameters
    ----------
    points, level, ranks : int
        n, K, and ranks; no more than n² of them hold γ⁽²⁾.

    Returns
    -------
    tuple of int
        At level 2 a share of 16n⁴ bytes and, on several ranks, the array into which it is transposed. Besides them
        sums over its diagonals, of which each rank has those of its pairs of points and of its columns, 16n³ bytes at
        most three times, and some 60 matrices n × n.
    """
    if level == 1:
        return 2 * 16 * points * -(-points // min(ranks, points)), 60 * 16 * points**2
    rows, columns = process_grid(ranks, points)
    own = -(-points // rows) * -(-points // columns)
    share = 16 * points**2 * own * (2 if ranks > 1 else 1)
    across = -(-points // rows) + -(-points // columns)
    return share, 16 * (2 * points * own + 2 * points**2 * across) + 60 * 16 * points**2


def required_bytes(configuration: Configuration, ranks: int) -> int:
    """Return the bytes of field data that the fullest of ``ranks`` ranks must have room for, on its largest grid.

    Where a grid is refined, a share of the one before it is there besides.
    """
    level = configuration.level
    if level:
        shares, besides = tensor_bytes(configuration.grid.points[0], level, ranks)
        return shares * (1 + 2 * configuration.adaptive) + besides
    finest = configuration.finest
    shares = count_shares(finest) * share_bytes(finest.grid, ranks) + scratch_bytes(finest)
    before = (configuration.grid, *configuration.grid.refinements)[:-1]
    return max(shares, _kernel_bytes(finest)) + sum(share_bytes(grid, ranks) for grid in before[-1:])


def _kernel_bytes(configuration: Configuration) -> int:
    """Return the bytes in which rank 0 makes the multipliers of V*ρ, before there are fields: eight real arrays."""
    return 8 * 8 * prod(n + 1 for n in configuration.grid.points) if configuration.system == "plane" else 0


def scratch_bytes(configuration: Configuration) -> int:
    """Return the bytes of the blocks of 32 lines in which a rank works, whatever its share.

    Parameters
    ----------
    configuration : Configuration
        The configuration of the run; a line is an array of two axes too.

    Returns
    -------
    int
        Three blocks for each kind of line, two of rows, derivatives and coordinates, and in a plane in double precision
        two of columns: those that are multiplied where they lie, and tables of their transforms and factors. With a
        family that is measured on bubbles eight blocks of rows more, for the field and its derivatives; ten of each
        kind of line in a plane in double precision, for narrow fields; and for each bubble 300 rows of real numbers:
        Φ_k and its derivatives in a block of rows, which an oblique direction or a line needs at every point, with a
        second, coarser set, and the bubble along a row.
    """
    grid = configuration.grid
    kinds = 3 + _narrow_blocks(configuration)
    blocks = kinds * sum(set(grid.shape)) + 2 * grid.shape[1] + _direct_blocks(configuration) * grid.shape[0]
    return 32 * grid.bytes_per_point * blocks + _bubble_bytes(configuration) * grid.shape[1]


def _direct_blocks(configuration: Configuration) -> int:
    """Return the blocks of columns that are multiplied where they lie, with their tables."""
    grid = configuration.grid
    return 2 if len(grid.points) == len(grid.shape) and grid.bytes_per_point == _DOUBLE else 0


def _narrow_blocks(configuration: Configuration) -> int:
    """Return the blocks of each kind of line in which narrow fields are measured on bubbles."""
    return _NARROW if _bubble_bytes(configuration) and _direct_blocks(configuration) else 0


def _bubble_bytes(configuration: Configuration) -> int:
    """Return what the families that are measured on bubbles need, in bytes for each point of a row."""
    reference = configuration.modulated
    if reference is None or not configuration.diagnostics.modulated_families:
        return 0
    return 32 * configuration.grid.bytes_per_point * 8 + 8 * 300 * len(reference.bubbles)


def check_ranks(configuration: Configuration, ranks: int) -> None:
    """Refuse several ranks for what runs on one.

    Raises
    ------
    UserError
        With the remedy.

    Notes
    -----
    *Communication*: local.
    """
    if configuration.system == "line" and ranks > 1:
        raise UserError(
            f'grid.basis = "rational" on {ranks} ranks: it runs on one; start it alone, or many of them as a sweep'
        )


def check_memory(
    configuration: Configuration, ranks_on_node: int, ranks_total: int, available: int | None = None
) -> None:
    """Refuse a grid that does not fit the node's memory.

    Parameters
    ----------
    configuration : Configuration
        The configuration of the run.
    ranks_on_node, ranks_total : int
        Ranks on this node and in all.
    available : int, optional
        Bytes of memory of the node; by default what the node and the limits of its processes grant.

    Raises
    ------
    UserError
        When the field shares × ranks on the node exceed the memory; names both and what would fit.

    Notes
    -----
    *Communication*: local; nodes may differ, so the caller makes the verdict common to all ranks.
    """
    if available is None:
        own = process_memory()
        available = node_memory() if own is None else min(node_memory(), own * ranks_on_node)
    needed = required_bytes(configuration, ranks_total) * ranks_on_node
    if needed <= available:
        return
    if configuration.level:
        raise UserError(
            f"grid.points = {configuration.grid.points[0]} on {counted(ranks_total, 'rank')}: γ⁽ᵏ⁾ up to "
            f"k = {configuration.level} need {format_bytes(needed)} on a node, which has "
            f"{format_bytes(available)}; take fewer points, more nodes, or a lower equation.hierarchy.level"
        )
    grid, shares = configuration.finest.grid, count_shares(configuration)
    key = "grid.max_points" if configuration.grid.refinements else "grid.points"
    bytes_per_point = shares * grid.bytes_per_point
    nodes = -(-bytes_per_point * grid.held // max(available, 1))
    blocks = 5 + _direct_blocks(configuration) + _narrow_blocks(configuration)
    row_bytes = 32 * grid.bytes_per_point * blocks + _bubble_bytes(configuration)
    fitting = _fitting(available // ranks_on_node, bytes_per_point, row_bytes, ranks_total)
    side = isqrt(fitting)
    size = f"{fitting}" if len(grid.points) == 1 else f"{side} × {side}"
    raise UserError(
        f"{key} = {quoted(grid.points)} on {counted(ranks_total, 'rank')}: "
        f"{shares} field shares × {ranks_on_node} on a node need {format_bytes(needed)}, "
        f"the node has {format_bytes(available)}; "
        f"use at most about {size} points, or spread the ranks over at least {nodes} such nodes"
    )


def _fitting(available: int, share: int, row: int, ranks: int) -> int:
    """Return about how many points fit ``available`` bytes a rank, in shares and in blocks of their square root."""
    without_blocks = available * ranks // share
    blocks = row * isqrt(without_blocks)
    return max(available - blocks, 0) * ranks // share


def format_bytes(count: int) -> str:
    """Return a number of bytes with three digits and a decimal unit."""
    size, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB", "PB", "EB"):
        if size < 999.5:
            break
        size, unit = size / 1000, larger
    return f"{size:.3g} {unit}" if size < 999.5 else f"{size:.2e} {unit}"
