"""How long the flows of a density matrix of two particles take: n⁴ numbers on a grid P × 1 × Q × 1 of ranks."""

from __future__ import annotations

from dataclasses import dataclass

from parallel_nls.parallel.process_grids import process_grid
from parallel_nls.planning.performance.costs import WIDTH, Cost, Job, transform_seconds
from parallel_nls.planning.performance.machine import Machine

__all__ = ["HANKEL", "PairTensor"]

HANKEL = 10
"""Products with a matrix that a line takes there and back by Hankel transforms, in multiplications of real numbers."""

_ITEM = 16
_AXES = 4
_PRODUCTS = 6  # of matrices n × n, that every rank makes for itself


@dataclass(frozen=True)
class PairTensor:
    """γ⁽²⁾ on a radial axis.

    Attributes
    ----------
    points : int
        n.
    grid : (int, int)
        P, Q.
    job : Job
        The P·Q ranks that hold a part.
    hankel : bool
        Whether transforms are products with matrices, as in the plane, and not of Fourier.
    """

    points: int
    grid: tuple[int, int]
    job: Job
    hankel: bool = False

    @classmethod
    def of(cls, points: int, machine: Machine, ranks: int, hankel: bool = False) -> PairTensor:
        """On so many ranks of a machine. *Communication*: local."""
        grid = process_grid(ranks, points)
        return cls(points, grid, Job(machine, grid[0] * grid[1]), hankel)

    @property
    def numbers(self) -> int:
        """Of the fullest rank. *Communication*: local."""
        rows, columns = self.grid
        return self.points**2 * -(-self.points // rows) * -(-self.points // columns)

    @property
    def share(self) -> float:
        """Bytes of the fullest rank. *Communication*: local."""
        return float(_ITEM * self.numbers)

    def kinetic(self) -> Cost:
        """e^{iτΔ} on both sides: each axis one sweep there and back, and the axes that are cut come by all-to-alls.

        Notes
        -----
        A sine transform is a Fourier transform of 2(n + 1) points. *Communication*: local.
        """
        machine, job = self.job.machine, self.job
        constants, lines = machine.arithmetic, self.numbers // self.points
        blocks = -(-lines // WIDTH)
        if self.hankel:
            line = HANKEL * self.points**2 * constants.product
        else:
            length = 2 * (self.points + 1)
            line = 2 * length * transform_seconds(machine, length)
        one = WIDTH * blocks * line + self.numbers * (constants.drift + 2 * constants.move)
        seconds = one + blocks * constants.block + constants.sweep
        whole = job.compute(seconds) + job.move(2 * self.share, self.share * job.on_node)
        return whole * _AXES + self.exchanges() * 2

    def exchanges(self) -> Cost:
        """One all-to-all of each slot of the process grid. *Communication*: local."""
        rows, columns = self.grid
        job, total = self.job, Cost()
        # Ranks of a row of the grid stand one behind another, those of a column a row apart.
        if columns > 1:
            total += job.exchange(self.share, columns, min(columns, job.on_node))
        if rows > 1:
            total += job.exchange(self.share, rows, max(1, min(rows, job.on_node // columns)))
        return total

    def interaction(self) -> Cost:
        """The closed interaction: sums over diagonals, n³ numbers to all ranks that need them, a pass over all.

        Notes
        -----
        Products of n × n matrices are made on every rank, the same bits on each. *Communication*: local.
        """
        constants, job, n = self.job.machine.arithmetic, self.job, self.points
        rows, columns = self.grid
        own = -(-n // rows) + -(-n // columns)
        seconds = self.numbers * constants.matrix + _PRODUCTS * n**3 * constants.product
        total = job.compute(seconds) + job.move(2 * self.share, self.share * job.on_node)
        if job.ranks > 1:
            total += job.exchange(float(_ITEM * n**2 * own), job.ranks, job.on_node) + job.agree() * 2
        return total
