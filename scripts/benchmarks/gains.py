"""What the results mean for a user: how long runs take, beside other programs, and what a second rank brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill

from scripts.benchmarks.samples import Record
from scripts.benchmarks.tables import markdown_table, number

ENGINE = "parallel_nls"
RANKS = ("1 rank", "2 ranks")
WIDTH = 120
PAIRS = 6  # a step of the default scheme
# Runs that are of a grid of the benchmark; else so many steps.
RUNS = {"1024²": ("`two_bubbles`: 600 steps at 1024²", 600)}
STEPS = 1000
HEADER = ("run", "transform pairs", *RANKS)
Medians = dict[str, dict[str, float]]  # grid → ranks → milliseconds a pair


def pair_times(records: Mapping[str, Record]) -> Medians:
    """Medians of a step with one pair: planes from the benchmark step, lines from the benchmark line."""
    found: Medians = {}
    for case in records["step"]["cases"] if "step" in records else ():
        grid, ranks = case["name"].split(", ")
        found.setdefault(grid, {})[ranks] = case["programs"][ENGINE]["median"]
    for case in records["line"]["cases"] if "line" in records else ():
        own = {name: stats for name, stats in case["programs"].items() if name.startswith(f"{ENGINE}, ")}
        found[case["name"]] = {name.removeprefix(f"{ENGINE}, "): stats["median"] for name, stats in own.items()}
    return found


def duration(seconds: float | None) -> str:
    """A time as one says it; nothing where it is not known."""
    if seconds is None:
        return ""
    return f"{number(seconds)} s" if seconds < 120 else f"{number(seconds / 60)} min"


def run_rows(times: Medians) -> list[tuple[str, ...]]:
    """How long the steps of a run take on each grid."""
    rows = []
    for grid, medians in times.items():
        place = f"on a line of {grid}" if "points" in grid else f"at {grid}"
        name, steps = RUNS.get(grid, (f"{STEPS} steps {place}", STEPS))
        seconds = [medians[ranks] * PAIRS * steps / 1000 if ranks in medians else None for ranks in RANKS]
        rows.append((name, str(PAIRS * steps), *map(duration, seconds)))
    return rows


def accuracy_rows(record: Record) -> list[tuple[str, ...]]:
    """How long it takes to follow a Gaussian to t = 1 with a given error."""
    rows = []
    for error in sorted({result["error"] for result in record["results"]}, reverse=True):
        of = {result["ranks"]: result for result in record["results"] if result["error"] == error}
        bests = [of[ranks]["best"] if ranks in of else None for ranks in (1, 2)]
        seconds = [None if best is None else float(best[1]) for best in bests]
        rows.append((f"the Gaussian below, 512² to t = 1, error {error:.0e}", "", *map(duration, seconds)))
    return [row for row in rows if any(row[2:])]


def share_of(records: Mapping[str, Record], name: str, start: str) -> str:
    """The largest value of the requirements of a benchmark that begin so, as a percentage."""
    values = [
        item["value"]
        for item in records.get(name, {}).get("checks", ())
        if item["name"].startswith(start) and item["value"] is not None
    ]
    return f"{number(100 * max(values))} %" if values else ""


def how_long(records: Mapping[str, Record]) -> str:
    """Paragraph and table."""
    rows = run_rows(pair_times(records)) + (accuracy_rows(records["accuracy"]) if "accuracy" in records else [])
    if not rows:
        return ""
    besides = [
        (share_of(records, "diagnostics", "share of 200 samples"), "for 200 samples of the default quantities"),
        (share_of(records, "modulation", "share of 200 samples, with"), "for those of the whole modulation analysis"),
        (share_of(records, "checkpoints", "share of 5 checkpoints"), "for five checkpoints"),
    ]
    more = ", ".join(f"{share} {what}" for share, what in besides if share)
    text = "**How long a run takes.** The steps alone, by the medians below; one of the default scheme is "
    text += f"{PAIRS} pairs of transforms."
    text += f" Besides, of the time of a run, at most {more}." if more else ""
    return f"{fill(text, WIDTH)}\n\n{markdown_table(HEADER, rows, 1)}"


def span(values: Sequence[float]) -> str:
    """From the smallest to the largest."""
    texts = [f"{value:.2f}" for value in (min(values), max(values))]
    return texts[0] if texts[0] == texts[1] else f"{texts[0]} to {texts[1]}"


def beside_others(records: Mapping[str, Record]) -> str:
    """Paragraphs on C over FFTW-MPI, scipy and XMDS2."""
    parts = []
    ratios = [case["ratios"][ENGINE] for case in records["step"]["cases"]] if "step" in records else []
    if ratios:
        parts.append(
            f"**Beside hand-written C over FFTW-MPI**, on the same ranks, a step takes {span(ratios)} of the time, and "
            "has the same bits on any number of ranks."
        )
    compared = [result for result in records["accuracy"]["results"] if result["ratio"]] if "accuracy" in records else []
    if compared:
        told = "; ".join(
            f"{result['error']:.0e} in {duration(result['best'][1])} against {duration(result['peer'][1])}"
            for result in compared
            if result["ranks"] == 1
        )
        parts.append(
            f"**Beside XMDS2** the same error takes {span([result['ratio'] for result in compared])} of the time: on "
            f"one rank an error of {told}."
        )
    return "\n\n".join(fill(part, WIDTH) for part in parts)


def second_rank(records: Mapping[str, Record]) -> str:
    """Paragraph: by what a second rank divides the time of a step."""
    gains = [
        f"{medians[RANKS[0]] / medians[RANKS[1]]:.2f} {'for' if 'points' in grid else 'at'} {grid}"
        for grid, medians in pair_times(records).items()
        if all(ranks in medians for ranks in RANKS)
    ]
    if not gains:
        return ""
    text = f"**A second rank** on the same machine divides the time of a step by {', '.join(gains)}"
    return fill(f"{text}.", WIDTH)


def gains(records: Mapping[str, Record]) -> str:
    """The first section of the page; empty where nothing of it was measured."""
    parts = [part for part in (how_long(records), beside_others(records), second_rank(records)) if part]
    return "\n\n".join(["## What you gain", *parts]) if parts else ""
