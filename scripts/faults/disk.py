"""Disks that fill up and folders that become read-only during a run; then that is mended, and the run resumed."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import numpy as np

from parallel_nls.errors import BAD_INPUT, STORAGE
from scripts.faults.cases import Case, Result, Scene
from scripts.faults.checkpoints import complete, intact
from scripts.faults.jobs import PAUSE, Job
from scripts.faults.kills import compare, draw_ranks
from scripts.faults.stage import Prepared, Stage
from scripts.faults.volumes import MOUNTED, can_mount, enlarge, free, read_only, small_disk, used

ROOM = 2**28
LEFT_BY_OTHERS = 2**16
TOO_SMALL_DISKS = 4

TOO_SMALL = "disk too small for the run"
FILLED = "disk filled up by others"
CHECKPOINTS = "folder of checkpoints becomes read-only"
WHOLE_RUN = "run directory becomes read-only"
START = "start in a read-only folder"
FAULTS = (TOO_SMALL, CHECKPOINTS, FILLED, WHOLE_RUN, TOO_SMALL, START, FILLED, TOO_SMALL)


def wait_for_steps(job: Job, run: Path, steps: float) -> None:
    """Wait until a run has a checkpoint of so many steps, or ends."""
    while job.running and max(complete(run), default=-1) < steps:
        time.sleep(PAUSE)


def expect_storage_error(scene: Scene, job: Job) -> None:
    """Expect that a job ends with exit code 74 and one message, and leaves a good checkpoint."""
    scene.refused(job, STORAGE, str(scene.run), "resume")
    stored = complete(scene.run)
    scene.result.tell(f"checkpoints left: {stored}")
    scene.result.expect(stored and intact(scene.run, stored[-1]), f"the newest checkpoint of {stored} is not intact")


def expect_resume(scene: Scene, prepared: Prepared, ranks: int) -> None:
    """Expect that a run whose fault is mended goes on from its checkpoint to the same bits."""
    job = scene.start(ranks, ["resume", scene.run])
    scene.finish(job)
    scene.result.expect("from the beginning" not in job.text, f"{job.label} began anew")
    compare(scene, prepared)


def too_small(scene: Scene, prepared: Prepared, generator: np.random.Generator) -> None:
    """A disk that holds the start of a run, not all of it; then larger ones, of which only the last is large enough."""
    reference = prepared.reference
    state = (reference / "checkpoints" / f"state_{prepared.steps:08d}.h5").stat().st_size
    start = 3 * state + (reference / "fields" / "field_00000000.h5").stat().st_size + LEFT_BY_OTHERS
    sizes = np.sort(generator.uniform(start, 0.95 * used(reference), TOO_SMALL_DISKS)).astype(int)
    scene.run = scene.folder / "disk" / "RUN"
    arguments: list[object] = [*prepared.problem.arguments(scene.run)]
    with small_disk(scene.run.parent, sizes[0]):
        for size in sizes:
            enlarge(scene.run.parent, size)
            scene.result.tell(f"a disk of {size} bytes; the whole run takes {used(reference)}")
            expect_storage_error(scene, scene.start(draw_ranks(generator), arguments))
            arguments = ["resume", scene.run]
        enlarge(scene.run.parent, ROOM)
        expect_resume(scene, prepared, draw_ranks(generator))
        scene.keep_what_failed()


def filled(scene: Scene, prepared: Prepared, generator: np.random.Generator) -> None:
    """A disk that another program fills up at some moment, all but a few bytes; then that is deleted."""
    scene.run = scene.folder / "disk" / "RUN"
    ballast = scene.run.parent / "of others"
    with small_disk(scene.run.parent, 2 * used(prepared.reference)):
        job = scene.start(draw_ranks(generator), prepared.problem.arguments(scene.run))
        wait_for_steps(job, scene.run, generator.uniform(0, 0.9) * prepared.steps)
        room, left = free(scene.run.parent), int(generator.integers(LEFT_BY_OTHERS))
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, room - left))
        scene.result.tell(f"others leave {left} bytes after {complete(scene.run)[-1:]} steps")
        expect_storage_error(scene, job)
        ballast.unlink()
        expect_resume(scene, prepared, draw_ranks(generator))
        scene.keep_what_failed()


def too_long(scene: Scene, prepared: Prepared, generator: np.random.Generator) -> None:
    """In the place of a full disk: from some moment on, no file of the job may grow beyond a drawn length."""
    job = scene.start(draw_ranks(generator), prepared.problem.arguments(scene.run))
    wait_for_steps(job, scene.run, generator.uniform(0, 0.9) * prepared.steps)
    longest = max(path.stat().st_size for path in prepared.reference.rglob("*.h5"))
    limit = int(generator.uniform(0, 0.9 * longest))
    job.limit_files(limit)
    scene.result.tell(f"from {complete(scene.run)[-1:]} steps on no file may grow beyond {limit} bytes")
    expect_storage_error(scene, job)
    expect_resume(scene, prepared, draw_ranks(generator))


def becomes_read_only(scene: Scene, prepared: Prepared, generator: np.random.Generator, folder: Path) -> None:
    """A folder of the run that becomes read-only at some moment, and writable again."""
    job = scene.start(draw_ranks(generator), prepared.problem.arguments(scene.run))
    wait_for_steps(job, scene.run, generator.uniform(0, 0.9) * prepared.steps)
    with read_only(folder) as means:
        scene.result.tell(f"{folder.name} {means} after {complete(scene.run)[-1:]} steps")
        expect_storage_error(scene, job)
    expect_resume(scene, prepared, draw_ranks(generator))


def code_of(means: str) -> int:
    """What a command ends by that may not write: a disk refuses all names, permissions those of a user."""
    return STORAGE if means == MOUNTED else BAD_INPUT


def read_only_start(scene: Scene, prepared: Prepared, generator: np.random.Generator) -> None:
    """Neither a new run nor a resumed one starts where nothing can be written; each says so, and nothing changes."""
    home = scene.folder / "home"
    home.mkdir()
    with read_only(home) as means:
        scene.result.tell(f"{home.name} {means}")
        job = scene.start(draw_ranks(generator), prepared.problem.arguments(home / "RUN"))
        scene.refused(job, code_of(means), str(home))
        scene.result.expect(not list(home.iterdir()), "something was written into the read-only folder")
    shutil.copytree(prepared.stopped, scene.run)
    with read_only(scene.run) as means:
        scene.result.tell(f"{scene.run.name} {means}")
        job = scene.start(draw_ranks(generator), ["resume", scene.run])
        scene.refused(job, code_of(means), str(scene.run))
    expect_resume(scene, prepared, draw_ranks(generator))


def disk_case(case: Case, folder: Path, stage: Stage) -> Result:
    """One fault of the disk."""
    generator, fault = case.generator(), FAULTS[case.number % len(FAULTS)]
    prepared = stage.draw(generator)
    scene = Scene(folder, Result(case.name, fault))
    if fault in (TOO_SMALL, FILLED) and not can_mount():
        scene.result.fault = f"{fault}: length of files limited instead"
        too_long(scene, prepared, generator)
    elif fault == TOO_SMALL:
        too_small(scene, prepared, generator)
    elif fault == FILLED:
        filled(scene, prepared, generator)
    elif fault == START:
        read_only_start(scene, prepared, generator)
    else:
        part = scene.run / "checkpoints" if fault == CHECKPOINTS else scene.run
        becomes_read_only(scene, prepared, generator, part)
    return scene.result
