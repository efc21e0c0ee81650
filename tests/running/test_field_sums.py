"""Stored fields that are damaged, missing or exchanged are told by name and time; the list of checksums is watched."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from mpi4py.MPI import Intracomm

from parallel_nls.errors import DONE
from parallel_nls.results.reader import describe_run
from parallel_nls.running.run import resume, run
from scripts.faults.comparison import differences
from tests.running.leaving import flip, leaving_after
from tests.support import small_run

pytestmark = [pytest.mark.mpi, pytest.mark.ranks(1, 3)]
CONFIG = small_run(
    "grid.points=[16,12]", "time.stop=-0.485", "diagnostics.every={steps=2}", "output.fields_every={steps=1}",
    "checkpoint.every={steps=3}", "diagnostics.families=['conserved']",
)  # fmt: skip
FIELD = "field_00000002.h5"


def exchange(path: Path) -> None:
    """Put another field of the run in its place."""
    shutil.copy(path.with_name("field_00000001.h5"), path)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (Path.unlink, f"stored field {FIELD} (t = -0.495) is missing"),
        (lambda path: flip(path, 3000), f"stored field {FIELD} (t = -0.495) holds other bytes"),
        (exchange, f"stored field {FIELD} (t = -0.495) holds other bytes"),
        (lambda path: path.write_text("half"), f"stored field {FIELD} (t = -0.495) holds other bytes"),
    ],
    ids=["missing", "damaged", "exchanged", "half"],
)
def test_a_spoiled_field_is_told(
    comm: Intracomm, shared_path: Path, spoil: Callable[[Path], object], said: str
) -> None:
    """By resume and by info, with the remedy; all else is that of an undisturbed run."""
    root = shared_path / "run"
    with leaving_after(4):
        run(CONFIG, comm, root, quiet=True)
    run(CONFIG, comm, shared_path / "whole", quiet=True)
    comm.Barrier()
    if comm.rank == 0:
        spoil(root / "fields" / FIELD)
    comm.Barrier()
    assert resume(comm, root, quiet=True).exit_code == DONE
    comm.Barrier()
    log = (root / "log.txt").read_text()
    assert f"warning: {said}" in log
    assert "put it back from a copy, or compute it again: parallel-nls run" in log
    assert said in describe_run(root)
    left = {line.split(":")[0].split(" ")[0] for line in differences(shared_path / "whole", root)}
    assert left <= {f"fields/{FIELD}", "fields/fields.xmf"}
    comm.Barrier()
    if comm.rank == 0:
        shutil.copy(shared_path / "whole" / "fields" / FIELD, root / "fields")
    comm.Barrier()
    assert "warning" not in describe_run(root)


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: flip(path, 40)], ids=["missing", "damaged"])
def test_a_spoiled_list_is_told_and_made_anew(
    comm: Intracomm, shared_path: Path, spoil: Callable[[Path], object]
) -> None:
    """From the fields as they are; lines of fields that are newer than the checkpoint go."""
    root = shared_path / "run"
    with leaving_after(4):
        run(CONFIG, comm, root, quiet=True)
    run(CONFIG, comm, shared_path / "whole", quiet=True)
    comm.Barrier()
    if comm.rank == 0:
        spoil(root / "fields" / "fields.jsonl")
    comm.Barrier()
    assert resume(comm, root, quiet=True).exit_code == DONE
    comm.Barrier()
    assert "fields.jsonl is damaged" in (root / "log.txt").read_text()
    assert differences(shared_path / "whole", root) == []
    lines = [json.loads(line) for line in (root / "fields" / "fields.jsonl").read_text().splitlines()]
    assert [line["steps"] for line in lines] == list(range(7))
