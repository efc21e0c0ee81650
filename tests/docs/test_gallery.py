"""The gallery shows every packaged example, small; its pictures are those that its script makes."""

from __future__ import annotations

import re

from parallel_nls.config import example_names, load_configuration
from scripts.documents.blocks import read
from scripts.documents.gallery import SHORTER, SHOWN
from tests.conftest import ROOT

PAGE = "docs/gallery.md"
BYTES = 1_500_000
SECTION = re.compile(
    r"^### (\w+)\n\n(?:.+\n)+\n    parallel-nls run \1\n\n!\[\1\]\(images/gallery_\1\.png\)$", re.MULTILINE
)


def test_every_example_has_its_picture_and_its_command() -> None:
    """Each once; together they stay small."""
    shown = SECTION.findall(read(PAGE))
    assert tuple(sorted(shown)) == example_names()
    pictures = sorted((ROOT / "docs" / "images").glob("gallery_*.png"))
    assert [path.stem for path in pictures] == [f"gallery_{name}" for name in example_names()]
    assert sum(path.stat().st_size for path in pictures) < BYTES


def test_the_script_knows_no_other_examples() -> None:
    """And what it changes of them is valid."""
    assert {*SHORTER, *SHOWN} <= set(example_names())
    for name, overrides in SHORTER.items():
        load_configuration(name, overrides)
