"""The commands whose file calls are disturbed: what they need, what they write, and what they must come to."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

from parallel_nls.config import load_configuration
from parallel_nls.output.run_lock import holder_of
from scripts.faults.cases import Scene
from scripts.faults.comparison import differences
from scripts.faults.disturbed import Survey, survey
from scripts.faults.stage import Prepared, Stage

RUN, RESUME, SWEEP, PLOT, STUDY = "run", "resume", "sweep", "plot", "study"
COMMANDS = (RUN, RESUME, SWEEP, PLOT, STUDY)
BOXES = (
    "study", "box-limit", "half_wave_box", "--boxes", "2", "--set", "grid.points=256", "--set", "grid.length=50.0",
    "--set", "time.stop=0.1", "--set", "limits.spectral_tail=off",
)  # fmt: skip


@dataclass(frozen=True)
class Command:
    """A command, and the folder in which it works, where RUN is what it writes, and whose calls count."""

    name: str
    prepared: Prepared
    folder: Path

    @property
    def target(self) -> Path:
        """What it writes."""
        return self.folder / "RUN"

    @property
    def arguments(self) -> list[str]:
        """Its arguments."""
        if self.name in (RESUME, PLOT):
            return [self.name, str(self.target)]
        if self.name == RUN:
            return self.prepared.problem.arguments(self.target)
        if self.name == STUDY:
            return [*BOXES, "--output", str(self.target)]
        return [SWEEP, str(self.folder / "sweep.toml"), "--output", str(self.target)]

    def lay_out(self) -> None:
        """Put there what it needs."""
        if self.name in (RESUME, PLOT):
            shutil.copytree(self.prepared.stopped, self.target)
        if self.name == SWEEP:
            problem = self.prepared.problem
            text = load_configuration(problem.example, problem.settings).complete_toml()
            (self.folder / "base.toml").write_text(text, encoding="utf-8")
            sweep = 'configuration = "base.toml"\n[vary]\n"limits.sup_norm" = [1e6, 1e7]\n'
            (self.folder / "sweep.toml").write_text(sweep, encoding="utf-8")

    def again(self) -> list[str]:
        """What goes on with what is there of it."""
        if self.name == RUN and (self.target / "config.toml").exists():
            return [RESUME, str(self.target)]
        if self.name == RUN:
            shutil.rmtree(self.target, ignore_errors=True)
        return self.arguments


class Surveys:
    """Each command of each problem carried out once, and its calls listed.

    Parameters
    ----------
    stage : Stage
        Where.
    how : str
        "count", or "survey" to keep the states as well.
    """

    def __init__(self, stage: Stage, how: str) -> None:
        self.stage, self.how = stage, how
        self._lock = threading.Lock()
        self._found: dict[tuple[str, str], Survey] = {}

    def command(self, name: str, prepared: Prepared) -> Command:
        """The command that was carried out, with its folder."""
        return Command(name, prepared, self.stage.folder / f"{self.how}_{name}_{prepared.problem.folder}")

    def of(self, name: str, prepared: Prepared) -> Survey:
        """What was found; of several threads that ask, one carries it out and the others wait.

        Raises
        ------
        CampaignError
            If it does not end well.
        """
        with self._lock:
            key = name, prepared.problem.name
            if key not in self._found:
                command = self.command(name, prepared)
                command.folder.mkdir()
                command.lay_out()
                self._found[key] = survey(command.folder, command.arguments, self.how, self.stage.starter)
                shutil.copytree(command.target, whole(command))
            return self._found[key]


def whole(command: Command) -> Path:
    """What a command came to when nothing happened to it."""
    return command.folder / "whole"


def check(scene: Scene, command: Command, undisturbed: Path) -> None:
    """Expect what the command makes when nothing happens to it, from its reference or from such a one."""
    if command.name == PLOT:
        wanted, there = (
            {path.name: path.read_bytes() for path in (run / "figures").iterdir()} for run in (undisturbed, scene.run)
        )
        scene.result.expect(there.keys() == wanted.keys(), f"figures are {sorted(there)}, not {sorted(wanted)}")
        for name in wanted.keys() & there.keys():
            scene.result.expect(there[name] == wanted[name], f"{name} is another figure")
        return
    if command.name in (RUN, RESUME):
        for difference in differences(command.prepared.reference, scene.run):
            scene.result.expect(False, difference)
        return
    wanted_names, names = ({path.name for path in run.iterdir()} for run in (undisturbed, scene.run))
    scene.result.expect(names == wanted_names, f"there are {sorted(names)}, not {sorted(wanted_names)}")
    # A folder whose job was killed in its first moments goes a minute later.
    jobs = [path.name for path in scene.run.glob(".jobs/*") if not path.name.startswith("new-")]
    scene.result.expect(not jobs, f"left of jobs that are dead: {jobs}")
    for member in sorted(name for name in wanted_names if name.startswith("member_")):
        good = command.prepared.reference if command.name == SWEEP else undisturbed / member
        lock = scene.run / member / ".lock"
        if lock.exists() and holder_of(lock)[0] is False:
            lock.unlink()  # of a job that is dead: it means nothing, and who finds the member finished takes none
        for difference in differences(good, scene.run / member):
            scene.result.expect(difference.startswith(("config.toml", "checkpoints/")), f"{member}: {difference}")
