"""Φ_k and its derivatives themselves at the grid points of a block of rows: for remainders, and for sizes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parallel_nls.contracts import Domain
from parallel_nls.modulation.localization import Localization
from parallel_nls.spectral.line import LineDomain
from parallel_nls.spectral.lines import WIDTH
from parallel_nls.spectral.sweeps import Block

_ORDERS = (0, 1, 2, 3)
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


class LocalValues:
    """The values of Φ_k and its first three derivatives; outside the bands they are exactly 0 or 1.

    Parameters
    ----------
    localization : Localization
        Φ_k.
    domain : FourierDomain or LineDomain
        The plane or line.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, localization: Localization, domain: Domain) -> None:
        self._localization, self._domain = localization, domain
        self._along = domain.shape[1]
        aligned = not isinstance(domain, LineDomain) and np.count_nonzero(localization.direction) == 1
        self._axis = int(np.flatnonzero(localization.direction)[0]) if aligned else None
        points = {None: WIDTH * self._along, 0: WIDTH, 1: self._along}[self._axis]
        self._table = np.zeros((len(_ORDERS), localization.count, points))
        if self._axis == 1 and not isinstance(domain, LineDomain):
            localization.fill(localization.direction[1] * domain.coordinates(1), _ORDERS, self._table)

    def of_block(self, lines: Block) -> tuple[Floats, Indices, int]:
        """Table, offsets, stride: derivative n at position j of row b is ``table[n, k, offsets[b] + stride·j]``.

        Notes
        -----
        *Communication*: local. The table is valid until the next call.
        """
        offsets = np.arange(lines.count)
        if self._axis == 1:
            return self._table, 0 * offsets, 1
        coordinates = self._domain.block_coordinates(lines)
        if self._axis == 0:
            s = self._localization.direction[0] * coordinates[0][:, 0]
            self._localization.fill(s, _ORDERS, self._table)
            return self._table, offsets, 0
        pairs = zip(self._localization.direction, coordinates, strict=True)
        s = sum((v * x for v, x in pairs), start=np.zeros(1))
        self._localization.fill(s.reshape(-1), _ORDERS, self._table)
        return self._table, self._along * offsets, 1
