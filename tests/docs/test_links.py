"""Links between the documents lead somewhere: to files, and to headings of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.documents.blocks import PAGES, read
from tests.conftest import ROOT

LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`[^`\n]*`|^    .*$", re.MULTILINE)


def prose(page: str) -> str:
    """A page without its code."""
    return FENCED.sub("", read(page))


def anchors(page: str) -> set[str]:
    """Names of its headings as the usual renderers make them: small letters, hyphens for spaces, no punctuation."""
    names: list[str] = []
    for heading in re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        names.append(f"{plain}-{names.count(plain)}" if plain in names else plain)
    return set(names)


def broken(page: str) -> list[str]:
    """Targets of a page that are not there."""
    found = []
    for target in LINK.findall(CODE.sub("", prose(page))):
        path, _, anchor = target.partition("#")
        if "://" in path:
            continue
        file = (ROOT / page).parent / path if path else ROOT / page
        there = file.exists() and (not anchor or anchor in anchors(str(file.resolve().relative_to(ROOT))))
        found += [] if there else [target]
    return found


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """Files, and anchors in them."""
    assert broken(page) == []


def test_a_broken_link_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing file, a missing heading, here and elsewhere; what is code is no link."""
    text = "# A b: c\n\n[x](#a-b-c) [y](#a-b) [z](other.md) `[c](no)` [w](page.md#a-b-c)\n"
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr("tests.docs.test_links.ROOT", tmp_path)
    monkeypatch.setattr("scripts.documents.blocks.ROOT", tmp_path)
    assert broken("page.md") == ["#a-b", "other.md"]
