"""Run directories that somebody mixed, forged or changed: one message, or an older checkpoint; never other data."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from mpi4py.MPI import COMM_SELF, COMM_WORLD, Intracomm

from parallel_nls.config import Configuration, load_configuration
from parallel_nls.errors import DONE, RESUMABLE, UserError
from parallel_nls.output.checkpoint_store import find_checkpoint
from parallel_nls.output.manifest import sealed_text
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.running.run import resume, run
from scripts.faults.comparison import differences
from scripts.faults.forging import seal_again
from tests.running.leaving import leaving_after
from tests.support import small_line, small_run

CONFIG = small_run(
    "grid.points=[16,12]", "time.stop=-0.485", "diagnostics.every={steps=2}", "output.fields_every={steps=2}",
    "checkpoint.every={steps=3}", "diagnostics.families=['conserved']",
)  # fmt: skip
NEWEST, OLDER = "state_00000004", "state_00000003"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A whole run, and one of another name that was left after four of its six steps; on one rank."""
    folder = tmp_path_factory.mktemp("runs")
    run(CONFIG, COMM_SELF, folder / "whole", quiet=True)
    with leaving_after(4):
        assert run(CONFIG, COMM_SELF, folder / "left", quiet=True).exit_code == RESUMABLE
    return folder / "whole", folder / "left"


@pytest.fixture
def left(runs: tuple[Path, Path], tmp_path: Path) -> Path:
    """A copy of the run that was left."""
    return Path(shutil.copytree(runs[1], tmp_path / "run"))


def content(root: Path) -> dict[str, bytes]:
    """All files but the log."""
    files = (path for path in root.rglob("*") if path.is_file() and path.name != "log.txt")
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def rewrite(path: Path, name: str, values: object) -> None:
    """Put something else into the place of a dataset or an attribute, given as group@name."""
    with h5py.File(path, "r+") as file:
        if "@" in name:
            group, attribute = name.split("@")
            file[group or "/"].attrs[attribute] = values
        else:
            del file[name]
            file[name] = values
    seal_again(path)


def test_a_checkpoint_of_another_run_is_refused(runs: tuple[Path, Path], left: Path) -> None:
    """Though it is of the same configuration, and its bytes would do; nothing is touched."""
    for ending in (".h5", ".json"):
        shutil.copy(runs[0] / "checkpoints" / f"state_00000006{ending}", left / "checkpoints")
    before = content(left)
    with pytest.raises(UserError, match=r"state_00000006\.h5 belongs to another run .* take it .* away"):
        resume(COMM_SELF, left)
    assert content(left) == before


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_text("{")], ids=["missing", "damaged"])
def test_a_lost_name_is_found_in_the_checkpoints(
    runs: tuple[Path, Path], left: Path, spoil: Callable[[Path], object]
) -> None:
    """And written anew; but not where these are of several runs."""
    before = (left / "run.json").read_bytes()
    spoil(left / "run.json")
    newest = left / "checkpoints" / f"{NEWEST}.json"
    own = newest.read_bytes()
    seal_again(newest.with_suffix(".h5"), run="0" * 32)
    with pytest.raises(UserError, match="holds checkpoints of several runs"):
        resume(COMM_SELF, left)
    newest.write_bytes(own)
    assert resume(COMM_SELF, left).exit_code == DONE
    assert (left / "run.json").read_bytes() == before
    assert "it is written anew" in (left / "log.txt").read_text()
    assert differences(runs[0], left) == []


OWN = """
import numpy as np

def field(x, y):
    return {}*np.exp(-x**2 - y**2)
"""


def test_another_text_of_the_user_is_refused(tmp_path: Path) -> None:
    """That of the initial data, unless it is only gone: a run that goes on does without."""
    source, root = tmp_path / "own.py", tmp_path / "run"
    source.write_text(OWN.format("0.5"))
    config = load_configuration(
        "one_bubble",
        [f"initial={{kind='python', file='{source}', function='field'}}", "grid.points=[12,12]", "time.step=0.01",
         "time.stop=-0.95", "diagnostics.families=['conserved']", "limits.spectral_tail=off"],
    )  # fmt: skip
    with leaving_after(2):
        assert run(config, COMM_SELF, root, quiet=True).exit_code == RESUMABLE
    kept = root / "initial_data.py"
    kept.write_text(OWN.format("0.6"))
    with pytest.raises(UserError, match=r"initial_data\.py is not the text with which the run was computed; undo"):
        resume(COMM_SELF, root)
    kept.unlink()
    assert resume(COMM_SELF, root).exit_code == DONE


FORGED_MANIFESTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "negative ticks": lambda d: d.update(ticks=-1),
    "other ticks": lambda d: d.update(ticks=d["ticks"] + 2**20),
    "text": lambda d: d.update(steps="4"),
    "no time": lambda d: d.pop("time"),
    "other time": lambda d: d.update(time=d["time"] + 1e-3),
    "huge": lambda d: d.update(bytes=10**30),
    "pieces": lambda d: d.update(pieces_sha256=[]),
    "jobs": lambda d: d.update(jobs="many"),
    "provenance": lambda d: d.update(provenance=[]),
}


@pytest.mark.parametrize("name", FORGED_MANIFESTS)
def test_a_forged_manifest_is_not_used(runs: tuple[Path, Path], left: Path, name: str) -> None:
    """With a right checksum of itself: the checkpoint before is taken, and the bits are the same."""
    path = left / "checkpoints" / f"{NEWEST}.json"
    document = json.loads(path.read_text())
    FORGED_MANIFESTS[name](document)
    del document["sha256"]
    path.write_text(sealed_text(document))
    found = find_checkpoint(COMM_SELF, RunPaths(left))
    assert found.path is not None
    assert found.path.stem == OLDER
    if name == "negative ticks":
        assert resume(COMM_SELF, left, quiet=True).exit_code == DONE
        assert f"going back to checkpoint {OLDER}.h5" in (left / "log.txt").read_text()
        assert differences(runs[0], left) == []


PAIR = np.zeros((16, 12), [("r", "f8"), ("i", "S8")])
FORGED_STATES: dict[str, tuple[str, object]] = {
    "compound field": ("field", PAIR),
    "text field": ("field", "u"),
    "other shape": ("field", np.zeros((3, 4, 5), complex)),
    "not finite": ("field", np.full((16, 12), np.nan + 0j)),
    "other field": ("more", np.zeros((16, 12), complex)),
    "negative ticks": ("@ticks", -4),
    "ticks of text": ("@ticks", "many"),
    "many steps": ("@steps", np.arange(3)),
    "pending": ("@pending", np.nan),
    "level": ("step_control@level", np.inf),
    "sample": ("last@mass", "heavy"),
    "settings": ("settings", np.frombuffer(b"[" * 5000, np.uint8)),
    "settings of numbers": ("settings", 1.0),
    "no time in settings": ("settings", np.frombuffer(b"{}", np.uint8)),
    "rows of text": ("series/mass", np.array([b"a", b"b", b"c"])),
    "rows of another shape": ("series/mass", np.ones((3, 2))),
    "fewer rows": ("series/mass", np.ones(1)),
    "rows out of order": ("series/step", np.array([0, 4, 2])),
    "link": ("field", h5py.ExternalLink("other.h5", "field")),
    "soft link": ("series/mass", h5py.SoftLink("/series/energy")),
    "pairs": ("@pairs", -1),
    "plans": ("transforms/wisdom", np.zeros(20, np.uint8)),
}


@pytest.mark.parametrize("name", FORGED_STATES)
def test_a_forged_state_is_not_used(left: Path, name: str) -> None:
    """With right checksums: the checkpoint before, or one message."""
    place, values = FORGED_STATES[name]
    path = left / "checkpoints" / f"{NEWEST}.h5"
    if place == "more":
        with h5py.File(path, "r+") as file:
            file[place] = values
        seal_again(path)
    else:
        rewrite(path, place, values)
    found = find_checkpoint(COMM_SELF, RunPaths(left))
    assert found.path is not None
    if found.path.stem == OLDER:
        return
    before = content(left)
    with pytest.raises(UserError, match=f"{NEWEST}.h5|config.toml and the checkpoints"):
        resume(COMM_SELF, left, quiet=True)
    assert content(left) == before


@pytest.mark.parametrize("what", ["pipe", "loop"])
@pytest.mark.parametrize("name", [f"{NEWEST}.json", f"{NEWEST}.h5"])
def test_what_is_no_file_is_not_used(left: Path, name: str, what: str) -> None:
    """Nor waited for."""
    path = left / "checkpoints" / name
    path.unlink()
    {"pipe": lambda: os.mkfifo(path), "loop": lambda: path.symlink_to(path)}[what]()
    found = find_checkpoint(COMM_SELF, RunPaths(left))
    assert found.path is not None
    assert found.path.stem == OLDER


@pytest.mark.parametrize("ending", ["json", "h5"])
def test_a_folder_is_not_removed(left: Path, ending: str) -> None:
    """In the place of a checkpoint: it may hold anything."""
    path = left / "checkpoints" / f"{NEWEST}.{ending}"
    path.unlink()
    path.mkdir()
    with pytest.raises(UserError, match=f"{NEWEST}.{ending} is a folder"):
        resume(COMM_SELF, left, quiet=True)


@pytest.mark.mpi
def test_all_ranks_refuse_alike(comm: Intracomm, shared_path: Path) -> None:
    """A checkpoint of another run, on a line with a tolerance: one text on all ranks, and no rank waits."""
    config: Configuration = small_line("time.stop=0.04", "checkpoint.every={steps=2}")
    for name in ("one", "other"):
        with leaving_after(2):
            run(config, comm, shared_path / name, quiet=True)
    COMM_WORLD.Barrier()
    if comm.rank == 0:
        for path in (shared_path / "other" / "checkpoints").iterdir():
            shutil.copy(path, shared_path / "one" / "checkpoints")
    comm.Barrier()
    with pytest.raises(UserError, match="belongs to another run") as caught:
        resume(comm, shared_path / "one")
    assert len(set(comm.allgather(str(caught.value)))) == 1
