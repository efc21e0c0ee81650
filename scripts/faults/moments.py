"""Signals at any moment of any command: answered at once by all ranks, with one line, and nothing left half done."""

from __future__ import annotations

import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil

from parallel_nls.errors import DONE, INTERRUPTED, RESUMABLE, STOPPED
from scripts.faults.cases import MESSAGE, Case, Result, Scene
from scripts.faults.jobs import PAUSE
from scripts.faults.problems import PROBLEMS
from scripts.faults.sources import CONFIG
from scripts.faults.stage import Stage

LATEST = 5.0
LIMIT = 60.0
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP, signal.SIGXCPU)
SLOW = "import time\nimport numpy as np\n\n\ndef u0(x):\n    time.sleep(2.0)\n    return 0.5 / np.cosh(x)\n"
COMMANDS = ("run", "resume", "plot", "info", "decompose", "sweep", "doctor", "examples")
SWEEP = 'configuration = "case.toml"\noutput = "SWEEP"\n[vary]\n"time.stop" = [0.02, 0.04]\n'


def arguments_of(command: str, folder: Path, stage: Stage, scene: Scene) -> tuple[str, ...]:
    """The command line; what it needs is put into the folder."""
    prepared = stage.prepared(PROBLEMS[0])
    (folder / "case.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "mine.py").write_text(SLOW, encoding="utf-8")
    (folder / "sweep.toml").write_text(SWEEP, encoding="utf-8")
    if command in ("resume", "plot"):
        shutil.copytree(prepared.stopped, scene.run)
    return {
        "run": ("run", "case.toml", "--output", str(scene.run)),
        "resume": ("resume", str(scene.run)),
        "plot": ("plot", str(scene.run)),
        "info": ("info", str(prepared.reference)),
        "decompose": ("decompose", str(prepared.reference / "fields/field_00000000.h5"), "--json", "found.json"),
        "sweep": ("sweep", "sweep.toml"),
        "doctor": ("doctor", "."),
        "examples": ("examples",),
    }[command]


def moment_case(case: Case, folder: Path, stage: Stage) -> Result:
    """One signal to one rank, or to all."""
    generator = case.generator()
    command = COMMANDS[case.number % len(COMMANDS)]
    ranks, delay = (1 if command in ("plot", "info", "examples") else int(generator.choice([1, 3]))), LATEST
    number, rank = SIGNALS[int(generator.integers(len(SIGNALS)))], int(generator.integers(-1, ranks))
    scene = Scene(folder, Result(case.name, f"a signal during {command}"))
    job = scene.start(ranks, arguments_of(command, folder, stage, scene))
    end = time.monotonic() + 60.0
    while job.running and len(job.ranks()) < ranks and time.monotonic() < end:
        time.sleep(PAUSE)
    time.sleep(0.2 + delay * float(generator.uniform()))  # the first moments are Python's own
    for each, process in job.ranks().items():
        if rank in (-1, each):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
    scene.result.tell(f"{number.name} to {'all ranks' if rank < 0 else f'rank {rank}'}")
    ended = job.wait(LIMIT)
    scene.result.seconds = ended.seconds
    codes = (DONE, STOPPED, RESUMABLE, INTERRUPTED)
    scene.result.expect(ended.gone, f"not gone on all ranks {LIMIT:g} s after the signal")
    scene.result.expect(ended.code in codes, f"exit code {ended.code}, not one of {list(codes)}: {job.text[-500:]}")
    scene.result.expect("Traceback" not in job.text, f"a traceback: {job.text[-1000:]}")
    scene.result.expect(job.text.count(f"{MESSAGE}SIG") <= 1, f"several messages: {job.text[:1000]}")
    left = [path.name for path in folder.rglob("*.new")]
    scene.result.expect(not left, f"left half done: {left}")
    return scene.result
