"""Kills: one rank or the whole job at any moment, most of them inside the writing of a checkpoint; then resume."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scripts.faults.cases import Case, Result, Scene
from scripts.faults.checkpoints import complete, unfinished
from scripts.faults.comparison import differences
from scripts.faults.jobs import PAUSE, Job
from scripts.faults.stage import Prepared, Stage

RANKS = (1, 2, 3, 4)
RANK_WEIGHTS = (0.3, 0.4, 0.15, 0.15)
LATEST_DELAY = 0.03


@dataclass(frozen=True)
class Kill:
    """One kill as it was drawn.

    Attributes
    ----------
    rank : int or None
        The rank that is killed; None stands for mpirun and all ranks.
    inside : bool
        Whether the moment lies in the writing of a checkpoint.
    part : float
        Which one, or when, as a part of what the job has before it.
    delay : float
        Seconds after the checkpoint's file has appeared.
    """

    rank: int | None
    inside: bool
    part: float
    delay: float

    @property
    def victim(self) -> str:
        """Who is killed."""
        return "whole job" if self.rank is None else "one rank"


def draw_ranks(generator: np.random.Generator, most: int = RANKS[-1], weights: Sequence[float] = RANK_WEIGHTS) -> int:
    """On how many ranks a job runs that can run on so many."""
    return min(int(generator.choice(RANKS, p=weights)), most)


def draw_kill(generator: np.random.Generator, ranks: int, *, whole: bool, inside: bool) -> Kill:
    """A kill of a job on so many ranks."""
    rank = None if whole else int(generator.integers(ranks))
    delay = float(generator.choice([0.0, generator.uniform(0.0, LATEST_DELAY)]))
    return Kill(rank, inside, float(generator.uniform()), delay)


def wait_for_moment(kill: Kill, job: Job, run: Path, prepared: Prepared) -> None:
    """Wait until the moment of a kill, or the end of the job."""
    if not kill.inside:
        end = time.monotonic() + kill.part * prepared.seconds
        while job.running and time.monotonic() < end:
            time.sleep(PAUSE)
        return
    first, left_behind = max(complete(run), default=0), unfinished(run)
    wanted = first + kill.part * (prepared.steps - first)
    while job.running and not any(steps >= wanted and steps not in left_behind for steps in unfinished(run)):
        time.sleep(PAUSE / 4)
    time.sleep(kill.delay)


def kill_at(kill: Kill, scene: Scene, job: Job, prepared: Prepared) -> str:
    """Kill a job at the drawn moment and wait until nothing of it is left; what it was doing, for the table."""
    left_behind = unfinished(scene.run)
    wait_for_moment(kill, job, scene.run, prepared)
    in_time = job.running
    if kill.rank is None:
        job.kill()
    else:
        in_time = job.kill_rank(kill.rank)
    scene.gone(job)
    stored, writing = complete(scene.run)[-1:], [steps for steps in unfinished(scene.run) if steps not in left_behind]
    what = "in the middle of a checkpoint" if writing else "between checkpoints" if stored else "before a checkpoint"
    scene.result.tell(f"{kill.victim} killed, {kill}: {what}; complete {stored}, being written {writing}")
    return f"{kill.victim} killed {what}" if in_time else "job over before the kill"


def go_on(scene: Scene, prepared: Prepared, ranks: int) -> Job:
    """Start a run again after a fault: by resume, or by run where there is no configuration yet."""
    if (scene.run / "config.toml").exists():
        return scene.start(ranks, ["resume", scene.run])
    scene.result.tell("no config.toml yet: nothing to resume")
    refused = scene.start(1, ["resume", scene.run])
    scene.refused(refused, 2, "RUN")
    scene.clear()
    return scene.start(ranks, prepared.problem.arguments(scene.run))


def compare(scene: Scene, prepared: Prepared) -> None:
    """Expect the same bits as in the run that nothing happened to."""
    for difference in differences(prepared.reference, scene.run):
        scene.result.expect(False, difference)


def kill_case(case: Case, folder: Path, stage: Stage) -> Result:
    """Kill a job, sometimes also the one that resumes, and compare what the last one comes to."""
    generator = case.generator()
    prepared = stage.draw(generator)
    ranks = [draw_ranks(generator) for _ in range(3 if generator.uniform() < 0.3 else 2)]
    # Three of four inside a checkpoint, and each of the two sorts as often for one rank as for all.
    inside, whole = case.number % 4 != 3, case.number // 4 % 2 == 0
    kills = [draw_kill(generator, ranks[0], whole=whole, inside=inside)]
    kills += [draw_kill(generator, count, whole=not whole, inside=inside) for count in ranks[1:-1]]
    scene = Scene(folder, Result(case.name, "kill"))
    job = scene.start(ranks[0], prepared.problem.arguments(scene.run))
    faults = []
    for kill, count in zip(kills, ranks[1:], strict=True):
        faults.append(kill_at(kill, scene, job, prepared))
        job = go_on(scene, prepared, count)
    scene.result.fault = faults[0]
    scene.finish(job)
    compare(scene, prepared)
    return scene.result
