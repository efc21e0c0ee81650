"""The functions of the half-wave equation on the whole line: for `ground-state` and `blow-up-profile`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from parallel_nls.config import Configuration, HalfWaveEquation, RationalGrid
from parallel_nls.errors import UserError
from parallel_nls.half_wave.evolution import HalfWave
from parallel_nls.half_wave.ground_state import RESOLVED, ground_state
from parallel_nls.half_wave.inhomogeneity import Inhomogeneity
from parallel_nls.half_wave.profile import BlowUpProfile, blow_up_profile
from parallel_nls.half_wave.refined_law import RefinedLaw
from parallel_nls.half_wave.running import LinePlaces
from parallel_nls.integrators.compositions import composition
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.output.fields import write_field
from parallel_nls.results.digits import confirmed_digits, in_digits, rounded_up
from parallel_nls.results.zeros import SLOWEST
from parallel_nls.running.assembly.half_wave import profile_parameters
from parallel_nls.running.assembly.inhomogeneity import checked_inhomogeneity, make_inhomogeneity
from parallel_nls.running.sources import local_sources
from parallel_nls.spectral.rational import RationalAxis

__all__ = ["describe_numbers", "ground_state_numbers", "inhomogeneity_of", "profile_numbers", "write_line_state"]

_FUNCTIONS = ("S10", "T20", "T02", "S30", "T40", "rho1", "rho2")
_OTHER_AXES = (288, 1.7), (320, 2.0)  # points and scales, on which a number has other rounding
_DIGITS = 14


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
    section, state = _half_wave(config), ground_state()
    # The profile is made of this Q, whatever k(x) is; in a box it is that of k(x).
    told = {} if section.inhomogeneity is None else {"k(x)": "1, in the place of equation.inhomogeneity"}
    return told | {
        "peak": state.peak,
        "mass": state.mass,
        "quadratic_form": state.half_derivative,
        "power_integral": state.quartic,
        "integral": state.integral,
        "Q(0)": state.peak,
        "half_derivative": state.half_derivative,
        "x": state.axis.x.tolist(),
        "Q": state.values.tolist(),
    }


def write_line_state(config: Configuration, path: Path) -> None:
    """Store Q on the rational axis of a configuration, as a run stores fields.

    Raises
    ------
    UserError
        The axis does not resolve Q.
    StorageError
        The file system refuses.

    Notes
    -----
    *Communication*: local; of one rank.
    """
    if not isinstance(config.grid, RationalGrid):
        raise ValueError("the grid is no rational axis")
    axis, state = RationalAxis(config.grid.points[0], config.grid.scale), ground_state()
    coefficients = state.axis.resampled(state.coefficients, axis)
    if not axis.content(coefficients) <= RESOLVED:
        raise UserError(
            f"grid.points = {axis.points}, grid.scale = {axis.scale:g}: they do not resolve the ground state; give "
            "more points, or a scale nearer to 1.5"
        )
    places = LinePlaces(MPI.COMM_SELF, HalfWave(axis, composition(config.time.scheme)), 1)
    values = axis.values(coefficients)
    whole = np.concatenate([values[::-1], values]).astype(np.complex128)
    write_field(path, places, whole, 0, config.time.start, 0.0)
    places.close()


def profile_numbers(config: Configuration) -> dict[str, Any]:
    """Constants of the blow-up profile for the k of a configuration, its functions, and Q_P of its initial data.

    Returns
    -------
    dict
        Numbers; `values_at_0` and `norms` in L² of Q and the functions, ρ₂ for the b of the initial data or else for 1;
        `residual_l2` and `residual_h1` of Φ_P; values at points x > 0; and `errors`: what each of the numbers may be
        wrong by, absolutely, by other axes and the doubt of k''(0).

    Raises
    ------
    UserError
        If the configuration is of another equation, or k has no profile.

    Notes
    -----
    *Communication*: local.
    """
    k = checked_inhomogeneity(_half_wave(config), local_sources(config))
    parameters = profile_parameters(config)
    profile = blow_up_profile(k.curvature)
    numbers = _scalars(profile, k, parameters)
    others = [
        _shown(_scalars(blow_up_profile(k.curvature + doubt, *axis), k, parameters))
        for axis, doubt in zip(_OTHER_AXES, (k.curvature_doubt, -k.curvature_doubt), strict=True)
    ]
    numbers["errors"] = {
        name: SLOWEST * sum(abs(other[name] - value) for other in others) for name, value in _shown(numbers).items()
    }
    axis = profile.state.axis
    if parameters is not None:
        values = axis.values(profile.at(*parameters))
        numbers |= {"Q_P real": values.real.tolist(), "Q_P imag": values.imag.tolist()}
    numbers["x"] = axis.x.tolist()
    return numbers | {name: axis.values(c).tolist() for name, c in _functions(profile, parameters).items()}


def _functions(profile: BlowUpProfile, parameters: tuple[float, float] | None) -> dict[str, RealArray]:
    """Coefficients of Q and of all functions, ρ₂ for the b of the initial data or else for 1."""
    functions = {"Q": profile.state.coefficients} | {name: getattr(profile, name) for name in _FUNCTIONS}
    return functions if parameters is None else functions | {"rho2": parameters[0] * profile.rho2}


def _scalars(profile: BlowUpProfile, k: Inhomogeneity, parameters: tuple[float, float] | None) -> dict[str, Any]:
    """The numbers that people read, of a profile on whatever axis."""
    axis, law = profile.state.axis, RefinedLaw.of(profile)
    numbers: dict[str, Any] = {
        "curvature": profile.curvature,
        "e1": profile.e1,
        "(Q, rho1)": axis.inner(profile.state.coefficients, profile.rho1),
        "m4": profile.m4,
        "c4": law.c4,
        "c_scale": law.c_scale,
        **{f"solvability defect of {name}": value for name, value in profile.defects.items()},
    }
    if parameters is not None:
        b, scale = parameters
        residual = profile.residual(b, scale, k)
        half, slope = axis.norm(residual), axis.norm(axis.derivative(residual))
        numbers |= {"b": b, "scale": scale, "residual_l2": half, "residual_h1": math.hypot(half, slope)}
    functions = _functions(profile, parameters)
    numbers["values_at_0"] = {name: axis.at_zero(c) for name, c in functions.items()}
    numbers["norms"] = {name: axis.norm(c) for name, c in functions.items()}
    return numbers


def _shown(numbers: dict[str, Any]) -> dict[str, Any]:
    """What people are told of numbers, each with its name: no values at points, and no errors."""
    shown: dict[str, Any] = {}
    for name, value in numbers.items():
        if isinstance(value, dict) and name != "errors":
            shown |= {f"{name}: {key}": entry for key, entry in value.items()}
        elif not isinstance(value, dict | list):
            shown[name] = value
    return shown


def describe_numbers(numbers: dict[str, Any]) -> str:
    """Lines for people: the numbers, in the digits that `errors` leave where there are any. *Communication*: local."""
    shown, errors = _shown(numbers), numbers.get("errors", {})
    width = max(map(len, shown)) + 2
    return "\n".join(f"{name:<{width}}{_text(value, errors.get(name, 0.0))}" for name, value in shown.items())


def _text(value: Any, error: float) -> str:
    if isinstance(value, str):
        return value
    if error == 0:
        return f"{value + 0.0:.{_DIGITS}g}"  # without the sign of 0
    digits = min(confirmed_digits(value, error), _DIGITS)
    return in_digits(value, digits) if digits else f"|·| ≤ {rounded_up(abs(value) + error)}"
