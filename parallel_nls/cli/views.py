"""The commands that look at runs from outside: they write into none."""

from __future__ import annotations

import argparse

from parallel_nls.cli.process import launcher_rank, without_mpi
from parallel_nls.cli.streams import write_out
from parallel_nls.errors import DONE
from parallel_nls.running.plain_output import printable


def compare(arguments: argparse.Namespace) -> int:
    """Lay the series of several runs beside each other."""
    without_mpi()
    from parallel_nls.comparison.comparison import compare as compare_runs

    if launcher_rank() == 0:
        found = compare_runs(arguments.runs, arguments.quantities)
        files = [] if arguments.to is None else found.save(arguments.to)
        write_out("\n".join(printable(line) for line in [found.text(), *([""] if files else []), *map(str, files)]))
    return DONE
