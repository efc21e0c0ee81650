"""slurm/chain.sh with commands of Slurm that only say what they would: what it does after each end of a run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

CHAIN = Path(__file__).resolve().parents[2] / "slurm" / "chain.sh"
STORED = 75


STORE = "mkdir -p runs/mine/checkpoints; touch runs/mine/checkpoints/state_00000007.h5"


def chained(
    tmp_path: Path, code: int, state: str, requeue: int = 0, ranks: str = STORE, job: str = "", **environment: str
) -> tuple[int, str]:
    """Exit code and output of the script where the ranks do something and end with ``code``.

    Of the job squeue tells ``state``, and scontrol ``job``.
    """
    commands, home = tmp_path / "commands", tmp_path / "program"
    commands.mkdir()
    (home / ".venv" / "bin").mkdir(parents=True)
    (home / ".venv" / "bin" / "activate").touch()
    texts = {
        "srun": f"{ranks}; exit {code}",
        "squeue": f"printf '%s' '{state}'",
        "scontrol": f'[ $1 = show ] && echo "{job}" && exit; echo "scontrol $*"; exit {requeue}',
    }
    for name, text in texts.items():
        (commands / name).write_text(f"#!/bin/bash\n{text}\n")
        (commands / name).chmod(0o755)
    known = {"PATH": f"{commands}:/usr/bin:/bin", "PARALLEL_NLS": str(home), "SLURM_JOB_ID": "47", **environment}
    done = subprocess.run(
        ["bash", str(CHAIN)], cwd=tmp_path, env=known, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("state", ["RUNNING None", "COMPLETING TimeLimit"])
def test_a_stored_run_is_put_back_into_the_queue(tmp_path: Path, state: str) -> None:
    """By its job's number."""
    code, said = chained(tmp_path, STORED, state)
    assert code == STORED
    assert "scontrol requeue 47" in said
    assert "submit it again" not in said


@pytest.mark.parametrize(
    ("state", "requeue", "why"),
    [
        ("RUNNING None", 1, "Slurm does not let it"),
        ("", 0, "squeue does not tell whether the job was cancelled"),
        ("COMPLETING None", 0, "the job was cancelled"),
    ],
)
def test_what_is_not_requeued_says_why(tmp_path: Path, state: str, requeue: int, why: str) -> None:
    """And how to go on; the exit code tells that the run is stored."""
    code, said = chained(tmp_path, STORED, state, requeue)
    assert code == STORED
    assert f"{why}: submit it again to go on" in said
    assert ("scontrol requeue" in said) is bool(requeue)


@pytest.mark.parametrize("before", [False, True])
def test_without_a_new_checkpoint_and_a_signal_the_chain_ends(tmp_path: Path, before: bool) -> None:
    """A rank that dies ahead of the first step makes the others leave as if all had been told to, again and again."""
    if before:
        folder = tmp_path / "runs/mine/checkpoints"
        folder.mkdir(parents=True)
        (folder / "state_00000007.h5").touch()
    code, said = chained(tmp_path, STORED, "RUNNING None", ranks="true", job="PreemptTime=None")
    assert code == STORED
    assert "ends with exit code 75: no new checkpoint, and no signal to the job" in said
    assert "scontrol requeue" not in said


@pytest.mark.parametrize(
    ("ranks", "job"), [("trap : USR1; kill -USR1 $PPID; sleep 0.5", ""), ("true", "PreemptTime=2026-11-30T16:22:26")]
)
def test_a_job_that_was_signalled_or_preempted_soon_is_requeued(tmp_path: Path, ranks: str, job: str) -> None:
    """There was no time for a checkpoint."""
    _, said = chained(tmp_path, STORED, "RUNNING None", ranks=ranks, job=job)
    assert "scontrol requeue 47" in said


@pytest.mark.parametrize("code", [0, 2, 3, 74])
def test_other_ends_end_the_chain(tmp_path: Path, code: int) -> None:
    """With the run's exit code."""
    assert chained(tmp_path, code, "RUNNING None")[0] == code


def test_restarts_have_an_end(tmp_path: Path) -> None:
    """A run that makes no progress does not requeue for ever."""
    code, said = chained(tmp_path, STORED, "RUNNING None", RESTARTS="2", SLURM_RESTART_COUNT="2")
    assert code == STORED
    assert "restart 2 of 2: submit it again" in said
    assert "scontrol requeue" not in said
