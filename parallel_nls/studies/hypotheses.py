"""`parallel-nls check`: what the blow-up theorems say of a configured hierarchy, before anything is run."""

from __future__ import annotations

from typing import Any

from parallel_nls.config import Configuration
from parallel_nls.hartree.certificates import Certificate
from parallel_nls.running.assembly.hierarchy import certificate_of
from parallel_nls.running.assembly.plane_mixture import plane_certificate

__all__ = ["check_hypotheses", "describe"]

_SHOWN = ("sign", "r2V_at_zero", "r2V_at_infinity", "r2V_nonincreasing", "singular_power", "excess", "sup_V")


def check_hypotheses(config: Configuration) -> Certificate:
    """Check potential and initial data of a hierarchy.

    Raises
    ------
    UserError
        If the configuration is of another equation.

    Notes
    -----
    *Communication*: local.
    """
    return plane_certificate(config) if config.system == "plane" else certificate_of(config)


def describe(found: Certificate, warning: str | None = None) -> str:
    """Lines for people, with what is wrong with the grid, if anything is. *Communication*: local."""
    numbers = found.potential.numbers
    lines = [("verdict", found.potential.verdict), *(("", reason) for reason in found.potential.reasons)]
    lines += [(name, _text(numbers[name])) for name in _SHOWN if name in numbers]
    lines += [("energy", f"{found.energy:.10g}"), ("certificate", found.statement())]
    lines += [] if warning is None else [("warning", warning)]
    return "\n".join(f"{label:<19}{text}" for label, text in lines)


def _text(value: Any) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)
