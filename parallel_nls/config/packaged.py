"""The examples that come with the package."""

from __future__ import annotations

from importlib.resources import files

from parallel_nls.config.spelling import suggest
from parallel_nls.config.toml_text import quoted_argument
from parallel_nls.errors import UserError

__all__ = ["example_names", "example_text"]

_FOLDER = "parallel_nls.examples"
_ENDING = ".toml"


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
