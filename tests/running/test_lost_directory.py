"""A job whose run directory is moved, removed or begun anew leaves it as it is, whenever it looks again."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from mpi4py.MPI import COMM_SELF, Intracomm

from parallel_nls.errors import LostDirectoryError, StorageError
from parallel_nls.output import checkpoint_checks, checkpoint_store, run_writer
from parallel_nls.output.durable_files import guarding, remove_own, replace_file, whole_file
from parallel_nls.output.run_lock import RunLock
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.output.run_writer import create_run
from parallel_nls.results.files import read_series
from parallel_nls.running import run, stop_requests
from parallel_nls.running.stop_requests import Requests, StopRequests
from tests.support import small_line

CONFIG = small_line("time.stop=0.02", "diagnostics.every={steps=4}", "checkpoint.every={steps=9}")
OFTEN = small_line("time.stop=0.02", "time.frame=0.005", "checkpoint.every={steps=1}")
OTHER = {"config.toml": b"another's", ".lock": b"another's", "series.h5": b"rows", "summary.json": b"{}"}


def begin_anew(root: Path) -> None:
    """Remove the directory, and put a later job's files there."""
    shutil.rmtree(root)
    root.mkdir()
    for name, content in OTHER.items():
        (root / name).write_bytes(content)


def move(root: Path) -> None:
    """Give it another name."""
    root.rename(root.with_name("moved"))


def unlock(root: Path) -> None:
    """Remove the lock's file, as people do who believe that the job is dead."""
    (root / ".lock").unlink()


def content(root: Path, *but: str) -> dict[str, bytes]:
    """All files below a folder but logs and those of these names."""
    files = (path for path in root.rglob("*") if path.is_file() and path.name not in ("log.txt", *but))
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


@pytest.mark.mpi
@pytest.mark.ranks(1, 3)
@pytest.mark.parametrize("happens", [begin_anew, move, unlock, shutil.rmtree])
@pytest.mark.parametrize("steps", [2, 3, 8, 10**6], ids=["within", "row", "checkpoint", "end"])
def test_nothing_is_written_any_more(
    comm: Intracomm, shared_path: Path, happens: Callable[[Path], None], steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the job would write next; what was stored before stays as it was."""
    root, kept = shared_path / "run", dict[str, bytes]()
    # The HDF5 library writes the head of its open file once more when it lets go of it.
    own = ("series.h5",) if happens in (move, unlock) else ()
    count = CONFIG.frames.count if steps == 10**6 else steps
    looks = 0

    class Meanwhile(StopRequests):
        """Something happens to the directory ahead of a look of the job."""

        def look(self, write_seconds: float) -> Requests:
            """Count the steps."""
            nonlocal looks
            looks += 1
            if looks == count and comm.rank == 0:
                happens(root)
                kept.update(content(shared_path, *own))
            comm.Barrier()
            return super().look(write_seconds)

    monkeypatch.setattr(stop_requests, "SECONDS_BETWEEN_FILES", 0.0 if steps == 2 else 1e6)
    said = r"was moved, removed or begun anew .* has left it as it is$"
    with mock.patch.object(run, "StopRequests", Meanwhile), pytest.raises(LostDirectoryError, match=said):
        run.run(CONFIG, comm, root, quiet=True)
    if comm.rank == 0:
        assert content(shared_path, *own) == kept
        for path in shared_path.rglob("series.h5"):
            assert happens is begin_anew or len(read_series(RunPaths(path.parent))["step"].values) >= 1
    assert looks <= count + (0 if steps == 2 else 9)


def test_a_lock_of_another_is_not_removed(tmp_path: Path) -> None:
    """By a job that gives back its own."""
    lock, later = RunLock(tmp_path / ".lock"), RunLock(tmp_path / ".lock")
    lock.take()
    assert not lock.is_lost()
    (tmp_path / ".lock").unlink()
    assert lock.is_lost()
    later.take()
    lock.release()
    assert not lock.is_lost()
    assert not later.is_lost()
    later.release()
    assert not (tmp_path / ".lock").exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES])
def test_what_others_put_into_a_new_directory_stays(
    tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a run cannot be created only empty folders of its own go; a full disk is no bad input."""
    root = tmp_path / "shared" / "run"

    def refuse(path: Path, _content: bytes) -> None:
        """Another job makes its own run beside this one; then the disk refuses."""
        (root.parent / "other").mkdir()
        (root.parent / "other" / "series.h5").write_bytes(b"rows")
        raise OSError(number, "refused", str(path))

    monkeypatch.setattr(run_writer, "replace_file", refuse)
    with pytest.raises(Exception, match="refuse") as caught:
        create_run(COMM_SELF, root, "", None, RunLock(root / ".lock"))
    assert isinstance(caught.value, StorageError) == (number == errno.ENOSPC)
    assert content(tmp_path) == {"shared/other/series.h5": b"rows"}
    assert not root.exists()


@pytest.mark.mpi
@pytest.mark.ranks(1, 3)
@pytest.mark.parametrize(("gone", "begun"), [(False, True), (False, False), (True, True)])
def test_a_directory_that_is_lost_while_it_is_written_is_not_to_be_mended(
    comm: Intracomm, shared_path: Path, gone: bool, begun: bool
) -> None:
    """The look at the lock was before: a refusal of the file system may mean that the directory is not its own now.

    One in which no run was begun cannot be resumed either.
    """
    paths = RunPaths(shared_path / "run")

    def refused() -> None:
        """A job whose writing fails."""
        with run._locked(comm, paths, None) as lock:
            if comm.rank == 0:
                paths.root.mkdir()
                lock.take()
                if begun:
                    paths.config.touch()
                if gone:
                    paths.root.rename(shared_path / "moved")
            comm.Barrier()
            raise StorageError("checkpoints: the file system refuses it")

    with pytest.raises(StorageError) as caught:
        refused()
    assert isinstance(caught.value, LostDirectoryError) == gone
    assert ("was moved, removed or begun anew" in str(caught.value)) == gone
    assert ("parallel-nls resume" in str(caught.value)) == (begun and not gone)
    assert ("then type the same again" in str(caught.value)) != begun


@pytest.mark.parametrize("removed", [False, True])
def test_what_is_lost_while_checkpoints_are_removed_is_left(tmp_path: Path, removed: bool) -> None:
    """A job that is suspended ahead of that, or has removed the manifest, and wakes in a directory begun anew."""
    root, there = tmp_path / "run", dict[str, bytes]()

    def overtaken(path: Path) -> None:
        """Remove it; at the first manifest of the three that there are, the directory is another's."""
        reached = not there and path.exists() and len(list(path.parent.glob("*.json"))) == 3
        if reached and removed:
            remove_own(path)
        if reached:
            begin_anew(root)
            path.parent.mkdir()
            for name in (path, path.with_suffix(".h5")):
                name.write_bytes(b"another's")
            there.update(content(root))
        if not (reached and removed):
            remove_own(path)

    with mock.patch.object(checkpoint_store, "remove_own", overtaken), pytest.raises(LostDirectoryError):
        run.run(OFTEN, COMM_SELF, root, quiet=True)
    assert len(there) == len(OTHER) + 2
    assert content(root) == there


def test_what_is_lost_while_a_file_is_written_is_not_replaced(tmp_path: Path) -> None:
    """Nor is the new file removed, which may be another's by then; what is no run directory is not looked at."""
    lock, path = RunLock(tmp_path / ".lock"), tmp_path / "file"
    path.write_bytes(b"another's")

    def overtaken() -> None:
        """The directory goes while the new file is written."""
        with guarding(lock.require), whole_file(path) as fresh:
            unlock(tmp_path)
            fresh.write_bytes(b"own")

    lock.take()
    with pytest.raises(LostDirectoryError):
        overtaken()
    with guarding(lock.require), pytest.raises(LostDirectoryError):
        remove_own(path)
    lock.release()
    assert content(tmp_path) == {"file": b"another's", "file.new": b"own"}
    replace_file(path, b"own")
    assert content(tmp_path) == {"file": b"own"}


def test_a_checkpoint_that_is_overtaken_is_not_completed(tmp_path: Path) -> None:
    """The directory goes while it is written, ahead of its seal: what is there stays as it is."""
    root, kept = tmp_path / "run", dict[str, bytes]()
    look = checkpoint_checks.holds_all_but_field

    def overtaken(*arguments: Any) -> Any:
        """Do it, and lose the directory at the second checkpoint."""
        found = look(*arguments)
        if not kept and len(list(root.glob("checkpoints/*.h5"))) == 2:
            unlock(root)
            kept.update(content(root, "series.h5"))
        return found

    with mock.patch.object(checkpoint_store, "holds_all_but_field", overtaken), pytest.raises(LostDirectoryError):
        run.run(CONFIG, COMM_SELF, root, quiet=True)
    assert len(kept) > 6
    assert content(root, "series.h5") == kept
