"""What pydantic found, in the user's words: one line a mistake with key, value and remedy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from parallel_nls.config.sections.union import UnionByKey, sections_in
from parallel_nls.config.sections.values import Section
from parallel_nls.config.spelling import nearest, suggest
from parallel_nls.config.toml_text import quoted

__all__ = ["describe_mistakes"]

_WORDS = {
    "greater_than": "must be greater than {gt:g}",
    "greater_than_equal": "must be at least {ge:.15g}",
    "less_than_equal": "must be at most {le:.15g}",
    "less_than": "must be less than {lt:.15g}",
    "too_long": "has more than {max_length} entry",
    "too_short": "needs at least {min_length} entry",
    "finite_number": "must be a finite number",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "must be a whole number of a sensible size",
    "bool_type": "must be true or false",
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
        name, names = str(item["loc"][-1]), list(_keys(section))
        alike = nearest(name, names)
        meant.add((*item["loc"][:-1], alike))
        # In a table within a section a name that is almost right is more likely than one of another section.
        place = "" if alike and len(_key(item["loc"]).split(".")) > 2 else _elsewhere(name, root)
        lines.append(f"{_assignment(item)}: unknown {_noun(item)}; {place or suggest(name, names)}")
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
        return _choice_line(item, root)
    return f"{_assignment(item)}: {_WORDS.get(kind, item['msg']).format(**context)}{remedy}"


def _choice_line(item: ErrorDetails, root: type[Section]) -> str:
    """Return the line of a table of which it is not known which member of a union it is meant to be."""
    path = [part for part in item["loc"] if not isinstance(part, int)]  # an entry of a list has its list's name
    section, _ = _locate(path[:-1], root)
    field = _keys(section)[str(path[-1])]
    members = sections_in(field.annotation)
    union = next(part for part in (*field.metadata, *_notes(field.annotation)) if isinstance(part, UnionByKey))
    table, names = item["input"], union.names_of(members)
    key, other = (f"{_key(item['loc'])}.{name}" for name in (union.key, union.alternative))
    known, or_other = suggest("", names), f" or a {union.alternative}" if union.alternative else ""
    if not isinstance(table, dict):
        return f"{_assignment(item)}: must be a table with a {union.key}{or_other} ({known})"
    if union.key not in table:
        return f"{key}: missing; give the {union.key} ({known}){_or_alternative(union, members)}"
    if union.alternative in table:
        excluded = f"{other} = {quoted(table[union.alternative])}"
        return f"{key} = {quoted(table[union.key])}: excludes {excluded}; keep one and remove the other"
    return f"{key} = {quoted(table[union.key])}: unknown {union.what}; {suggest(str(table[union.key]), names)}"


def _notes(annotation: Any) -> list[object]:
    """Return what is annotated within a type."""
    own = list(getattr(annotation, "__metadata__", ()))
    return own + [note for part in get_args(annotation) for note in _notes(part)]


def _or_alternative(union: UnionByKey, members: Sequence[type[Section]]) -> str:
    """Return how a table can do without the key of a union."""
    keys = [_keys(member)[union.alternative] for member in members if member.tag == f"<{union.alternative}>"]
    return "".join(f", or {key.description}" for key in keys)


def _keys(section: type[Section]) -> dict[str, FieldInfo]:
    """Return the keys of a section by the names that they have in files."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def _locate(loc: Sequence[str | int], root: type[Section]) -> tuple[type[Section], str | None]:
    """Return the innermost section on a path, and the description of the last key."""
    section, candidates, description = root, [root], root.model_config.get("title")
    for part in loc:
        if isinstance(part, int):
            continue
        if part.startswith("<"):  # the tag of a union's member, not a key
            section = next((member for member in candidates if member.tag == part), section)
        elif field := _keys(section).get(part):
            description = field.description
            candidates = sections_in(field.annotation)
            section = candidates[0] if candidates else section
    return section, description


def _elsewhere(name: str, root: type[Section]) -> str:
    """Return in which other sections a key of this very name belongs."""
    places = []
    for key, field in root.model_fields.items():
        members = sections_in(field.annotation)
        owners = [member for member in members if name in _keys(member)]
        if owners:
            unions = [part for part in field.metadata if isinstance(part, UnionByKey)]
            kinds = [f" {union.phrase(owner)}" for union in unions for owner in owners if owners != members]
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
