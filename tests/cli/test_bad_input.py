"""Bad input: one clear message, exit code 2, no traceback, nothing left behind, on 1 and 2 ranks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.cli import bad_input_cases
from tests.cli.bad_input_cases import CASES, OTHER_COMMANDS, arguments_of, write_files
from tests.conftest import ROOT

Launch = Callable[..., subprocess.CompletedProcess[str]]
InProcess = Callable[[Callable[[], None]], str]
COMMAND = [sys.executable, "-c", "from parallel_nls.cli import main; main()"]
# What rank 0 alone does.
DRAWN = ("plot", "compar", "report", "watch", "export")
ENVIRONMENT = {"PYTHONPATH": str(ROOT)}


def complaints(name: str, fragment: str, outcomes: list[list[object]], left: list[str]) -> list[str]:
    """What is wrong with the way in which one case ended."""
    found = []
    codes, outputs, messages = ([outcome[i] for outcome in outcomes] for i in range(3))
    # Figures are drawn by rank 0 alone; the others have nothing to say.
    if codes[0] != 2 or set(codes) - ({0, 2} if name.startswith(DRAWN) else {2}):
        found.append(f"exit codes {codes}")
    # What is found out while the run is set up comes after its first line, of which nobody is to wait for the end.
    if any(text for text in map(str, outputs) if not (" points on " in text and text.count("\n") == 1)):
        found.append(f"output {outputs}")
    message = str(messages[0])
    if not message.startswith("parallel-nls: ") or fragment not in message or message.count("parallel-nls: ") != 1:
        found.append(f"message {message!r}")
    if any(messages[1:]):
        found.append(f"messages of other ranks {messages[1:]}")
    if "Traceback" in message or "Error" in message:
        found.append("a traceback")
    if left:
        found.append(f"left behind {left}")
    return found


def seen_by_ranks(launch: Launch, folder: Path, ranks: int, module: ModuleType, in_process: InProcess) -> Any:
    """How the cases of a module ended, in one job, or here: it goes on only if no rank waits for another."""
    if ranks == 1:
        return json.loads(in_process(module.main).splitlines()[-1])
    result = launch(ranks, sys.executable, "-m", module.__name__, cwd=folder, env=ENVIRONMENT)
    assert result.returncode == 0, result.stdout + result.stderr
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.parametrize("ranks", [1, 2])
def test_every_case(mpirun: Launch, in_process: InProcess, tmp_path: Path, ranks: int) -> None:
    """On one rank and on several."""
    seen = seen_by_ranks(mpirun, tmp_path, ranks, bad_input_cases, in_process)
    cases = CASES | OTHER_COMMANDS
    assert set(seen) == set(cases)
    wrong = {
        name: found
        for name, (_, fragment) in cases.items()
        if (found := complaints(name, fragment, seen[name]["ranks"], seen[name]["left behind"]))
    }
    assert not wrong


@pytest.mark.parametrize(("ranks", "name"), [(1, "output below a file"), (2, "too large for the memory")])
def test_a_job_of_its_own(mpirun: Launch, tmp_path: Path, ranks: int, name: str) -> None:
    """The whole way: exit code 2 of mpirun, the message once."""
    write_files(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    result = mpirun(ranks, *COMMAND, *arguments_of(name), cwd=tmp_path, env=ENVIRONMENT, timeout=30)
    assert result.returncode == 2
    assert result.stderr.count("parallel-nls: ") == 1
    assert CASES[name][1] in result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    assert sorted(tmp_path.rglob("*")) == before
