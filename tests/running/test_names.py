"""The names that a configuration accepts are those that the package can serve."""

from __future__ import annotations

from parallel_nls.catalogue import EQUATIONS, EVERYWHERE, OTHER_SYSTEMS
from parallel_nls.config import EQUATION_NAMES, FAMILIES


def test_every_equation_name_has_its_equation() -> None:
    """And the other way round."""
    assert set(EQUATION_NAMES) == {*EQUATIONS, *OTHER_SYSTEMS}


def test_every_family_has_quantities() -> None:
    """And the other way round; steps and grids that a run chooses belong to no family that a user chooses."""
    assert set(FAMILIES) == {quantity.family for quantity in EVERYWHERE} - {"steps", "grid"}
