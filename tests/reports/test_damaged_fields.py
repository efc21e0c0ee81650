"""A report of a run some of whose stored fields are damaged: it has the rest, and names them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from mpi4py import MPI

from parallel_nls.figures.looks import house_style
from parallel_nls.reports.page import write_report
from parallel_nls.results.reader import open_run
from parallel_nls.running.run import run
from tests.reports.test_report import Page
from tests.support import small_run


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with five fields."""
    root = tmp_path_factory.mktemp("fields") / "run"
    run(small_run("output.fields_every={steps=1}", "time.stop=-0.49"), MPI.COMM_SELF, root)
    return root


def cut(path: Path) -> None:
    """Its end is missing, so that it cannot be read."""
    path.write_bytes(path.read_bytes()[:1000])


def change(path: Path) -> None:
    """It can be read, and one of its numbers is another one."""
    content = bytearray(path.read_bytes())
    content[-9] ^= 0x55
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [cut, change, Path.unlink])
def test_the_others_are_shown(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None]
) -> None:
    """In figures and among the files; the damaged one is named, with the remedy; of sound ones nothing is said."""
    monkeypatch.setitem(house_style(), "savefig.dpi", 40)
    root = Path(shutil.copytree(whole, tmp_path / "run"))
    (root / "log.txt").write_text("", encoding="utf-8")  # the jobs have said nothing
    stored = open_run(root).fields
    assert open_run(root).with_sound_fields()[1] == []
    damage(stored[1].path)
    page = Page(write_report(root).read_text(encoding="utf-8"))
    (warning,) = (text for text in page.texts if text.startswith("Warning: "))
    assert stored[1].path.name in warning
    assert "Put a field back from a copy, or compute all again: parallel-nls run" in page.text
    assert f"{len(stored) - 1} fields at t =" in page.text
    assert (root / "figures" / "density.png").is_file()
    assert "could not be drawn" not in page.text
    assert "None: nothing was said" not in page.text
