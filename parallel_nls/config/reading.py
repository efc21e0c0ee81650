"""From a file or the name of an example, of those that come with the package, to a TOML document."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from parallel_nls.config.spelling import nearest, suggest
from parallel_nls.config.toml_text import quoted_argument
from parallel_nls.errors import UserError

__all__ = ["example_names", "example_text", "read_document", "read_toml"]

_FOLDER = "parallel_nls.examples"
_ENDING = ".toml"
_LARGEST = 2**20  # bytes: no configuration comes near


def read_document(path_or_example: str) -> tuple[dict[str, Any], Path]:
    """Read a configuration without validating it.

    Parameters
    ----------
    path_or_example : str
        The path of a TOML file, or the name of a packaged example; an existing file comes first.

    Returns
    -------
    document : dict
        The document as tomllib reads it.
    folder : Path
        The folder from which relative paths in it are taken.

    Raises
    ------
    UserError
        When there is no such file, it cannot be read, is empty, no text, or not TOML.
    """
    shown = f"configuration {quoted_argument(path_or_example)}"
    beginning = "begin from an example: parallel-nls examples two_bubbles"
    if path_or_example in example_names() and not Path(path_or_example).is_file():
        return _parse(example_text(path_or_example), shown, beginning), Path()
    try:
        return read_toml(path_or_example, shown, beginning), Path(path_or_example).parent
    except FileNotFoundError:
        raise UserError(
            f"{shown}: no such file or example; {_nearest_file(Path(path_or_example))}give the path of a TOML file, or "
            f"the name of an example: {suggest(path_or_example, example_names())}"
        ) from None


def _nearest_file(path: Path) -> str:
    """A question for a message: the TOML file in its folder whose name is most like that of a path."""
    if path.suffix != _ENDING:
        beside = path.with_name(f"{path.name}{_ENDING}") if path.name else path
        return f"did you mean {str(beside)!r}? Else " if beside.is_file() else ""
    there = {file.stem: str(file) for file in path.parent.glob(f"*{_ENDING}")}
    near = nearest(path.stem, there) if there else None
    return "" if near is None else f"did you mean {there[near]!r}? Else "


def read_toml(path: str, shown: str, beginning: str) -> dict[str, Any]:
    """Read a TOML file that a user wrote.

    Parameters
    ----------
    path : str
        Of the file.
    shown : str
        How messages name it.
    beginning : str
        How to begin, said of an empty file.

    Returns
    -------
    dict
        The document as tomllib reads it.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    UserError
        When it cannot be read, is empty, no text, or not TOML.
    """
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(_LARGEST + 1)
    except FileNotFoundError:
        raise
    except IsADirectoryError:
        raise UserError(f"{shown}: is a directory; give the TOML file itself") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UserError(f"{shown}: cannot be read ({reason}); give the path of a readable TOML file") from None
    return _parse(_decode(content, shown), shown, beginning)


def _parse(text: str, shown: str, beginning: str) -> dict[str, Any]:
    """Return the document in a text."""
    try:
        document = tomllib.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        raise UserError(f"{shown}: tables or lists are nested too deeply; this is no configuration") from None
    except ValueError as error:  # TOMLDecodeError, and integers of thousands of digits
        raise UserError(f"{shown}: not valid TOML: {error}; correct the text there") from None
    if not document:
        raise UserError(f"{shown}: is empty; {beginning}")
    return document


def _decode(content: bytes, shown: str) -> str:
    """Return the bytes of a file as text."""
    if len(content) > _LARGEST:
        raise UserError(f"{shown}: larger than {_LARGEST} bytes; this is no configuration")
    if b"\0" in content:
        raise UserError(f"{shown}: a binary file, not TOML text; give a text file in UTF-8")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError(f"{shown}: not UTF-8 text (line {line}); save the file as UTF-8") from None


def example_names() -> tuple[str, ...]:
    """Return the names of the packaged examples in alphabetical order."""
    names = (entry.name for entry in files(_FOLDER).iterdir() if entry.name.endswith(_ENDING))
    return tuple(sorted(name.removesuffix(_ENDING) for name in names))


def example_text(name: str) -> str:
    """Return the TOML text of a packaged example.

    Parameters
    ----------
    name : str
        One of ``example_names()``.

    Returns
    -------
    str
        The text, comments included.

    Raises
    ------
    UserError
        When there is no such example; names the nearest.
    """
    if name not in example_names():
        raise UserError(f"no example {quoted_argument(name)}; {suggest(name, example_names())}")
    return files(_FOLDER).joinpath(name + _ENDING).read_text(encoding="utf-8")
