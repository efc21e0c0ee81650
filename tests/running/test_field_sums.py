"""Stored fields that are damaged, missing or exchanged are told by name and time; the list of checksums is watched."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from mpi4py.MPI import Intracomm

from parallel_nls.config import Configuration
from parallel_nls.errors import DONE
from parallel_nls.results.reader import describe_run
from parallel_nls.running.loop import RunOutcome
from parallel_nls.running.run import resume, run
from scripts.faults.comparison import differences
from tests.running.leaving import flip, leaving_after
from tests.support import small_run

pytestmark = [pytest.mark.mpi, pytest.mark.ranks(1, 3)]
CONFIG = small_run(
    "grid.points=[16,12]", "time.stop=-0.485", "diagnostics.every={steps=2}", "output.fields_every={steps=1}",
    "checkpoint.every={steps=3}", "diagnostics.families=['conserved']",
)  # fmt: skip
WholeRun = Callable[[Configuration], tuple[RunOutcome, Path]]


def test_spoiled_fields_are_told(comm: Intracomm, shared_path: Path, whole_run: WholeRun) -> None:
    """By resume and by info, with the remedy; all else is that of an undisturbed run. Lines of newer fields go."""
    root, (_, whole) = shared_path / "run", whole_run(CONFIG)
    with leaving_after(4):
        run(CONFIG, comm, root, quiet=True)
    comm.Barrier()
    fields = [root / "fields" / f"field_{steps:08d}.h5" for steps in range(5)]
    if comm.rank == 0:
        fields[1].unlink()
        flip(fields[2], 3000)
        shutil.copy(fields[0], fields[3])
        fields[4].write_text("half")
    comm.Barrier()
    assert resume(comm, root, quiet=True).exit_code == DONE
    comm.Barrier()
    log, described = (root / "log.txt").read_text(), describe_run(root)
    other = "holds other bytes than were written"
    for steps, what in {1: "is missing", 2: other, 3: other, 4: other}.items():
        said = f"stored field field_{steps:08d}.h5 (time {-0.5 + steps * 0.0025:.10g}) {what}"
        assert f"warning: {said}; put it back from a copy, or compute it again: parallel-nls run" in log
        assert said in described
    left = {line.split(":")[0].split(" ")[0] for line in differences(whole, root)}
    assert left == {*(f"fields/{path.name}" for path in fields[1:]), "fields/fields.xmf"}
    comm.Barrier()
    if comm.rank == 0:
        for path in fields[1:]:
            shutil.copy(whole / "fields" / path.name, path)
    comm.Barrier()
    assert "warning" not in describe_run(root)


@pytest.mark.parametrize(
    ("spoil", "state"), [(Path.unlink, "missing"), (lambda path: flip(path, 40), "damaged")], ids=["missing", "damaged"]
)
def test_a_spoiled_list_is_told_and_made_anew(
    comm: Intracomm, shared_path: Path, whole_run: WholeRun, spoil: Callable[[Path], object], state: str
) -> None:
    """From the fields as they are."""
    root, (_, whole) = shared_path / "run", whole_run(CONFIG)
    with leaving_after(4):
        run(CONFIG, comm, root, quiet=True)
    comm.Barrier()
    if comm.rank == 0:
        spoil(root / "fields" / "fields.jsonl")
    comm.Barrier()
    assert resume(comm, root, quiet=True).exit_code == DONE
    comm.Barrier()
    assert f"fields.jsonl is {state}; the checksums of the" in (root / "log.txt").read_text()
    assert differences(whole, root) == []
    lines = [json.loads(line) for line in (root / "fields" / "fields.jsonl").read_text().splitlines()]
    assert [line["steps"] for line in lines] == list(range(7))


@pytest.mark.ranks(1, 2)
def test_a_lost_folder_is_told_with_the_remedy(comm: Intracomm, shared_path: Path) -> None:
    """All that was stored is gone, what comes is stored; nothing is damaged."""
    root = shared_path / "run"
    run(CONFIG, comm, root, quiet=True)
    comm.Barrier()
    if comm.rank == 0:
        shutil.rmtree(root / "fields")
    comm.Barrier()
    assert resume(comm, root, until=-0.4825, quiet=True).exit_code == DONE
    comm.Barrier()
    log = (root / "log.txt").read_text()
    assert f"the folder {root / 'fields'} is missing, with all fields that the run had stored; those to come" in log
    assert f"put it back from a copy, or compute it again: parallel-nls run {root / 'config.toml'} --output NEW" in log
    assert "damaged" not in log
    assert len(list((root / "fields").glob("field_*.h5"))) == 1
