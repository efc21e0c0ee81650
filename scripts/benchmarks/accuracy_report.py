"""Table, figure and text of the accuracy benchmark."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from scripts.benchmarks.figures import COLOURS, STYLE
from scripts.benchmarks.samples import Record
from scripts.benchmarks.tables import Row, markdown_table, number
from scripts.benchmarks.xmds2 import INSTALL_HINT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PEER_COLOURS = ("#000000", "#5A5A5A", "#8A8A8A", "#B4B4B4")
MARKERS = "osD^v<>pX"


def summary_rows(record: Record) -> list[Row]:
    """One row for each number of ranks and wanted error."""
    rows: list[Row] = []
    for result in record["results"]:
        ratio = "" if result["ratio"] is None else f"{result['ratio']:.3f}"
        cells = [
            f"{number(pair[1])} s ({pair[0]})" if pair else "not reached" for pair in (result["best"], result["peer"])
        ]
        rows.append(
            (str(result["ranks"]), f"{result['error']:.0e}", cells[0], cells[1] if record["peer"] else "", ratio)
        )
    return rows


SUMMARY_HEADER = ("ranks", "relative L² error", "parallel_nls (best method)", "XMDS2 (best algorithm)", "ratio")


def method_rows(record: Record, ranks: int) -> list[Row]:
    """One row for each method: its seconds at all wanted errors."""
    results = [result for result in record["results"] if result["ranks"] == ranks]
    methods = results[0]["seconds"] if results else {}
    return [
        (method, *("" if r["seconds"][method] is None else number(r["seconds"][method]) for r in results))
        for method in methods
    ]


def point_rows(record: Record, ranks: int) -> list[Row]:
    """One row for each setting of each method."""
    rows: list[Row] = []
    for point in record["points"]:
        stats = point["seconds"]
        if point["ranks"] == ranks:
            rows.append(
                (
                    point["method"],
                    point["setting"],
                    f"{point['error']:.1e}",
                    number(stats["median"]),
                    f"{number(stats['mean'])} ± {number(stats['std'])}",
                    f"{number(stats['min'])} … {number(stats['max'])}",
                )
            )
    return rows


POINT_HEADER = ("method", "setting", "error", "median s", "mean ± std s", "min … max s")


def describe(record: Record) -> str:
    """The section of the report."""
    reference = record["reference"]
    all_ranks = sorted({result["ranks"] for result in record["results"]})
    peer = f"The peer is XMDS2 {record['peer']}" if record["peer"] else f"{INSTALL_HINT}. The peer would be XMDS2"
    blocks = [
        f"""\
Seconds that a method needs for an error. The problem: cubic NLS in the plane, u₀ = 1.5 exp(−|x|²/2), which focuses
and disperses, on [−10, 10)² with 512² points, t from 0 to 1. Errors are relative L² distances at t = 1 to a reference
on the same grid ({reference["scheme"]}, {reference["steps"]} steps; it differs from the one with half as many steps by
{reference["halving"]:.1e}). Times are those of the time loop alone, with everything loaded and planned: ours from the
initial data in memory to the final field in memory, XMDS2's as its benchmark feature reports them (with the storing of
one field). Between two settings of a method the time is interpolated linearly in the logarithms; nothing is
extrapolated. With a tolerance our step is a power-of-two fraction of a frame of 0.5. Methods
with one sample only are measured once, to place them in the figure. In the figure the bars reach from
the shortest to the longest time.

{peer}, in the interaction picture, built for this processor with its own flags, automatic vectorisation and FFTW plans
by measurement; its distributed driver, also on one rank. The required ratios on 1 rank are 1/3 at 1e-6, and 1/5 at
1e-9 and at 1e-11.
""",
        markdown_table(SUMMARY_HEADER, summary_rows(record), 4),
    ]
    for ranks in all_ranks:
        errors = [f"{r['error']:.0e}" for r in record["results"] if r["ranks"] == ranks]
        blocks.append(
            f"Seconds of every method on {ranks} rank{'s' * (ranks > 1)} (empty: not enclosed by its settings):"
        )
        blocks.append(markdown_table(("method", *errors), method_rows(record, ranks), 1))
        blocks.append(f"<details><summary>All settings on {ranks} rank{'s' * (ranks > 1)}</summary>")
        blocks.append(markdown_table(POINT_HEADER, point_rows(record, ranks), 2))
        blocks.append("</details>")
    return "\n\n".join(_wrapped(block.strip("\n")) for block in blocks) + "\n"


def _wrapped(block: str) -> str:
    """The lines of a text filled anew; a table as it is."""
    if block.startswith(("|", "<")):
        return block
    return "\n\n".join(fill(paragraph, 118) for paragraph in block.split("\n\n"))


def draw(record: Record, path: Path) -> None:
    """Error against seconds, one panel for each number of ranks; every sample is a point."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    all_ranks = sorted({point["ranks"] for point in record["points"]})
    styles = _styles([point["method"] for point in record["points"]])
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.0 * len(all_ranks) + 2.0, 4.8))
        panels = figure.subplots(1, len(all_ranks), sharex=True, sharey=True, squeeze=False)[0]
        for axes, ranks in zip(panels, all_ranks, strict=True):
            _panel(axes, record, ranks, styles)
            axes.set_title(f"{ranks} rank{'s' * (ranks > 1)}", loc="left", fontsize=11)
            axes.set_xlabel("seconds of the time loop")
        panels[0].set_ylabel("relative L² error at t = 1")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="center left", bbox_to_anchor=(0.91, 0.5), frameon=False, fontsize=9)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path)


def _styles(methods: list[str]) -> dict[str, tuple[str, str, str]]:
    names = list(dict.fromkeys(methods))
    peers = [name for name in names if name.startswith("XMDS2")]
    own = [name for name in names if name not in peers]
    colours = {name: PEER_COLOURS[i % len(PEER_COLOURS)] for i, name in enumerate(peers)}
    colours |= {name: (*COLOURS[:-1], "#7A4B9A", "#8C564B", "#3B6B35")[i % 9] for i, name in enumerate(own)}
    return {name: (colours[name], MARKERS[i % 9], "--" if name in peers else "-") for i, name in enumerate(names)}


def _panel(axes: Axes, record: Record, ranks: int, styles: dict[str, tuple[str, str, str]]) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    for method, (colour, marker, line) in styles.items():
        own = [p for p in record["points"] if p["method"] == method and p["ranks"] == ranks]
        if not own:
            continue
        own.sort(key=lambda point: float(point["seconds"]["median"]))
        for point in own:
            values = point["seconds"]["values"]
            axes.plot(values, [point["error"]] * len(values), ".", color=colour, alpha=0.45, markersize=5)
        axes.errorbar(
            [p["seconds"]["median"] for p in own],
            [p["error"] for p in own],
            xerr=[[abs(p["seconds"]["median"] - p["seconds"][end]) for p in own] for end in ("min", "max")],
            color=colour,
            marker=marker,
            linestyle=line,
            linewidth=1.3,
            markersize=4.5,
            capsize=2,
            label=method,
        )
    for result in record["results"]:
        axes.axhline(result["error"], color="black", linestyle=":", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
