"""Runs that are left and come back have the bits of runs that never were, on any ranks; and what they refuse."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from mpi4py.MPI import COMM_WORLD, Intracomm

from parallel_nls import open_run
from parallel_nls.config import Configuration
from parallel_nls.errors import DONE, RESUMABLE, STOPPED, UserError
from parallel_nls.running import assembly
from parallel_nls.running.loop import RunOutcome
from parallel_nls.running.run import resume, run
from scripts.faults.comparison import differences
from tests.running.leaving import flip, leaving_after
from tests.support import DECOMPOSED, parts_of, small_bubbles_on_line, small_line, small_remainder
from tests.support import small_run as forty_steps

pytestmark = pytest.mark.mpi
WholeRun = Callable[[Configuration], tuple[RunOutcome, Path]]
LeftRun = Callable[[Path, Configuration, int], None]

ADAPTIVE = ("time.step=off", "time.tolerance=1e-6", "time.frame=0.02")


def small_run(*overrides: str) -> Configuration:
    """Two bubbles, 16 steps, a row in four and a field in eight of them."""
    shorter = ("time.stop=-0.46", "diagnostics.every={steps=4}", "output.fields_every={steps=8}")
    return forty_steps(*shorter, *overrides)


OFTEN = "checkpoint.every={steps=9}"
MODULATION = "diagnostics.families=['conserved','virial','modulation','functionals','localized']"
CONFIGURATIONS = {
    "plane": small_run(OFTEN),
    "plane, drift first, tolerance": small_run(
        *ADAPTIVE, "time.scheme=blanes-moan-prk4", "diagnostics.every={steps=1}", "output.fields_every={steps=2}"
    ),
    "plane, even": small_run("grid.even=['x']", OFTEN),
    "plane, modulation, backward": small_run(
        MODULATION, OFTEN, "diagnostics.every={steps=1}", "time.start=-0.4", "time.stop=-0.425"
    ),
    "plane, modulation in single": small_run(MODULATION, "grid.precision=single"),
    "plane, modulation that fails": small_run(MODULATION, "grid.points=[6,64]", "time.stop=-0.48"),
    "line": small_line(OFTEN),
    "line of few rows, single": small_line("grid.points=1006", "grid.precision=single", "time.tolerance=1e-5"),
    "line, modulation": small_bubbles_on_line(MODULATION, OFTEN, "time.stop=-0.46"),
    "remainder": small_remainder(6.0, 5.6, 0.025, DECOMPOSED, OFTEN, "grid.points=600", "grid.length=60.0"),
    "line, collapse": small_line(
        "initial={kind='gaussian', amplitude=2.0, width=0.7}", "diagnostics.families=['conserved']",
        "time.stop=0.14", "limits.sup_norm=2.6",
    ),
}  # fmt: skip
# Their states have the same bits on any number of ranks (test_same_bits), and the others are left on all of these.
ON_SOME = {
    "plane, drift first, tolerance": (1, 4), "plane, modulation in single": (1, 3),
    "plane, modulation that fails": (1, 4), "line of few rows, single": (1, 2), "line, collapse": (1, 3),
    "remainder": (1, 3), "plane, even": (1, 2),
}  # fmt: skip
EACH = [
    pytest.param(name, marks=[pytest.mark.ranks(*ON_SOME[name])] if name in ON_SOME else []) for name in CONFIGURATIONS
]


@pytest.fixture(scope="module")
def left_run(tmp_path_factory: pytest.TempPathFactory) -> LeftRun:
    """A function (collective): put a run that was left after so many steps somewhere; each is computed once."""
    folder = Path(COMM_WORLD.bcast(str(tmp_path_factory.mktemp("left"))))
    made: dict[tuple[str, int], Path] = {}

    def put(target: Path, config: Configuration, steps: int) -> None:
        """Copy it, and before that compute it unless that has been done."""
        key = config.complete_toml(), steps
        if key not in made:
            root = folder / str(len(made))
            with leaving_after(steps):
                assert run(config, COMM_WORLD, root).exit_code == RESUMABLE
            made[key] = root
        COMM_WORLD.Barrier()
        if COMM_WORLD.rank == 0:
            shutil.copytree(made[key], target)
        COMM_WORLD.Barrier()

    return put


def log_of(root: Path) -> str:
    """What a run has said, in all of its jobs."""
    return (root / "log.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EACH)
def test_a_run_that_is_left_twice_has_the_same_bits(
    comm: Intracomm, shared_path: Path, whole_run: WholeRun, name: str
) -> None:
    """Left between any two steps, within a frame too; back on one rank, left again, back on all of them."""
    config, left = CONFIGURATIONS[name], shared_path / "left"
    expected, whole = whole_run(config)
    assert expected.exit_code == (STOPPED if "collapse" in name else DONE)
    with leaving_after(3):
        assert run(config, comm, left).exit_code == RESUMABLE
    with parts_of(comm, {1}) as parts:
        for part in parts.values():
            with leaving_after(2):
                outcome = resume(part, left)
            assert (outcome.exit_code, outcome.reason) == (RESUMABLE, "the test asked for it")
    comm.Barrier()
    outcome = resume(comm, left)
    assert (outcome.exit_code, outcome.reason) == (expected.exit_code, expected.reason)
    comm.Barrier()
    assert differences(whole, left) == []
    one, two = (json.loads((root / "summary.json").read_text()) for root in (whole, left))
    assert (one.pop("jobs"), two.pop("jobs")) == (1, 3)
    same = ("end_time", "end_reason", "exit_code", "steps", "pairs", "error_estimate", "drift")
    assert [one[key] for key in same] == [two[key] for key in same]


@pytest.mark.parametrize("damage", ["field", "superblock", "series", "manifest", "shorter", "no manifest"])
@pytest.mark.ranks(1, 2)
def test_a_damaged_checkpoint_is_not_used(
    comm: Intracomm, shared_path: Path, whole_run: WholeRun, left_run: LeftRun, damage: str
) -> None:
    """The one before it is, and the log says so; the end is the same."""
    config, root = small_run(OFTEN), shared_path / "run"
    left_run(root, config, 10)
    newest = root / "checkpoints" / "state_00000010.h5"
    if comm.rank == 0:
        size = newest.stat().st_size
        if damage == "shorter":
            newest.write_bytes(newest.read_bytes()[:-1])
        elif damage == "no manifest":
            newest.with_suffix(".json").unlink()
        elif damage == "manifest":
            flip(newest.with_suffix(".json"), 40)
        else:
            flip(newest, {"field": size // 2, "superblock": 0, "series": size - 100}[damage], 3)
    comm.Barrier()
    assert resume(comm, root).exit_code == DONE
    _, whole = whole_run(config)
    comm.Barrier()
    assert differences(whole, root) == []
    assert "checkpoint state_00000010.h5 cannot be used" in log_of(root)
    assert "going back to checkpoint state_00000009.h5" in log_of(root)


def test_without_a_good_checkpoint_a_run_starts_again(comm: Intracomm, shared_path: Path) -> None:
    """And says so; stored fields and a damaged series are written anew."""
    config, root = small_run(OFTEN, "output.fields_every={steps=2}"), shared_path / "run"
    with leaving_after(10):
        run(config, comm, root)
    if comm.rank == 0:
        for path in (*root.glob("checkpoints/*.h5"), root / "series.h5"):
            flip(path, 2000)
        (root / "fields" / "field_00000010.h5").write_text("half a file")
    comm.Barrier()
    assert resume(comm, root).exit_code == DONE
    run(config, comm, shared_path / "whole")
    comm.Barrier()
    assert differences(shared_path / "whole", root) == []
    assert "the run starts again from the beginning" in log_of(root)


def test_until_another_stop(comm: Intracomm, shared_path: Path, whole_run: WholeRun) -> None:
    """A finished run goes on to a later stop and is then the run to that stop; one that has passed it is refused."""
    root = shared_path / "run"
    run(small_run("time.stop=-0.48"), comm, root)
    assert resume(comm, root).reason.startswith(f"the run in {root} is finished")
    assert resume(comm, root, -0.46).exit_code == DONE
    _, whole = whole_run(small_run())
    comm.Barrier()
    assert differences(whole, root) == []
    before = (root / "config.toml").read_text()
    comm.Barrier()
    for until, reason in {
        -0.48: "has come to t = -0.46 already",
        -0.6: "give a later time",
        0.1: "not before the blow-up time",
        -0.4595: "^--until = -0.4595: between two steps of .*; the nearest: --until = -0.46 or --until = -0.459?",
    }.items():
        with pytest.raises(UserError, match=reason):
            resume(comm, root, until)
    assert (root / "config.toml").read_text() == before
    assert resume(comm, root).exit_code == DONE


@pytest.mark.parametrize("damage", ["missing", "cut off"])
def test_a_finished_run_gets_its_series_back(
    comm: Intracomm, shared_path: Path, whole_run: WholeRun, damage: str
) -> None:
    """From the last checkpoint, and says so; readers tell where to get it."""
    root = shared_path / "run"
    _, whole = whole_run(small_run())
    if comm.rank == 0:
        shutil.copytree(whole, root)
        if damage == "missing":
            (root / "series.h5").unlink()
            with pytest.raises(UserError, match=r"its series\.h5 is missing: .*: parallel-nls resume "):
                _ = open_run(root).columns
        else:
            with (root / "series.h5").open("r+b") as file:
                file.truncate(3000)
    comm.Barrier()
    assert resume(comm, root).exit_code == DONE
    assert "warning: series.h5 is missing or damaged; it is written anew" in log_of(root)
    assert (root / "series.h5").read_bytes() == (whole / "series.h5").read_bytes()
    assert "is finished" in resume(comm, root).reason


def test_a_finished_run_without_checkpoints_keeps_its_fields(
    comm: Intracomm, shared_path: Path, whole_run: WholeRun
) -> None:
    """Somebody may have removed them to save room: the run is finished all the same."""
    root = shared_path / "run"
    _, whole = whole_run(small_run())
    if comm.rank == 0:
        shutil.copytree(whole, root, ignore=shutil.ignore_patterns("checkpoints"))
    comm.Barrier()
    assert "is finished" in resume(comm, root).reason
    assert len(list((root / "fields").glob("field_*.h5"))) == 3


def test_what_cannot_go_on_is_left_as_it_is(
    comm: Intracomm, shared_path: Path, left_run: LeftRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused after all was read: nothing was removed before. Missing folders are made again."""
    root = shared_path / "run"
    left_run(root, small_run(), 9)
    if comm.rank == 0:
        flip(root / "checkpoints" / "state_00000009.h5", 3000)
        (root / "fields" / "field_00000008.h5").rename(root / "fields" / "field_00000012.h5")
    comm.Barrier()

    def refuse(*_: object) -> None:
        """As on a node with little memory."""
        raise UserError("too little memory")

    with monkeypatch.context() as patch:
        patch.setattr(assembly, "check_memory_of_all", refuse)
        with pytest.raises(UserError, match="too little memory"):
            resume(comm, root)
    comm.Barrier()
    assert (root / "fields" / "field_00000012.h5").exists()
    assert (root / "summary.json").exists()
    comm.Barrier()
    if comm.rank == 0:
        shutil.rmtree(root / "fields")
    comm.Barrier()
    assert resume(comm, root).exit_code == DONE


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("points = [64, 60]", "points = [64, 64]", r"grid\.points = \[64, 64\] instead of \[64, 60\]"),
        ("frequency = 1.0", "frequency = 1.5", r"initial\.bubbles\.0\.frequency = 1\.5 instead of 1\.0; "),
        ('"virial", ', "", r"diagnostics\.families = "),
        ("step = 0.0025", "step = 0.00125", r"time\.step = 0\.00125 instead of 0\.0025"),
    ],
)
@pytest.mark.ranks(1, 2)
def test_a_changed_configuration_is_refused(
    comm: Intracomm, shared_path: Path, left_run: LeftRun, old: str, new: str, said: str
) -> None:
    """All ranks name what was changed; the run is left as it was."""
    root = shared_path / "run"
    left_run(root, small_run(), 2)
    path = root / "config.toml"
    before = path.read_text(encoding="utf-8")
    assert old in before
    comm.Barrier()
    if comm.rank == 0:
        path.write_text(before.replace(old, new), encoding="utf-8")
    comm.Barrier()
    with pytest.raises(UserError, match=f"disagree: {said}") as caught:
        resume(comm, root)
    assert len(set(comm.allgather(str(caught.value)))) == 1
    comm.Barrier()
    if comm.rank == 0:
        path.write_text(before, encoding="utf-8")
    comm.Barrier()
    assert resume(comm, root).exit_code == DONE


def test_limits_and_cadence_may_change(comm: Intracomm, shared_path: Path) -> None:
    """A run that was stopped at a limit goes on when the limit is lifted; until then it says why it stopped."""
    root = shared_path / "run"
    outcome = run(small_run("limits.sup_norm=4.5"), comm, root)
    assert outcome.exit_code == STOPPED
    assert resume(comm, root).reason == outcome.reason
    comm.Barrier()
    if comm.rank == 0:
        path = root / "config.toml"
        path.write_text(path.read_text().replace("sup_norm = 4.5", 'sup_norm = "off"').replace("10 min", "1 h"))
    comm.Barrier()
    assert resume(comm, root).exit_code == DONE


@pytest.mark.parametrize("what", ["nothing", "no configuration", "an old run"])
def test_what_cannot_be_resumed(comm: Intracomm, shared_path: Path, what: str) -> None:
    """One message on all ranks."""
    root = shared_path / "run"
    if comm.rank == 0 and what != "nothing":
        root.mkdir()
    if comm.rank == 0 and what == "an old run":
        text = small_run().complete_toml()
        (root / "config.toml").write_text(text[: text.index("\n[checkpoint]")])
    comm.Barrier()
    reasons = {"nothing": "no run directory", "no configuration": "holds no config", "an old run": "start it again"}
    with pytest.raises(UserError, match=reasons[what]):
        resume(comm, root)


def test_a_state_that_is_not_finite_is_not_stored(comm: Intracomm, shared_path: Path) -> None:
    """Though no sample was due: the run looks before it stores, and stops."""
    config: Configuration = small_run(
        "initial={kind='gaussian', amplitude=1e9, width=1.0}", "diagnostics.families=['conserved']",
        "diagnostics.every={steps=1000}", "checkpoint.every={steps=1}", "grid.points=[16,16]",
    )  # fmt: skip
    outcome = run(config, comm, shared_path / "run")
    assert (outcome.exit_code, outcome.reason) == (STOPPED, "the field is no longer finite; take a smaller step")
    names = sorted(path.name for path in (shared_path / "run" / "checkpoints").iterdir())
    assert names == ["state_00000000.h5", "state_00000000.json"]
