"""Hostile files: one file of a stopped run is forged, then the run is resumed, described or drawn."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from parallel_nls.errors import BAD_INPUT, DONE, STORAGE
from scripts.faults.cases import MESSAGE, Case, Result, Scene
from scripts.faults.comparison import differences
from scripts.faults.configs import HANGS
from scripts.faults.forging import FIELD, SUMS, Forgery, all_forgeries, forge
from scripts.faults.problems import ALL_PROBLEMS
from scripts.faults.stage import Prepared, Stage
from scripts.faults.warm import WarmStarter

RESUME, INFO, PLOT = "hostile file, then resume", "hostile file, then info", "hostile file, then plot"
FAULTS = (RESUME, INFO, RESUME, PLOT)
# What may stay as it was forged: a run that goes on needs nothing of it.
LEFT_ALONE = ("run.json", "summary.json")


def forgery_of(case: Case) -> Forgery:
    """All of them come in turn, in an order of the seed."""
    known = all_forgeries()
    order = np.random.default_rng([case.seed, len(known)]).permutation(len(known))
    return known[int(order[case.number % len(known)])]


def judge(result: Result, code: int, text: str, codes: Sequence[int]) -> None:
    """Expect one of these exit codes, no traceback, and one message with any code but 0."""
    result.tell(f"exit code {code}; {text.strip()[-2000:]}")
    result.expect(code in codes, f"exit code {code}, not one of {list(codes)}")
    result.expect("Traceback" not in text, "a traceback")
    wanted = 0 if code == DONE else 1
    result.expect(text.count(MESSAGE) == wanted, f"{text.count(MESSAGE)} messages with exit code {code}")


def hostile_case(case: Case, folder: Path, stage: Stage, starter: WarmStarter) -> Result:
    """Forge one file of a copy of a stopped run, and use the run."""
    generator, fault = case.generator(), FAULTS[case.number % len(FAULTS)]
    prepared = stage.draw(generator, ALL_PROBLEMS)
    forgery = forgery_of(case)
    scene = Scene(folder, Result(case.name, fault), starter)
    shutil.copytree(prepared.stopped, scene.run)
    forge(scene.run, forgery)
    scene.result.tell(f"{prepared.problem.name}: {forgery}")
    if fault != RESUME:
        command = "info" if fault == INFO else "plot"
        code = starter.call([command, str(scene.run)], folder, HANGS)
        text = "\n".join((folder / name).read_text(encoding="utf-8") for name in ("out", "err"))
        judge(scene.result, code, text, (DONE, BAD_INPUT))
        return scene.result
    job = scene.start(min(int(generator.integers(1, 3)), prepared.problem.most_ranks), ["resume", scene.run])
    end = job.wait(HANGS)
    scene.result.expect(end.gone, f"{job.label} hangs")
    judge(scene.result, end.code, job.text, (DONE, BAD_INPUT, STORAGE))
    if end.code == DONE:
        compare(scene, prepared, forgery)
    return scene.result


def compare(scene: Scene, prepared: Prepared, forgery: Forgery) -> None:
    """Expect the bits of the run that nothing happened to, but in the field that was forged, of which it must warn."""
    found = differences(prepared.reference, scene.run)
    if forgery.file == FIELD:
        log = (scene.run / "log.txt").read_text(encoding="utf-8")
        scene.result.expect("warning: stored field" in log, "resume does not warn of the field")
        found = [text for text in found if not text.startswith("fields/")]
    if forgery.file == SUMS:
        found = [text for text in found if not text.startswith(SUMS)]
    for difference in found:
        scene.result.expect(False, difference)
