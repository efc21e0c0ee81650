"""What pydantic found, in the user's words: one line a mistake with key, value and remedy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from parallel_nls.config.sections.values import Section
from parallel_nls.config.spelling import nearest, suggest
from parallel_nls.config.toml_text import quoted

__all__ = ["describe_mistakes"]

_WORDS = {
    "greater_than": "must be greater than {gt:g}",
    "greater_than_equal": "must be at least {ge:.15g}",
    "less_than_equal": "must be at most {le:.15g}",
    "too_short": "needs at least {min_length} entry",
    "finite_number": "must be a finite number",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "must be a whole number of a sensible size",
    "string_type": "must be a text in quotes",
    "string_unicode": "must be a text of valid characters",
    "tuple_type": "must be a list",
    "model_type": "must be a table",
    "dict_type": "must be a table",
}


def describe_mistakes(error: ValidationError, root: type[Section]) -> list[str]:
    """Return one line for each mistake that pydantic found.

    Parameters
    ----------
    error : pydantic.ValidationError
        What validation raised.
    root : type of Section
        The model that was validated; its descriptions give the remedies.

    Returns
    -------
    list of str
        ``key = value: what is wrong (what the key expects)``.
    """
    details = [item for item in error.errors(include_url=False) if not _is_echo(item)]
    unknown = [item for item in details if item["type"] == "extra_forbidden"]
    lines = []
    meant = set()
    for item in unknown:
        section, _ = _locate(item["loc"][:-1], root)
        name, names = str(item["loc"][-1]), list(section.model_fields)
        meant.add((*item["loc"][:-1], nearest(name, names)))
        lines.append(f"{_assignment(item)}: unknown {_noun(item)}; {_elsewhere(name, root) or suggest(name, names)}")
    return lines + [_line(item, root) for item in details if item not in unknown and not _is_meant(item, meant)]


def _is_echo(item: ErrorDetails) -> bool:
    """Return whether a list counts as too short only because its entries are mistakes, which are told themselves."""
    return item["type"] == "too_short" and len(item["input"]) >= item["ctx"]["min_length"]


def _is_meant(item: ErrorDetails, meant: set[tuple[str | int | None, ...]]) -> bool:
    """Return whether a key is missing because it, or the other that would do, was misspelt: one mistake, not two."""
    loc, other = item["loc"], item.get("ctx", {}).get("other")
    return loc in meant or (item["type"] == "missing_both" and (*loc[:-1], other) in meant)


def _line(item: ErrorDetails, root: type[Section]) -> str:
    """Return the line of a mistake other than an unknown key."""
    kind, context = item["type"], item.get("ctx", {})
    _, description = _locate(item["loc"], root)
    remedy = f"; give {description}" if description else ""
    if kind == "configuration":
        return f"{_assignment(item)}: {item['msg']}"
    if kind in ("missing", "missing_both"):
        return f"{_key(item['loc'])}: missing{remedy}"
    if kind.startswith("union_tag"):
        return _kind_line(item, root)
    return f"{_assignment(item)}: {_WORDS.get(kind, item['msg']).format(**context)}{remedy}"


def _kind_line(item: ErrorDetails, root: type[Section]) -> str:
    """Return the line of a table whose ``kind`` is missing or unknown."""
    section, _ = _locate(item["loc"][:-1], root)
    kinds = [member.tag.strip("<>") for member in _sections(section.model_fields[str(item["loc"][-1])].annotation)]
    key, table = f"{_key(item['loc'])}.kind", item["input"]
    if not isinstance(table, dict):
        return f"{_assignment(item)}: must be a table with a kind ({suggest('', kinds)})"
    if "kind" not in table:
        return f"{key}: missing; give the kind ({suggest('', kinds)})"
    return f"{key} = {quoted(table['kind'])}: unknown kind; {suggest(str(table['kind']), kinds)}"


def _locate(loc: Sequence[str | int], root: type[Section]) -> tuple[type[Section], str | None]:
    """Return the innermost section on a path, and the description of the last key."""
    section, candidates, description = root, [root], root.model_config.get("title")
    for part in loc:
        if isinstance(part, int):
            continue
        if part.startswith("<"):  # the tag of a union's member, not a key
            section = next((member for member in candidates if member.tag == part), section)
        elif field := section.model_fields.get(part):
            description = field.description
            candidates = _sections(field.annotation)
            section = candidates[0] if candidates else section
    return section, description


def _sections(annotation: Any) -> list[type[Section]]:
    """Return the sections that occur in a type."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return [annotation]
    return [section for part in get_args(annotation) for section in _sections(part)]


def _elsewhere(name: str, root: type[Section]) -> str:
    """Return in which other sections a key of this very name belongs."""
    places = []
    for key, field in root.model_fields.items():
        members = _sections(field.annotation)
        owners = [member for member in members if name in member.model_fields]
        if owners:
            kinds = [f" of kind {member.tag.strip('<>')}" for member in owners if len(members) > 1]
            places.append(f"[{key}]{' or'.join(kinds)}")
    return f"it belongs in {' or '.join(places)}" if places else ""


def _noun(item: ErrorDetails) -> str:
    """Return what an unknown name stands for: a table at the top is a section."""
    return "section" if len(item["loc"]) == 1 and isinstance(item["input"], (dict, list)) else "key"


def _key(loc: Sequence[str | int]) -> str:
    """Return a path as ``--set`` takes it: dots, list entries counted from 0."""
    return ".".join(str(part) for part in loc if not str(part).startswith("<"))


def _assignment(item: ErrorDetails) -> str:
    """Return ``key = value`` for the value that is wrong."""
    return f"{_key(item['loc'])} = {quoted(item['input'])}"
