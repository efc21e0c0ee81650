"""Commands whose standard streams are closed, full, or left by their reader, and names that no terminal should get."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from parallel_nls.cli.process import launcher_rank
from parallel_nls.running.plain_output import printable
from tests.conftest import ROOT

COMMAND = [sys.executable, "-c", "from parallel_nls.cli import main; main()"]
TINY = (
    'title = "a\\u001b[31mred\\u0007"\n[equation]\nname = "nls"\ndimension = 1\n[grid]\npoints = 64\nlength = 16.0\n'
    '[initial]\nkind = "gaussian"\namplitude = 1.0\nwidth = 1.0\n[time]\nstart = 0.0\nstop = 0.02\nstep = 0.01\n'
    "[diagnostics]\nevery = {steps = 1}\n"
)
FULL = Path("/dev/full")


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """What a command line of the shell gives, where pn is the program."""
    command = f'pn() {{ {shlex.join(COMMAND)} "$@"; }}; {line}'
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONUNBUFFERED", None)  # with which nothing is left in a buffer for the end
    return subprocess.run(["bash", "-c", command], capture_output=True, check=False, cwd=folder, env=environment)


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("pn examples >&-", 0, b""),
        ("pn examples <&- >&- 2>&-", 0, b""),
        ("pn examples nothing 2>&-", 2, b""),
        ("pn examples nothing 2>/dev/full", 2, b""),
        ("pn examples >/dev/full", 74, b"the standard output cannot be written (No space left on device)"),
        ("pn --help >/dev/full", 74, b"the standard output cannot be written (No space left on device)"),
        ("set -o pipefail; pn examples two_bubbles | true", 0, b""),
        ("export PMI_RANK= SLURM_PROCID=1; pn examples | grep -qx two_bubbles", 0, b""),
    ],
)
def test_no_stream_is_a_reason_for_a_traceback(tmp_path: Path, line: str, code: int, said: bytes) -> None:
    """What cannot be said is no defect; what cannot be delivered is not called delivered."""
    result = shell(line, tmp_path)
    assert result.returncode == code
    assert said in result.stderr
    assert b"Traceback" not in result.stderr


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("streams", [">&- 2>&-", ">/dev/full"])
def test_a_run_goes_on_without_its_output(tmp_path: Path, streams: str) -> None:
    """In a folder whose name is no UTF-8, and longer than Open MPI's own files take; with a loud title.

    Both leave the same run, of which `info` tells without control characters.
    """
    (tmp_path / "tiny.toml").write_text(TINY, encoding="utf-8")
    result = shell(f"pn run tiny.toml --output $'st\\xff'/{'a' * 120}/{'b' * 120} {streams}", tmp_path)
    assert result.returncode == 0
    assert result.stderr.count(b"\n") == (1 if "full" in streams else 0)
    (summary,) = tmp_path.glob("*/*/*/summary.json")
    log = summary.with_name("log.txt").read_text(encoding="utf-8")
    assert r"a\x1b[31mred\x07: 64 points on 1 rank" in log
    assert "results in st?" in log
    if "full" in streams:
        assert b"\x1b" not in shell(f"pn info $'st\\xff'/{'a' * 120}/{'b' * 120}", tmp_path).stdout


def test_control_characters_are_written_out() -> None:
    """But for new lines and tabs; what is no character at all becomes a question mark."""
    assert printable("Δu\tx\n\x1b[2J\r\udcff") == "Δu\tx\n\\x1b[2J\\r?"


def test_a_rank_of_another_job_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """SLURM's number counts in a step of SLURM alone; what is no number never does."""
    for name in ("OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_STEP_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SLURM_PROCID", "3")
    assert launcher_rank() == 0
    monkeypatch.setenv("SLURM_STEP_ID", "0")
    assert launcher_rank() == 3
    monkeypatch.setenv("PMI_RANK", "")
    assert launcher_rank() == 3
    monkeypatch.setenv("PMI_RANK", "1")
    assert launcher_rank() == 1
