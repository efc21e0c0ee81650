"""What the command line of studies may say."""

from __future__ import annotations

import argparse

from parallel_nls.cli.argument_types import positive, vector
from parallel_nls.cli.later import commands
from parallel_nls.studies.offers import OFFERS, Offer


def add_studies(command: argparse.ArgumentParser) -> None:
    """Add all studies to the command. *Communication*: local."""
    studies = command.add_subparsers(dest="study", metavar="study")
    command.set_defaults(listed=studies.choices)
    text = "half waves in boxes of L, 2L, 4L, …: what they come to on the whole line (also under mpirun)"
    boxes = studies.add_parser("box-limit", help=text, description=text)
    boxes.set_defaults(function=commands.box_limit)
    boxes.add_argument("config", help="a TOML file, or the name of an example; its box is the smallest")
    boxes.add_argument("--boxes", type=positive, default=3, metavar="N", help="how many (default: 3)")
    boxes.add_argument("--output", metavar="DIR", help="directory of the runs (default: runs/<name>_boxes)")
    boxes.add_argument("--set", action="append", metavar="KEY=VALUE", help="override one key")
    boxes.add_argument("--json", metavar="OUT.json", help="a new file for all numbers")
    text = "a run again with finer steps, a finer grid, a larger box: which digits they agree on (also under mpirun)"
    confirm = studies.add_parser("confirm", help=text, description=text)
    confirm.set_defaults(function=commands.confirm)
    confirm.add_argument("config", help="a TOML file, or the name of an example")
    confirm.add_argument("--set", action="append", metavar="KEY=VALUE", help="override one key")
    confirm.add_argument(
        "--ranks-per-run", type=positive, metavar="R", help="ranks of each run (default: all, shared out)"
    )
    confirm.add_argument("--output", metavar="DIR", help="directory of the runs (default: runs/<name>_confirm)")
    confirm.add_argument("--json", metavar="OUT.json", help="a new file for all numbers")
    text = "the rate of a run of half waves at minimal mass, beside its law"
    rate = studies.add_parser("minimal-mass-rate", help=text, description=text)
    rate.set_defaults(function=commands.minimal_mass_rate)
    rate.add_argument("run", metavar="RUN", help="run directory, of half_wave_blowup for instance")
    rate.add_argument("--json", metavar="OUT.json", help="a new file for all numbers")
    for offer in OFFERS:
        study = studies.add_parser(offer.name, help=offer.purpose, description=offer.purpose)
        study.set_defaults(function=commands.study, takes_run=offer.takes_run, offered=offer.values)
        _add_offer(study, offer)


def _add_offer(study: argparse.ArgumentParser, offer: Offer) -> None:
    """The options that studies of several runs have in common."""
    given = "a TOML file, the name of an example" + (", or a run directory" if offer.takes_run else "")
    study.add_argument("config", nargs="?", default=offer.example, help=f"{given} (default: {offer.example})")
    shown = ",".join(f"{value:g}" for value in offer.values)
    study.add_argument(
        f"--{offer.option}", dest="values", type=vector, default=offer.values, metavar="A,B,…",
        help=f"{offer.meaning} (default: {shown})",
    )  # fmt: skip
    study.add_argument("--set", action="append", metavar="KEY=VALUE", help="override one key of all runs")
    study.add_argument(
        "--ranks-per-run", type=positive, metavar="R", help="ranks of each run (default: 1; several runs share the job)"
    )
    study.add_argument("--output", metavar="DIR", help=f"directory of the runs (default: runs/<name>_{offer.name})")
    study.add_argument("--json", metavar="OUT.json", help="a new file for all numbers")
