"""The page of a sweep, or of a study of several runs: how they ended, and their series over each other."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from parallel_nls.comparison.comparison import Comparison, compare
from parallel_nls.config import counted
from parallel_nls.errors import UserError
from parallel_nls.output.run_paths import SWEEP_FILE
from parallel_nls.reports.content import Code, Figure, Page, Section, State, Table, as_uri, text_uri
from parallel_nls.reports.run_page import section_of_figures
from parallel_nls.results.directories import absent_members, runs_of
from parallel_nls.results.reader import Run
from parallel_nls.results.run_state import RunState

__all__ = ["page_of_sweep"]

_MOST_FIGURES = 6
_OVER = "The runs over each other"
_STATES = {"done": "done", "stopped": "stopped early", "stored": "left", "running": "running", "killed": "killed"}


def page_of_sweep(root: Path) -> Page:
    """All that the directory of a sweep or a study tells of its runs together.

    Parameters
    ----------
    root : Path
        The directory.

    Raises
    ------
    UserError
        If it has no run yet, or a file is damaged.

    Notes
    -----
    *Communication*: local.
    """
    runs = [Run(paths.root) for paths in runs_of(root)]
    states = [run.state for run in runs]
    absent = absent_members(root)
    found = _comparison(root)
    labels = dict(zip((run.paths.root for run in found.runs), found.labels, strict=True)) if found else {}
    sections = [_course_section(states, absent), _run_section(runs, states, labels, absent)]
    own = sorted(root.glob("*.png"))
    if own:
        figures = tuple(Figure(as_uri(path), path.stem, _of_study(root, path), wide=True) for path in own)
        sections.append(Section("Figures of the study", figures=figures))
    if found is not None:
        sections.append(section_of_figures(_OVER, lambda: _overlay_section(found)))
    text = (root / SWEEP_FILE).read_text(encoding="utf-8")
    sections.append(Section("Sweep", code=Code(SWEEP_FILE, text, text_uri(text))))
    footer = (
        f"Made by parallel-nls report of {root.resolve()}. Each run has a page of its own by parallel-nls report RUN."
    )
    return Page(root.resolve().name, f"{counted(len(runs) + len(absent), 'run')} of one sweep", tuple(sections), footer)


def _comparison(root: Path) -> Comparison | None:
    """The runs that have rows, laid over each other; None if they cannot be."""
    try:
        return compare([root])
    except UserError:
        return None


def _course_section(states: Sequence[RunState], absent: Mapping[str, str]) -> Section:
    kinds = [*(state.kind for state in states), *(text.partition(":")[0] for text in absent.values())]
    words = ["ended by the disk" if state.by_disk else _STATES.get(state.kind, state.kind) for state in states]
    words += [_STATES.get(kind, kind) for kind in kinds[len(states) :]]
    counts = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
    worst = next((kind for kind in ("running", "unknown", "killed", "stored", "stopped") if kind in kinds), "done")
    worst = "stopped" if absent and worst == "done" else worst
    heading = "All runs came to their stop." if worst == "done" else "Not all runs came to their stop."
    return Section("What happened", state=State(worst, heading, f"{counts}."))


def _run_section(
    runs: Sequence[Run], states: Sequence[RunState], labels: Mapping[Path, str], absent: Mapping[str, str]
) -> Section:
    rows = []
    for run, state in zip(runs, states, strict=True):
        summary: Mapping[str, Any] = run.summary if run.finished else {}
        seconds = f"{summary['wall_seconds']:.1f}" if summary else ""
        rows.append(
            (run.paths.root.name, labels.get(run.paths.root, ""), state.text, str(summary.get("steps", "")), seconds)
        )
    rows += [(name, "", text, "", "") for name, text in absent.items()]
    rows.sort(key=lambda row: (len(row[0]), row[0]))
    heading = ("run", "what it has that others have not", "how it stands", "steps", "seconds")
    return Section("Runs", tables=(Table("Runs, and how they stand", heading, tuple(rows)),))


def _of_study(root: Path, path: Path) -> str:
    """What a figure of a study shows: its verdict, which is in its document."""
    try:
        document = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        try:
            document = json.loads((root / "study.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            document = {}
    verdict = document.get("verdict", {}) if isinstance(document, dict) else {}
    text = verdict.get("text", "") if isinstance(verdict, dict) else str(verdict)
    return f"Figure of the study {path.stem}. {text}".strip()


def _overlay_section(found: Comparison) -> Section:
    """The series of all runs over each other."""
    with tempfile.TemporaryDirectory() as folder:
        shown = Comparison(found.runs, found.quantities[:_MOST_FIGURES])
        drawn = [path for path in shown.save(folder) if path.suffix == ".png"]
        figures = tuple(
            Figure(
                as_uri(path),
                f"{path.stem} of all runs, and below how far they are from the first",
                _told(shown, path.stem),
            )
            for path in drawn
        )
    left = found.quantities[_MOST_FIGURES:]
    texts = (f"Compared, but not drawn here: {', '.join(left)}; parallel-nls compare draws them.",) if left else ()
    return Section(_OVER, texts=texts, figures=figures)


def _told(found: Comparison, quantity: str) -> str:
    """Between which last values a quantity is, and where."""
    parts = []
    for entry in (entry for entry in found.entries if entry.quantity == quantity):
        last = np.array([entry.series(run)[-1] for run in found.runs])
        if not np.isfinite(last).any():
            continue
        low, high = int(np.nanargmin(last)), int(np.nanargmax(last))
        parts.append(
            f"{entry.name} ends from {last[low]:.6g} ({found.labels[low]}) to {last[high]:.6g} ({found.labels[high]})"
        )
    return f"{quantity} of {len(found.runs)} runs over time: {'; '.join(parts)}."
