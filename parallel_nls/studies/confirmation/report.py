"""What a run and its refinements agree on, as lines of text and as the files of the study."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path

from parallel_nls.config import counted
from parallel_nls.figures.confirm import plot_confirmation
from parallel_nls.output.durable_files import refused_as_error, replace_file
from parallel_nls.schedules import shown_time
from parallel_nls.studies.confirmation.plan import BASE, Confirmation
from parallel_nls.studies.confirmation.result import POINTS, Document, Result, compare

__all__ = ["describe", "report"]

_WANTED = 10  # digits


def report(study: Confirmation) -> tuple[str, Document]:
    """Compare the runs of a study that has come to its end, and write confirm.json, confirm.csv and confirm.png.

    Returns
    -------
    tuple of str and dict
        The table and the verdict as text, and what confirm.json has.

    Raises
    ------
    UserError
        As of `compare`.
    StorageError
        If the file system refuses.

    Notes
    -----
    *Communication*: local; of one rank.
    """
    result, root = compare(study), Path(study.plan.sweep.output)
    written = _write_files(result, root)
    return f"{describe(result)}\nin {', '.join(str(path) for path in written)}", result.document()


def describe(result: Result) -> str:
    """The table and the verdict as lines of text. *Communication*: local."""
    return "\n".join([*_run_lines(result), "", *_table_lines(result), "", *_verdict_lines(result)])


def _run_lines(result: Result) -> list[str]:
    lines = [f"{name:<6}{run['described']}: {run['ending']}" for name, run in result.runs.items()]
    lines += [f"{name:<6}left out: {why}" for name, why in result.missing.items()]
    if any(run["exit_code"] for run in result.runs.values()):
        till = "at the start" if len(result.times) == 1 else f"up to {result.end}, the last time of all"
        lines.append(f"not all came to their stop: compared {till}")
    return lines


def _table_lines(result: Result) -> list[str]:
    """A line for each quantity."""
    heading = ("quantity", f"value at {result.end}", "digits", "limited by", "digits at all times", "by")
    rows = [heading]
    for one in result.quantities:
        at = "" if one.time == result.times[-1] else f" ({result.symbol} = {shown_time(one.time)})"
        limits = (_limit(one.limited_by, one.changes), _limit(one.worst_limited_by, one.worst_changes))
        rows.append((one.name, f"{one.text}{at}", str(one.digits), limits[0], str(one.worst_digits), limits[1]))
    widths = [max(len(row[column]) for row in rows) for column in range(len(heading))]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _limit(name: str, changes: Mapping[str, float]) -> str:
    return f"{name} {changes[name]:.1e}" if name in changes else name


def _verdict_lines(result: Result) -> list[str]:
    """How many digits hold, and what to refine."""
    lines, worst = [], result.worst
    zero = [one.name for one in result.quantities if one.is_zero]
    if zero:
        lines.append(f"0 as far as the runs tell, not counted: {', '.join(zero)}")
    if worst is None:
        return [*lines, "nothing to compare: no quantity but 0"]
    count, least = len(result.counted), min(one.worst_digits for one in result.counted)
    ten = sum(one.digits >= _WANTED for one in result.counted)
    if not result.is_confirmed:
        without, told = (
            " and ".join(name for name in found if name != BASE) for found in (result.missing, result.runs)
        )
        lines.append(f"warning: no digit is confirmed without {without}; as far as {told} can tell:")
    lines.append(
        f"{counted(worst.digits, 'digit')} {'holds' if worst.digits == 1 else 'hold'} for all {count} quantities at "
        f"{result.end}, {_WANTED} or more for {ten} of them; at all {counted(len(result.times), 'time')} "
        f"{least}, of the largest value of each"
    )
    if worst.limited_by in result.runs:
        setting = result.runs[worst.limited_by]["described"]
        lines.append(f"worst: {worst.name}; for more of it take {setting}, and confirm that")
    elif worst.limited_by == POINTS:
        lines.append(
            f"worst: {worst.name}; the peak lies between the points; for more of it take more grid.points, or put it "
            "on one"
        )
    return lines


def _write_files(result: Result, root: Path) -> list[Path]:
    """Put the files into the directory of the study, each at once."""
    document = result.document()
    files = {"confirm.json": json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"}
    files["confirm.csv"] = _csv_text(result)
    for name, text in files.items():
        with refused_as_error(root / name):
            replace_file(root / name, text.encode())
    with refused_as_error(root / "confirm.png"):
        plot_confirmation(document, root / "confirm.png")
    return [root / name for name in (*files, "confirm.png")]


def _csv_text(result: Result) -> str:
    """A line for each quantity; changes of each refinement in columns."""
    text = io.StringIO()
    names = [name for name in result.runs if name != BASE]
    writer = csv.writer(text, lineterminator="\n")
    changes = [f"{kind}_{name}" for kind in ("change", "worst_change") for name in names]
    writer.writerow(["quantity", "time", "value", "digits", "limited_by", "worst_digits", "worst_limited_by", *changes])
    for one in result.quantities:
        numbers = [found[name] for found in (one.changes, one.worst_changes) for name in names]
        limits = (one.digits, one.limited_by, one.worst_digits, one.worst_limited_by)
        writer.writerow([one.name, one.time, one.text, *limits, *numbers])
    return text.getvalue()
