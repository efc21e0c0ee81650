"""From names in a configuration to the objects of the half-wave equation on a periodic line."""

from __future__ import annotations

import numpy as np

from parallel_nls.catalogue import fitting
from parallel_nls.config import Configuration, HalfWaveEquation, ProfileInitial
from parallel_nls.contracts import Domain, Equation, Profile
from parallel_nls.diagnostics.passes import Passes
from parallel_nls.errors import UserError
from parallel_nls.half_wave.ground_state import ground_state
from parallel_nls.half_wave.line_equation import HalfWaveLine
from parallel_nls.half_wave.line_monitor import HalfWaveMonitor
from parallel_nls.half_wave.line_pairings import ScaledProfile, tabulated
from parallel_nls.half_wave.profile import blow_up_profile
from parallel_nls.half_wave.quantities import HALF_WAVE_QUANTITIES
from parallel_nls.running.assembly.half_wave import law_numbers, make_decomposer
from parallel_nls.running.assembly.inhomogeneity import checked_inhomogeneity, make_inhomogeneity
from parallel_nls.running.sources import Sources

__all__ = ["blow_up_wave", "critical_mass", "line_law_numbers", "make_half_wave_line", "make_half_wave_monitor"]


def make_half_wave_line(config: Configuration, domain: Domain, sources: Sources) -> HalfWaveLine:
    """The equation, on its line.

    Raises
    ------
    UserError
        If a file gives no k, or the initial data ask for more of k than it has.

    Notes
    -----
    *Communication*: local.
    """
    section = config.equation
    if not isinstance(section, HalfWaveEquation):
        raise ValueError(f"{section.name} is no half-wave equation")
    k = checked_inhomogeneity(section, sources, for_profile=isinstance(config.initial, ProfileInitial))
    return HalfWaveLine(domain, k, str(section.parameters()["inhomogeneity"]))


def blow_up_wave(config: Configuration, sources: Sources) -> Profile:
    """The blow-up profile as initial data. *Communication*: local."""
    section, initial = config.equation, config.initial
    if not (isinstance(section, HalfWaveEquation) and isinstance(initial, ProfileInitial)):
        raise ValueError(f"initial data of kind {initial.kind} are no blow-up profile")
    profile = blow_up_profile(make_inhomogeneity(section, sources).curvature)
    profile.check_scale(initial.scale)
    q, axis = profile.at(initial.b, initial.scale), profile.state.axis
    return ScaledProfile(tabulated(axis, np.array([q.real, q.imag])), axis.scale, initial.scale, 1.0)


def critical_mass(config: Configuration, mass: float) -> float | None:
    """The mass to which the blow-up profile is scaled that has ``mass`` on the grid; None for other initial data.

    Raises
    ------
    UserError
        If none is left.

    Notes
    -----
    *Communication*: local.
    """
    initial = config.initial
    if not isinstance(initial, ProfileInitial):
        return None
    wanted = (ground_state().mass if initial.normalise else mass) + initial.excess
    if not wanted > 0:
        raise UserError(f"initial.excess = {initial.excess!r}: no mass is left; give less")
    return wanted


def line_law_numbers(equation: Equation) -> dict[str, object]:
    """As `law_numbers`, of the equation of a run. *Communication*: local."""
    return law_numbers(equation.k) if isinstance(equation, HalfWaveLine) else {}


def make_half_wave_monitor(config: Configuration, passes: Passes) -> HalfWaveMonitor:
    """Who measures it besides. *Communication*: collective."""
    equation = passes.equation
    if not isinstance(equation, HalfWaveLine):
        raise ValueError(f"{equation.name} is no half-wave equation")
    families = ("conserved", *config.diagnostics.families)
    known = fitting(HALF_WAVE_QUANTITIES, 1)
    wanted = [q for q in known if q.name == "half_derivative" or (q.family == "half-wave" and q.family in families)]
    decomposer = make_decomposer(equation.k) if "half-wave" in families else None
    return HalfWaveMonitor(passes, wanted, decomposer)
