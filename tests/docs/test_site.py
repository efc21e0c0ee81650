"""The site of the documentation: no warning, no dead link, and every page and name has its place."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import parallel_nls
from scripts.documents import blocks
from scripts.documents.blocks import PAGES, read
from scripts.website import staging
from scripts.website.dead_links import Site
from scripts.website.docstrings import escaped, shortened
from scripts.website.reference import CONTRACTS, GROUPS, page
from tests.conftest import ROOT

NEEDED = ("sphinx", "myst_parser", "furo")
BY_ACCIDENT = re.compile(r"^[^\s|#<`!-][^\n]*\n([+>] |1[.)] )", re.MULTILINE)


@pytest.mark.timeout(500)
def test_the_site_is_made_without_a_warning(tmp_path: Path) -> None:
    """All pages, their links to pages and headings, all names; each is reached from the first page."""
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        pytest.skip(f"SITE NOT BUILT: {', '.join(missing)} of the extra docs: not installed (scripts/build-docs does)")
    command = [sys.executable, "-m", "scripts.website", "--plain", "--to", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=480, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "site" / "api" / "runs.html").read_text().count('id="parallel_nls.Simulation"') == 1


def test_every_page_has_its_place() -> None:
    """In a table of README.md, under one heading, or below the page that leads to it."""
    named = [name for group in staging.headings().values() for name in group]
    assert len(named) == len(set(named))
    below = [name for group in staging.below().values() for name in group]
    assert sorted({*named, *below, "README.md"}) == sorted(PAGES)


def test_a_page_without_a_place_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name."""
    for module in (blocks, staging):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    table = "# A\n\n## Documentation\n\n### First\n\n| [a](docs/a.md) | |\n"
    for name, text in (("README.md", table), ("CHANGELOG.md", ""), ("docs/a.md", "# A\n"), ("docs/b.md", "# B\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(staging.StrayPageError, match=r"docs/b\.md"):
        staging.below()
    (tmp_path / "docs" / "a.md").write_text("# A\n\n[b](b.md#b)\n", encoding="utf-8")
    assert staging.below() == {"docs/a.md": ["docs/b.md"]}


def test_every_public_name_stands_once() -> None:
    """And of the contracts only what the package itself does not name."""
    names = [name for group in GROUPS for name in group.names]
    assert len(names) == len(set(names))
    public = set(parallel_nls.__all__) - {"__version__"}
    assert public <= set(names)
    assert not {name.removeprefix(CONTRACTS) for name in names if name.startswith(CONTRACTS)} & public
    assert ":inherited-members:" in page(GROUPS[0])


def test_formulas_of_docstrings_are_no_markup() -> None:
    """Bars, stars and final underscores; literals and emphasis stay."""
    assert escaped("|u|² in ``a|b`` and `c|d`, *Communication*: 2*x_k u_") == (
        r"\|u\|² in ``a|b`` and `c|d`, *Communication*: 2\*x_k u\_"
    )
    assert escaped("    T.") == r"    \T."
    array = "(x: numpy.ndarray[tuple[Any, ...], numpy.dtype[numpy.complex128]])"
    assert shortened(array) == "(x: NDArray[numpy.complex128])"


def test_dead_links_of_a_site_are_found(tmp_path: Path) -> None:
    """A missing page, a missing anchor, a script of another host, and a page that nobody comes to."""
    text = '<a href="b.html#x"></a><a href="b.html#y"></a><a href="c.html"></a><script src="https://h/s.js"></script>'
    (tmp_path / "index.html").write_text(text, encoding="utf-8")
    (tmp_path / "b.html").write_text('<p id="x"><a href="#x"></a><a href="https://h/"></a></p>', encoding="utf-8")
    (tmp_path / "lone.html").write_text("", encoding="utf-8")
    site = Site(tmp_path)
    assert site.dead_links() == ["index.html: loads https://h/s.js", "index.html: b.html#y", "index.html: c.html"]
    assert site.unreachable() == ["lone.html"]


@pytest.mark.parametrize("name", PAGES)
def test_no_line_begins_a_list_by_accident(name: str) -> None:
    """A paragraph whose next line begins with a plus sign or 1. is torn apart there."""
    prose = re.sub(r"^```.*?^```$", "", read(name), flags=re.DOTALL | re.MULTILINE)
    assert [found.group() for found in BY_ACCIDENT.finditer(prose)] == []
