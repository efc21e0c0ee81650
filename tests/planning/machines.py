"""Machines that nobody has, for the formulas of the model."""

from __future__ import annotations

from parallel_nls.planning.performance.machine import Machine, machine_from

NOTHING: dict[str, dict[str, object]] = {
    "node": {"crowding": 1.0, "cache": 1e30, "core_bandwidth": 1e30, "bandwidth": 1e30},
    "arithmetic": dict[str, object].fromkeys(
        (
            "kick", "drift", "move", "twiddle", "sums", "sample", "sum", "wave", "source", "matrix", "product", "block",
            "sweep", "step", "bubble", "half_wave", "operator", "line_drift", "root",
        ),
        0.0,
    )
    | {"transform": {"64": 1e-90}},
    "messages": {"latency": 0.0, "bandwidth": 1e99, "barrier": 0.0},
    "network": {"latency": 0.0, "message": 0.0, "bandwidth": 1e99},
}  # fmt: skip
"""A machine that takes no time."""


def made_up(**tables: dict[str, object]) -> Machine:
    """A machine that takes time for these alone."""
    document = {name: {**table, **tables.get(name, {})} for name, table in NOTHING.items()}
    return machine_from({**document, **{n: t for n, t in tables.items() if n not in NOTHING}}, "made up")
