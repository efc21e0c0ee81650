"""Into which short transforms that of a line falls apart."""

from __future__ import annotations

LANES = 8
SHORTEST = 192
"""FFTW is as fast on shorter lines."""
ODD = (3, 5)
GAP = 1
"""Registers between pieces of columns: apart by a power of two they would not stay in the nearest cache together."""


def radices_of(length: int) -> tuple[int, ...]:
    """By which numbers of registers a line is transformed, in turn.

    Returns
    -------
    tuple of int
        3, 4, 5 or 8 each, their product length/8; the first is 4 or 8. Empty: lines of this length are not transformed
        here, as they are short, no multiple of 64, or have other prime factors.

    Notes
    -----
    *Communication*: local.
    """
    rest, beyond = divmod(length, LANES * LANES)
    if beyond or length < SHORTEST:
        return ()
    odd, twos = [], 3
    for radix in ODD:
        while rest % radix == 0:
            odd.append(radix)
            rest //= radix
    while rest % 2 == 0:
        twos, rest = twos + 1, rest // 2
    if rest > 1:
        return ()
    # Fours first: their pieces are larger, and the last pass, which needs no roots of unity, is by eight.
    fours = -twos % 3
    even = [4] * fours + [8] * ((twos - 2 * fours) // 3)
    return (even[0], *odd, *even[1:])
