"""How many ranks go along which axis; without MPI, so that plans can be made of it."""

from __future__ import annotations


def process_grid(ranks: int, points: int) -> tuple[int, int]:
    """The grid P × Q of the most ranks, P ≥ Q, neither beyond the points of an axis; of equals the squarest.

    Notes
    -----
    *Communication*: local.
    """
    best = (1, 1)
    for q in range(1, min(ranks, points) + 1):
        p = min(ranks // q, points)
        if p >= q and (p * q, q) > (best[0] * best[1], best[1]):
            best = (p, q)
    return best
