"""Run directories that somebody moves, removes, begins anew, unlocks or damages under a job, at work or suspended."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil

from parallel_nls.errors import DONE, STORAGE
from scripts.faults.cases import MESSAGE, PROMPTLY, Case, Result, Scene
from scripts.faults.checkpoints import complete, state_of
from scripts.faults.damage import draw_damage
from scripts.faults.jobs import PAUSE, Job
from scripts.faults.kills import compare, draw_ranks
from scripts.faults.problems import ALL_PROBLEMS
from scripts.faults.stage import Prepared, Stage

MOVED, REMOVED, ANEW, UNLOCKED, DAMAGED = "moved", "removed", "begun anew", "unlocked", "damaged"
WAYS = (MOVED, ANEW, UNLOCKED, DAMAGED, REMOVED)
# One rank is started at once, more by mpirun.
AT_FIRST, AGAIN = (0.45, 0.3, 0.15, 0.1), (0.75, 0.15, 0.05, 0.05)
LOST = "moved, removed or begun anew"


def suspend(job: Job) -> None:
    """Stop all ranks where they are, as SIGSTOP does."""
    for process in job.ranks().values():
        with suppress(psutil.NoSuchProcess):
            process.suspend()


def wake(job: Job) -> None:
    """Let them go on."""
    for process in job.ranks().values():
        with suppress(psutil.NoSuchProcess):
            process.resume()


def content(folder: Path) -> dict[str, bytes]:
    """All files below a folder but logs, and series.h5, whose head the HDF5 library writes when it lets go of it."""
    found = {}
    for path in sorted(folder.rglob("*")) if folder.exists() else ():
        if path.is_file() and path.name not in ("log.txt", "series.h5"):
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


def do(way: str, scene: Scene, prepared: Prepared, generator: np.random.Generator) -> Path:
    """Do it to the run directory; where the run is now."""
    run, moved = scene.run, scene.folder / "moved"
    if way in (MOVED, ANEW):
        run.rename(moved)
    if way == ANEW:
        shutil.copytree(prepared.stopped, run)
        (run / ".lock").write_text("another's")
    if way == REMOVED:
        # At once, as far as the job can see: what is opened in the meantime would be there again.
        run.rename(moved)
        shutil.rmtree(moved)
    if way == UNLOCKED:
        (run / ".lock").unlink(missing_ok=True)
    if way == DAMAGED:
        newest = state_of(run, complete(run)[-1])
        path = newest if generator.uniform() < 0.5 else newest.with_suffix(".json")
        with suppress(FileNotFoundError):  # the job may just have taken it away
            damage = draw_damage(generator, path, range(path.stat().st_size))
            scene.result.tell(str(damage))
            damage.apply()
    return moved if way in (MOVED, ANEW) else run


def directory_case(case: Case, folder: Path, stage: Stage) -> Result:
    """Do one of these things to the directory of a job; then see what it has left, and resume."""
    generator = case.generator()
    way, suspended = WAYS[case.number % len(WAYS)], case.number // len(WAYS) % 2 == 1
    prepared = stage.draw(generator, ALL_PROBLEMS)
    most = prepared.problem.most_ranks
    result = Result(case.name, f"{way} under a {'suspended' if suspended else 'living'} job")
    scene = Scene(folder, result, stage.starter)
    job = scene.start(draw_ranks(generator, most, AT_FIRST), prepared.problem.arguments(scene.run))
    steps = generator.uniform(0, 0.7) * prepared.steps
    while job.running and max(complete(scene.run), default=-1) < steps:
        time.sleep(PAUSE)
    suspend(job)
    in_time = job.running
    where = do(way, scene, prepared, generator)
    before = content(scene.run), content(where)
    if suspended:
        time.sleep(generator.uniform(0, 0.5))
    wake(job)
    end = job.wait(PROMPTLY if way != DAMAGED else 8 * PROMPTLY)
    scene.result.tell(f"{way} at {steps:.0f} steps: exit code {end.code} after {end.seconds:.1f} s; {job.text[-1500:]}")
    scene.result.expect(end.gone, "the job hangs")
    scene.result.expect("Traceback" not in job.text, "a traceback")
    if not in_time or end.code == DONE:
        scene.result.expect(not in_time or way == DAMAGED or "done at" in job.text, "done, and does not say so")
    if way == DAMAGED:
        scene.result.expect(end.code == DONE, f"exit code {end.code} after damage that the job does not read")
        compare(scene, prepared)
        return scene.result
    if end.code != DONE:
        check_lost(scene, job, end.code, before, where)
    if way != REMOVED:
        # What was put into its place is a copy, unchanged by what was looked at.
        scene.run = where
        scene.finish(scene.start(draw_ranks(generator, most, AGAIN), ["resume", where]))
        compare(scene, prepared)
    return scene.result


def check_lost(scene: Scene, job: Job, code: int, before: tuple[dict[str, bytes], dict[str, bytes]], now: Path) -> None:
    """Expect that a job has said once that its directory is lost, and has left all files as they were."""
    scene.result.expect(code == STORAGE, f"exit code {code}, not {STORAGE}")
    scene.result.expect(job.text.count(MESSAGE) == 1, f"{job.text.count(MESSAGE)} messages")
    scene.result.expect(LOST in job.text, "it does not say that the directory is lost")
    for was, path in zip(before, (scene.run, now), strict=True):
        left = content(path)
        changed = [name for name in {**was, **left} if was.get(name) != left.get(name)]
        scene.result.expect(not changed, f"{path.name}: the job has changed {changed}")
