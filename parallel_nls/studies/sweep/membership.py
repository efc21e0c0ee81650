"""Whether a directory of a member holds the run of that member: its own configuration tells."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from parallel_nls.config.differences import differences
from parallel_nls.config.loading import validate_document
from parallel_nls.config.overrides import apply_value
from parallel_nls.config.reading import read_document
from parallel_nls.config.toml_text import quoted
from parallel_nls.errors import UserError
from parallel_nls.studies.sweep.folder import SweepPaths
from parallel_nls.studies.sweep.plan import SweepPlan, member_name

__all__ = ["refuse_exchanged"]


def refuse_exchanged(plan: SweepPlan, paths: SweepPaths) -> None:
    """Refuse directories whose runs are not those of their members: they were exchanged, or copied over others.

    Parameters
    ----------
    plan : SweepPlan
        With the members; the configuration that they share need not be known.
    paths : SweepPaths
        The directory of the sweep.

    Raises
    ------
    UserError
        With what one of them holds, and of which member that is.

    Notes
    -----
    A directory whose configuration cannot be read tells nothing. *Communication*: local.
    """
    folder = Path(plan.sweep.configuration).parent
    for number, values in enumerate(plan.members):
        document = _document_of(paths, number)
        wrong = None if document is None else _first_difference(document, values, folder)
        if document is None or wrong is None:
            continue
        owners = (n for n, others in enumerate(plan.members) if _first_difference(document, others, folder) is None)
        owner = next(owners, None)
        whose = "a run of no member" if owner is None else f"the run of {member_name(owner)}"
        raise UserError(
            f"{paths.member(number).root} holds {whose}: {wrong}; directories of members were exchanged or replaced, "
            "put them back"
        )


def _document_of(paths: SweepPaths, number: int) -> dict[str, Any] | None:
    """The configuration in the directory of a member; None if there is none."""
    path = paths.member(number).config
    try:
        return read_document(str(path))[0] if path.is_file() else None
    except UserError:
        return None


def _first_difference(document: Mapping[str, Any], values: Mapping[str, Any], folder: Path) -> str | None:
    """The first value that a configuration has not, and what it has; None if it has all of them."""
    for key, value in values.items():
        found = _value_at(document, key)
        if not _holds(found, value) and _changes(document, key, value, folder):
            return f"{key} = {quoted(found)} in its config.toml, where the sweep tells {quoted(value)}"
    return None


def _value_at(document: Any, key: str) -> Any:
    """What stands below a dotted key, in which a number counts the entries of a list; None: nothing."""
    for part in (part.strip() for part in key.split(".")):
        if isinstance(document, list):
            document = document[int(part)] if part.isdigit() and int(part) < len(document) else None
        else:
            document = document.get(part) if isinstance(document, dict) else None
    return document


def _holds(found: Any, given: Any) -> bool:
    """Whether a value of a complete configuration is what was given: defaults are added, and paths absolute."""
    if isinstance(given, dict) and isinstance(found, dict):
        return all(_holds(found.get(name), value) for name, value in given.items())
    if isinstance(given, list) and isinstance(found, list):
        return len(given) == len(found) and all(map(_holds, found, given))
    if isinstance(given, str) and isinstance(found, str) and Path(found).is_absolute():
        parts = [part for part in Path(given).parts if part != ".."]
        return list(Path(found).parts[-len(parts) :]) == parts
    return bool(found == given)


def _changes(document: Mapping[str, Any], key: str, value: Any, folder: Path) -> bool:
    """Whether a configuration becomes another one by a value, which may stand in it in other words."""
    changed = deepcopy(dict(document))
    try:
        then = validate_document(deepcopy(changed), folder, with_files=False)
    except UserError:
        return False  # of another version, or damaged: it tells nothing
    try:
        apply_value(changed, [part.strip() for part in key.split(".")], deepcopy(value), key)
        now = validate_document(changed, folder, with_files=False)
    except UserError:
        return True
    return any(differences("", now.model_dump(mode="json"), then.model_dump(mode="json")))
