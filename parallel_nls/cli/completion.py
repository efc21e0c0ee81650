"""Completion on a terminal, by argcomplete, which is loaded only where a shell asks for it.

eval "$(register-python-argcomplete parallel-nls)"
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

__all__ = ["complete"]

_ASKED = "_ARGCOMPLETE"
_RUNS = ("run", "runs")
_CONFIGURATIONS = ("config", "sweep")


def complete(parser: argparse.ArgumentParser) -> None:
    """Answer a shell that asks what may follow, and end; without one, do nothing. *Communication*: local."""
    if _ASKED not in os.environ:
        return
    import argcomplete

    _add_completers(parser)
    argcomplete.autocomplete(parser)


def _add_completers(parser: argparse.ArgumentParser) -> None:
    """Say of the arguments of all commands what they may be."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                _add_completers(command)
        elif action.dest in _RUNS:
            action.completer = _runs  # type: ignore[attr-defined]
        elif action.dest in _CONFIGURATIONS:
            action.completer = _configurations  # type: ignore[attr-defined]
        elif action.dest == "name" and not action.option_strings:
            action.completer = _examples  # type: ignore[attr-defined]


def _runs(prefix: str, **_: Any) -> Iterable[str]:
    """Run directories that begin so, and folders on the way to them."""
    folders = [path for path in Path().glob(f"{prefix}*" if prefix else "runs/*") if path.is_dir()]
    return [str(path) if (path / "config.toml").is_file() else f"{path}/" for path in folders]


def _configurations(prefix: str, **_: Any) -> Iterator[str]:
    """TOML files, and names of examples."""
    yield from (str(path) for path in Path().glob(f"{prefix}*.toml"))
    yield from _examples()


def _examples(**_: Any) -> list[str]:
    """Names of examples."""
    from parallel_nls.config import example_names

    return list(example_names())
