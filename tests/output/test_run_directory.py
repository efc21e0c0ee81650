"""Creating a run directory, and writing into it by the number of steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from parallel_nls.catalogue import selected
from parallel_nls.contracts import State
from parallel_nls.errors import Interrupted, UserError
from parallel_nls.output import run_writer
from parallel_nls.output.checkpoint import RunHistory
from parallel_nls.output.checkpoint_store import CheckpointStore
from parallel_nls.output.run_lock import RunLock
from parallel_nls.output.run_writer import RunWriter, create_run
from parallel_nls.results.fields import find_fields
from tests.output.stored_fields import domain_of


def test_files_beside_the_configuration(tmp_path: Path) -> None:
    """Written as they are; where the directory cannot be completed nothing is left of them."""
    from mpi4py import MPI

    paths = create_run(MPI.COMM_SELF, tmp_path / "run", "x = 1", {"initial_data.py": "ψ = 2\n"})
    assert paths.config.read_text() == "x = 1"
    assert (paths.root / "initial_data.py").read_text(encoding="utf-8") == "ψ = 2\n"
    with pytest.raises(UserError, match="is not empty"):
        create_run(MPI.COMM_SELF, tmp_path / "run", "x = 1")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="cannot be written"):
        create_run(MPI.COMM_SELF, tmp_path / "empty", "x = 1", {"a.py": "", "no/folder.py": ""})
    assert not list((tmp_path / "empty").glob("*.*"))
    with pytest.raises(UserError, match="cannot be written"):
        create_run(MPI.COMM_SELF, tmp_path / "new", "x = 1", {"no/folder.py": ""})
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("points", [(12,), (4, 6)])
def test_numbers_are_steps(tmp_path: Path, points: tuple[int, ...]) -> None:
    """Fields and checkpoints are named by the steps taken, whatever the time."""
    from mpi4py import MPI

    domain = domain_of(MPI.COMM_SELF, points)
    paths = create_run(MPI.COMM_SELF, tmp_path / "run", "")
    writer = RunWriter(paths, domain, selected(("conserved",), len(points)), CheckpointStore(paths, domain, {}, 2))
    field = domain.allocate(domain.layouts[0]) + 1
    for steps, time in ((0, 0.0), (7, 0.3), (123456789, 0.5)):
        writer.write_field(field, steps, time, 0.1)
    writer.write_checkpoint(State(2**20, 7, {"field": field}, 0.0), RunHistory({}, {}, {}), {})
    names = ["field_00000000.h5", "field_00000007.h5", "field_123456789.h5", "fields.jsonl", "fields.xmf"]
    names += ["grid_4x6.hdf"] if len(points) > 1 else []
    assert sorted(path.name for path in paths.fields.iterdir()) == names
    assert sorted(path.name for path in paths.checkpoints.iterdir()) == ["state_00000007.h5", "state_00000007.json"]
    assert [(stored.steps, stored.time) for stored in find_fields(paths)] == [(0, 0.0), (7, 0.3), (123456789, 0.5)]
    assert (paths.fields / "fields.xmf").read_text().count("field_123456789.h5:/data/123456789/meshes/") == 3
    np.testing.assert_array_equal(find_fields(paths)[1].values(), np.ones(points, dtype=complex), strict=True)


def test_what_a_killed_start_has_left_is_no_run(tmp_path: Path) -> None:
    """Empty folders, a text without the configuration, half of that one: the next start takes them over."""
    from mpi4py import MPI

    root = tmp_path / "run"
    for name in ("fields", "checkpoints"):
        (root / name).mkdir(parents=True)
    for name in (".lock", "initial_data.py", "config.toml.new"):
        (root / name).touch()
    paths = create_run(MPI.COMM_SELF, root, "x = 1")
    assert paths.config.read_text() == "x = 1"
    paths.config.unlink()
    (root / "fields" / "field_00000000.h5").touch()
    with pytest.raises(UserError, match="is not empty"):
        create_run(MPI.COMM_SELF, root, "x = 1")


def test_a_signal_while_a_run_directory_is_made_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither files nor folders; what is there of another job stays."""

    def interrupted(path: Path, content: bytes) -> None:
        """Write it, and hear of the signal then."""
        path.write_bytes(content)
        raise Interrupted(15)

    from mpi4py import MPI

    monkeypatch.setattr(run_writer, "replace_file", interrupted)
    root = tmp_path / "new" / "run"
    with pytest.raises(Interrupted):
        create_run(MPI.COMM_SELF, root, "title", {"initial_data.py": "x"}, RunLock(root / ".lock"))
    assert not (tmp_path / "new").exists()
    root.mkdir(parents=True)
    (root / "config.toml").write_text("another's", encoding="utf-8")
    with pytest.raises(UserError, match="is not empty"):
        create_run(MPI.COMM_SELF, root, "title", {}, RunLock(root / ".lock"))
    assert [path.name for path in root.iterdir()] == ["config.toml"]
