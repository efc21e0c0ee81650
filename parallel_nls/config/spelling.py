"""The known name that a user most likely meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import SequenceMatcher

from parallel_nls.config.toml_text import toml_value

__all__ = ["nearest", "suggest"]

_NEAR = 0.6  # of 1, the likeness of equal names
_LONGEST_NAME = 100  # characters compared: likeness takes quadratic time


def nearest(value: str, names: Iterable[str]) -> str | None:
    """Return the known name that is spelt most like ``value``, or None where none is near."""

    def spelling(text: str) -> str:
        """Return a name without the differences that do not count."""
        return text.lower().replace("-", "_")

    def likeness(name: str) -> tuple[float, float]:
        """Return the likeness in order, then, for swapped letters, in the letters alone."""
        given, known = spelling(value[:_LONGEST_NAME]), spelling(name)
        letters = SequenceMatcher(None, "".join(sorted(given)), "".join(sorted(known)))
        return SequenceMatcher(None, given, known).ratio(), letters.ratio()

    best = max(names, key=likeness)
    return best if likeness(best)[0] >= _NEAR else None


def suggest(value: str, names: Collection[str]) -> str:
    """Return the nearest of the known names, if one is near, and all of them."""
    near = nearest(value, names)
    known = "known: " + ", ".join(toml_value(name) for name in names)
    return known if near is None else f"did you mean {toml_value(near)}? ({known})"
