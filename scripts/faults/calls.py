"""SIGKILL and I/O errors at file calls of run, resume, sweep, study and plot; then the same command, undisturbed."""

from __future__ import annotations

import shutil
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from parallel_nls.config import load_configuration
from parallel_nls.errors import BAD_INPUT, DONE, RESUMABLE, STOPPED, STORAGE
from parallel_nls.output.run_lock import holder_of
from scripts.faults.cases import LONGEST_JOB, MESSAGE, CampaignError, Case, Result, Scene
from scripts.faults.comparison import differences
from scripts.faults.jobs import Job
from scripts.faults.problems import ALL_PROBLEMS
from scripts.faults.stage import Prepared, Stage
from scripts.faults.warm import NTH_CALL

# Whose files differ, and which take little time.
DISTURBED = tuple(
    problem
    for problem in ALL_PROBLEMS
    if problem.name in ("remainder", "hierarchy", "half waves on the line", "Hartree in the plane")
)
RUN, RESUME, SWEEP, PLOT, STUDY = "run", "resume", "sweep", "plot", "study"
COMMANDS = (RUN, RESUME, SWEEP, PLOT, STUDY)
BOXES = (
    "study", "box-limit", "half_wave_box", "--boxes", "2", "--set", "grid.points=256", "--set", "grid.length=50.0",
    "--set", "time.stop=0.1", "--set", "limits.spectral_tail=off",
)  # fmt: skip
WAYS = ("kill", "refuse")
CODES = (DONE, BAD_INPUT, STOPPED, STORAGE, RESUMABLE)
PROGRAM = (sys.executable, str(Path(__file__).with_name("nth_call.py")))  # jobs run in other folders
_counts: dict[tuple[str, str], int] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Command:
    """A command, and the folder whose calls count."""

    name: str
    prepared: Prepared
    folder: Path

    @property
    def target(self) -> Path:
        """What it writes."""
        return self.folder / "RUN"

    def prepare(self) -> list[str]:
        """Put there what it needs; its arguments."""
        if self.name in (RESUME, PLOT):
            shutil.copytree(self.prepared.stopped, self.target)
            return [self.name, str(self.target)]
        if self.name == RUN:
            return self.prepared.problem.arguments(self.target)
        return [*BOXES, "--output", str(self.target)] if self.name == STUDY else self._sweep()

    def _sweep(self) -> list[str]:
        problem = self.prepared.problem
        (self.folder / "base.toml").write_text(load_configuration(problem.example, problem.settings).complete_toml())
        text = f'configuration = "base.toml"\noutput = "{self.target}"\n[vary]\n"limits.sup_norm" = [1e6, 1e7]\n'
        (self.folder / "sweep.toml").write_text(text)
        return [SWEEP, "sweep.toml"]

    def again(self, arguments: list[str]) -> list[str]:
        """What goes on with it."""
        if self.name == RUN and (self.target / "config.toml").exists():
            return [RESUME, str(self.target)]
        if self.name == RUN:
            shutil.rmtree(self.target, ignore_errors=True)
        return arguments


def undisturbed(name: str, prepared: Prepared, stage: Stage) -> Path:
    """Where a command is carried out once, to count its calls."""
    return stage.folder / f"count_{name}_{prepared.problem.name.replace(' ', '_')}"


def calls_of(name: str, prepared: Prepared, stage: Stage) -> int:
    """How many file calls a command makes on one rank, found once."""
    with _lock:
        key = name, prepared.problem.name
        if key not in _counts:
            folder = undisturbed(name, prepared, stage)
            folder.mkdir()
            arguments = Command(name, prepared, folder).prepare()
            job = _disturbed(folder, 1, arguments, 0, "count", stage)
            end = job.wait(LONGEST_JOB)
            if end.code != DONE:
                raise CampaignError(f"{name} ended with exit code {end.code}:\n{job.text}")
            _counts[key] = int((folder / "count").read_text())
        return _counts[key]


def _disturbed(folder: Path, ranks: int, arguments: list[str], number: int, how: str, stage: Stage) -> Job:
    options = [str(folder / "RUN"), str(number), how, str(folder / "count")]
    if ranks == 1:
        return Job(1, [NTH_CALL, *options, *arguments], folder, "disturbed", starter=stage.starter)
    return Job(ranks, [*options, *arguments], folder, "disturbed", PROGRAM)


def which_call(turn: int, turns: int, calls: int) -> int:
    """The calls of as many turns are spread over all of them; with turns enough each has its own."""
    return 1 + turn % calls if turns >= calls else 1 + (2 * turn + 1) * calls // (2 * turns)


def call_case(case: Case, folder: Path, stage: Stage, count: int) -> Result:
    """One call of one command, of a campaign of ``count``."""
    generator = case.generator()
    name, how = COMMANDS[case.number % len(COMMANDS)], WAYS[case.number // len(COMMANDS) % len(WAYS)]
    sorts = len(COMMANDS) * len(WAYS)
    turn, turns = case.number // sorts, max(1, count // sorts)
    prepared = stage.prepared(DISTURBED[turn % len(DISTURBED)])
    ranks = 1 if name == PLOT else min(int(generator.choice([1, 1, 1, 2])), prepared.problem.most_ranks)
    calls = calls_of(name, prepared, stage)
    number = which_call(turn, turns, calls)
    words = "SIGKILL" if how == "kill" else "I/O error"
    scene = Scene(folder, Result(case.name, f"{words} at a file call of {name}"), stage.starter)
    command = Command(name, prepared, folder)
    arguments = command.prepare()
    job = _disturbed(folder, ranks, arguments, number, how, stage)
    end = job.wait(LONGEST_JOB)
    what = f"call {number} of {calls} of {name}, {prepared.problem.name}"
    scene.result.tell(f"{what}, on {ranks}: exit code {end.code}; {job.text[-1500:]}")
    scene.result.expect(end.gone, "the job hangs")
    scene.result.expect("Traceback" not in job.text, "a traceback")
    if how == "refuse":
        scene.result.expect(end.code in CODES, f"exit code {end.code}, not one of {list(CODES)}")
        least = 1 if end.code in (BAD_INPUT, STORAGE) else 0
        scene.result.expect(least <= job.text.count(MESSAGE) <= 1, f"{job.text.count(MESSAGE)} messages")
    scene.run = command.target
    after = scene.start(ranks, command.again(arguments))
    scene.finish(after)
    check(scene, command, undisturbed(name, prepared, stage) / "RUN")
    return scene.result


def check(scene: Scene, command: Command, whole: Path) -> None:
    """Expect what the command makes when nothing happens to it."""
    if command.name == PLOT:
        scene.result.expect(list((scene.run / "figures").glob("*.png")), "no figure was drawn")
        return
    if command.name in (SWEEP, STUDY):
        for member in (f"member_{number:04d}" for number in range(2)):
            good = command.prepared.reference if command.name == SWEEP else whole / member
            lock = scene.run / member / ".lock"
            if lock.exists() and holder_of(lock)[0] is False:
                lock.unlink()  # of a job that is dead: it means nothing, and who finds the member finished takes none
            found = differences(good, scene.run / member)
            for difference in found:
                scene.result.expect(difference.startswith(("config.toml", "checkpoints/")), f"{member}: {difference}")
        return
    for difference in differences(command.prepared.reference, scene.run):
        scene.result.expect(False, difference)
