"""What has become of the members of a sweep: one row each, for people and for programs."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from parallel_nls.arguments import path_of
from parallel_nls.catalogue import EVERYWHERE, QUANTITIES
from parallel_nls.config import counted
from parallel_nls.config.named import unknown_name
from parallel_nls.config.toml_text import toml_value
from parallel_nls.errors import DONE, RESUMABLE, STOPPED, ArgumentError, LockedError, StorageError, UserError
from parallel_nls.output.hdf5_files import open_hdf5
from parallel_nls.output.run_lock import RunLock
from parallel_nls.output.run_paths import FORMAT_VERSION, SWEEP_FILE, RunPaths
from parallel_nls.results.directories import failed_members
from parallel_nls.results.files import is_own, names_of
from parallel_nls.schedules import shown_time
from parallel_nls.studies.sweep.folder import SweepPaths, is_begun, summary_of, time_symbol_of
from parallel_nls.studies.sweep.job_folder import JobFolder
from parallel_nls.studies.sweep.membership import refuse_exchanged
from parallel_nls.studies.sweep.plan import SweepPlan, member_name
from parallel_nls.studies.sweep.sweep_file import read_sweep

Row = dict[str, Any]

_WORDS = {DONE: "done", STOPPED: "stopped early", RESUMABLE: "left"}
_RUNNING = "running in another job"
_MOST_ROWS = 100  # on the output; the files have all
_FORMATS = {"wall_seconds": ".1f"}
_FIRST = ("status", "exit_code", "end_time", "steps", "wall_seconds")
_LAST = ("reason",)
_PLAIN_WIDTH = 10_000  # where no terminal limits it


def sweep_table(folder: str | Path, quantities: Sequence[str] = ()) -> list[Row]:
    """The table of a sweep as its files tell it now, for people who look at it from Python, also while it goes on.

    Neither the configuration nor other files that the sweep began with need still be there.

    Parameters
    ----------
    folder : str or Path
        The directory of the sweep.
    quantities : sequence of str, optional
        Whose last values it has, instead of those of summary.csv; of several components NAME_1, NAME_2, ….

    Returns
    -------
    list of dict
        One for each member: `member`, the varied values, `status`, numbers of the end, and the last values; None where
        there is none. ``pandas.DataFrame`` takes it.

    Raises
    ------
    UserError
        If there is no sweep, its file tells other values than its members were begun with, a directory holds the run of
        another member, or no member measures such a quantity; it names the nearest one.

    Notes
    -----
    *Communication*: local.
    """
    root = path_of("folder", folder, "a directory of a sweep")
    if not (root / SWEEP_FILE).is_file():
        raise UserError(f"{str(root)!r} is no directory of a sweep: it holds no {SWEEP_FILE}")
    if isinstance(quantities, str):
        raise ArgumentError(f"quantities = {quantities!r}: give a list of names, as [{quantities!r}]")
    plan = SweepPlan(read_sweep(str(root / SWEEP_FILE)), {}, root)
    _check_index(plan, SweepPaths(root))
    refuse_exchanged(plan, SweepPaths(root))
    _check_measured([SweepPaths(root).member(n) for n in range(len(plan.members))], quantities)
    return collect_rows(plan, SweepPaths(root), None, quantities)


def _check_index(plan: SweepPlan, paths: SweepPaths) -> None:
    """Refuse a sweep file that was edited since: its values would stand beside numbers of others."""
    try:
        stored = paths.index.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return  # it is for people; without it the file of the sweep is all there is
    told = csv_text([{"member": n, **values} for n, values in enumerate(plan.members)]).splitlines()
    for now, then in zip(told, stored, strict=False):  # a job that makes more of them writes it last
        if now != then:
            raise UserError(
                f"{paths.sweep} has been changed since its members were begun: it tells {now!r}, and "
                f"{paths.index.name} {then!r}; undo the change"
            )


def collect_rows(
    plan: SweepPlan, paths: SweepPaths, job: JobFolder | None, quantities: Sequence[str] = ()
) -> list[Row]:
    """Read what has become of each member.

    Parameters
    ----------
    plan, paths
        The sweep and its directory.
    job : JobFolder or None
        Of this job, which knows what failed; without one the last table tells, of what was not tried again since.
    quantities : sequence of str, optional
        Whose last values are told, instead of those of any sweep.

    Returns
    -------
    list of dict
        The varied values, `status` (done, stopped early, failed, left, or running in another job), and numbers of
        the end; None where there are none.

    Notes
    -----
    *Communication*: local; of one rank.
    """
    members = [paths.member(n) for n in range(len(plan.members))]
    before = failed_members(paths.root) if job is None else {}
    failures = [
        _failure_before(run, before, paths.document) if job is None else job.failure(n) for n, run in enumerate(members)
    ]
    ends = [_end_of(run, failure, quantities) for run, failure in zip(members, failures, strict=True)]
    names = dict.fromkeys([*_FIRST, *(name for end in ends for name in end if name not in _LAST), *_LAST])
    return [{"member": n, **plan.members[n], **{name: end.get(name) for name in names}} for n, end in enumerate(ends)]


def _failure_before(run: RunPaths, before: Mapping[str, str], table: Path) -> str:
    """Why a member failed in the job that wrote the last table; empty if it has been tried again since."""
    why = before.get(run.root.name, "")
    try:
        return why if why and (not is_begun(run) or run.checkpoints.stat().st_mtime <= table.stat().st_mtime) else ""
    except OSError:  # it is being removed
        return ""


def check_quantities(plan: SweepPlan, quantities: Sequence[str]) -> None:
    """Refuse a name that is none of a quantity, before anything runs.

    Raises
    ------
    UserError
        It names the nearest one.

    Notes
    -----
    *Communication*: local.
    """
    if not quantities:
        return
    own = [own.name for n in range(len(plan.members)) for own in plan.configuration(n).diagnostics.own]
    known = list(dict.fromkeys([*(quantity.name for quantity in (*QUANTITIES, *EVERYWHERE)), *own]))
    for name in quantities:
        if name not in known:
            raise unknown_name(name, known, "quantity")


def _check_measured(members: Sequence[RunPaths], quantities: Sequence[str]) -> None:
    """Refuse a name that no series has."""
    if not quantities:
        return
    there: dict[str, None] = {}
    for run in members:
        if run.series.is_file():
            with open_hdf5(run.series) as file:
                there |= dict.fromkeys(name for name in names_of(file) if name not in ("time", "step"))
    for name in quantities:
        if there and name not in there:
            raise unknown_name(name, list(there), "quantity")


def _end_of(run: RunPaths, failure: str, quantities: Sequence[str] = ()) -> Row:
    """The part of a row that does not come from the sweep file."""
    summary = summary_of(run) or {}
    code, drift = summary.get("exit_code"), summary.get("drift", {})
    status, reason = _WORDS[code] if code in _WORDS else _unended(run), summary.get("end_reason", "")
    if failure and code not in (DONE, STOPPED) and status != _RUNNING:
        status, reason = "failed", failure
    facts = {
        "status": status,
        "exit_code": code,
        "end_time": summary.get("end_time"),
        "steps": summary.get("steps"),
        "wall_seconds": summary.get("wall_seconds"),
        **{f"{name}_drift": value for name, value in drift.items()},
    }
    taken = {"member", "reason", *facts}
    values = last_values(run, quantities) if summary else {}
    # A user may have called a quantity as a column is called.
    return {**facts, **{f"{name}_1" if name in taken else name: values[name] for name in values}, "reason": reason}


def ending(run: RunPaths) -> str:
    """How a member ended, in words. *Communication*: local."""
    summary, symbol = summary_of(run), time_symbol_of(run)
    if summary is None or symbol is None:
        return "how it ended cannot be read"
    code, steps = summary["exit_code"], counted(summary["steps"], "step")
    where = (
        f"{_WORDS[code]} at {symbol} = {shown_time(summary['end_time'])} after {steps}, {summary['wall_seconds']:.1f} s"
    )
    return where if code == DONE else f"{where}: {summary['end_reason']}"


def _unended(run: RunPaths) -> str:
    """What a member without a summary does."""
    if run.root.exists():
        lock = RunLock(run.lock)
        try:
            lock.take()
        except LockedError:
            return _RUNNING
        except (UserError, StorageError):  # its directory cannot be written: nobody runs there
            pass
        finally:
            lock.release()
    return "left" if is_begun(run) else "not begun"


def last_values(run: RunPaths, quantities: Sequence[str] = ()) -> dict[str, float | None]:
    """sup|u|, what a system tells of itself, and the user's own numbers, of the last row and as far as known.

    With ``quantities`` those alone.

    Notes
    -----
    *Communication*: local.
    """
    try:
        with open_hdf5(run.series) as file:
            if quantities:
                return {
                    key: value
                    for name in quantities
                    if name in file and len(file[name])
                    for key, value in _by_components(name, file[name][-1]).items()
                }
            own = [name for name in names_of(file) if is_own(name) and file[name].ndim == 1]
            found: dict[str, float | None] = {
                name: float(file[name][-1]) for name in ("sup_norm", *own) if name in file
            }
            for quantity in EVERYWHERE:
                name = quantity.name
                if not (quantity.tabulated and name in file and file[name].ndim == 1 + len(quantity.dimensions)):
                    continue
                found |= _by_components(name, file[name][-1])
            return found
    except UserError:
        return {}


def _by_components(name: str, row: Any) -> dict[str, float | None]:
    """A row of a quantity as numbers by name, that of a vector with the number of the component."""
    values = np.ravel(row).tolist()
    names = [name] if len(values) == 1 else [f"{name}_{k}" for k in range(1, len(values) + 1)]
    return {key: value if math.isfinite(value) else None for key, value in zip(names, values, strict=True)}


def exit_code_of(rows: Sequence[Mapping[str, Any]]) -> int:
    """75 if any member is left, else 3 if any ended early or failed, else 0. *Communication*: local."""
    states = {row["status"] for row in rows}
    if states <= {"done"}:
        return DONE
    return STOPPED if states <= {"done", "stopped early", "failed"} else RESUMABLE


def print_rows(rows: Sequence[Row], console: Console) -> None:
    """Show the rows, of a large sweep those that are not done. *Communication*: local."""
    shown = rows if len(rows) <= _MOST_ROWS else [row for row in rows if row["status"] != "done"][:_MOST_ROWS]
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    if shown:
        names = [name for name in shown[0] if name != "exit_code" and any(_cell(name, row) for row in shown)]
        table = Table(*names, box=SIMPLE)
        for row in shown:
            table.add_row(*(_cell(name, row) for name in names))
        console.print(table, highlight=False, markup=False)
    states = [row["status"] for row in rows]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    console.print(f"{counted(len(rows), 'member')}: {counts}", highlight=False, markup=False, soft_wrap=True)


def _cell(name: str, row: Row) -> str:
    value = row[name]
    if value is None or (name == "reason" and row["status"] == "done"):
        return ""
    if name == "member":
        return member_name(value)
    if name.endswith("_drift"):
        return format(value, ".1e")
    if name == "end_time":
        return shown_time(value)
    if name in _FORMATS or isinstance(value, float):
        return _number(value, _FORMATS.get(name, ".6g"), exact=_is_varied(name, row))
    return text_of(value)


def _is_varied(name: str, row: Row) -> bool:
    """Whether a column has values of a key: they stand ahead of what became of the member."""
    names = list(row)
    return names.index(name) < names.index(_FIRST[0])


def _number(value: float, digits: str, exact: bool) -> str:
    """A number as the table shows it; in all of its digits where fewer are another one, and it must be exact."""
    text = format(value, digits)
    return repr(value) if exact and float(text) != value else text


def text_of(value: object) -> str:
    """A value as a table shows it: a text without quotes, else as in TOML. *Communication*: local."""
    return "" if value is None else value if isinstance(value, str) else toml_value(value)


def csv_text(rows: Sequence[Row]) -> str:
    """Rows of the same keys as CSV with a heading. *Communication*: local."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: text_of(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def json_text(rows: Sequence[Row]) -> str:
    """Rows as JSON; values that JSON does not know become text. *Communication*: local."""
    document = {"format_version": FORMAT_VERSION, "exit_code": exit_code_of(rows), "members": list(rows)}
    return json.dumps(document, indent=2, default=str) + "\n"
