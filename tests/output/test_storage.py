"""What the file system refuses is an error of all ranks; manifests find every damage; slots; a serial h5py."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from mpi4py.MPI import Intracomm

from parallel_nls.config import Configuration, load_configuration
from parallel_nls.contracts import State
from parallel_nls.errors import DONE, StorageError
from parallel_nls.output import checkpoint_store, durable_files, parallel_hdf5, refusals
from parallel_nls.output.checkpoint import RunHistory
from parallel_nls.output.checkpoint_store import CheckpointStore, find_checkpoint
from parallel_nls.output.durable_files import refused_as_error
from parallel_nls.output.manifest import PIECE, Manifest, check_sealed, seal
from parallel_nls.output.parallel_hdf5 import DistributedWriter, filling
from parallel_nls.output.refusals import Refusals, stored_by_root
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.running.loop import RunOutcome
from parallel_nls.running.run import resume, run
from parallel_nls.running.simulation import Simulation
from parallel_nls.schedules import TICKS
from scripts.faults.comparison import differences
from tests.output.stored_fields import domain_of
from tests.running.leaving import flip
from tests.support import random_field, small_line, small_run

pytestmark = pytest.mark.mpi
WholeRun = Callable[[Configuration], tuple[RunOutcome, Path]]
FULL = OSError(errno.ENOSPC, "No space left on device")


def same_on_all(comm: Intracomm, text: str) -> bool:
    """Whether all ranks have the same text."""
    return len(set(comm.allgather(text))) == 1


def test_a_refusal_of_one_rank_is_raised_on_all(comm: Intracomm, shared_path: Path) -> None:
    """With the words of the file system, on each rank in turn."""
    for rank in range(comm.size):
        refusals = Refusals(comm, shared_path / "file")
        with refusals.noted():
            if comm.rank == rank:
                raise FULL
        with pytest.raises(StorageError, match=r"file: the file system refuses it \(No space left on device\)"):
            refusals.settle()
    Refusals(comm, shared_path).settle()


def test_only_rank_0_works_for_all(comm: Intracomm, shared_path: Path) -> None:
    """Its result is everybody's, and so is what it is refused."""
    assert stored_by_root(comm, shared_path, lambda: (comm.rank, "done")) == (0, "done")
    with pytest.raises(StorageError, match="No such file or directory") as caught:
        stored_by_root(comm, shared_path, (shared_path / "none").read_text)
    assert same_on_all(comm, str(caught.value))


def test_the_words_of_hdf5_are_shortened() -> None:
    """Its long messages carry the number of the error, if anything."""
    long = "Unable to flush\n file write failed: time = now, errno = 28, error message = 'no room', buf = 0x1"
    for error, words in ((RuntimeError(long), "No space left"), (RuntimeError("one\ntwo"), r"\(two\)"),
                         (OSError(), r"\(OSError\)")):  # fmt: skip
        with pytest.raises(StorageError, match=words), refused_as_error(Path("x")):
            raise error


@pytest.mark.skipif(
    not parallel_hdf5.is_parallel(), reason="NOT TESTED: ranks that write together; this h5py is serial"
)
@pytest.mark.parametrize("rank", [0, -1])
def test_a_rank_that_cannot_write_goes_on_with_the_others(
    comm: Intracomm, shared_path: Path, monkeypatch: pytest.MonkeyPatch, rank: int
) -> None:
    """It takes part in all collective calls, and all ranks raise at the end."""
    domain = domain_of(comm, (16, 12))
    field = random_field(domain.shape)[domain.layouts[0].local_region]
    write = DistributedWriter._write_together

    def refuse(self: DistributedWriter, *arguments: object) -> None:
        """Write, and on one rank complain all the same."""
        write(self, *arguments)  # type: ignore[arg-type]
        if comm.rank == rank % comm.size:
            raise FULL

    monkeypatch.setattr(DistributedWriter, "_write_together", refuse)
    with (
        pytest.raises(StorageError, match="No space left"),
        filling(
            shared_path / "f.h5", domain, lambda f: parallel_hdf5.add_distributed(f, "u", (16, 12), field.dtype)
        ) as w,
    ):
        w.write_array("u", domain.layouts[0], field)


def test_a_full_disk_is_known_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The room is claimed at once; file systems that cannot do so are let pass."""
    path = tmp_path / "file"
    path.write_bytes(bytes(5000))
    for code, refused in ((errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EOPNOTSUPP, False)):

        def fail(*_: object, code: int = code) -> None:
            """As a file system does."""
            raise OSError(code, "no")

        monkeypatch.setattr(durable_files, "allocate", fail)
        if refused:
            with pytest.raises(OSError, match="no"):
                durable_files.reserve(path)
        else:
            durable_files.reserve(path)


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, 3 * PIECE + 5])
def test_every_damage_is_found(comm: Intracomm, shared_path: Path, size: int) -> None:
    """One flipped bit anywhere, one byte more or less, in the file or its manifest."""
    path = shared_path / "state_1.h5"
    if comm.rank == 0:
        path.write_bytes(os.urandom(size))
    comm.Barrier()
    seal(comm, path, {"steps": 1, "ticks": 8, "time": 0.5})
    manifest = path.with_suffix(".json")
    good, sealed = (file.read_bytes() for file in (path, manifest))
    verdict = check_sealed(comm, path)
    assert isinstance(verdict, Manifest)
    assert (verdict.steps, verdict.bytes) == (1, size)

    def damaged(file: Path, content: bytes, said: str) -> None:
        """Look at a damaged pair, and put it right again."""
        before = file.read_bytes()
        comm.Barrier()
        if comm.rank == 0:
            file.write_bytes(content)
        comm.Barrier()
        found = check_sealed(comm, path)
        assert isinstance(found, str)
        assert said in found
        comm.Barrier()
        if comm.rank == 0:
            file.write_bytes(before)
        comm.Barrier()

    for place in {0, size // 2, size - 1} if size else set():
        damaged(path, good[:place] + bytes([good[place] ^ 16]) + good[place + 1 :], "1 of its")
    damaged(path, good + b"0", f"{size + 1} bytes instead of {size}")
    for content in (sealed.replace(b'"steps": 1', b'"steps": 2'), sealed[:-40], b"[]", b"", b"\xff\xfe"):
        damaged(manifest, content, "manifest is damaged")
    assert isinstance(check_sealed(comm, path), Manifest)


def states_of(comm: Intracomm, folder: Path) -> tuple[CheckpointStore, State]:
    """A store with room for two, and a state to put into it."""
    paths = RunPaths(folder)
    if comm.rank == 0:
        paths.checkpoints.mkdir()
    comm.Barrier()
    simulation = Simulation(load_configuration("one_bubble", ["grid.points=[16,12]"]), comm)
    return CheckpointStore(paths, simulation.domain, simulation.identity, 2), simulation.state


def at(store: CheckpointStore, state: State) -> dict[str, object]:
    """What a manifest says of the moment."""
    start, frame = (float(str(store.identity[name])) for name in ("start", "frame"))
    return {"time": start + frame * state.ticks / TICKS}


def names_in(folder: Path) -> list[str]:
    """Names of the checkpoints that are there."""
    return sorted(path.name for path in folder.glob("state_*.h5"))


def test_the_newest_are_kept(comm: Intracomm, shared_path: Path) -> None:
    """Two of them; what was never completed goes, and what is known to be damaged, once there is a new one."""
    store, state = states_of(comm, shared_path)
    folder = store.paths.checkpoints
    for steps in (0, 3, 7):
        state.steps = state.ticks = steps
        store.write(state, RunHistory({}, {}, {}), at(store, state), [])
    assert names_in(folder) == ["state_00000003.h5", "state_00000007.h5"]
    comm.Barrier()
    if comm.rank == 0:
        flip(folder / "state_00000007.h5", 100)
        (folder / "state_00000009.h5").write_text("half")
    comm.Barrier()
    found = find_checkpoint(comm, store.paths)
    assert found.path == folder / "state_00000003.h5"
    assert [path.name for path in found.distrusted] == ["state_00000009.h5", "state_00000007.h5"]
    store = CheckpointStore(store.paths, store.domain, store.identity, 2, found.distrusted)
    state.steps = state.ticks = 5
    store.write(state, RunHistory({}, {}, {}), at(store, state), [])
    assert names_in(folder) == ["state_00000003.h5", "state_00000005.h5"]


@pytest.mark.parametrize("name", ["field", "settings", "series/mass"])
def test_other_bits_than_were_written_are_noticed(
    comm: Intracomm, shared_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A disk that gives back one other bit, seen by any rank that computes: no manifest, an error of all."""
    store, state = states_of(comm, shared_path)
    rows = {"time": np.zeros(1), "step": np.zeros(1, int), "mass": np.ones(1)}
    history = RunHistory({"time": 1.5}, {"mass": np.nan}, {"mass": 2.0}, 7, rows if comm.rank == 0 else {})
    store.write(state, history, at(store, state), [])
    flush = refusals.flush_all

    def flush_and_flip(comm: Intracomm, paths: list[Path], *, forget: bool = False, missing_ok: bool = False) -> None:
        """As the real one, on a bad disk."""
        flush(comm, paths, forget=forget, missing_ok=missing_ok)
        if comm.rank == 0 and forget:
            with h5py.File(paths[-1]) as file:
                end = file[name].id.get_offset() + file[name].id.get_storage_size()
            flip(paths[-1], end - 2, 3)
        comm.Barrier()

    monkeypatch.setattr(checkpoint_store, "flush_all", flush_and_flip)
    state.steps = state.ticks = 4
    with pytest.raises(StorageError, match="gives back other bits") as caught:
        store.write(state, history, at(store, state), [])
    assert same_on_all(comm, str(caught.value))
    found = find_checkpoint(comm, store.paths)
    assert found.path == store.paths.checkpoint(0)


def test_copies_of_checkpoints_are_the_users(comm: Intracomm, shared_path: Path) -> None:
    """Files of other names are neither used nor removed; one under the name of another step is not used."""
    store, state = states_of(comm, shared_path)
    folder = store.paths.checkpoints
    for steps in (1, 2):
        state.steps = state.ticks = steps
        store.write(state, RunHistory({}, {}, {}), at(store, state), [])
    comm.Barrier()
    if comm.rank == 0:
        for ending in (".h5", ".json"):
            for name in ("state_00000001_copy", "state_00000009"):
                (folder / f"{name}{ending}").write_bytes((folder / f"state_00000001{ending}").read_bytes())
    comm.Barrier()
    found = find_checkpoint(comm, store.paths)
    assert found.path == folder / "state_00000002.h5"
    assert list(found.distrusted.values()) == ["it is that of step 1"]
    state.steps = state.ticks = 3
    CheckpointStore(store.paths, store.domain, store.identity, 2, found.distrusted).write(
        state, RunHistory({}, {}, {}), at(store, state), []
    )
    assert names_in(folder) == ["state_00000001_copy.h5", "state_00000002.h5", "state_00000003.h5"]


@pytest.mark.parametrize("file", ["state_00000018.h5", "field_00000020.h5"])
def test_a_full_disk_ends_a_run_that_can_be_resumed(
    comm: Intracomm, shared_path: Path, whole_run: WholeRun, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    """One message on all ranks, with the remedy; nothing that was good is lost, and the end has the same bits."""
    config, root = small_run("checkpoint.every={steps=9}"), shared_path / "run"

    def fill_up(path: Path, length: int | None = None) -> None:
        """No room for the distributed part of this one."""
        if path.name == file and length is None:
            raise FULL

    with monkeypatch.context() as patch:
        patch.setattr(parallel_hdf5, "reserve", fill_up)
        with pytest.raises(
            StorageError, match=f"{file}: the file system refuses it .*go on with: parallel-nls resume"
        ) as caught:
            run(config, comm, root)
    assert same_on_all(comm, str(caught.value))
    comm.Barrier()
    left = {path.name for path in root.rglob("*")}
    comm.Barrier()
    assert not left & {file, ".lock"}
    assert resume(comm, root).exit_code == DONE
    _, whole = whole_run(config)
    comm.Barrier()
    assert differences(whole, root) == []


@pytest.mark.parametrize("config", [small_run("grid.points=[50,48]"), small_line()], ids=["plane", "line"])
def test_a_serial_h5py_writes_the_same_files(
    comm: Intracomm, shared_path: Path, whole_run: WholeRun, monkeypatch: pytest.MonkeyPatch, config: Configuration
) -> None:
    """Piece by piece through rank 0, byte for byte; the user is told."""
    _, parallel = whole_run(config)
    monkeypatch.setattr(parallel_hdf5, "is_parallel", lambda: False)
    run(config, comm, shared_path / "serial")
    comm.Barrier()
    assert differences(parallel, shared_path / "serial") == []
    said = (shared_path / "serial" / "log.txt").read_text(encoding="utf-8")
    assert ("this h5py is serial" in said) == (comm.size > 1)
    assert json.loads((shared_path / "serial" / "summary.json").read_text())["exit_code"] == DONE
