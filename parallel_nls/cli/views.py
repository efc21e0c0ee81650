"""The commands that look at runs from outside; they write into no run but its figures, its report and its exports."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from parallel_nls.cli.process import launcher_rank, without_mpi
from parallel_nls.cli.streams import progress, write_out
from parallel_nls.errors import DONE, UserError
from parallel_nls.running.plain_output import printable


def plot(arguments: argparse.Namespace) -> int:
    """Draw the figures of a run, or one stored field."""
    without_mpi()
    from parallel_nls.figures.run_figures import plot_run
    from parallel_nls.figures.stored_field import plot_field

    source = Path(arguments.run)
    options: dict[str, Any] = {name: getattr(arguments, name) for name in ("cmap", "style", "title", "to")} | {
        "file_format": arguments.format
    }
    of_runs = {"only": arguments.only, "times": arguments.times}
    if source.is_file() and any(of_runs.values()):
        raise UserError(f"--only and --times belong to runs; {str(source)!r} is the file of one field")

    def tell(path: Path) -> None:
        """Print the name of a file that is drawn."""
        write_out(printable(str(path)))

    if launcher_rank() == 0:
        if source.is_file():
            for path in plot_field(source, **options):
                tell(path)
        else:
            plot_run(source, **of_runs, **options, tell=tell)
    return DONE


def export(arguments: argparse.Namespace) -> int:
    """Write series and fields of a run in the format of other programs."""
    without_mpi()
    from parallel_nls.results.export import export_run
    from parallel_nls.results.reader import open_run

    if launcher_rank() == 0:
        with progress() as tell:
            times = None if arguments.times is None else tuple(arguments.times)
            made = export_run(
                open_run(arguments.run), arguments.format, arguments.to, arguments.only or (), times, tell
            )
        for path in made:
            write_out(printable(str(path)))
    return DONE


def info(arguments: argparse.Namespace) -> int:
    """Say how a run ended and what it holds."""
    without_mpi()
    from parallel_nls.results.reader import describe_run

    text = printable(describe_run(Path(arguments.run)))  # by every process: all of them fail, or none
    if launcher_rank() == 0:
        write_out(text)
    return DONE


def report(arguments: argparse.Namespace) -> int:
    """Write all that a run directory tells on one page for a browser."""
    without_mpi()
    from parallel_nls.reports.page import write_report

    if launcher_rank() == 0:
        write_out(printable(str(write_report(Path(arguments.run), arguments.to))))
    return DONE


def compare(arguments: argparse.Namespace) -> int:
    """Lay the series of several runs beside each other."""
    without_mpi()
    from parallel_nls.comparison.comparison import compare as compare_runs

    if launcher_rank() == 0:
        found = compare_runs(arguments.runs, arguments.quantities)
        files = [] if arguments.to is None else found.save(arguments.to)
        write_out("\n".join(printable(line) for line in [found.text(), *([""] if files else []), *map(str, files)]))
    return DONE


def watch(arguments: argparse.Namespace) -> int:
    """Follow a run until it ends."""
    without_mpi()
    from parallel_nls.watching.following import watch as watch_run

    if launcher_rank() > 0:
        return DONE
    return watch_run(arguments.run, arguments.quantities, once=arguments.once, every=arguments.every)
