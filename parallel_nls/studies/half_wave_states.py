"""`parallel-nls ground-state` and `blow-up-profile`: the functions of the half-wave equation, and their numbers."""

from __future__ import annotations

from typing import Any

from parallel_nls.config import Configuration, HalfWaveEquation
from parallel_nls.errors import UserError
from parallel_nls.half_wave.ground_state import ground_state
from parallel_nls.half_wave.inhomogeneity import Inhomogeneity, check_inhomogeneity
from parallel_nls.half_wave.profile import blow_up_profile
from parallel_nls.half_wave.refined_law import RefinedLaw
from parallel_nls.running.assembly.half_wave import make_inhomogeneity, profile_parameters
from parallel_nls.running.sources import local_sources

__all__ = ["describe_numbers", "ground_state_numbers", "inhomogeneity_of", "profile_numbers"]

_FUNCTIONS = ("S10", "T20", "T02", "S30", "T40", "rho1", "rho2")


def _half_wave(config: Configuration) -> HalfWaveEquation:
    section = config.equation
    if not isinstance(section, HalfWaveEquation):
        raise UserError(f'equation.name = "{section.name}": the states of the half-wave equation alone are known')
    return section


def inhomogeneity_of(config: Configuration) -> Inhomogeneity:
    """The k(x) of a configuration; UserError if it is of another equation. *Communication*: local."""
    return make_inhomogeneity(_half_wave(config), local_sources(config))


def ground_state_numbers(config: Configuration) -> dict[str, Any]:
    """Numbers of Q, and its values at points x > 0.

    Raises
    ------
    UserError
        If the configuration is of another equation.

    Notes
    -----
    *Communication*: local.
    """
    _half_wave(config)
    state = ground_state()
    axis, c = state.axis, state.coefficients
    return {
        "Q(0)": axis.at_zero(c),
        "mass": state.mass,
        "half_derivative": axis.inner(c, axis.D(c)),
        "x": axis.x.tolist(),
        "Q": state.values.tolist(),
    }


def profile_numbers(config: Configuration) -> dict[str, Any]:
    """Constants of the blow-up profile for the k of a configuration, its functions, and Q_P of its initial data.

    Raises
    ------
    UserError
        If the configuration is of another equation, or k has no profile.

    Notes
    -----
    *Communication*: local.
    """
    k = inhomogeneity_of(config)
    check_inhomogeneity(k)
    profile = blow_up_profile(k.curvature)
    axis, law = profile.state.axis, RefinedLaw.of(profile)
    numbers: dict[str, Any] = {
        "curvature": k.curvature,
        "e1": profile.e1,
        "(Q, rho1)": axis.inner(profile.state.coefficients, profile.rho1),
        "m4": profile.m4,
        "c4": law.c4,
        "c_scale": law.c_scale,
        **{f"solvability defect of {name}": value for name, value in profile.defects.items()},
    }
    parameters = profile_parameters(config)
    if parameters is not None:
        b, scale = parameters
        values = axis.values(profile.at(b, scale))
        numbers |= {"b": b, "scale": scale, "residual": axis.norm(profile.residual(b, scale, k))}
        numbers |= {"Q_P real": values.real.tolist(), "Q_P imag": values.imag.tolist()}
    numbers["x"] = axis.x.tolist()
    return numbers | {name: axis.values(getattr(profile, name)).tolist() for name in _FUNCTIONS}


def describe_numbers(numbers: dict[str, Any]) -> str:
    """Lines for people: the numbers, without values at points. *Communication*: local."""
    shown = {name: value for name, value in numbers.items() if not isinstance(value, list)}
    width = max(map(len, shown)) + 2
    return "\n".join(f"{name:<{width}}{value:.14g}" for name, value in shown.items())
