"""What the command line of the commands that compute runs, or say what they take, may say."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from parallel_nls.cli.argument_types import positive
from parallel_nls.cli.later import commands

Add = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add_runs(add: Add) -> None:
    """Add run, resume and sweep, each by ``add``. *Communication*: local."""
    run = add("run", commands.run, "run a configuration (under mpirun or srun for several ranks)")
    run.add_argument("config", help="a TOML file, or the name of an example")
    run.add_argument("--output", metavar="RUN", help="run directory (default: runs/<name of the configuration>)")
    run.add_argument("--set", action="append", metavar="KEY=VALUE", help="override one key, e.g. time.stop=-0.1")
    run.add_argument("--dry-run", action="store_true", help="check only; say memory, steps and sizes")
    run.add_argument("--ranks", type=positive, help="ranks that --dry-run reckons with (default: those of the job)")
    _add_machine(run)
    resume = add("resume", commands.resume, "go on with a run that was left or killed, with the same bits on any ranks")
    resume.add_argument("run", metavar="RUN", help="run directory")
    resume.add_argument("--until", type=float, metavar="T", help="another stop than time.stop, which it replaces")
    for command in (run, resume):
        command.add_argument("--profile", action="store_true", help="say at the end where the time went")
    several = "run, or go on with, a grid of configurations, each in a run directory of its own"
    _add_sweep(add("sweep", commands.sweep, several))


def add_estimates(add: Add) -> None:
    """Add scaling and calibrate, each by ``add``. *Communication*: local."""
    _add_scaling(add("scaling", commands.scaling, "say what a run takes on more and more ranks, by a model"))
    measured = "measure this machine for estimates of time (under mpirun, on all cores)"
    calibrate = add("calibrate", commands.calibrate, measured)
    calibrate.add_argument("--to", metavar="FILE", help="a new file for the constants (default: they are printed)")


def _add_sweep(sweep: argparse.ArgumentParser) -> None:
    sweep.add_argument("sweep", metavar="SWEEP.toml", help="what the members share, and what they vary")
    sweep.add_argument("--output", metavar="RUN", help="directory of the sweep (default: runs/<name of the file>)")
    sweep.add_argument(
        "--quantities", nargs="+", metavar="NAME", help="whose last values the table has, as: energy variance"
    )
    sweep.add_argument("--dry-run", action="store_true", help="check only; say members, groups, memory and sizes")
    sweep.add_argument("--ranks", type=positive, help="ranks that --dry-run reckons with (default: those of the job)")
    _add_machine(sweep)


def _add_machine(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--machine", metavar="FILE", help="constants of a machine, for times (default: this one, by a quick look)"
    )


def _add_scaling(command: argparse.ArgumentParser) -> None:
    command.add_argument("config", help="a TOML file, or the name of an example")
    command.add_argument("--set", action="append", metavar="KEY=VALUE", help="override one key")
    _add_machine(command)
    command.add_argument(
        "--ranks",
        type=positive,
        nargs="+",
        default=[1, 64],
        metavar="N",
        help="from N to N ranks, or these (default: 1 64)",
    )
    command.add_argument("--weak", action="store_true", help="let the points grow with the ranks")
    command.add_argument("--figure", metavar="OUT.png", help="a new file for a figure")
