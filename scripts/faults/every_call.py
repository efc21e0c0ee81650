"""`--calls every` and `--calls all`: SIGKILL and an I/O error at all file calls of a command, made affordable.

A SIGKILL ahead of a call leaves what lies there at that moment. So a command is carried out once, what lies there is
kept ahead of each call, and calls that find the same are one case: that state is put back, and gone on with. Of some
cases the job is really killed at that call, and must leave the same. An I/O error is a matter of the process, which has
to meet it: each call is a case.
"""

from __future__ import annotations

import re
import shutil
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

from parallel_nls.running.compilation import TEXT as COMPILING
from scripts.faults.calls import KILL, REFUSE, disturb, fault_at_a_call, go_on_and_check
from scripts.faults.cases import CampaignError, Case, Result, Scene
from scripts.faults.commands import COMMANDS, PLOT, STUDY, Command, Surveys, whole
from scripts.faults.disturbed import FileCall, Survey
from scripts.faults.problems import ALL_PROBLEMS, Problem
from scripts.faults.stage import Stage
from scripts.faults.states import FILE, States

EVERY = "every"
ALL = "all"
FIRST = "remainder"  # the problem of which all is tried
SAMPLED = 10  # states and calls of a command that are tried where all its places were met in problems before
ON_TWO = 25  # every so many of the states are gone on with on two ranks
PROVED = 20  # every so many of them are really killed
# What of a name, and of a text, is another one each time: jobs, processes, clocks, names of runs.
_JOBS = re.compile(r"\b(job|new)-[^/]*")
_NUMBERS = re.compile(r"[0-9a-f]{16,}|\d+")
_at_work: defaultdict[Path, threading.Lock] = defaultdict(threading.Lock)


@dataclass(frozen=True)
class CallFault:
    """One case: what happens at which call of a command, that of the survey, and on how many ranks it is gone on with.

    ``really`` says whether the command is really killed as well.
    """

    command: Command
    found: Survey
    number: int
    how: str
    ranks: int = 1
    really: bool = False

    @property
    def call(self) -> FileCall:
        """The call."""
        return self.found.calls[self.number - 1]


def problems_of(word: str) -> Sequence[Problem]:
    """The problems that `--calls every`, `every:NAME` or `all` asks for, in a few steps each.

    Raises
    ------
    CampaignError
        If there is none of that name.
    """
    name = word.partition(":")[2]
    found = [problem for problem in ALL_PROBLEMS if name in ("", problem.name)]
    if not found:
        raise CampaignError(f"no problem {name!r}; there are {', '.join(problem.name for problem in ALL_PROBLEMS)}")
    return [problem.briefly() for problem in sorted(found, key=lambda problem: problem.name != FIRST)]


def every_call(word: str, stage: Stage) -> tuple[list[CallFault], list[str]]:
    """All cases, and a line for each problem that tells what was found.

    All calls and states of the first problem, or by `all` of each; else of others those at places of the package that
    were not met before, and some of the rest. The study is the same for all of them.

    Raises
    ------
    CampaignError
        If a command does not end well by itself.
    """
    surveys, met, faults, lines = Surveys(stage, "survey"), set[tuple[str, ...]](), list[CallFault](), list[str]()
    for place, problem in enumerate(problems_of(word)):
        thorough = place == 0 or word == ALL
        prepared, counts = stage.prepared(problem), []
        for name in (name for name in COMMANDS if name != STUDY or place == 0):
            found, command = surveys.of(name, prepared), surveys.command(name, prepared)
            new = {number for number, call in enumerate(found.calls, 1) if thorough or _place(name, call) not in met}
            met |= {_place(name, call) for call in found.calls}
            states = _first_calls(found)
            kills = _chosen(states, new)
            refusals = _chosen(range(1, len(found.calls) + 1), new)
            most = 1 if name == PLOT else min(2, problem.most_ranks)
            killed = _kills(command, found, kills, most)
            refused = (CallFault(command, found, number, REFUSE) for number in refusals)
            faults += [each for each in chain(*zip_longest(killed, refused)) if each is not None]
            counts.append(
                f"{name} {len(found.calls)} calls, {len(states)} states, tried {len(refusals)} and {len(kills)}"
            )
        lines.append(f"{problem.name}: {'; '.join(counts)}")
    return faults, lines


def _place(name: str, call: FileCall) -> tuple[str, ...]:
    """Where in the package a call comes from, and to what kind of file: the same for all steps and members."""
    return name, call.event, _NUMBERS.sub("N", _JOBS.sub("job", call.name)), call.callers


def _first_calls(found: Survey) -> list[int]:
    """The first call of each state."""
    first: dict[str, int] = {}
    for number, call in enumerate(found.calls, 1):
        first.setdefault(call.state, number)
    return list(first.values())


def _chosen(numbers: Sequence[int], new: set[int]) -> list[int]:
    """Those that are new, and some of the others, evenly."""
    stride = max(1, len(numbers) // SAMPLED)
    return [number for place, number in enumerate(numbers) if number in new or place % stride == stride // 2]


def _kills(command: Command, found: Survey, numbers: Iterable[int], most: int) -> Iterator[CallFault]:
    for place, number in enumerate(numbers):
        ranks = most if place % ON_TWO == ON_TWO // 2 else 1
        yield CallFault(command, found, number, KILL, ranks, place % PROVED == PROVED // 2)


def every_case(case: Case, folder: Path, stage: Stage, faults: Sequence[CallFault]) -> Result:
    """One of them."""
    fault = faults[case.number]
    name, prepared = fault.command.name, fault.command.prepared
    scene = Scene(folder, Result(case.name, fault_at_a_call(fault.how, name)), stage.starter)
    scene.result.tell(f"call {fault.number} of {len(fault.found.calls)} of {name}, {prepared.problem.name}")
    scene.result.tell(f"{fault.call}")
    if fault.how == REFUSE:
        command = Command(name, prepared, folder)
        command.lay_out()
        disturb(scene, command, fault.number, REFUSE)
        go_on_and_check(scene, command, 1, whole(fault.command))
        return scene.result
    # Files may hold the path at which they were written, so that a state is put back where it was found.
    with _at_work[fault.command.folder]:
        if fault.really:
            _kill_really(scene, fault)
        fault.found.states.put_back(fault.call.state, fault.command.target)
        go_on_and_check(scene, fault.command, fault.ranks, whole(fault.command))
        scene.keep_what_failed()
    return scene.result


def _kill_really(scene: Scene, fault: CallFault) -> None:
    """Kill the command at that call, and expect what the survey has found there."""
    shutil.rmtree(fault.command.target)
    fault.command.lay_out()
    disturb(scene, fault.command, fault.number, KILL)
    states = States(scene.folder / "states")
    for difference in unlike(fault.found.states, fault.call.state, states, states.keep(str(fault.command.target))):
        scene.result.expect(False, f"killed at that call: {difference}")


def unlike(one: States, state: str, other: States, after: str) -> list[str]:
    """What a state has otherwise than another, but for clocks, processes and names of jobs and runs; in words."""
    wanted, there = ({_JOBS.sub(r"\1-", name): entry for name, entry in states.entries(found).items()}
                     for states, found in ((one, state), (other, after)))  # fmt: skip
    found = [f"{name} is in one of the two alone" for name in sorted(wanted.keys() ^ there.keys())]
    for name in sorted(wanted.keys() & there.keys()):
        (kind, mode, content, _), (other_kind, other_mode, other_content, _) = wanted[name], there[name]
        if (kind, mode) != (other_kind, other_mode):
            found.append(f"{name} is a {other_kind} of mode {other_mode:o}, not a {kind} of mode {mode:o}")
        elif content != other_content and (
            kind != FILE or _lasting(one.store / content) != _lasting(other.store / other_content)
        ):
            found.append(f"{name} has another content")
    return found


def _lasting(path: Path) -> bytes | str:
    """What of a file is the same each time, whether kernels were compiled or not."""
    content = path.read_bytes()
    try:
        lines = [line for line in content.decode("utf-8").splitlines() if not line.endswith(COMPILING)]
    except UnicodeDecodeError:
        return content
    return _NUMBERS.sub("N", "\n".join(lines))
