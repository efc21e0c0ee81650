"""What Sphinx reads: the pages as they are, and a navigation that follows the tables of README.md.

README.md is the first page. Its section Documentation has a heading and a table for each part of the navigation; a page
that no table names stands below the first page that links to it, and one that nobody links to is an error.
"""

from __future__ import annotations

import posixpath
import re
import shutil
from pathlib import Path

from scripts.documents.blocks import read
from scripts.website import reference

ROOT = Path(__file__).resolve().parents[2]
BESIDE = ("LICENSE", "CITATION.cff")
"""Files that pages link to."""
LINK = re.compile(r"\]\((?P<target>[^)#\s]+\.md)(?P<anchor>#[^)\s]*)?\)")
REFERENCE = ("Reference", "api/index")
"""Under which heading of README.md the reference of the Python names stands."""


class StrayPageError(Exception):
    """A page that no reader of README.md comes to."""


def pages() -> list[str]:
    """The Markdown pages, README.md first."""
    return ["README.md", "CHANGELOG.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]


def linked(page: str, text: str | None = None) -> list[str]:
    """The pages that a page links to, in its order."""
    found = LINK.finditer(read(page) if text is None else text)
    return list(
        dict.fromkeys(posixpath.normpath(posixpath.join(posixpath.dirname(page), at["target"])) for at in found)
    )


def headings() -> dict[str, list[str]]:
    """The parts of the navigation, with their pages: what the tables of README.md name."""
    section = read("README.md").partition("\n## Documentation\n")[2].partition("\n## ")[0]
    _, *parts = re.split(r"^### (.+)$", section, flags=re.MULTILINE)
    return {name: linked("README.md", text) for name, text in zip(parts[::2], parts[1::2], strict=True)}


def below() -> dict[str, list[str]]:
    """The pages that stand below others.

    Raises
    ------
    StrayPageError
        If a page has no place.
    """
    named = [page for group in headings().values() for page in group]
    placed, found = {"README.md", "CHANGELOG.md", *named}, dict[str, list[str]]()
    for page in named:
        own = [target for target in linked(page) if target not in placed and target in pages()]
        if own:
            found[page] = own
            placed.update(own)
    if stray := [page for page in pages() if page not in placed]:
        raise StrayPageError(f"no table of README.md leads to {', '.join(stray)}: give each its line there")
    return found


def toctree(names: list[str], caption: str = "") -> str:
    """A part of the navigation, which the page itself does not show."""
    head = [f":caption: {caption}"] if caption else []
    return "\n".join(["", "```{toctree}", ":hidden:", *head, "", *names, "```", ""])


def navigation() -> str:
    """That of the whole site."""
    parts = []
    for caption, group in headings().items():
        names = [f"/{page.removesuffix('.md')}" for page in group]
        parts.append(toctree([*names, *([f"/{REFERENCE[1]}"] if caption == REFERENCE[0] else [])], caption))
    return "".join([*parts, toctree(["/CHANGELOG"], "Changes")])


def for_the_site(page: str, children: list[str]) -> str:
    """The text of a page with its part of the navigation; README.md is called index there."""
    text = re.sub(r"\]\(((?:\.\./)?)README\.md", r"](\1index.md", read(page))
    names = [f"/{child.removesuffix('.md')}" for child in children]
    return text + (navigation() if page == "README.md" else toctree(names) if names else "")


def stage(folder: Path) -> None:
    """Lay out everything in a new folder."""
    (folder / "docs").mkdir(parents=True)
    (folder / "api").mkdir()
    shutil.copytree(ROOT / "docs" / "images", folder / "docs" / "images")
    for name in BESIDE:
        shutil.copy(ROOT / name, folder / name)
    children = below()
    for page in pages():
        target = "index.md" if page == "README.md" else page
        (folder / target).write_text(for_the_site(page, children.get(page, [])), encoding="utf-8")
    (folder / "api" / "index.rst").write_text(reference.index(), encoding="utf-8")
    for group in reference.GROUPS:
        (folder / "api" / f"{group.file}.rst").write_text(reference.page(group), encoding="utf-8")
