"""The lock of a run: one holder, known to the others, gone with its process."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from parallel_nls.errors import LockedError, UserError
from parallel_nls.output.run_lock import RunLock
from parallel_nls.output.run_writer import refuse_used

HOLD = """
import sys, time
from pathlib import Path
from parallel_nls.output.run_lock import RunLock
lock = RunLock(Path(sys.argv[1]))
lock.take()
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_one_is_refused_until_the_first_is_released(tmp_path: Path) -> None:
    """The message tells the process, and how to stop it; the file is there only meanwhile."""
    first, second = RunLock(tmp_path / ".lock"), RunLock(tmp_path / ".lock")
    assert first.take()
    with pytest.raises(UserError, match=rf"another job is running in .*process {os.getpid()} on .*touch .*/stop"):
        second.take()
    second.release()
    assert (tmp_path / ".lock").exists()
    first.release()
    first.release()
    assert not list(tmp_path.iterdir())
    assert second.take()
    second.release()


def test_it_ends_with_its_process(tmp_path: Path) -> None:
    """Killed, without a chance to tidy up: the file that is left means nothing."""
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / ".lock")], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(UserError, match=f"process {process.pid} on"):
            RunLock(tmp_path / ".lock").take()
        process.kill()
        process.wait()
    assert (tmp_path / ".lock").exists()
    lock = RunLock(tmp_path / ".lock")
    assert lock.take()
    lock.release()


def test_a_lock_on_a_removed_file_is_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens the file just before its holder removes it must open the next one."""
    first, second = RunLock(tmp_path / ".lock"), RunLock(tmp_path / ".lock")
    first.take()
    flock = fcntl.flock

    def late(file: int, operation: int) -> None:
        """Between opening and locking, the holder leaves."""
        first.release()
        flock(file, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    assert second.take()
    monkeypatch.undo()
    with pytest.raises(UserError, match="another job"):
        RunLock(tmp_path / ".lock").take()
    second.release()


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It grants nothing and refuses nothing; a missing folder is named."""

    def unknown(*_: object) -> None:
        """As on Lustre mounted without locks."""
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", unknown)
    lock = RunLock(tmp_path / ".lock")
    assert not lock.take()
    lock.release()
    with pytest.raises(UserError, match="cannot be written"):
        RunLock(tmp_path / "none" / ".lock").take()


def test_a_directory_where_a_job_works_is_not_to_be_removed(tmp_path: Path) -> None:
    """Whoever begins a run, or a sweep, in it, in a sweep at work, or around it is told of the job, and no more."""
    from mpi4py import MPI

    root = tmp_path / "runs"
    for place in (root, root / "mine", root / ".jobs" / "job-a-1-x"):
        place.mkdir(parents=True)
        (place / "config.toml").touch()
        lock = RunLock(place / ".lock")
        lock.take()
        where = re.escape(repr(str(root if ".jobs" in place.parts else place)))
        with pytest.raises(LockedError, match=rf"another job is running in {where} \(process {os.getpid()} on .*stop$"):
            refuse_used(MPI.COMM_SELF, root)
        # A member of a sweep is locked by its own job; what a user has put there is in its way.
        if place == root:
            with pytest.raises(UserError, match=r"or remove it first$"):
                refuse_used(MPI.COMM_SELF, root, lock)
        lock.release()
    with pytest.raises(UserError, match=r"or remove it first$"):
        refuse_used(MPI.COMM_SELF, root)
    (root / ".lock").write_text("process 1 on another\n")
    with pytest.raises(UserError, match=r"resume .*; or give another .*, or remove it, once process 1 on another has"):
        refuse_used(MPI.COMM_SELF, root)
