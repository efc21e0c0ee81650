"""What the job scripts make of odd names, values and numbers; srun is one that only says what it was given."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

SRUN = '#!/bin/bash\nwhile [ "$1" != parallel-nls ]; do shift; done\nshift\nprintf \'<%s>\' "$@"\n'
MEMBERS = (
    "time.stop=-0.25 grid.points=[64,64]",
    "title=*",
    "initial.file=my file.py\n    time.stop=-0.25\n",
    "title=?[a-z]",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the scripts, an srun, and files whose names patterns would find."""
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/activate").touch()
    (tmp_path / "srun").write_text(SRUN)
    (tmp_path / "srun").chmod(0o755)
    for name in ("title=a", "title=xa", "-odd.toml"):
        (tmp_path / name).touch()
    text = (ROOT / "slurm/array.sh").read_text(encoding="utf-8")
    before, rest = text.split("MEMBERS=(\n", 1)
    shown = "\n".join("$'" + member.replace("\n", "\\n") + "'" for member in MEMBERS)
    (tmp_path / "array.sh").write_text(f"{before}MEMBERS=(\n{shown}\n)\n{rest.split(chr(10) + ')' + chr(10), 1)[1]}")
    return tmp_path


def started(folder: Path, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What a script gives in the folder."""
    environment = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "PARALLEL_NLS": str(folder),
        "HOME": str(folder),
        **variables,
    }
    return subprocess.run(["bash", script], cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("number", "settings"),
    [
        ("0", "<--set=time.stop=-0.25><--set=grid.points=[64,64]>"),
        ("1", "<--set=title=*>"),
        ("02", "<--set=initial.file=my file.py><--set=time.stop=-0.25>"),
        ("3", "<--set=title=?[a-z]>"),
    ],
)
def test_a_member_is_what_it_says(folder: Path, number: str, settings: str) -> None:
    """No word is taken for names of files; a member in lines is split at these alone."""
    found = started(folder, "array.sh", SLURM_ARRAY_TASK_ID=number, CONFIG="-odd.toml", RUNS="-my runs")
    assert found.stdout == f"<run><./-odd.toml><--output><./-my runs_{int(number)}>{settings}"


@pytest.mark.parametrize("number", [None, "", "4", "-1", "x", "a[$(touch made)]", "99999999999999999999", "1 2"])
def test_a_number_that_is_none_is_refused(folder: Path, number: str | None) -> None:
    """And no arithmetic is done with it."""
    found = started(folder, "array.sh", **({} if number is None else {"SLURM_ARRAY_TASK_ID": number}))
    assert found.returncode == 2
    assert found.stderr.count("\n") == 1
    assert "MEMBERS has 0 to 3" in found.stderr
    assert not (folder / "made").exists()


def test_the_newest_checkpoint_is_that_of_most_steps(folder: Path) -> None:
    """Of a step more than eight digits hold too: the chain goes on where there is one that was not there before."""
    text = (ROOT / "slurm/chain.sh").read_text(encoding="utf-8")
    body = text[text.index("newest() {") : text.index("\nbegun=")]
    (folder / "newest.sh").write_text(f'RUN="-a *"\n{body}\nnewest\n')
    (folder / "-a *" / "checkpoints").mkdir(parents=True)
    for name in ("state_00000000.h5", "state_99999990.h5", "state_100000000.h5", "state_100000000.json"):
        (folder / "-a *" / "checkpoints" / name).touch()
    assert started(folder, "newest.sh").stdout == "100000000.h5\n"


@pytest.mark.parametrize("script", ["one_node.sh", "many_nodes.sh"])
def test_names_are_kept_whole(folder: Path, script: str) -> None:
    """Those with blanks, stars and dashes."""
    (folder / script).write_bytes((ROOT / "slurm" / script).read_bytes())
    found = started(folder, script, CONFIG="-odd.toml", RUN="-a *")
    assert found.stdout == "<run><./-odd.toml><--output><./-a *>"
    (folder / "-a *").mkdir()
    (folder / "-a *" / "config.toml").touch()
    assert started(folder, script, RUN="-a *").stdout == "<resume><./-a *>"
