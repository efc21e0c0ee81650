"""Potential parts of energies: real densities of |u|² and x, summed along rows."""

from __future__ import annotations

from parallel_nls.equations.rotations import is_product, power_of_density, product_of_density
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import lean_kernel
from parallel_nls.numerics.lanes import LANES, all_lanes, complex_lanes_of, total
from parallel_nls.spectral.sweeps import Block


@lean_kernel
def power_sums(block: ComplexArray, exponent: float, sums: RealArray) -> None:
    """Σ(|u|²)^exponent of each row of a block, in a fixed order."""
    for b in range(sums.size):
        row = block[b]
        if is_product(exponent):
            powers = all_lanes(0.0)
            for j in range(0, row.size, LANES):
                re, im = complex_lanes_of(row, j)
                powers += product_of_density(re * re + im * im, exponent)
            sums[b] = total(powers)
        else:
            whole = 0.0
            for j in range(row.size):
                u = complex(row[j])
                whole += power_of_density(u.real * u.real + u.imag * u.imag, exponent)
            sums[b] = whole


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
