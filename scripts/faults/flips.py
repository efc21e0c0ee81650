"""Flips: bits and stretches of checkpoints, manifests and series of a stopped run are damaged; then resume."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scripts.faults.cases import Case, Result, Scene
from scripts.faults.checkpoints import complete, manifest_of, state_of
from scripts.faults.damage import Damage, contiguous, draw_damage, places_outside
from scripts.faults.kills import compare, draw_ranks
from scripts.faults.stage import Stage

DATA = "data of the newest checkpoint damaged"
METADATA = "HDF5 metadata of the newest checkpoint damaged"
MANIFEST = "newest manifest damaged"
SERIES = "series.h5 damaged"
BOTH = "newest checkpoint and series.h5 damaged"
ALL = "all checkpoints damaged"
# By the number of the case: of fifty, 25 hit data, ten metadata, five a manifest.
FAULTS = (DATA, METADATA, DATA, MANIFEST, DATA, SERIES, DATA, METADATA, DATA, ALL)
FAULTS_OF_SECOND_TEN = tuple(BOTH if fault is SERIES else fault for fault in FAULTS)


def fault_of(number: int) -> str:
    """What a case damages."""
    return (FAULTS_OF_SECOND_TEN if number // 10 % 2 else FAULTS)[number % 10]


def _everywhere(path: Path) -> range:
    return range(path.stat().st_size)


def draw_damages(generator: np.random.Generator, run: Path, fault: str) -> list[Damage]:
    """Draw what happens to the files of a run."""
    stored = complete(run)
    newest, series = state_of(run, stored[-1]), run / "series.h5"
    damages = []
    if fault in (DATA, BOTH):
        damages.append(draw_damage(generator, newest, contiguous(newest)["field"]))
    if fault == METADATA:
        damages.append(draw_damage(generator, newest, places_outside(newest)))
    if fault == MANIFEST:
        manifest = manifest_of(run, stored[-1])
        damages.append(draw_damage(generator, manifest, _everywhere(manifest)))
    if fault in (SERIES, BOTH):
        damages.append(draw_damage(generator, series, _everywhere(series)))
    if fault == ALL:
        for steps in stored:
            path = manifest_of(run, steps) if generator.uniform() < 0.3 else state_of(run, steps)
            damages.append(draw_damage(generator, path, _everywhere(path)))
    return damages


def same_meaning(path: Path, before: bytes) -> bool:
    """Whether a damaged manifest still says the same: only its blanks were hit."""
    try:
        return bool(json.loads(path.read_bytes()) == json.loads(before))
    except ValueError:
        return False


def _distrusted(damages: Sequence[Damage], originals: dict[Path, bytes]) -> list[Path]:
    """States that must no longer be trusted."""
    found = []
    for damage in damages:
        if damage.path.parent.name == "checkpoints":
            unharmed = damage.path.suffix == ".json" and same_meaning(damage.path, originals[damage.path])
            found += [] if unharmed else [damage.path.with_suffix(".h5")]
    return found


def flip_case(case: Case, folder: Path, stage: Stage) -> Result:
    """Damage a copy of a stopped run, resume it, and see that it says so and comes to the same bits."""
    generator, fault = case.generator(), fault_of(case.number)
    prepared = stage.draw(generator)
    scene = Scene(folder, Result(case.name, fault))
    shutil.copytree(prepared.stopped, scene.run)
    stored = complete(scene.run)
    damages = draw_damages(generator, scene.run, fault)
    originals = {damage.path: damage.path.read_bytes() for damage in damages}
    for damage in damages:
        scene.result.tell(str(damage))
        damage.apply()
    distrusted = _distrusted(damages, originals)
    job = scene.start(draw_ranks(generator), ["resume", scene.run])
    scene.finish(job)
    good = [steps for steps in stored if state_of(scene.run, steps) not in distrusted]
    check_what_it_says(scene, job.text, distrusted, good)
    compare(scene, prepared)
    return scene.result


def check_what_it_says(scene: Scene, text: str, distrusted: Sequence[Path], good: Sequence[int]) -> None:
    """Expect that output and log name every checkpoint that was not trusted, and where the run went on instead."""
    log = (scene.run / "log.txt").read_text(encoding="utf-8")
    looked_at = [path for path in distrusted if not good or path > state_of(scene.run, max(good))]
    for where, words in (("the output", text), ("log.txt", log)):
        for path in looked_at:
            scene.result.expect(path.name in words, f"{where} does not say that {path.name} is damaged")
        if not good:
            scene.result.expect("from the beginning" in words, f"{where} does not say that the run begins anew")
