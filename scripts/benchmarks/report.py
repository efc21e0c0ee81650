"""docs/performance.md and its figures, from the stored results of the benchmarks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scripts.benchmarks.benchmark import Benchmark
from scripts.benchmarks.gains import gains
from scripts.benchmarks.load import LARGEST_LOAD
from scripts.benchmarks.samples import BenchmarkError, Record, checks_of, read_record
from scripts.benchmarks.tables import check_rows, markdown_table

TITLE = """\
# Performance

How fast parallel_nls is, against programs that do the same work on the same machine.
"""
METHOD = """\
## How it was measured

Everything here is measured and written by

    scripts/bench all; scripts/bench report

The first takes a quarter of an hour, and with `--times 3` measures everything three times as often; what is shown here
took {minutes:.0f} min. `scripts/bench NAME` runs one of the benchmarks below, `scripts/bench NAME --help` lists its
options. Run it on an idle machine: where other programs kept more than a tenth of a core busy, it judges no times. It
leaves every sample in `bench-results/NAME.json` and a figure beside it; the command fails if a requirement is missed or
not judged.

Programs that are compared take turns, each as a process of its own, and who goes first changes with every round, so
that a load that comes and goes meets all of them. A ratio is that of the medians over all rounds. In the figures a
point is a sample, a bar the median, and an error bar the standard deviation; dotted lines are limits.

The accuracy benchmark compares with XMDS2 where it is installed (Debian: `apt-get install xmds2 libfftw3-mpi-dev`).
"""


def available(benchmarks: Sequence[Benchmark], results: Path) -> dict[str, Record]:
    """The stored results by the name of the benchmark.

    Raises
    ------
    BenchmarkError
        If there are none, or one is of another version.
    """
    records = {
        benchmark.name: read_record(results / f"{benchmark.name}.json")
        for benchmark in benchmarks
        if (results / f"{benchmark.name}.json").exists()
    }
    if not records:
        raise BenchmarkError(f"there are no results in {results}; measure first: scripts/bench all")
    return records


def machine(record: Record) -> str:
    """One paragraph: where and when."""
    facts = record["environment"]
    packages = ", ".join(f"{name} {version}" for name, version in facts["packages"].items())
    return (
        f"Measured {facts['date'][:10]} on {facts['processor']}, {facts['cores']} cores; {facts['mpi']}, FFTW "
        f"{facts['fftw']}, Python {facts['python']}, {packages}; OMP_NUM_THREADS={facts['omp_num_threads']}."
    )


def overview(records: dict[str, Record]) -> str:
    """Table of all requirements."""
    rows = [(name, *row) for name, record in records.items() for row in check_rows(checks_of(record))]
    return markdown_table(("benchmark", "requirement", "measured", "limit", ""), rows, 2)


def load_of(record: Record) -> str:
    """How often, and how busy the machine was."""
    others = record["environment"]["other_load"]
    rounds = record["rounds"]
    said = f"{rounds} round{'s' * (rounds != 1)}; other programs kept {others:.2f} cores busy meanwhile"
    return f"{said}: no judgement of times." if others > LARGEST_LOAD else f"{said}."


def section(benchmark: Benchmark, record: Record) -> str:
    """Heading, text and figure of one benchmark."""
    figure = f"![{benchmark.title}](images/performance_{benchmark.name}.png)"
    text = benchmark.describe(record).rstrip()
    return f"## {benchmark.title}\n\n`scripts/bench {benchmark.name}`; {load_of(record)}\n\n{text}\n\n{figure}\n"


def write_report(benchmarks: Sequence[Benchmark], results: Path, page: Path) -> list[str]:
    """Write the page and its figures.

    Parameters
    ----------
    benchmarks : sequence of Benchmark
        In the order of the page.
    results : Path
        Folder with the JSON files.
    page : Path
        The Markdown file; figures go to the folder ``images`` beside it.

    Returns
    -------
    list of str
        Names of benchmarks without results.
    """
    records = available(benchmarks, results)
    chosen = [benchmark for benchmark in benchmarks if benchmark.name in records]
    minutes = sum(record["seconds"] for record in records.values()) / 60
    method = [METHOD.format(minutes=minutes), machine(records[chosen[0].name]), "## Requirements", overview(records)]
    parts = [part for part in (TITLE, gains(records), *method) if part]
    for benchmark in chosen:
        parts.append(section(benchmark, records[benchmark.name]))
        benchmark.draw(records[benchmark.name], page.parent / "images" / f"performance_{benchmark.name}.png")
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("\n\n".join(part.strip("\n") for part in parts) + "\n", encoding="utf-8")
    return [benchmark.name for benchmark in benchmarks if benchmark.name not in records]
