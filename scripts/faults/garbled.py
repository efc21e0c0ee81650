"""Configurations with something wrong in them, or not, drawn by hypothesis from a seed."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from parallel_nls.config import Configuration, example_names, load_configuration
from parallel_nls.config.toml_text import toml_document
from parallel_nls.errors import UserError
from scripts.faults.problems import Problem
from tests.config.mutations import EXAMPLES, damaged_files, mutated_documents, overrides

MOST_POINTS = 5000
MOST_FRAMES = 20
MOST_FRAMES_LEFT = 400
TIGHTEST = 1e-9
SMALL = ("limits.spectral_tail=off", "output.fields_every={steps=2}", "diagnostics.every={steps=1}")


@dataclass(frozen=True)
class Garbled:
    """A configuration file and overrides, as they come from a careless user or a bad disk."""

    content: bytes
    overrides: tuple[str, ...] = ()


def loaded(garbled: Garbled) -> Configuration | None:
    """The configuration, or None where it is refused."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.toml"
        path.write_bytes(garbled.content)
        try:
            return load_configuration(str(path), garbled.overrides)
        except UserError:
            return None


def _short(configuration: Configuration, frames: int) -> bool:
    tolerance = configuration.time.tolerance
    affordable = tolerance is None or tolerance >= TIGHTEST
    return affordable and configuration.frames.count <= frames


def can_run(garbled: Garbled) -> bool:
    """Whether it is valid and a run of it takes seconds."""
    configuration = loaded(garbled)
    if configuration is None or not _short(configuration, MOST_FRAMES):
        return False
    return prod(configuration.grid.points) <= MOST_POINTS


def can_resume(garbled: Garbled) -> bool:
    """Whether a resume with it either is refused or takes seconds."""
    configuration = loaded(garbled)
    return configuration is None or _short(configuration, MOST_FRAMES_LEFT)


@functools.cache
def small_texts() -> tuple[str, ...]:
    """The examples on grids so small and for so few frames that they run at once."""
    return tuple(_small_text(name) for name in example_names())


def _small_text(name: str) -> str:
    full = load_configuration(name)
    points = {"line": "grid.points=64", "radius": "grid.points=15"}.get(full.system)
    if points is None:
        points = "grid.points=[48,48]" if full.equation.dimension == 2 else "grid.points=512"
    frame = full.frames.frame
    frames = [f"time.frame={abs(frame)!r}"] if full.adaptive else []
    stop = f"time.stop={full.time.start + 4 * frame!r}"
    return load_configuration(name, [points, *frames, stop, *SMALL]).complete_toml()


def files(texts: Sequence[str]) -> st.SearchStrategy[Garbled]:
    """Garbled files: wrong values more often than wrong bytes, sometimes with an override."""
    documents = mutated_documents(texts).map(lambda document: toml_document(document).encode())
    contents = st.one_of(documents, documents, damaged_files(texts))
    lists = st.one_of(st.just(()), st.just(()), overrides().map(lambda text: (text,)))
    return st.builds(Garbled, contents, lists)


def any_files() -> st.SearchStrategy[Garbled]:
    """From the examples, of any size."""
    return files(EXAMPLES)


def runnable_files() -> st.SearchStrategy[Garbled]:
    """From small examples; valid."""
    return files(small_texts()).filter(can_run)


def files_of_run(problem: Problem) -> st.SearchStrategy[Garbled]:
    """From the complete configuration that lies in the run directory of a problem; a resume takes no overrides."""
    text = load_configuration(problem.example, problem.settings).complete_toml()
    return files([text]).map(lambda garbled: Garbled(garbled.content)).filter(can_resume)


def draw(strategy: st.SearchStrategy[Garbled], count: int, number: int) -> list[Garbled]:
    """Draw so many from a strategy; the same seed draws the same."""
    found: list[Garbled] = []
    while len(found) < count:

        @seed(number + len(found))
        @settings(
            max_examples=count,
            database=None,
            derandomize=False,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def collect(garbled: Garbled) -> None:
            """Keep what is drawn."""
            found.append(garbled)

        collect()
    return found[:count]
