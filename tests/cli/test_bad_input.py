"""Bad input: one clear message, exit code 2, no traceback, nothing left behind, on 1 and 2 ranks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.cli import bad_input_cases
from tests.cli.bad_input_cases import CASES, OTHER_COMMANDS, arguments_of, write_files
from tests.conftest import ROOT
from tests.support import besides_compiling

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
    told = (besides_compiling(str(text)) for text in outputs)
    if any(text for text in told if not (" points on " in text and text.count("\n") == 1)):
        found.append(f"output {outputs}")
    message = besides_compiling(str(messages[0]))
    if not message.startswith("parallel-nls: ") or fragment not in message or message.count("parallel-nls: ") != 1:
        found.append(f"message {message!r}")
    if any(messages[1:]):
        found.append(f"messages of other ranks {messages[1:]}")
    if "Traceback" in message or "Error" in message:
        found.append("a traceback")
    if left:
        found.append(f"left behind {left}")
    return found


def complaints_of_all(cases: Mapping[str, tuple[list[str], str]], seen: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with cases of a module, all of which were seen."""
    assert set(seen) == set(cases)
    found = {name: complaints(name, cases[name][1], end["ranks"], end["left behind"]) for name, end in seen.items()}
    return {name: texts for name, texts in found.items() if texts}


def seen_here(module: ModuleType, in_process: InProcess) -> Any:
    """How the cases of a module end on one rank: this process goes on only if no rank waits for another."""
    return json.loads(in_process(module.main).splitlines()[-1])


def test_every_case_on_one_rank(in_process: InProcess) -> None:
    """One after another."""
    assert not complaints_of_all(CASES | OTHER_COMMANDS, seen_here(bad_input_cases, in_process))


def assert_refused(name: str, result: subprocess.CompletedProcess[str]) -> None:
    """That a job ended by a case, which was told once."""
    assert result.returncode == 2, result.stdout + result.stderr
    assert result.stderr.count("parallel-nls: ") == 1
    assert CASES[name][1] in result.stderr
    assert "Traceback" not in result.stdout + result.stderr


def test_every_case_on_two_ranks(mpirun: Launch, tmp_path: Path) -> None:
    """And how a job is ended by the last of them."""
    last = "too large for the memory"
    command = [sys.executable, "-m", bad_input_cases.__name__, json.dumps([arguments_of(last)])]
    result = mpirun(2, *command, cwd=tmp_path, env=ENVIRONMENT)
    assert_refused(last, result)
    seen, _, _ = result.stdout.partition("\n")
    assert not complaints_of_all(CASES | OTHER_COMMANDS, json.loads(seen))


def test_a_job_of_its_own(mpirun: Launch, tmp_path: Path) -> None:
    """The whole way, on one rank: nothing is left behind."""
    write_files(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    name = "output below a file"
    assert_refused(name, mpirun(1, *COMMAND, *arguments_of(name), cwd=tmp_path, env=ENVIRONMENT, timeout=30))
    assert sorted(tmp_path.rglob("*")) == before
