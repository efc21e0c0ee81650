"""Python files that misbehave, through the command line: refused with one message, or the bits of a good file."""

from __future__ import annotations

import functools
import threading
from pathlib import Path

from parallel_nls.errors import BAD_INPUT, DONE
from scripts.faults.cases import MESSAGE, CampaignError, Case, Result
from scripts.faults.hostile import FUNCTION, Source, sources
from scripts.faults.stage import Stage
from scripts.faults.warm import WarmStarter

HANGS = 90
REFUSED, HARMLESS = "a hostile Python file: refused", "a Python file that changes the process: the same bits"
CONFIG = """
[equation]
name = "nls"
dimension = 1
[grid]
points = 64
length = 16.0
[initial]
kind = "python"
file = "mine.py"
[time]
start = 0.0
stop = 0.02
step = 0.01
[diagnostics]
every = {steps = 1}
families = ["conserved"]
"""
_making = threading.Lock()


@functools.cache
def drawn() -> list[Source]:
    """All files, in the order of their cases."""
    return sources()


def run_in(folder: Path, starter: WarmStarter) -> int:
    """Run the configuration in a folder that has its file; the exit code."""
    (folder / "case.toml").write_text(CONFIG, encoding="utf-8")
    return starter.call(["run", "case.toml", "--output", "RUN"], folder, HANGS)


def reference(stage: Stage, starter: WarmStarter) -> bytes:
    """The series of a run with a good file.

    Raises
    ------
    CampaignError
        If there is none.
    """
    folder = stage.folder / "good-source"
    with _making:
        if not folder.exists():
            folder.mkdir()
            (folder / "mine.py").write_text(f"import numpy as np\n{FUNCTION}", encoding="utf-8")
            if run_in(folder, starter) != DONE:
                raise CampaignError(f"a run with a good Python file does not end well: {folder / 'err'}")
    return (folder / "RUN/series.h5").read_bytes()


def source_case(case: Case, folder: Path, stage: Stage, starter: WarmStarter) -> Result:
    """One file; numbers beyond the last of them begin again at the first."""
    source, expected = drawn()[case.number % len(drawn())], reference(stage, starter)
    result = Result(case.name, REFUSED if source.refused else HARMLESS)
    source.make(folder / "mine.py")
    code = run_in(folder, starter)
    said, series = (folder / "err").read_text(encoding="utf-8", errors="replace"), folder / "RUN/series.h5"
    result.tell(f"{source.name}: exit code {code}; {said[:2000]}")
    result.expect("Traceback" not in said, "a traceback")
    refused = code == BAD_INPUT if source.refused is None else source.refused
    if refused:
        result.expect(code == BAD_INPUT, f"exit code {code}, not {BAD_INPUT}")
        result.expect(said.count(MESSAGE) == 1, f"not exactly one message: {said[:1000]!r}")
        result.expect("mine.py" in said, "the message does not name the file")
        result.expect(not (folder / "RUN").exists(), "something is left of the run")
    elif result.expect(code == DONE, f"exit code {code}, not {DONE}"):
        result.expect(series.read_bytes() == expected, "other bits than with a good file")
    return result
