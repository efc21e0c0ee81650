"""Which kind of domain it is, for the few parts of the code that are made for one kind alone."""

from __future__ import annotations

from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain


def as_line(domain: object) -> LineDomain:
    """The domain as the folded line that it is.

    Raises
    ------
    TypeError
        If it is none.

    Notes
    -----
    *Communication*: local.
    """
    if not isinstance(domain, LineDomain):
        raise TypeError(f"{type(domain).__name__} is no line")
    return domain


def as_box(domain: object) -> FourierDomain:
    """The domain as the periodic box that it is; raises as `as_line` does. *Communication*: local."""
    if not isinstance(domain, FourierDomain):
        raise TypeError(f"{type(domain).__name__} is no box of two axes or more")
    return domain
