"""Odd environments of a process: streams, limits, variables; a command is done, or says in one line why not."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from parallel_nls.errors import BAD_INPUT, DEFECT, DONE, INTERRUPTED, RESUMABLE, STOPPED, STORAGE
from scripts.benchmarks.launching import ROOT
from scripts.faults.cases import MESSAGE, Case, Result
from scripts.faults.hostile import FUNCTION
from scripts.faults.jobs import PROGRAM
from scripts.faults.sources import CONFIG
from scripts.faults.stage import Stage

HANGS = 300  # the first with an option of Python translates all modules again
CODES = (DONE, BAD_INPUT, STOPPED, STORAGE, RESUMABLE, INTERRUPTED)
RUN = "pn run case.toml --output RUN"
SHORT = "pn examples two_bubbles"
NO_MPI = "An error occurred in MPI_Init_thread"
GONE = None
"""A variable that is taken away."""


@dataclass(frozen=True)
class Environment:
    """A line of the shell, in which ``pn`` is the program, with changed variables; whether it may only be done."""

    line: str
    variables: Mapping[str, str | None] = field(default_factory=dict)
    done: bool = True


_VARIABLES: dict[str, dict[str, str | None]] = {
    "no HOME": {"HOME": GONE},
    "HOME is nowhere": {"HOME": "/nothing/of/that/name"},
    "TMPDIR is nowhere": {"TMPDIR": "/nothing/of/that/name"},
    "C": {"LANG": "C", "LC_ALL": "C"},
    "POSIX": {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "a locale that is none": {"LC_ALL": "xx_YY.nonsense"},
    "Latin": {"PYTHONIOENCODING": "latin-1"},
    "ASCII": {"PYTHONIOENCODING": "ascii:strict"},
    "warnings are errors": {"PYTHONWARNINGS": "error"},
    "no docstrings": {"PYTHONOPTIMIZE": "2"},
    "development": {"PYTHONDEVMODE": "1"},
    "no compiler": {"NUMBA_DISABLE_JIT": "1"},
    "no cache": {"NUMBA_CACHE_DIR": "/proc/nothing"},
    "a backend that is none": {"MPLBACKEND": "nonsense"},
    "MPLCONFIGDIR is nowhere": {"MPLCONFIGDIR": "/proc/nothing"},
    "one column": {"COLUMNS": "1"},
    "no columns": {"COLUMNS": "0"},
    "columns that are none": {"COLUMNS": "x"},
    "a dumb terminal": {"TERM": "dumb"},
    "no terminal": {"TERM": GONE},
    "rank of PMI": {"PMI_RANK": "0", "PMI_SIZE": "1"},
    "rank that is none": {"PMI_RANK": "x"},
    "job of Slurm": {"SLURM_JOB_ID": "17", "SLURM_NTASKS": "64", "SLURM_PROCID": "3"},
    "end of a job that is none": {"SLURM_JOB_ID": "17", "SLURM_JOB_END_TIME": "soon"},
    "no threads": {"OMP_NUM_THREADS": "0"},
    "threads that are none": {"OMP_NUM_THREADS": "x"},
    "no user": {"USER": GONE, "LOGNAME": GONE},
    "coloured": {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"},
    "no bytecode": {"PYTHONDONTWRITEBYTECODE": "1"},
    "hashes": {"PYTHONHASHSEED": "0"},
    "locks of HDF5": {"HDF5_USE_FILE_LOCKING": "FALSE"},
    "time zone": {"TZ": "Nonsense/Nowhere"},
}
_LINES = {
    "output closed": "{} >&-",
    "messages closed": "{} 2>&-",
    "input closed": "{} <&-",
    "all closed": "{} <&- >&- 2>&-",
    "messages full": "{} 2>/dev/full",
    "nobody reads": "{} | true",
    "umask": "umask 777; {}",
    "in a session of its own": "export -f pn; setsid bash -c '{}'",
    "not hung up": "export -f pn; nohup bash -c '{}' >out.txt",
    "few files": "ulimit -n 64; {}",
    "no core": "ulimit -c 0; {}",
    "small stack": "ulimit -s 1024; {}",
    "in a folder that is gone": "mkdir gone; cp case.toml mine.py gone; cd gone; rm -r ../gone; {}",
}
_LIMITED = {
    "output full": "{} >/dev/full",
    "very few files": "ulimit -n 12; {}",
    "little memory": "ulimit -v 700000; {}",
    "very little memory": "ulimit -v 300000; {}",
    "short files": "ulimit -f 1; {}",
    "no files at all": "ulimit -f 0; {}",
    "little time": "ulimit -S -t 1; {}",
    "a rank of nobody": "export SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=3 SLURM_PROCID=0; {}",
    "ranks of nobody": "export OMPI_COMM_WORLD_SIZE=3 OMPI_COMM_WORLD_RANK=0; {}",
    "sizes that are none": "export PMI_SIZE=3 PMI_RANK=0; {}",
    "TMPDIR is no folder": "export TMPDIR=/dev/null; {}",
    "shared memory that is none": "export PARALLEL_NLS_SHARED_MEMORY=nonsense; {}",
}


def environments() -> dict[str, Environment]:
    """All of them by name, in the same order each time."""
    found = {name: Environment(RUN, variables) for name, variables in _VARIABLES.items()}
    for name, line in _LINES.items():
        found[name] = Environment(line.format(RUN if "gone" not in name else SHORT))
        found[f"{name}, examples"] = Environment(line.format(SHORT))
    for name, line in _LIMITED.items():
        found[name] = Environment(line.format(RUN), done=False)
    return found


def environment_case(case: Case, folder: Path, stage: Stage) -> Result:
    """One environment; numbers beyond the last of them begin again at the first."""
    del stage
    everything = environments()
    name = [*everything][case.number % len(everything)]
    one, result = everything[name], Result(case.name, "an odd environment")
    (folder / "case.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "mine.py").write_text(f"import numpy as np\n{FUNCTION}", encoding="utf-8")
    variables = {**os.environ, "PN": PROGRAM, "PYTHONPATH": str(ROOT), **one.variables}
    kept = {key: value for key, value in variables.items() if value is not None}
    command = ["bash", "-c", f'pn() {{ "$PN" "$@"; }}; export -f pn; {one.line}']
    try:
        end = subprocess.run(command, cwd=folder, env=kept, capture_output=True, timeout=HANGS, check=False)
    except subprocess.TimeoutExpired:
        result.expect(False, f"{name}: hangs, not over within {HANGS} s")
        return result
    said = (end.stdout + end.stderr).decode(errors="replace")
    result.tell(f"{name}: {one.line}: exit code {end.returncode}; {said[:2000]}")
    result.expect("Traceback" not in said, f"{name}: a traceback: {said[-1000:]}")
    codes = (DONE,) if one.done else CODES
    if not one.done and NO_MPI in said:  # it says so itself, and ends the process
        codes = (DEFECT,)
    result.expect(
        end.returncode in codes, f"{name}: exit code {end.returncode}, not one of {list(codes)}: {said[-500:]}"
    )
    result.expect(said.count(MESSAGE) <= 1, f"{name}: several messages: {said[:1000]}")
    return result
