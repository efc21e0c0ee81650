"""The commands that look at runs from outside: report, compare and watch; they write into no run but its report."""

from __future__ import annotations

import argparse
from pathlib import Path

from parallel_nls.cli.process import launcher_rank, without_mpi
from parallel_nls.cli.streams import write_out
from parallel_nls.errors import DONE
from parallel_nls.running.plain_output import printable


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
