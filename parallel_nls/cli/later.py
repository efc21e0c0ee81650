"""The commands by name, loaded only once one of them is carried out: help needs none of what they import."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module

from parallel_nls.cli.process import loading

__all__ = ["commands"]

Command = Callable[[argparse.Namespace], int]


class _Commands:
    """Stands for `cli.commands` where a parser is made."""

    def __getattr__(self, name: str) -> Command:
        def carry_out(arguments: argparse.Namespace) -> int:
            """Load all commands, and carry out this one."""
            with loading():
                module = import_module("parallel_nls.cli.commands")
            code: int = getattr(module, name)(arguments)
            return code

        return carry_out


commands = _Commands()
