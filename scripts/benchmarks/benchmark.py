"""What every benchmark supplies."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scripts.benchmarks.samples import Record


def no_options(parser: argparse.ArgumentParser) -> None:
    """A benchmark without options of its own."""


@dataclass(frozen=True)
class Benchmark:
    """One benchmark.

    Attributes
    ----------
    name : str
        Of the command and of its files.
    title : str
        Heading in the report, and help.
    rounds : int
        How often each program is measured unless the command line says otherwise.
    measure : callable
        From the options to a record with ``cases``, and perhaps ``checks`` and more.
    draw : callable
        Draws a record into a PNG file.
    describe : callable
        From a record to the Markdown of the report: what, how, result, meaning.
    add_options : callable
        Adds options to the command line.
    """

    name: str
    title: str
    rounds: int
    measure: Callable[[argparse.Namespace], Record]
    draw: Callable[[Record, Path], None]
    describe: Callable[[Record], str]
    add_options: Callable[[argparse.ArgumentParser], None] = no_options
