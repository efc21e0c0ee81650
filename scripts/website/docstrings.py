"""Docstrings of the package as Sphinx takes them."""

from __future__ import annotations

import re

# Literals and *Communication*-like emphasis stay; bars, stars and final underscores of formulas are only characters.
_KEPT = re.compile(r"``.+?``|`[^`]+`|(?<![\w*])\*[A-Za-z][\w ]*\*(?![\w*])")
_SIGNS = re.compile(r"[|*]|(?<=\w)_(?!\w)")

_NO_LIST = re.compile(r"^(\s*)([A-Za-z]\.(?:\s|$))")  # a sentence that is one letter, such as the T of a blow-up time


def escaped(line: str) -> str:
    """One line of a docstring, where only literals and emphasis are markup."""
    parts, at = [], 0
    for found in _KEPT.finditer(line):
        parts += [_SIGNS.sub(r"\\\g<0>", line[at : found.start()]), found.group()]
        at = found.end()
    return _NO_LIST.sub(r"\1\\\2", "".join([*parts, _SIGNS.sub(r"\\\g<0>", line[at:])]))


def as_restructured_text(_app: object, what: str, _name: str, _of: object, _options: object, lines: list[str]) -> None:
    """Escape the lines of a docstring in place, but for blocks of code, which are indented after a double colon."""
    if what in ("attribute", "data", "property"):
        lines.insert(0, "")  # else napoleon takes words before a colon for a type
    literal, margin = False, 0
    for number, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if literal and line.strip() and indent <= margin:
            literal = False
        if not literal:
            lines[number] = escaped(line)
            if line.rstrip().endswith("::"):
                literal, margin = True, indent


def without_noise(
    _app: object, _what: str, _name: str, of: object, _options: object, signature: str | None, returns: str | None
) -> tuple[str | None, str | None]:
    """Names of types without the modules in which they lie; of a configuration none: its sections are in TOML."""
    if hasattr(of, "model_fields"):
        return "", None
    return shortened(signature), shortened(returns)


def shortened(text: str | None) -> str | None:
    """A signature with arrays and types as the source names them."""
    if text is None:
        return None
    text = re.sub(r"(?:numpy\.)?ndarray\[tuple\[(?:\w+\.)*Any, \.\.\.\], (?:numpy\.)?dtype\[", "NDArray[[", text)
    text = re.sub(r"NDArray\[\[((?:\w|\.|\[|\])*?)\]\]", r"NDArray[\1]", text)
    return re.sub(r"~?\b(?:[a-z_]\w*\.)+(?=[A-Z])", "", text)
