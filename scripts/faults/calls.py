"""SIGKILL and I/O errors at file calls of run, resume, sweep, study and plot; then the same command, undisturbed."""

from __future__ import annotations

from pathlib import Path

from parallel_nls.errors import BAD_INPUT, DONE, RESUMABLE, STOPPED, STORAGE
from scripts.faults.cases import LONGEST_JOB, MESSAGE, Case, Result, Scene
from scripts.faults.commands import COMMANDS, PLOT, Command, Surveys, check, whole
from scripts.faults.disturbed import disturbed
from scripts.faults.problems import ALL_PROBLEMS
from scripts.faults.stage import Stage

# Whose files differ, and which take little time.
DISTURBED = tuple(
    problem
    for problem in ALL_PROBLEMS
    if problem.name in ("remainder", "hierarchy", "half waves on the line", "Hartree in the plane")
)
KILL, REFUSE = "kill", "refuse"
WAYS = (KILL, REFUSE)
CODES = (DONE, BAD_INPUT, STOPPED, STORAGE, RESUMABLE)


def which_call(turn: int, turns: int, calls: int) -> int:
    """The calls of as many turns are spread over all of them; with turns enough each has its own."""
    return 1 + turn % calls if turns >= calls else 1 + (2 * turn + 1) * calls // (2 * turns)


def fault_at_a_call(how: str, name: str) -> str:
    """The row of the table."""
    return f"{'SIGKILL' if how == KILL else 'I/O error'} at a file call of {name}"


def disturb(scene: Scene, command: Command, number: int, how: str, ranks: int = 1) -> None:
    """Carry out a command to which something happens at one of its calls; it must end, and in order."""
    job = disturbed(command.folder, ranks, command.arguments, number, how, scene.starter)
    end = job.wait(LONGEST_JOB)
    scene.result.tell(f"exit code {end.code}; {job.text[-1500:]}")
    scene.result.expect(end.gone, "the job hangs")
    scene.result.expect("Traceback" not in job.text, f"a traceback: {job.text[-1000:]}")
    if how == REFUSE:
        scene.result.expect(end.code in CODES, f"exit code {end.code}, not one of {list(CODES)}")
        least = 1 if end.code in (BAD_INPUT, STORAGE) else 0
        scene.result.expect(least <= job.text.count(MESSAGE) <= 1, f"{job.text.count(MESSAGE)} messages")


def go_on_and_check(scene: Scene, command: Command, ranks: int, undisturbed: Path) -> None:
    """Go on with what is there, and expect what comes of the command when nothing happens to it."""
    scene.run = command.target
    scene.finish(scene.start(ranks, command.again()))
    check(scene, command, undisturbed)


def call_case(case: Case, folder: Path, stage: Stage, count: int, surveys: Surveys) -> Result:
    """One call of one command, of a campaign of ``count``."""
    generator = case.generator()
    name, how = COMMANDS[case.number % len(COMMANDS)], WAYS[case.number // len(COMMANDS) % len(WAYS)]
    sorts = len(COMMANDS) * len(WAYS)
    turn, turns = case.number // sorts, max(1, count // sorts)
    prepared = stage.prepared(DISTURBED[turn % len(DISTURBED)])
    ranks = 1 if name == PLOT else min(int(generator.choice([1, 1, 1, 2])), prepared.problem.most_ranks)
    calls = len(surveys.of(name, prepared).calls)
    number = which_call(turn, turns, calls)
    scene = Scene(folder, Result(case.name, fault_at_a_call(how, name)), stage.starter)
    command = Command(name, prepared, folder)
    command.lay_out()
    scene.result.tell(f"call {number} of {calls} of {name}, {prepared.problem.name}, on {ranks}")
    disturb(scene, command, number, how, ranks)
    go_on_and_check(scene, command, ranks, whole(surveys.command(name, prepared)))
    return scene.result
