"""An equation from a Python file of the user: the class in it, its parameters, and whether it keeps the contract."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from parallel_nls.contracts import Domain
from parallel_nls.equations.split_equation import SplitEquation
from parallel_nls.equations.watched_equation import Parameters, UserEquation
from parallel_nls.errors import UserError
from parallel_nls.user_code.failures import Failures
from parallel_nls.user_code.source import RunningUserCode, digest_of, names_defined

MEMBERS = ("kick", "drift", "density", "energy", "symbol", "variance_acceleration", "log_rate", "parameters")
"""What an equation must have besides its name and what is conserved; `SplitEquation` has them all."""
_MADE_OF = {"kick": "phase_rate", "density": "potential"}


def load_equation(source: str, path: Path, domain: Domain, parameters: Parameters, failures: Failures) -> UserEquation:
    """Make the equation that a file defines.

    Parameters
    ----------
    source : str
        Text of the file.
    path : Path
        What messages call it.
    domain : Domain
        Where it is to be solved.
    parameters : mapping
        What the class takes besides.
    failures : Failures
        Where errors go while it is used.

    Raises
    ------
    UserError
        If the file does not run, defines no equation or several, or its class does not keep the contract.

    Notes
    -----
    Runs the text. *Communication*: local; a rank that fails fails alone.
    """
    digest = digest_of(source)
    kind = _class_in(names_defined(source, path, f"equation_{digest}"), f"equation_{digest}", path)
    lines = {node.name: node.lineno for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}
    where = f"{path}, line {lines[kind.__name__]}" if kind.__name__ in lines else f"{path}"
    _check_parameters(kind, parameters, where)
    with RunningUserCode(path, f"{kind.__name__}(domain{''.join(f', {key}=…' for key in parameters)})"):
        equation = kind(domain, **parameters)
    lacking = [_MADE_OF[name] for name in _MADE_OF if _is_left_open(equation, name)]
    lacking += [name for name in MEMBERS if name not in {*dir(kind), *vars(equation)}]
    if lacking:
        remedy = (
            "give it, or derive the class from parallel_nls.SplitEquation, which has all that can be had by default"
        )
        raise UserError(f"{where}: class {kind.__name__} lacks {', '.join(lacking)}; {remedy}")
    if getattr(equation, "domain", None) is not domain:
        raise UserError(f"{where}: {kind.__name__} has no domain; let its __init__ call super().__init__(domain)")
    if not isinstance(formulas := getattr(equation, "formulas", {}), Mapping):
        raise UserError(
            f"{where}: formulas of {kind.__name__} are {formulas!r}; give a dictionary of texts by quantity"
        )
    given = {"source": digest, **{f"parameter {key}": value for key, value in parameters.items()}}
    return UserEquation(equation, path, failures, given)


def _class_in(names: Mapping[str, Any], module: str, path: Path) -> type[Any]:
    """The one class of a file that may be an equation."""
    own = [
        thing
        for name, thing in names.items()
        if isinstance(thing, type) and thing.__module__ == module and not name.startswith("_")
    ]
    found = [thing for thing in own if issubclass(thing, SplitEquation) or hasattr(thing, "energy")] or own
    if not found:
        raise UserError(f"{path} defines no class; write one that derives from parallel_nls.SplitEquation")
    if len(found) > 1:
        listed = ", ".join(thing.__name__ for thing in found)
        raise UserError(f"{path} defines several equations: {listed}; let the names of all but one begin with _")
    return found[0]


def _check_parameters(kind: type[Any], parameters: Parameters, where: str) -> None:
    """Refuse parameters that the class does not take, and miss those that it needs."""
    known = list(inspect.signature(kind).parameters.values())[1:]
    names = [each.name for each in known]
    open_ended = any(each.kind is each.VAR_KEYWORD for each in known)
    needed = [each.name for each in known if each.default is each.empty and each.kind is each.POSITIONAL_OR_KEYWORD]
    takes = f"class {kind.__name__} in {where} takes {', '.join(names) or 'none'}"
    for key in parameters:
        if key not in names and not open_ended:
            raise UserError(f"equation.parameters.{key}: no such parameter; {takes}")
    for key in needed:
        if key not in parameters:
            raise UserError(f"equation.parameters.{key}: missing; {takes}")


def _is_left_open(equation: Any, member: str) -> bool:
    """Whether a class leaves a function as `SplitEquation` has it, and the member that is made of it too."""
    kind, function = type(equation), _MADE_OF[member]
    if not isinstance(equation, SplitEquation):
        return False
    own = {*vars(equation)}
    return (
        getattr(kind, function) is getattr(SplitEquation, function)
        and inspect.getattr_static(kind, member) is inspect.getattr_static(SplitEquation, member)
        and not own & {member, function}
    )
