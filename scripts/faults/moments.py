"""Signals at any moment of any command: answered at once by all ranks, with one line, and nothing left half done."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path

import psutil

from parallel_nls.errors import DONE, INTERRUPTED, RESUMABLE, STOPPED
from scripts.faults.cases import MESSAGE, Case, Result, Scene
from scripts.faults.jobs import PAUSE, Job
from scripts.faults.problems import PROBLEMS
from scripts.faults.sources import CONFIG
from scripts.faults.stage import Prepared, Stage

LATEST = 5.0
PROMISED = 2.0
LAUNCHER = 2.5  # seconds; mpirun looks a second, and once more, whether the ranks are gone that it has ended
LIMIT = 60.0
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP, signal.SIGXCPU)
SLOW = "import time\nimport numpy as np\n\n\ndef u0(x):\n    time.sleep(2.0)\n    return 0.5 / np.cosh(x)\n"
SWEEP_TEXT = 'configuration = "case.toml"\noutput = "SWEEP"\n[vary]\n"time.stop" = [0.02, 0.04]\n'
CROWDED = "run with sixty bubbles"
SIXTY = "".join(
    f"[[initial.bubbles]]\ncenter = [{8 * (n % 10) - 36}.0, {8 * (n // 10) - 20}.0]\nfrequency = {1 + n / 100}\n"
    for n in range(60)
)
CROWD = f"""
[equation]
name = "nls"
dimension = 2
[grid]
points = [640, 384]
length = [80.0, 48.0]
[initial]
kind = "bubbles"
blowup_time = 0.0
{SIXTY}
[time]
start = -1.0
stop = -0.9
step = 0.01
[limits]
spectral_tail = "off"
identity = "off"
[diagnostics]
families = ["conserved", "modulation", "functionals"]
"""
ON_A_RUN = ("resume", "plot", "report", "export", "watch")
# What rank 0 does alone: the others may be about to end well, and a signal to them means nothing.
OF_RANK_0 = ("plot", "report", "export", "watch", "info", "examples")


def commands(folder: Path, prepared: Prepared, run: Path) -> dict[str, tuple[str, ...]]:
    """Command lines by name; what they need of files is there after `lay_out`."""
    field = str(prepared.reference / "fields/field_00000000.h5")
    return {
        "run": ("run", "case.toml", "--output", str(run)),
        CROWDED: ("run", "crowd.toml", "--output", str(run)),
        "resume": ("resume", str(run)),
        "plot": ("plot", str(run)),
        "report": ("report", str(run)),
        "export": ("export", str(run), "--format", "netcdf"),
        "watch": ("watch", str(run)),
        "info": ("info", str(prepared.reference)),
        "decompose": ("decompose", field, "--json", str(folder / "found.json")),
        "sweep": ("sweep", "sweep.toml"),
        "study": ("study", "box-limit", "half_wave_box", "--boxes", "2", "--output", str(run)),
        "ground-state": ("ground-state", "two_bubbles", "--json", str(folder / "state.json")),
        "doctor": ("doctor", "."),
        "examples": ("examples",),
    }


def lay_out(folder: Path, prepared: Prepared, run: Path, command: str) -> None:
    """Put into a folder what a command needs."""
    texts = {"case.toml": CONFIG, "crowd.toml": CROWD, "mine.py": SLOW, "sweep.toml": SWEEP_TEXT}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    if command in ON_A_RUN:
        shutil.copytree(prepared.stopped, run)
    if command == "watch":  # follows as long as it believes that a job is there
        (run / "summary.json").unlink()
        (run / ".lock").write_text(f"process {os.getpid()} on {socket.gethostname()}\n")


def slowness() -> float:
    """How much longer all takes than on a machine that has nothing else to do: processes that want a core."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def wait_for_ranks(job: Job) -> float:
    """Seconds until no rank is left, or the limit."""
    begin = time.monotonic()
    while job.ranks() and time.monotonic() < begin + LIMIT:
        time.sleep(PAUSE)
    return time.monotonic() - begin


def moment_case(case: Case, folder: Path, stage: Stage) -> Result:
    """One signal to one rank, or to all."""
    generator, prepared = case.generator(), stage.prepared(PROBLEMS[0])
    scene = Scene(folder, Result(case.name, ""))
    known = commands(folder, prepared, scene.run)
    command = list(known)[case.number % len(known)]
    scene.result.fault = f"a signal during {command}"
    ranks, factor = int(generator.choice([1, 3])), slowness()
    number, rank = SIGNALS[int(generator.integers(len(SIGNALS)))], int(generator.integers(-1, ranks))
    lay_out(folder, prepared, scene.run, command)
    job = scene.start(ranks, known[command])
    end = time.monotonic() + LIMIT
    while job.running and len(job.ranks()) < ranks and time.monotonic() < end:
        time.sleep(PAUSE)
    # The first moments are Python's own.
    time.sleep(factor * (0.2 + LATEST * float(generator.uniform())))
    if not job.running:
        scene.result.fault = f"{command} over before its signal"
    alive = job.ranks()
    if rank not in alive or (rank > 0 and command in OF_RANK_0):  # it has left all to the others
        rank = -1
    for each, process in alive.items():
        if rank in (-1, each):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
    factor = max(factor, slowness())
    scene.result.tell(f"{number.name} to {'all ranks' if rank < 0 else f'rank {rank}'} of {ranks}")
    ranks_gone = wait_for_ranks(job)
    ended = job.wait(LIMIT)
    scene.result.seconds = ranks_gone
    told = f"ranks gone after {ranks_gone:.2f} s, mpirun {ended.seconds:.2f} s later, {factor:.1f} processes a core"
    scene.result.tell(told)
    if ranks_gone > PROMISED:
        scene.result.fault += f", ranks gone after {ranks_gone:.1f} s with {factor:.1f} processes a core"
    codes = (DONE, STOPPED, RESUMABLE, INTERRUPTED)
    scene.result.expect(ended.gone, f"not gone on all ranks {LIMIT:g} s after the signal")
    scene.result.expect(ranks_gone <= PROMISED * factor and ended.seconds <= LAUNCHER * factor, told)
    scene.result.expect(ended.code in codes, f"exit code {ended.code}, not one of {list(codes)}: {job.text[-500:]}")
    scene.result.expect("Traceback" not in job.text, f"a traceback: {job.text[-1000:]}")
    scene.result.expect(job.text.count(f"{MESSAGE}SIG") <= 1, f"several messages: {job.text[:1000]}")
    left = [path.name for path in folder.rglob("*.new")]
    scene.result.expect(not left, f"left half done: {left}")
    return scene.result
