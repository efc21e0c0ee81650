"""The marked blocks of a page: files that it prints, and what its commands print.

A mark is a comment in front of a fenced block, which no reader of the page sees:

    <!-- small.toml -->                                a file
    <!-- appended to waves.toml as motion.toml -->     a file, from another one and this block
    <!-- output of parallel-nls run small.toml -->     what comes out; of commands joined by && that of the last
    <!-- slow output of … -->                          the same, where it takes more than a few seconds
    <!-- small.toml of docs/configuration.md -->       a file that another page prints; without a block

In an output a line "..." stands for lines that are left out. A mark of an output may also stand in front of a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.benchmarks.launching import ROOT

PAGES = ("README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))

_FENCED = r"```(?P<language>\w*)\n(?P<fenced>.*?)```\n"
_TABLE = r"(?P<table>(?:\|[^\n]*\n)+)"
_MARKED = re.compile(rf"<!-- (?P<mark>[^\n]+?) -->\n(?:{_FENCED}|{_TABLE})", re.DOTALL)
_BORROWED = re.compile(r"<!-- (?P<name>\S+) of (?P<page>\S+\.md) -->\n")
_APPENDED = re.compile(r"appended to (?P<first>\S+) as (?P<name>\S+)")
_OUTPUT = re.compile(r"(?P<slow>slow )?output of (?P<command>.+)")


@dataclass(frozen=True)
class Output:
    """What a command prints, as it stands on a page: between ``start`` and ``end`` of its text."""

    command: str
    slow: bool
    text: str
    start: int
    end: int


def read(page: str) -> str:
    """The text of a page, by its path from the root."""
    return (ROOT / page).read_text(encoding="utf-8")


def _marked(text: str) -> Iterator[tuple[str, str, tuple[int, int]]]:
    """Mark, block and place of each marked block."""
    for found in _MARKED.finditer(text):
        group = "table" if found["table"] is not None else "fenced"
        yield found["mark"], found[group], found.span(group)


def outputs(text: str) -> list[Output]:
    """The marked outputs of a page's text, in its order."""
    return [
        Output(told["command"], told["slow"] is not None, block, *place)
        for mark, block, place in _marked(text)
        if (told := _OUTPUT.fullmatch(mark)) is not None
    ]


def files(text: str) -> dict[str, str]:
    """The files that a page's text prints, or borrows from other pages, by name."""
    found = {told["name"]: files(read(told["page"]))[told["name"]] for told in _BORROWED.finditer(text)}
    for mark, block, _ in _marked(text):
        if appended := _APPENDED.fullmatch(mark):
            found[appended["name"]] = found[appended["first"]] + "\n" + block
        elif re.fullmatch(r"\w+\.(py|toml)", mark):
            found[mark] = block
    return found


def write_files(text: str, folder: Path) -> None:
    """Write the files of a page's text into a folder."""
    for name, content in files(text).items():
        (folder / name).write_text(content, encoding="utf-8")
