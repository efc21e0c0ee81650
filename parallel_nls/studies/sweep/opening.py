"""Begins a sweep, or goes on with one: its directory is made, or found to belong to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from parallel_nls.config import Configuration, example_names, load_configuration
from parallel_nls.config.differences import differences
from parallel_nls.errors import UserError, unwritable
from parallel_nls.output.run_lock import how_to_remove
from parallel_nls.running.sources import text_files
from parallel_nls.studies.sweep.folder import SweepPaths, is_begun
from parallel_nls.studies.sweep.job_folder import Presence
from parallel_nls.studies.sweep.plan import SweepPlan, member_name
from parallel_nls.studies.sweep.table import csv_text
from parallel_nls.user_code.reading import read_source


def open_sweep(plan: SweepPlan) -> Presence:
    """Make the directory of a sweep ready for this job.

    Parameters
    ----------
    plan : SweepPlan
        The sweep.

    Returns
    -------
    Presence
        Of this job.

    Raises
    ------
    UserError
        If the directory holds something else, or members that are not those of the sweep, or can be none.
    StorageError
        If the file system refuses it.

    Notes
    -----
    *Communication*: local; of rank 0, so that what it raises must be made common.
    """
    paths = SweepPaths(Path(plan.sweep.output))
    try:
        _refuse_foreign(paths)
        _refuse_within(plan, paths)
        _refuse_changed(plan, paths)
        paths.root.mkdir(parents=True, exist_ok=True)
        presence = Presence(paths)
        try:
            publish(presence, paths.sweep, plan.sweep.text())
            publish(presence, paths.index, csv_text([{"member": n, **values} for n, values in enumerate(plan.members)]))
        except OSError:
            presence.leave()
            raise
    except OSError as error:
        raise unwritable(f"sweep directory {str(paths.root)!r}", error, "give another with --output") from None
    return presence


def _refuse_foreign(paths: SweepPaths) -> None:
    """Refuse a directory that holds something, and no sweep."""
    begun = paths.sweep.exists() and (paths.index.exists() or paths.jobs.exists())  # not a user's file of that name
    if paths.root.exists() and not begun and {path.name for path in paths.root.iterdir()} - {".jobs"}:
        raise UserError(
            f"sweep directory {str(paths.root)!r} is not empty, and holds no sweep; "
            f"give another with --output, or {how_to_remove(paths.root)}"
        )


def _refuse_within(plan: SweepPlan, paths: SweepPaths) -> None:
    """Refuse a configuration, or a file that it names, in the directory, where a member that begins anew is removed."""
    root = paths.root.resolve()
    files = {plan.sweep.configuration, *text_files(plan.configuration(0)).values()} - set(example_names())
    for file in sorted(files):
        if Path(file).resolve().is_relative_to(root):
            raise UserError(
                f"sweep directory {str(paths.root)!r} holds {file}, which the members come from; "
                "give another with --output, or move the file"
            )


def _refuse_changed(plan: SweepPlan, paths: SweepPaths) -> None:
    """Refuse members that were begun with other values than they would have now."""
    changed = [
        f"{member_name(number)} differs in {difference}"
        for number in range(len(plan.members))
        if is_begun(paths.member(number))
        for difference in _changes(plan.configuration(number), paths, number)
    ]
    known = {member_name(number) for number in range(len(plan.members))}
    changed += [f"{path.name} is none of its members" for path in paths.root.glob("member_*") if path.name not in known]
    if changed:
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        raise UserError(
            f"sweep directory {str(paths.root)!r} was begun with another sweep or configuration: "
            f"{'; '.join(changed[:3])}{more}; undo the change, or give another directory with --output"
        )


def _changes(config: Configuration, paths: SweepPaths, number: int) -> list[str]:
    """Return in which keys the run of a member is not what it would be now."""
    run, files = paths.member(number), text_files(config)
    edited = [path for name, path in files.items() if (run.root / name).exists() and _is_edited(run.root / name, path)]
    if edited:
        return [f"the text of {path}" for path in edited]
    if run.config.read_text(encoding="utf-8") == config.complete_toml():
        return []
    then = load_configuration(str(run.config), with_files=False)
    return list(differences("", _lasting(config), _lasting(then)))


def _is_edited(then: Path, now: str) -> bool:
    return read_source(then) != read_source(Path(now))


def _lasting(config: Configuration) -> dict[str, Any]:
    """Return what a member may not change, as plain values."""
    return config.model_dump(mode="json", exclude={"title": True, "checkpoint": True, "time": {"wall_limit"}})


def publish(presence: Presence, path: Path, text: str) -> None:
    """Put a file into the directory of a sweep at once; other jobs may do the same.

    Raises
    ------
    OSError
        If the file system refuses.

    Notes
    -----
    *Communication*: local.
    """
    fresh = presence.folder.path / path.name
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
