"""Overrides from the command line: ``--set time.stop=-0.1``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from typing import Any

from parallel_nls.config.toml_text import quoted, quoted_argument
from parallel_nls.errors import UserError

__all__ = ["apply_override", "apply_value", "read_overrides", "split_override"]

_BARE_WORD = re.compile(r"[A-Za-z][\w.-]*")
_PATH = re.compile(r"[\w./-]*/[\w./-]*")


def apply_override(document: dict[str, Any], override: str) -> None:
    """Set one value in a TOML document, in place.

    Parameters
    ----------
    document : dict
        The document as tomllib read it; tables that the path names are created where missing.
    override : str
        ``key=value``: a dotted path, in which a number counts a list's entries from 0, and a TOML value; the
        quotes of a text of one word, or of a path without spaces, may be left out.

    Raises
    ------
    UserError
        When the override is not of this form or its path leads through something that is no table or list.
    """
    parts, value = split_override(override)
    apply_value(document, parts, value, _shown(override))


def split_override(override: str) -> tuple[list[str], Any]:
    """Return the path and the value of an override; parameters and errors as of `apply_override`."""
    shown = _shown(override)
    path, equals, text = override.partition("=")
    parts = [part.strip() for part in path.split(".")]
    if not equals or not all(parts):
        raise UserError(f"{shown}: not of the form key=value; write for instance --set time.stop=-0.1")
    return parts, _parse(shown, text.strip())


def read_overrides(overrides: Iterable[str]) -> dict[str, Any]:
    """Return values by dotted key; errors as of `apply_override`. *Communication*: local."""
    return {".".join(parts): value for parts, value in map(split_override, overrides)}


def _shown(override: str) -> str:
    return f"--set {quoted_argument(override)}"


def apply_value(document: dict[str, Any], parts: Sequence[str], value: Any, shown: str) -> None:
    """Set one value in a TOML document, in place.

    Parameters
    ----------
    document : dict
        The document as tomllib read it; tables that the path names are created where missing.
    parts : sequence of str
        The path; a number counts a list's entries from 0.
    value : object
        What tomllib reads.
    shown : str
        How a message names the whole.

    Raises
    ------
    UserError
        When the path leads through something that is no table or list.
    """
    place: Any = document
    for depth, part in enumerate(parts[:-1]):
        below = ".".join(parts[: depth + 1])
        place = place.setdefault(part, {}) if isinstance(place, dict) else place[_entry(shown, place, part)]
        if not isinstance(place, (dict, list)):
            inner = quoted_argument(parts[depth + 1])
            raise UserError(f"{shown}: {below} = {quoted(place)} is not a table; it has no {inner}")
    if isinstance(place, dict):
        place[parts[-1]] = value
    else:
        place[_entry(shown, place, parts[-1])] = value


def _parse(shown: str, text: str) -> Any:
    """Return the TOML value in ``text``."""
    try:
        text.encode()
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        parsed = {"value": text} if _BARE_WORD.fullmatch(text) or _PATH.fullmatch(text) else {}
    if list(parsed) != ["value"]:
        raise UserError(
            f"{shown}: {quoted_argument(text)} is not a TOML value; write a number, a list such as [64, 64], "
            'or a text in quotes ("…", within the shell\'s quotes)'
        )
    return parsed["value"]


def _entry(shown: str, entries: Sequence[Any], part: str) -> int:
    """Return the index of a list's entry that a part of the path names."""
    index = int(part) if part.isascii() and part.isdigit() and len(part) < 10 else len(entries)
    if index >= len(entries):
        raise UserError(
            f"{shown}: the list has {len(entries)} entries, counted from 0; there is no entry {quoted_argument(part)}"
        )
    return index
