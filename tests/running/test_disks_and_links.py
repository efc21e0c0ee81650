"""Sectors that have gone bad, links that lead elsewhere, and programs that have files of a run open."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import pytest
from mpi4py.MPI import COMM_SELF, Intracomm

from parallel_nls.config import Configuration, stored_hdf5, stored_json
from parallel_nls.errors import DONE, LostDirectoryError, StorageError, UserError
from parallel_nls.figures.run_figures import plot_run
from parallel_nls.output import hdf5_files, manifest
from parallel_nls.output.pieces import Piece
from parallel_nls.output.run_writer import RunWriter
from parallel_nls.running.loop import RunOutcome
from parallel_nls.running.run import resume, run
from scripts.faults.comparison import differences
from tests.running.leaving import leaving_after
from tests.support import small_run

CONFIG = small_run(
    "grid.points=[16,12]", "time.stop=-0.485", "diagnostics.every={steps=2}", "output.fields_every={steps=2}",
    "checkpoint.every={steps=3}", "diagnostics.families=['conserved']",
)  # fmt: skip
NEWEST = "state_00000004"
# A program of somebody else: HDF5 with its default locks.
READER = "import h5py, sys; f = h5py.File(sys.argv[1], 'r'); print(len(f['time']), flush=True); input()"


WholeRun = Callable[[Configuration], tuple[RunOutcome, Path]]


def left_run(comm: Intracomm, folder: Path) -> Path:
    """A run that was left after four of its six steps."""
    with leaving_after(4):
        run(CONFIG, comm, folder / "run", quiet=True)
    comm.Barrier()
    return folder / "run"


def lost(path: Path) -> OSError:
    """What a disk says of a bad sector, as the HDF5 library has it: the number is in the text."""
    return OSError(f"Unable to open {path}\n(file read failed: errno = {errno.EIO}, error message = 'no luck')")


WHERE = ("manifest", "pieces", "metadata", "field")


@pytest.mark.mpi
@pytest.mark.ranks(1, 3)
@pytest.mark.parametrize("error", [StorageError, LostDirectoryError])
def test_the_log_tells_why_a_disk_ended_a_run(
    comm: Intracomm, shared_path: Path, error: type[StorageError], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless its directory is another's by now, where nothing is written any more."""

    def full(*_: object) -> None:
        """Refuse a stored field on all ranks."""
        raise error("fields/field_00000002.h5: the file system refuses it (Disk quota exceeded)")

    with monkeypatch.context() as patch:
        patch.setattr(RunWriter, "write_field", full)
        with pytest.raises(error, match="Disk quota exceeded"):
            run(CONFIG, comm, shared_path / "run", quiet=True)
    comm.Barrier()
    last = (shared_path / "run" / "log.txt").read_text(encoding="utf-8").splitlines()[-1]
    assert last.endswith("  ended: fields/field_00000002.h5: the file system refuses it (Disk quota exceeded)") == (
        error is StorageError
    )
    comm.Barrier()
    assert resume(comm, shared_path / "run", quiet=True).exit_code == DONE


@pytest.mark.mpi
@pytest.mark.ranks(1, 3)
@pytest.mark.parametrize("where", WHERE)
def test_a_bad_sector_in_the_newest_checkpoint(
    comm: Intracomm, shared_path: Path, whole_run: WholeRun, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen when the manifest, the bytes, the metadata or the field is read, of the last by one rank: the one before."""
    (_, whole), root = whole_run(CONFIG), left_run(comm, shared_path)
    read_json, sums, open_file, to_share = (
        stored_json.read_json, manifest.piece_sums, stored_hdf5.open_unlocked, Piece.from_file
    )  # fmt: skip
    armed = [True]

    def refuse(path: Path, *, is_here: bool) -> None:
        """Say what the disk says."""
        if is_here and path.stem == NEWEST:
            raise lost(path) if where != "manifest" else OSError(errno.EIO, "Input/output error")

    def bad_json(path: Path, model: type) -> object:
        """Read a document."""
        refuse(path, is_here=where == "manifest")
        return read_json(path, model)

    def bad_sums(file: object, first: int, count: int) -> list[str]:
        """Read pieces."""
        refuse(Path(file.name), is_here=where == "pieces" and comm.rank == comm.size - 1)  # type: ignore[attr-defined]
        return sums(file, first, count)  # type: ignore[arg-type]

    def bad_open(path: Path) -> h5py.File:
        """Open a file."""
        refuse(path, is_here=where == "metadata")
        return open_file(path)

    def bad_piece(self: Piece, values: object) -> object:
        """Read a share once."""
        if where == "field" and armed.pop() and comm.rank == 0:
            armed.append(False)
            raise lost(root / "checkpoints" / f"{NEWEST}.h5")
        armed.append(False)
        return to_share(self, values)  # type: ignore[arg-type]

    monkeypatch.setattr(manifest, "read_json", bad_json)
    monkeypatch.setattr(manifest, "piece_sums", bad_sums)
    monkeypatch.setattr(hdf5_files, "open_unlocked", bad_open)
    monkeypatch.setattr(Piece, "from_file", bad_piece)
    assert resume(comm, root, quiet=True).exit_code == DONE
    monkeypatch.undo()
    comm.Barrier()
    log = (root / "log.txt").read_text()
    assert f"checkpoint {NEWEST}.h5 cannot be used: the disk does not give it back" in log
    assert "going back to checkpoint state_00000003.h5" in log
    assert differences(whole, root) == []


FILES = (
    "series.h5", "summary.json", "log.txt", "run.json", "checkpoints/state_00000006.h5",
    "checkpoints/state_00000006.json", "checkpoints/state_00000003.h5", "fields/field_00000006.h5", "fields/fields.xmf",
    "fields/fields.jsonl", "series.h5.new", "summary.json.new", "fields/fields.xmf.new", "fields/fields.jsonl.new",
)  # fmt: skip


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
def test_links_lead_nowhere(comm: Intracomm, shared_path: Path, whole_run: WholeRun) -> None:
    """Each file that a job writes is a link to one of somebody else, which stays as it is."""
    (_, whole), root, other = whole_run(CONFIG), left_run(comm, shared_path), shared_path / "other"
    names = [name for name in FILES if name not in ("run.json", "fields/fields.jsonl", "checkpoints/state_00000003.h5")]
    if comm.rank == 0:
        other.mkdir()
        for name in names:
            target = other / name.replace("/", "-")
            target.write_text("precious")
            (root / name).unlink(missing_ok=True)
            (root / name).symlink_to(target)
    comm.Barrier()
    assert resume(comm, root, quiet=True).exit_code == DONE
    comm.Barrier()
    assert {path.read_text() for path in other.iterdir()} == {"precious"}
    assert differences(whole, root) == []
    assert not [name for name in names if (root / name).is_symlink()]


@pytest.mark.parametrize("folder", ["checkpoints", "fields", ".lock", "figures"])
def test_links_in_the_place_of_folders_are_refused(tmp_path: Path, folder: str) -> None:
    """One message; nothing is written there."""
    root, other = left_run(COMM_SELF, tmp_path), tmp_path / "other"
    if (root / folder).exists():
        (root / folder).rename(other)
    else:
        other.mkdir() if folder == "figures" else other.write_text("precious")
    (root / folder).symlink_to(other)
    before = sorted(other.iterdir()) if other.is_dir() else other.read_text()
    with pytest.raises(UserError, match=f"{folder} is a link"):
        plot_run(root) if folder == "figures" else resume(COMM_SELF, root, quiet=True)
    assert before == (sorted(other.iterdir()) if other.is_dir() else other.read_text())
    if folder in ("checkpoints", "fields"):
        (tmp_path / "new").mkdir()
        (tmp_path / "new" / folder).symlink_to(tmp_path)
        with pytest.raises(UserError, match=f"{folder} is a link"):
            run(CONFIG, COMM_SELF, tmp_path / "new", quiet=True)


@contextmanager
def reading(path: Path) -> Iterator[int]:
    """Within, another process has a file open; how many rows it sees."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OMPI", "PMIX", "HDF5"))}
    command = [sys.executable, "-c", READER, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline() or -1)
        process.communicate("\n")


def test_a_reader_does_not_block_a_job(tmp_path: Path) -> None:
    """A notebook holds series.h5 of a run that goes on."""
    root = left_run(COMM_SELF, tmp_path)
    shutil.copy(root / "checkpoints" / f"{NEWEST}.h5", root / "checkpoints" / "state_00000006.h5")
    with reading(root / "series.h5") as rows:
        assert rows >= 3
        assert resume(COMM_SELF, root, quiet=True).exit_code == DONE


@pytest.mark.parametrize("name", ["series.h5"])
def test_a_job_does_not_block_a_reader(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program with HDF5's default locks opens the series while a run writes it, and may keep it."""
    from parallel_nls.running.stop_requests import StopRequests

    look: Callable[..., object] = StopRequests.look
    seen: list[int] = []

    def look_and_read(self: StopRequests, write_seconds: float) -> object:
        """Read once, in the middle of the run."""
        if not seen:
            with reading(tmp_path / "run" / name) as rows:
                seen.append(rows)
        return look(self, write_seconds)

    monkeypatch.setattr(StopRequests, "look", look_and_read)
    assert run(CONFIG, COMM_SELF, tmp_path / "run", quiet=True).exit_code == DONE
    assert seen[0] >= 1
