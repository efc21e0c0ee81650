"""What the command line of the commands that look at runs may say."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from parallel_nls.cli import views

Add = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add_views(add: Add) -> None:
    """Add the commands, each by ``add``. *Communication*: local."""
    compare = add("compare", views.compare, "lay series of several runs over each other, and say what they differ by")
    compare.add_argument("runs", metavar="RUN", nargs="+", help="run directories; that of a sweep stands for its runs")
    _add_quantities(compare, "what is compared (default: what all runs have)")
    compare.add_argument("--to", metavar="DIR", help="a folder for figures and all numbers as CSV")


def _add_quantities(command: argparse.ArgumentParser, text: str) -> None:
    command.add_argument("--quantities", metavar="NAME", nargs="+", help=f"datasets of series.h5: {text}")
