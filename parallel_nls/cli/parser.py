"""What a command line may say."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from parallel_nls import __version__
from parallel_nls.cli.argument_types import NUMBER, finite, positive, size, vector
from parallel_nls.cli.later import commands
from parallel_nls.cli.process import launcher_rank
from parallel_nls.cli.run_parser import add_estimates, add_runs
from parallel_nls.cli.streams import write_out
from parallel_nls.cli.study_parser import add_studies
from parallel_nls.cli.view_parser import add_views
from parallel_nls.errors import UserError


class _Parser(argparse.ArgumentParser):
    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._negative_number_matcher = NUMBER

    def _print_message(self, message: str, file: Any = None) -> None:
        """Print help and version once, not once a rank."""
        if launcher_rank() == 0 and message:
            if file is sys.stdout:
                write_out(message)
            else:
                super()._print_message(message, file)

    def error(self, message: str) -> NoReturn:
        """Turn a wrong command line into the one message of all bad input."""
        raise UserError(f"{message}; see {self.prog} --help")


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands; each sets the `function` that carries it out. *Communication*: local."""
    parser = _Parser(
        prog="parallel-nls", description="How nonlinear Schrödinger waves collapse, on any number of ranks."
    )
    parser.add_argument("--version", action="version", version=f"parallel-nls {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="command")

    def add(name: str, function: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        """Add one command."""
        command = subparsers.add_parser(name, help=text, description=text)
        command.set_defaults(function=function)
        return command

    add_runs(add)
    add_views(add)
    _add_decompose(add("decompose", commands.decompose, "decompose a stored field into bubbles (also under mpirun)"))
    collapse = add("collapse", commands.collapse, "say when runs of one problem collapse, and how well that is known")
    collapse.add_argument("runs", metavar="RUN", nargs="+", help="run directories, the coarsest grid first")
    collapse.add_argument("--json", metavar="OUT.json", help="a new file for all numbers")
    for name, function, text in (
        ("check", commands.check, "say what the blow-up theorems say of a Hartree hierarchy and its start"),
        ("ground-state", commands.ground_state, "compute the ground state of an equation (also under mpirun)"),
        ("blow-up-profile", commands.blow_up_profile, "compute the blow-up profile of the half-wave equation"),
    ):
        command = add(name, function, text)
        command.add_argument("config", help="a TOML file, or the name of an example")
        command.add_argument("--set", action="append", metavar="KEY=VALUE", help="override one key")
        command.add_argument("--json", metavar="OUT.json", help="a new file for all numbers")
    _add_ground_state(subparsers.choices["ground-state"])
    add_studies(add("study", commands.studies, "say what runs come to: on the whole line, and near blow-up"))
    add("examples", commands.examples, "list the examples, or print one").add_argument("name", nargs="?")
    add_estimates(add)
    doctor = add(
        "doctor", commands.doctor, "say whether this installation and this machine will run well (also under mpirun)"
    )
    doctor.add_argument("folder", metavar="FOLDER", nargs="?", default=".", help="where output goes (default: here)")
    return parser


def _add_ground_state(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--frequency", type=finite, metavar="W", default=1.0, help="W of the standing wave e^{iWt}Q (default: 1)"
    )
    command.add_argument(
        "--field", metavar="OUT.h5", help='a new file of Q for [initial] kind = "file" (default: beside OUT.json)'
    )


def _add_decompose(command: argparse.ArgumentParser) -> None:
    command.add_argument("field", metavar="FIELD.h5", help="a stored field, as RUN/fields/field_00000000.h5")
    places = command.add_mutually_exclusive_group()
    places.add_argument(
        "--bubbles", type=positive, metavar="K", help="take the K highest peaks of |u| (default: the run's bubbles)"
    )
    places.add_argument(
        "--center", type=vector, action="append", metavar="X[,Y]", help="where a bubble is; once for each bubble"
    )
    command.add_argument("--blowup-time", type=finite, metavar="T", help="(default: that of the run, if it has one)")
    command.add_argument("--cutoff", type=size, metavar="A", help="A of χ_A, in scales (default: the run's, or 3)")
    command.add_argument(
        "--direction", type=vector, metavar="X[,Y]", help="along which bubbles are told apart (default: the widest)"
    )
    command.add_argument("--json", metavar="OUT.json", help="a new file for all values")
