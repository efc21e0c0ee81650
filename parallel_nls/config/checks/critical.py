"""That an equation is not the critical one, in words, where something needs it."""

from __future__ import annotations

from parallel_nls.config.sections.equation import EquationSection
from parallel_nls.config.toml_text import quoted

__all__ = ["critical_equation", "deviation", "way_back"]

_NLS = 'equation.name = "nls"'


def deviation(equation: EquationSection) -> str:
    """Return the key and the value for which an equation is not the critical one."""
    key, value = equation.deviation
    return f"{key} = {quoted(value)}"


def critical_equation(equation: EquationSection) -> str:
    """Return what is needed in place of an equation."""
    key, _ = equation.deviation
    power = f"the critical power 4/dimension = {equation.critical_power!r}"
    return power if key == "equation.power" else f"{_NLS} and {power}"


def way_back(equation: EquationSection) -> str:
    """Return what makes an equation the critical one."""
    key, _ = equation.deviation
    return "remove power" if key == "equation.power" else f"give {_NLS}"
