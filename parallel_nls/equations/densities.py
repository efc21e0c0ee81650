"""Potential parts of energies: real densities of |u|² and x, summed along rows."""

from __future__ import annotations

from parallel_nls.equations.rotations import power_of_density
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.spectral.sweeps import Block


@kernel
def power_sums(block: ComplexArray, exponent: float, sums: RealArray) -> None:
    """Σ(|u|²)^exponent of each row of a block, in index order."""
    for b in range(sums.size):
        total = 0.0
        for j in range(block.shape[1]):
            u = complex(block[b, j])
            total += power_of_density(u.real * u.real + u.imag * u.imag, exponent)
        sums[b] = total


class PowerDensity:
    """|u|^{p+2}.

    Parameters
    ----------
    power : float
        p.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, power: float) -> None:
        self.exponent = (power + 2) / 2

    def fill(self, block: ComplexArray, lines: Block, sums: RealArray) -> None:
        """Write Σ|u|^{p+2} over each row; see `contracts.Density`."""
        power_sums(block, self.exponent, sums[: lines.count])
