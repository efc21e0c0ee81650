"""The way in: a file or an example, overrides, and validation."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from parallel_nls.arguments import listed
from parallel_nls.config.configuration import Configuration
from parallel_nls.config.messages import describe_mistakes
from parallel_nls.config.overrides import apply_override
from parallel_nls.config.reading import read_document
from parallel_nls.config.toml_text import quoted_argument
from parallel_nls.errors import ArgumentError, UserError

__all__ = ["configuration_name", "list_mistakes", "load_configuration", "validate_document"]

_MOST_LINES = 20  # of mistakes, in one message


def load_configuration(
    path_or_example: str | PathLike[str], overrides: Sequence[str] = (), *, with_files: bool = True
) -> Configuration:
    """Read, override and validate a configuration.

    Parameters
    ----------
    path_or_example : str or Path
        The path of a TOML file, or the name of a packaged example.
    overrides : sequence of str
        ``key=value`` as after ``--set``, applied in this order.
    with_files : bool, optional
        Whether the file that initial data come from must exist; a run that has begun no longer needs it.

    Returns
    -------
    Configuration
        Complete: defaults that depend on other keys are filled in. A relative path in it is taken from the
        folder of the configuration's file, for an example from the current folder, and made absolute.

    Raises
    ------
    UserError
        One message that names every mistake with key, value and remedy.

    Notes
    -----
    *Communication*: local. One rank reads; the result, or the error, is broadcast by the caller.
    """
    if not isinstance(path_or_example, str | PathLike):
        raise ArgumentError(f"{path_or_example!r}: is no path; give that of a TOML file, or the name of an example")
    overrides = listed("overrides", overrides, str, '["time.stop=-0.1"]')
    path_or_example = str(path_or_example)
    document, folder = read_document(path_or_example)
    if "vary" in document and "configuration" in document:
        raise UserError(f"configuration {quoted_argument(path_or_example)}: is a sweep; type parallel-nls sweep")
    for override in overrides:
        apply_override(document, override)
    try:
        return validate_document(document, folder, with_files=with_files)
    except UserError as error:
        shown = ", ".join(f"--set {quoted_argument(override)}" for override in overrides)
        heading = f"configuration {quoted_argument(path_or_example)}{' with ' if shown else ''}{shown}:"
        raise UserError(list_mistakes(heading, str(error).splitlines())) from None


def validate_document(document: dict[str, Any], folder: Path, *, with_files: bool = True) -> Configuration:
    """Validate a document that is read already.

    Parameters
    ----------
    document : dict
        As tomllib reads it.
    folder : Path
        From which relative paths in it are taken.
    with_files : bool, optional
        As for `load_configuration`.

    Returns
    -------
    Configuration
        Complete.

    Raises
    ------
    UserError
        One line a mistake.

    Notes
    -----
    *Communication*: local.
    """
    try:
        context = {"folder": folder, "files": with_files}
        return Configuration.model_validate(document, context=context).complete()
    except ValidationError as error:
        raise UserError("\n".join(describe_mistakes(error, Configuration))) from None


def list_mistakes(heading: str, mistakes: Sequence[str]) -> str:
    """Return one message for all mistakes: on one line when there is one, else a line for each of the first ones."""
    if len(mistakes) == 1:
        return f"{heading} {mistakes[0]}"
    lines = [f"{heading} {len(mistakes)} mistakes", *(f"  {mistake}" for mistake in mistakes[:_MOST_LINES])]
    rest = len(mistakes) - _MOST_LINES
    return "\n".join(lines if rest <= 0 else [*lines, f"  … and {rest} more"])


def configuration_name(path_or_example: str) -> str:
    """Return the name of a configuration, after which its run directory is called.

    Parameters
    ----------
    path_or_example : str
        As for ``load_configuration``.

    Returns
    -------
    str
        The file's name without its ending.
    """
    return Path(path_or_example).stem
