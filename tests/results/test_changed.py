"""A configuration that somebody has changed in a run directory is not taken for that of the run."""

from __future__ import annotations

from pathlib import Path

import pytest
from mpi4py import MPI

from parallel_nls import compare, load_configuration, open_run
from parallel_nls.reports.run_page import page_of_run
from parallel_nls.results.reader import describe_run
from parallel_nls.running.run import run
from tests.stored_runs import SMALL

STEP = ("step = 0.05", "step = 0.025", "time.step = 0.025 instead of 0.05")
GRID = ("points = [32, 24]", "points = [48, 24]", "grid.points = [48, 24] instead of [32, 24]")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two steps."""
    root = tmp_path_factory.mktemp("changed") / "run"
    run(load_configuration("one_bubble", [*SMALL, "time.stop=-1.9"]), MPI.COMM_SELF, root, quiet=True)
    return root


def changed(root: Path, *pairs: tuple[str, str]) -> str | None:
    """What is said with texts replaced in config.toml, which is put back."""
    path = root / "config.toml"
    text = before = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    try:
        return open_run(root).changed
    finally:
        path.write_text(before, encoding="utf-8")


@pytest.mark.parametrize(("old", "new", "said"), [STEP, GRID])
def test_what_was_changed_is_told(root: Path, old: str, new: str, said: str) -> None:
    """With both values."""
    assert changed(root, (old, new)) == (
        f"{root}/config.toml is not the one with which the run was computed: {said}; undo the change"
    )


def test_what_may_be_changed_is_not_told(root: Path) -> None:
    """Nothing, a title, a stop."""
    assert changed(root) is None
    assert changed(root, ('title = "', 'title = "Mine: '), ("stop = -1.9", "stop = -1.5")) is None


def test_who_looks_at_the_run_learns_of_it(root: Path, tmp_path: Path) -> None:
    """By info, compare and report."""
    path = root / "config.toml"
    before = path.read_text(encoding="utf-8")
    run(load_configuration("one_bubble", [*SMALL, "time.stop=-1.9"]), MPI.COMM_SELF, tmp_path / "other", quiet=True)
    assert "is not the one" not in describe_run(root) + compare([root, tmp_path / "other"]).text()
    path.write_text(before.replace(*STEP[:2]), encoding="utf-8")
    try:
        texts = [describe_run(root), compare([tmp_path / "other", root]).text()]
        (notices,) = (section for section in page_of_run(open_run(root)).sections if section.title == "Notices")
    finally:
        path.write_text(before, encoding="utf-8")
    for text in (*texts, *notices.texts):
        assert f"arning: {root}/config.toml is not the one" in text.replace("warning     ", "warning: "), text


def test_a_checkpoint_that_is_damaged_is_not_opened(root: Path) -> None:
    """The one before tells, and without any nobody."""
    files = sorted((root / "checkpoints").glob("*.h5"))
    images = [path.read_bytes() for path in files]
    try:
        for number, path in enumerate(reversed(files), start=1):
            damaged = bytearray(path.read_bytes())
            damaged[len(damaged) // 3] ^= 1
            path.write_bytes(damaged)
            assert (changed(root, STEP[:2]) is None) == (number == len(files))
    finally:
        for path, image in zip(files, images, strict=True):
            path.write_bytes(image)
