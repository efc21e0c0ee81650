"""What the numbers of one row of a series are called."""

from __future__ import annotations

from parallel_nls.output.series_axes import axes_of, labels_of
from parallel_nls.results.files import Column

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
    axes = axes_of({name: column.values.shape[1:]})[name]
    return [
        " ".join(label for label, axis in zip(labels, axes, strict=True) if axis.size > 1) for labels in labels_of(axes)
    ]
