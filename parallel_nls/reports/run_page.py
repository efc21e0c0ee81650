"""The page of one run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from parallel_nls.config import counted
from parallel_nls.errors import StorageError, UserError
from parallel_nls.figures.run_figures import plot_run
from parallel_nls.output.checkpoint_store import stored_checkpoints
from parallel_nls.output.manifest import read_manifest
from parallel_nls.reports.alternatives import describe_figure
from parallel_nls.reports.content import (
    KINDS,
    Code,
    Figure,
    Notice,
    Page,
    Section,
    State,
    as_uri,
    facts_of,
    text_uri,
)
from parallel_nls.reports.identity_table import identity_table
from parallel_nls.reports.tables import (
    drift_table,
    last_row_table,
    parameter_tables,
    provenance_facts,
)
from parallel_nls.results.description import contents, course, problem, warnings_of
from parallel_nls.results.reader import Run
from parallel_nls.results.run_log import notices, progress_of, read_log
from parallel_nls.results.run_state import RunState
from parallel_nls.schedules import shown_time

__all__ = ["page_of_run", "section_of_figures", "state_section"]

HEADINGS = {
    "done": "It came to its stop.",
    "stopped": "It stopped early.",
    "stored": "It was asked to leave, and can go on.",
    "running": "It still goes on.",
    "killed": "It was cut off.",
    "unknown": "It has not ended by itself, as far as can be told.",
}
_WIDE = 1500  # pixels, from which on a figure has a row of its own


def page_of_run(run: Run) -> Page:
    """All that a run directory tells.

    Parameters
    ----------
    run : Run
        Finished, stopped, killed, or still going on.

    Raises
    ------
    UserError
        If another file of it than a stored field is damaged; the page names these, and shows the others.

    Notes
    -----
    *Communication*: local; the figures are drawn anew.
    """
    run, troubles = run.with_sound_fields()
    state = run.state
    rows = _rows(run)
    sections = [
        _course_section(run, state, rows),
        Section("Problem", facts=facts_of(list(problem(run.config, run.columns if rows else {})))),
    ]
    if rows:
        sections += [_figure_section(run), *_trust_section(run), *_parameter_section(run)]
        sections.append(Section("Numbers at the end", tables=(last_row_table(run),)))
    sections += [*_notice_section(run, troubles), *_provenance_section(run), *_files_section(run, rows), *_texts(run)]
    title = run.config.title or run.paths.root.resolve().name
    footer = f"Made by parallel-nls report of {run.paths.root.resolve()}."
    return Page(title, run.config.equation.describe(), tuple(sections), footer)


def _rows(run: Run) -> int:
    """How many rows the series has; 0 while there is none."""
    try:
        return len(run.columns["time"].values)
    except UserError:
        if run.paths.series.exists():
            raise
        return 0


def state_section(state: RunState, facts: tuple[tuple[str, tuple[str, ...]], ...] = ()) -> Section:
    """What happened: how a run stands, and what it took."""
    told = State(state.kind, HEADINGS[state.kind], f"{state.text[:1].upper()}{state.text[1:]}.", state.remedy)
    return Section("What happened", state=told, facts=facts)


def _course_section(run: Run, state: RunState, rows: int) -> Section:
    facts = list[tuple[str, str]]()
    if run.finished:
        facts = [line for line in course(run.paths.root, run.config, run.columns, run.summary) if line[0] != "ended"]
        facts = [line for line in facts if not line[1].startswith("go on with:")]
    elif rows:
        config, last, step = run.config, run.columns["time"].values[-1], run.columns["step"].values[-1]
        share = (last - config.time.start) / (config.time.stop - config.time.start)
        where = f"{config.equation.time_symbol} = {shown_time(last, 8)} of {shown_time(config.time.stop)}"
        facts = [("so far", f"{where}: {share:.1%}, step {step}")]
    else:
        facts = [("so far", "no row yet")]
    return state_section(state, facts_of(facts))


def _figure_section(run: Run) -> Section:
    """The figures that stand still; those that move stay files. Of a run that cannot be written, on the page alone."""

    def drawn() -> Section:
        """In the run's own folder, or else in one that does not last."""
        try:
            return _figures_drawn(run, None)
        except (UserError, StorageError):
            with tempfile.TemporaryDirectory() as folder:
                return _figures_drawn(run, folder)

    return section_of_figures("Figures", drawn)


def section_of_figures(heading: str, drawn: Callable[[], Section]) -> Section:
    """What ``drawn`` returns, or a section of that heading that says why there are no figures."""
    try:
        return drawn()
    except (UserError, StorageError, OSError) as error:
        return Section(heading, texts=(f"They could not be drawn: {error}.",))


def _figures_drawn(run: Run, folder: str | None) -> Section:
    """Draw them into a folder, by default that of the run; in another one they do not last."""
    drawn = plot_run(run, to=folder)
    figures = tuple(_figure(run, path) for path in drawn if path.suffix in KINDS)
    moving = [path for path in drawn if path.suffix not in KINDS] if folder is None else []
    texts = tuple(f"One that moves is beside this page: {path.relative_to(run.paths.root)}." for path in moving)
    return Section("Figures", texts=texts, figures=figures)


def _figure(run: Run, path: Path) -> Figure:
    caption, alt = describe_figure(run, path.stem)
    wide = False
    if path.suffix == ".png":
        with Image.open(path) as image:
            wide = image.width > _WIDE
    return Figure(as_uri(path), caption, alt, wide)


def _trust_section(run: Run) -> list[Section]:
    """How far the numbers can be trusted."""
    found = tuple(table for table in (drift_table(run), identity_table(run)) if table is not None)
    text = (
        "What is conserved exactly shows errors of the method and of rounding, but not all of them: a run can be wrong "
        "in phase or in place and conserve all. Residuals of identities see errors of space and time alike, down to "
        "what differences between rows may be wrong by."
    )
    return [Section("How far it can be trusted", texts=(text,), tables=found)] if found else []


def _parameter_section(run: Run) -> list[Section]:
    tables = tuple(parameter_tables(run))
    return [Section("Modulation parameters", tables=tables)] if tables else []


def _notice_section(run: Run, troubles: Sequence[str]) -> list[Section]:
    """What is wrong with the files, and what the jobs noticed."""
    found = tuple(Notice(f"{line.clock:%Y-%m-%d %H:%M:%S}", line.text) for line in notices(read_log(run.paths)))
    wrong = [*troubles, *([] if run.changed is None else [run.changed])]
    warnings = tuple(f"Warning: {trouble}." for trouble in wrong)
    texts = () if found or wrong else ("None: nothing was said but how far the run was.",)
    remedy = tuple(f"{line[:1].upper()}{line[1:]}." for head, line in warnings_of(run.paths.root, troubles) if not head)
    return [Section("Notices", texts=(*warnings, *remedy, *texts), notices=found)]


def _provenance(run: Run) -> Mapping[str, Any]:
    """What computed the run, by its summary, else by its newest checkpoint."""
    if run.finished:
        found = run.summary.get("provenance", {})
    else:
        manifests = (read_manifest(path) for path in stored_checkpoints(run.paths))
        found = next((one.provenance for one in manifests if not isinstance(one, str)), {})
    return found if isinstance(found, Mapping) else {}


def _provenance_section(run: Run) -> list[Section]:
    facts = provenance_facts(_provenance(run))
    sources = run.summary.get("sources_sha256", {}) if run.finished else {}
    facts += tuple((f"SHA-256 of {name}", (str(digest),)) for name, digest in sources.items())
    return [Section("Provenance", facts=facts)] if facts else []


def _files_section(run: Run, rows: int) -> list[Section]:
    lines = list(contents(run.paths.root, run.columns, run.fields, run.config.equation.time_symbol)) if rows else []
    return [Section("Files", facts=facts_of(lines))] if rows else []


def _texts(run: Run) -> list[Section]:
    """The configuration, and the log without the lines of progress."""
    toml = run.paths.config.read_text(encoding="utf-8")
    sections = [Section("Configuration", code=Code("config.toml", toml, text_uri(toml)))]
    lines = [line for line in read_log(run.paths) if progress_of([line]) is None]
    if lines:
        text = "\n".join(f"{line.clock:%Y-%m-%d %H:%M:%S}  {line.text}" for line in lines)
        sections.append(
            Section(
                "Log",
                texts=(f"{counted(len(lines), 'message')}, without those of progress.",),
                code=Code("log.txt", text),
            )
        )
    return sections
