"""The formats of figures as files."""

from __future__ import annotations

from collections.abc import Sequence

from parallel_nls.config.spelling import suggest
from parallel_nls.errors import UserError

__all__ = ["FORMATS", "check_format"]

FORMATS = ("png", "pdf", "svg")


def check_format(name: str, formats: Sequence[str] = FORMATS) -> None:
    """Refuse a format of files that is not one of some. *Communication*: local."""
    if name not in formats:
        raise UserError(f"format {name!r}: unknown; {suggest(name, formats)}")
