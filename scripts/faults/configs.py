"""Garbled configurations through the command line: refused with one message, or done; never a traceback or a hang."""

from __future__ import annotations

import functools
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from parallel_nls.errors import BAD_INPUT, DONE, STOPPED
from scripts.faults.cases import MESSAGE, Case, Result, Scene
from scripts.faults.garbled import Garbled, any_files, draw, files_of_run, runnable_files
from scripts.faults.jobs import PROGRAM
from scripts.faults.kills import draw_ranks
from scripts.faults.problems import PROBLEMS
from scripts.faults.stage import Stage
from scripts.faults.warm import WarmStarter

DRY = "dry run"
PROCESS = "dry run, a process of its own"
RUN = "run"
RESUME = "resume with another config.toml"
PERIOD = 16
FAULTS = {0: RESUME, 4: RUN, 8: RESUME, 12: PROCESS}
HANGS = 60
UNTOLD = ("log.txt", ".lock")


@functools.cache
def drawn(fault: str, count: int, seed: int) -> list[Garbled]:
    """All configurations of one row of the table, for a campaign of ``count`` cases."""
    if fault == RESUME:
        lists = [draw(files_of_run(problem), count // PERIOD + 1, seed) for problem in PROBLEMS]
        return [one for of_each_problem in zip(*lists, strict=True) for one in of_each_problem]
    return draw(runnable_files() if fault == RUN else any_files(), count, seed)


def check_answer(result: Result, code: int, output: str, messages: str, codes: Sequence[int]) -> None:
    """Expect one of these exit codes, no traceback, and with code 2 one message of ours."""
    result.tell(f"exit code {code}; {messages.strip()[:2000]}")
    result.expect(code in codes, f"exit code {code}, not one of {list(codes)}; after {HANGS} s it would be -14")
    result.expect("Traceback" not in output + messages, "a traceback")
    own = messages.count(MESSAGE)
    if code == BAD_INPUT:
        result.expect(own == 1, f"{own} messages instead of one: {messages!r}")
    else:
        result.expect(own == 0, f"exit code {code} with a message: {messages!r}")


def _written(folder: Path, garbled: Garbled) -> list[str]:
    """Put a configuration into a folder; the arguments that run it there."""
    (folder / "case.toml").write_bytes(garbled.content)
    (folder / "start.npy").touch()
    options = [part for override in garbled.overrides for part in ("--set", override)]
    return ["run", "case.toml", *options]


def _dry_run(scene: Scene, garbled: Garbled, starter: WarmStarter) -> None:
    arguments = [*_written(scene.folder, garbled), "--dry-run"]
    code = starter.call(arguments, scene.folder, HANGS)
    output, messages = ((scene.folder / name).read_text(encoding="utf-8") for name in ("out", "err"))
    check_answer(scene.result, code, output, messages, (DONE, BAD_INPUT))


def _process(scene: Scene, garbled: Garbled) -> None:
    command = [PROGRAM, *_written(scene.folder, garbled), "--dry-run"]
    answer = subprocess.run(command, cwd=scene.folder, capture_output=True, text=True, timeout=HANGS, check=False)
    check_answer(scene.result, answer.returncode, answer.stdout, answer.stderr, (DONE, BAD_INPUT))


def _job(scene: Scene, ranks: int, arguments: Sequence[str]) -> int:
    """Exit code of a job that computes, or refuses to."""
    job = scene.start(ranks, arguments)
    end = job.wait(HANGS)
    output, messages = (path.read_text(encoding="utf-8") for path in (job.output, job.messages))
    check_answer(scene.result, end.code, output, messages, (DONE, BAD_INPUT, STOPPED))
    return end.code


def _contents(run: Path) -> dict[str, bytes]:
    """All files that a refusal must leave as they are."""
    return {str(path): path.read_bytes() for path in run.rglob("*") if path.is_file() and path.name not in UNTOLD}


def _resume(scene: Scene, garbled: Garbled, stopped: Path, ranks: int) -> None:
    shutil.copytree(stopped, scene.run)
    (scene.run / "config.toml").write_bytes(garbled.content)
    before = _contents(scene.run)
    if _job(scene, ranks, ["resume", str(scene.run)]) == BAD_INPUT:
        after = _contents(scene.run)
        changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        scene.result.expect(not changed, f"a refused resume changed {changed}")


def config_case(case: Case, folder: Path, stage: Stage, count: int, starter: WarmStarter) -> Result:
    """One configuration of a campaign of ``count``."""
    fault = FAULTS.get(case.number % PERIOD, DRY)
    scene = Scene(folder, Result(case.name, fault))
    ranks = draw_ranks(case.generator())
    if fault == RESUME:
        turn = case.number // (PERIOD // 2)
        problem = PROBLEMS[turn % len(PROBLEMS)]
        _resume(scene, drawn(fault, count, case.seed)[turn], stage.prepared(problem).stopped, ranks)
        return scene.result
    garbled = drawn(fault, count, case.seed)[case.number]
    if fault == RUN:
        _job(scene, ranks, [*_written(folder, garbled), "--output", str(scene.run)])
    elif fault == PROCESS:
        _process(scene, garbled)
    else:
        _dry_run(scene, garbled, starter)
    return scene.result
