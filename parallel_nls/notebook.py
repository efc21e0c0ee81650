"""Objects as notebooks show them: a small table in place of a line of text."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from html import escape

__all__ = ["Shown", "html_table"]


def html_table(title: str, rows: Mapping[str, object]) -> str:
    """A table of names and values with a heading, all of it as text. *Communication*: local."""
    lines = (f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in rows.items())
    return f"<table><caption>{escape(title)}</caption>{''.join(lines)}</table>"


class Shown:
    """What notebooks show as a table of `_shown_rows` under `_shown_heading`, and all else as one line.

    *Communication*: local.
    """

    @abstractmethod
    def _shown_heading(self) -> str:
        """What it is."""

    @abstractmethod
    def _shown_rows(self) -> Mapping[str, object]:
        """What it is like, by name."""

    def __repr__(self) -> str:
        facts = (f"{name} = {value}" for name, value in self._shown_rows().items())
        return f"<{self._shown_heading()}: {', '.join(facts)}>"

    def _repr_html_(self) -> str:
        return html_table(self._shown_heading(), self._shown_rows())
