"""Keys that name a file of the user, or something in one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, ValidationInfo

from parallel_nls.config.sections.values import Text, fail

__all__ = ["PythonFile", "find_file", "identifier"]


def find_file(*endings: str) -> AfterValidator:
    """Return the validator of the path of an existing file, which makes it absolute.

    The context of the validation says from which ``folder`` a relative path is taken, by default the current
    one, and with ``files`` False that files are not looked for.
    """

    def find(value: str, info: ValidationInfo) -> str:
        """Return the absolute path."""
        context: dict[str, Any] = info.context or {}
        path = (Path(context.get("folder", "")) / value).absolute()
        if path.suffix not in endings:
            choice = " or ".join([", ".join(endings[:-1]), endings[-1]] if endings[1:] else endings)
            raise fail(f"does not end in {choice}; give such a file")
        if context.get("files", True):
            _check_file(path)
        return str(path)

    return AfterValidator(find)


def _check_file(path: Path) -> None:
    """Refuse a path that leads to no file, or that no text can name."""
    try:
        str(path).encode()
        found, directory = path.is_file(), path.is_dir()
    except (OSError, ValueError):  # too long, or bytes that are no text
        found = directory = False
    if not found:
        what = "is a directory" if directory else "no such file"
        raise fail(f"{what} ({path}); a relative path is taken from the folder of the configuration")


def identifier(what: str, remedy: str) -> AfterValidator:
    """Return the validator of a text that must be a name as Python has them.

    Parameters
    ----------
    what : str
        What has the name, for the message: "a function", …
    remedy : str
        What to give instead.

    Returns
    -------
    pydantic.AfterValidator
        To be put into the ``Annotated`` type of a key.
    """

    def check(value: str) -> str:
        """Return a name as it is."""
        if not value.isidentifier():
            raise fail(f"cannot be the name of {what}; give {remedy}")
        return value

    return AfterValidator(check)


PythonFile = Annotated[Text, find_file(".py")]
"""The absolute path of a Python file."""
