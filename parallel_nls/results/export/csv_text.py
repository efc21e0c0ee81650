"""The series as text with a column for each component, for spreadsheets, pandas, MATLAB, R and Julia."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from parallel_nls.errors import UserError
from parallel_nls.output.series_axes import axes_of, labels_of
from parallel_nls.results.export.selection import Selection

__all__ = ["write_csv"]


def write_csv(path: Path, selection: Selection, tell: Callable[[], None]) -> None:
    """Write all rows: what the quantities are in lines that begin with #, a line of names, and numbers.

    Numbers have as many digits as tell them from all others, up to 17; what is missing is nan. The components of
    vectors are columns, named as momentum_x, scale_1 or center_1_x.

    Raises
    ------
    UserError
        If a user's own quantity is called as a component.

    Notes
    -----
    *Communication*: local.
    """
    axes = axes_of({name: column.values.shape[1:] for name, column in selection.columns.items()})
    names = ["_".join([name, *labels]) for name, found in axes.items() for labels in labels_of(found)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UserError(f"two columns would be called {twice!r}; leave one of the quantities out (--only)")
    columns = [column.values.reshape(len(column.values), -1).T for column in selection.columns.values()]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(_remark(text) for text in selection.texts.values())
        for name, column in selection.columns.items():
            texts = column.attributes
            file.write(_remark(f"{name}: {texts.get('long_name', '')}, {texts.get('formula', '')}"))
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(zip(*(values.tolist() for column in columns for values in column), strict=True))
    tell()


def _remark(text: str) -> str:
    """On one line, whatever is in it."""
    return f"# {' '.join(text.split())}\n"
