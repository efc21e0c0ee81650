"""What the command line of the commands that look at runs may say."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from parallel_nls.cli import views
from parallel_nls.cli.argument_types import finite, seconds

Add = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add_views(add: Add) -> None:
    """Add them, each by ``add``. *Communication*: local."""
    _add_plot(add("plot", views.plot, "draw the figures of a run"))
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
    _add_export(add("export", views.export, "write series and fields for other programs: netCDF, VTK, CSV"))
    add("info", views.info, "say how a run ended").add_argument("run", metavar="RUN")


def _add_quantities(command: argparse.ArgumentParser, text: str) -> None:
    command.add_argument("--quantities", metavar="NAME", nargs="+", help=f"datasets of series.h5: {text}")


def _add_plot(command: argparse.ArgumentParser) -> None:
    command.add_argument("run", metavar="RUN", help="run directory, or the file .h5 of one field")
    command.add_argument("--only", metavar="FIGURE", nargs="+", default=(), help="names of figures, e.g. density")
    command.add_argument(
        "--times", metavar="T", nargs="+", type=finite, default=(), help="t at which stored fields are shown"
    )
    command.add_argument("--cmap", metavar="NAME", help="colour map of matplotlib for images (default: magma)")
    command.add_argument("--format", metavar="FORMAT", default="png", help="png, pdf or svg (default: png)")
    command.add_argument(
        "--style", metavar="STYLE", action="append", default=[], help="a file .mplstyle, or a style of matplotlib"
    )
    command.add_argument("--title", metavar="TEXT", help='instead of the title of the run; "" for none')
    command.add_argument("--to", metavar="DIR", help="folder of the files (default: RUN/figures)")


def _add_export(command: argparse.ArgumentParser) -> None:
    command.add_argument("run", metavar="RUN", help="run directory, finished or not")
    command.add_argument(
        "--format",
        choices=("netcdf", "vtk", "csv"),
        required=True,
        help="netcdf: series and fields; vtk: fields, for ParaView; csv: the series as a table",
    )
    command.add_argument(
        "--to", metavar="PLACE", help="a folder, or a new file .nc or .csv (default: the folder RUN/export)"
    )
    command.add_argument(
        "--only", metavar="NAME", nargs="+", help="series, fields, density, u, or quantities, as: mass sup_norm"
    )
    command.add_argument(
        "--times", metavar=("FROM", "TO"), nargs=2, type=finite, help="the first and the last simulated time"
    )
