"""What the numbers of one row of a series are called."""

from __future__ import annotations

from parallel_nls.diagnostics.quantity import AXIS
from parallel_nls.output.run_paths import AXES
from parallel_nls.results.files import Column, dimensions_of

__all__ = ["component_names"]


def component_names(name: str, column: Column) -> list[str]:
    """Names of the numbers of a row, in the order of its memory.

    Parameters
    ----------
    name : str
        The dataset.
    column : Column
        Its values.

    Returns
    -------
    list of str
        Of a vector "x" and "y", of what each bubble has "1", "2", …, of several dimensions the parts with blanks
        between them; "" of a number, and of a dimension of length 1.

    Notes
    -----
    *Communication*: local.
    """
    shape = column.values.shape[1:]
    names = [""]
    for (axis, labels), length in zip(dimensions_of(name, shape).items(), shape, strict=True):
        numbers = labels or list(range(1, length + 1))
        parts = [str(label) for label in (AXES[:length] if axis == AXIS.name else numbers)]
        names = [f"{head} {part}".strip() for head in names for part in (parts if length > 1 else [""])]
    return names
