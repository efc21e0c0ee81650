"""TOML text of plain values: for the complete configuration file and for values quoted in messages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal

__all__ = ["OFF", "counted", "quoted", "quoted_argument", "toml_document", "toml_value", "whole_number"]

OFF = "off"
"""What a user writes, and what is written, for a limit or an interval that is not in force."""

_LONGEST = 80  # characters of a value that a message quotes
_LONGEST_ARGUMENT = 200  # the same of a path
_LARGEST = 10**15  # whole number that a text gives with all digits; a double knows no more of them


def toml_value(value: object) -> str:
    """Return ``value`` on one line of TOML; tables inside it become inline tables.

    Parameters
    ----------
    value : object
        A value as tomllib reads it, or a tuple in place of a list.

    Returns
    -------
    str
        TOML that tomllib reads back to an equal value.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON's escapes are TOML's, but TOML also wants DEL escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {toml_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    return repr(value) if isinstance(value, (int, float)) else str(value)


def _key(key: str) -> str:
    """Return a key, quoted where TOML needs it."""
    bare = key.isascii() and key.replace("-", "_").isidentifier()
    return key if bare else toml_value(key)


def quoted(value: object) -> str:
    """Return ``value`` as a message quotes it: TOML, without its middle when long."""
    try:
        text = toml_value(value)
    except (RecursionError, ValueError):  # nested past Python's limits, or an integer too long to print
        return "…"
    return _cut(text, _LONGEST)


def _cut(text: str, most: int) -> str:
    """Return a text, or its begin and its end, which of a path tells most."""
    begin = most // 2
    return text if len(text) <= most else f"{text[:begin]}…{text[begin + 1 - most :]}"


def whole_number(number: int) -> str:
    """Return a whole number as a message gives it: with four digits and its power of ten where it is long."""
    return str(number) if abs(number) < _LARGEST else f"{Decimal(number):.4g}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun in the plural, except for 1."""
    return f"{number} {noun}" if number == 1 else f"{whole_number(number)} {noun}s"


def quoted_argument(argument: str) -> str:
    """Return a path or an override as a message quotes it: unprintable characters escaped, no middle when long."""
    return repr(_cut(argument, _LONGEST_ARGUMENT))


def toml_document(document: Mapping[str, object]) -> str:
    """Return a document of sections as TOML text.

    Parameters
    ----------
    document : mapping
        Plain keys, and sections as mappings. A mapping inside a section becomes a section below it, but for an
        interval in steps, which stays on its line; a non-empty list of mappings there becomes an array of tables.

    Returns
    -------
    str
        The text, ending in a newline.
    """
    plain = {key: value for key, value in document.items() if not isinstance(value, Mapping)}
    lines = [f"{_key(key)} = {toml_value(value)}" for key, value in plain.items()]
    for name, section in document.items():
        if isinstance(section, Mapping):
            lines += _section(_key(name), section)
    return "\n".join(lines).lstrip("\n") + "\n"


def _section(name: str, section: Mapping[str, object]) -> list[str]:
    """Return the lines of one section, the tables in it last as TOML demands."""
    lines = ["", f"[{name}]"]
    tables: list[str] = []
    for key, value in section.items():
        below = f"{name}.{_key(key)}"
        if isinstance(value, Mapping) and value.keys() != {"steps"}:
            tables += _section(below, value)
        elif isinstance(value, Sequence) and value and all(isinstance(item, Mapping) for item in value):
            for item in value:
                tables += ["", f"[[{below}]]"]
                tables += [f"{_key(inner)} = {toml_value(inner_value)}" for inner, inner_value in item.items()]
        else:
            lines.append(f"{_key(key)} = {toml_value(value)}")
    return lines + tables
