"""Samples of programs that take turns, their statistics, and what is required of them."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

FORMAT_VERSION = "1.1"
Numbers = dict[str, float]
Program = Callable[[], Numbers]
Record = dict[str, Any]


class BenchmarkError(Exception):
    """A benchmark cannot be measured; the message says why."""


def take_turns(programs: Mapping[str, Program], rounds: int) -> dict[str, dict[str, list[float]]]:
    """Run every program once a round; who goes first changes, so that a load that comes and goes meets all.

    Returns
    -------
    dict
        Quantity → program → one value for each round.
    """
    samples: dict[str, dict[str, list[float]]] = {}
    for turn in range(rounds):
        for name in list(programs)[:: -1 if turn % 2 else 1]:
            for quantity, value in programs[name]().items():
                samples.setdefault(quantity, {other: [] for other in programs})[name].append(value)
    return samples


def summary(values: Sequence[float]) -> Record:
    """Statistics of the samples of one program, and the samples."""
    return {
        "median": statistics.median(values),
        "mean": statistics.fmean(values),
        "std": statistics.stdev(values) if len(values) > 1 else 0.0,
        "min": min(values),
        "max": max(values),
        "values": list(values),
    }


def check(name: str, value: float | None, limit: float, program: str = "", timed: bool = True) -> Record:
    """One requirement, ``value`` ≤ ``limit``, on a program of a case; it is not met if there is no value.

    ``timed`` says whether the value is made of times, which other programs on the machine change.
    """
    met = value is not None and value <= limit
    return {"name": name, "program": program, "value": value, "limit": limit, "met": met, "timed": timed}


def case(
    name: str,
    unit: str,
    samples: Mapping[str, Sequence[float]],
    yardstick: str | None = None,
    limits: Mapping[str, float] | None = None,
    **parameters: float | str,
) -> Record:
    """One quantity of several programs under the same circumstances.

    Parameters
    ----------
    name, unit : str
        What was measured, and in which unit.
    samples : mapping
        Program → values.
    yardstick : str, optional
        The program that the others are compared with, by the ratio of the medians.
    limits : mapping, optional
        Program → largest ratio that passes.
    **parameters
        Numbers that tell this case from the others.
    """
    programs = {program: summary(values) for program, values in samples.items() if values}
    ratios = {}
    if yardstick in programs:
        ratios = {p: s["median"] / programs[yardstick]["median"] for p, s in programs.items() if p != yardstick}
    return {
        "name": name,
        "parameters": parameters,
        "unit": unit,
        "programs": programs,
        "yardstick": yardstick,
        "ratios": ratios,
        "checks": [check(f"{name}: {p} / {yardstick}", ratios.get(p), bound, p) for p, bound in (limits or {}).items()],
    }


def checks_of(record: Record) -> list[Record]:
    """All requirements of a benchmark: those of its cases, then its own."""
    return [item for one in record["cases"] for item in one["checks"]] + list(record.get("checks", []))


def withhold_judgement(record: Record) -> None:
    """Leave open whether requirements on times are met: the machine was busy with something else."""
    for item in checks_of(record):
        if item["timed"]:
            item["met"] = None


def write_record(path: Path, record: Record) -> None:
    """Store the results of one benchmark as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"format_version": FORMAT_VERSION, **record}, indent=2, allow_nan=False, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_record(path: Path) -> Record:
    """Read the results of one benchmark back.

    Raises
    ------
    BenchmarkError
        If the file is of another format.
    """
    record: Record = json.loads(path.read_text(encoding="utf-8"))
    if record.get("format_version") != FORMAT_VERSION:
        raise BenchmarkError(f"{path} is of another version; measure again")
    return record
