"""What the command line of report, compare and watch may say."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from parallel_nls.cli import views
from parallel_nls.cli.argument_types import seconds

Add = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add_views(add: Add) -> None:
    """Add the three commands, each by ``add``. *Communication*: local."""
    report = add("report", views.report, "write a run, or a sweep, on one page for a browser")
    report.add_argument("run", metavar="RUN", help="run directory, or that of a sweep or a study")
    report.add_argument("--to", metavar="FILE.html", help="the page (default: RUN/report.html)")
    compare = add("compare", views.compare, "lay series of several runs over each other, and say what they differ by")
    compare.add_argument("runs", metavar="RUN", nargs="+", help="run directories; that of a sweep stands for its runs")
    _add_quantities(compare, "what is compared (default: what all runs have)")
    compare.add_argument("--to", metavar="DIR", help="a folder for figures and all numbers as CSV")
    watch = add("watch", views.watch, "follow a run in the terminal while its job goes on")
    watch.add_argument("run", metavar="RUN", help="run directory")
    _add_quantities(watch, "what is drawn (default: max|u|, drifts, and what tells how far to trust them)")
    watch.add_argument("--once", action="store_true", help="look once, and end")
    watch.add_argument("--every", type=seconds, default=2.0, metavar="S", help="seconds between two looks (default: 2)")


def _add_quantities(command: argparse.ArgumentParser, text: str) -> None:
    command.add_argument("--quantities", metavar="NAME", nargs="+", help=f"datasets of series.h5: {text}")
