"""Figures as files: their formats, and a file system that refuses them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from parallel_nls.config.spelling import suggest
from parallel_nls.errors import UserError

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
    UserError
        In place of an OSError.

    Notes
    -----
    *Communication*: local.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"{what} cannot be written into {str(folder)!r} ({reason}); name another place") from None
