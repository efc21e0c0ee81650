"""The quantities of a series that follow from the others, once the rows around theirs are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from parallel_nls.diagnostics import modulation_equations
from parallel_nls.diagnostics.differences import Floats, Rows
from parallel_nls.diagnostics.identities import IDENTITIES


@dataclass(frozen=True)
class Derived:
    """A derived quantity.

    Attributes
    ----------
    needs : tuple of str
        Columns that it needs besides `time`. Those that are no quantities of the series, which then keeps them in
        memory and checkpoints alone, have a number for each component of the derived one.
    value : callable
        Its value at a row, from all rows of these columns. Rows more than three behind do not change it.
    """

    needs: tuple[str, ...]
    value: Callable[[Rows, int], Floats]


# In the order in which they are derived: the defect is made of the parts.
DERIVED = {identity.quantity: Derived(identity.needs, identity.residual) for identity in IDENTITIES} | {
    "modulation_parts": Derived(modulation_equations.NAMES, modulation_equations.modulation_parts),
    "modulation_defect": Derived(("modulation_parts",), modulation_equations.modulation_defect),
}
