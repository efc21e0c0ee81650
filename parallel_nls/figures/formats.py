"""Figures as files: their formats, and a file system that refuses them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from parallel_nls.config.spelling import suggest
from parallel_nls.errors import UserError, unwritable

__all__ = ["FORMATS", "check_format", "writing_into"]

FORMATS = ("png", "pdf", "svg")


def check_format(name: str, formats: Sequence[str] = FORMATS) -> None:
    """Refuse a format of files that is not one of some. *Communication*: local."""
    if name not in formats:
        raise UserError(f"format {name!r}: unknown; {suggest(name, formats)}")


@contextmanager
def writing_into(folder: Path, what: str = "figures") -> Iterator[None]:
    """Tell in one message that ``what`` cannot be written into a folder, if the file system refuses it.

    Raises
    ------
    UserError, StorageError
        In place of an OSError: the folder can be none, or the file system refuses.

    Notes
    -----
    *Communication*: local.
    """
    try:
        yield
    except OSError as error:
        raise unwritable(f"{what} in {str(folder)!r}", error, "name another place") from None
