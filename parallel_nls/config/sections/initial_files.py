"""Initial data given by a file: a stored field, an array, or a function in Python."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from parallel_nls.config.sections.values import Section, Text, fail

__all__ = ["FileInitial", "PythonInitial"]


def _find_file(*endings: str) -> AfterValidator:
    """Return the validator of the path of an existing file, which makes it absolute.

    The context of the validation says from which ``folder`` a relative path is taken, by default the current
    one, and with ``files`` False that files are not looked for.
    """

    def find(value: str, info: ValidationInfo) -> str:
        """Return the absolute path."""
        context: dict[str, Any] = info.context or {}
        path = (Path(context.get("folder", "")) / value).absolute()
        if path.suffix not in endings:
            raise fail(f"does not end in {' or '.join(endings)}; give such a file")
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


def _check_identifier(value: str) -> str:
    """Return the name of a function when it can be one."""
    if not value.isidentifier():
        raise fail('cannot be the name of a function; give the name of one in the file, as function = "u0"')
    return value


class FileInitial(Section):
    """A stored field of a run on the same grid, or an array; ``file`` is an absolute path."""

    tag: ClassVar[str] = "<file>"

    kind: Literal["file"]
    file: Annotated[Text, _find_file(".h5", ".npy")] = Field(
        description='the path of a stored field or of an array, as file = "start.h5" or file = "start.npy"'
    )


class PythonInitial(Section):
    """The values of a function in a Python file, of x, or of x and y; ``file`` is an absolute path."""

    tag: ClassVar[str] = "<python>"

    kind: Literal["python"]
    file: Annotated[Text, _find_file(".py")] = Field(description='the path of a Python file, as file = "start.py"')
    function: Annotated[Text, AfterValidator(_check_identifier)] = Field(
        default="u0", description='the name of a function of x, or of x and y, as function = "u0"'
    )
