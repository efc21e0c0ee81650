"""Text of users as lines for people."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with its control characters written out: a title must not move the cursor of who reads it.

    Characters of file names that are no UTF-8 become question marks. *Communication*: local.
    """
    known = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(one if one.isprintable() or one in "\n\t" else repr(one)[1:-1] for one in known)
