"""Files of users as texts: regular files of a size that a text has, in the encoding that they declare."""

from __future__ import annotations

import io
import os
import stat
import tokenize
from pathlib import Path

from parallel_nls.errors import UserError

__all__ = ["read_source"]

_LARGEST = 2**26  # bytes: no text of a program or a table comes near


def read_source(path: Path) -> str:
    """Text of a file of the user; of a Python file in the encoding that it declares, else in UTF-8.

    Raises
    ------
    UserError
        If it cannot be read, or is no text: a pipe, which nobody might ever write, a device, a folder.

    Notes
    -----
    *Communication*: local; a rank that fails fails alone.
    """
    try:
        content = _content(path)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}; name another file") from error
    except ValueError as error:
        raise UserError(f"{path} cannot be read: {error}; name another file") from error
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return io.TextIOWrapper(io.BytesIO(content), encoding, line_buffering=True).read()
    except (SyntaxError, UnicodeError, LookupError) as error:
        raise UserError(f"{path} is not text in UTF-8: {error}; name another file") from error


def _content(path: Path) -> bytes:
    """The bytes of a regular file, as many as are looked at; no other file is waited for."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        mode, size = os.fstat(descriptor).st_mode, os.fstat(descriptor).st_size
        if stat.S_ISDIR(mode):
            raise ValueError("it is a directory")
        if not stat.S_ISREG(mode):
            raise ValueError("it is a pipe or a device")
        if size > _LARGEST:
            raise ValueError(f"it is larger than {_LARGEST >> 20} MiB, which no text is")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)
