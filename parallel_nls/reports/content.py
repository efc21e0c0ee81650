"""What a page is made of; all texts are plain, and become HTML in one place."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["KINDS", "Code", "Figure", "Notice", "Page", "Section", "State", "Table", "as_uri", "facts_of", "text_uri"]

KINDS = {".png": "image/png", ".svg": "image/svg+xml"}
"""Figures that stand still, by the ending of their file."""


@dataclass(frozen=True)
class Table:
    """Rows of texts, the first of each its head; a text is one line, or several that are not broken."""

    caption: str
    heading: tuple[str, ...]
    rows: tuple[tuple[str | tuple[str, ...], ...], ...]

    @property
    def anchor(self) -> str:
        """Name of its caption in the page."""
        return "table-" + anchor_of(self.caption)


@dataclass(frozen=True)
class Figure:
    """A picture as a data URI, with what is drawn, and what is to be seen by who cannot see it."""

    uri: str
    caption: str
    alt: str
    wide: bool = False


@dataclass(frozen=True)
class State:
    """How a run stands: its kind, a word for it, the rest in words, and what to type to go on."""

    kind: str
    heading: str
    text: str
    remedy: str = ""


@dataclass(frozen=True)
class Notice:
    """A message, and when it was said."""

    clock: str
    text: str


@dataclass(frozen=True)
class Code:
    """A text as it is, its name, and a data URI to save it by, if it is worth saving."""

    name: str
    text: str
    uri: str = ""


Facts = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Section:
    """A part of a page: whatever of these there is, in this order."""

    title: str
    texts: tuple[str, ...] = ()
    state: State | None = None
    facts: Facts = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    notices: tuple[Notice, ...] = ()
    code: Code | None = None

    @property
    def anchor(self) -> str:
        """Name of its heading in the page."""
        return anchor_of(self.title)


@dataclass(frozen=True)
class Page:
    """All of a page."""

    title: str
    lead: str
    sections: tuple[Section, ...]
    footer: str


def anchor_of(text: str) -> str:
    """A name for a link to a heading: its small letters and digits. *Communication*: local."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def as_uri(path: Path) -> str:
    """A figure as a data URI.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    return f"data:{KINDS[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"


def text_uri(text: str) -> str:
    """A text as a data URI. *Communication*: local."""
    return f"data:text/plain;charset=utf-8;base64,{base64.b64encode(text.encode()).decode()}"


def facts_of(lines: Sequence[tuple[str, str]]) -> Facts:
    """Heads and texts of lines as facts: a line without a head belongs to the one before. *Communication*: local."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for head, line in lines:
        if head or not found:
            found.append((head, (line,)))
        else:
            found[-1] = (found[-1][0], (*found[-1][1], line))
    return tuple(found)
