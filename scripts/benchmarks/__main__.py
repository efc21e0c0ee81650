"""The command behind scripts/bench."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from scripts.benchmarks import (
    accuracy,
    checkpoints,
    control,
    diagnostics,
    environment,
    even,
    hierarchy,
    line,
    model,
    modulation,
    parts,
    startup,
    step,
    storage,
    whole_steps,
)
from scripts.benchmarks.benchmark import Benchmark
from scripts.benchmarks.launching import ROOT
from scripts.benchmarks.load import OtherLoad
from scripts.benchmarks.report import write_report
from scripts.benchmarks.samples import BenchmarkError, checks_of, withhold_judgement, write_record
from scripts.benchmarks.tables import tables

MODULES = (
    step,
    parts,
    even,
    line,
    accuracy,
    control,
    diagnostics,
    modulation,
    startup,
    storage,
    checkpoints,
    hierarchy,
    model,
)
BENCHMARKS: tuple[Benchmark, ...] = (*(module.BENCHMARK for module in MODULES), *whole_steps.BENCHMARKS)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="scripts/bench", description="Measure, and write docs/performance.md.")
    commands = top.add_subparsers(dest="name", required=True, metavar="NAME")
    for benchmark in BENCHMARKS:
        one = commands.add_parser(benchmark.name, help=benchmark.title, description=benchmark.title)
        one.add_argument("--rounds", type=int, default=benchmark.rounds, help="measurements of each program")
        one.add_argument("--results", type=Path, default=ROOT / "bench-results", help="folder of the results")
        benchmark.add_options(one)
    everything = commands.add_parser("all", help="every benchmark, as it is by default: a quarter of an hour")
    everything.add_argument("--times", type=int, default=1, help="how often the rounds that each has by default")
    everything.add_argument("--results", type=Path, default=ROOT / "bench-results", help="folder of the results")
    report = commands.add_parser("report", help="write docs/performance.md from the results")
    report.add_argument("--results", type=Path, default=ROOT / "bench-results", help="folder of the results")
    report.add_argument("--page", type=Path, default=ROOT / "docs" / "performance.md", help="the page")
    return top


def run(benchmark: Benchmark, options: argparse.Namespace) -> bool:
    """Measure one benchmark, store and print it; whether it meets all its requirements."""
    print(f"\n{benchmark.title}", flush=True)
    begin = time.monotonic()
    surroundings = environment.describe()
    others = OtherLoad()
    record = benchmark.measure(options)
    surroundings["other_load"] = round(others.cores(), 2)
    if others.is_too_large():
        withhold_judgement(record)
    seconds = round(time.monotonic() - begin, 1)
    head = {"benchmark": benchmark.name, "rounds": options.rounds, "seconds": seconds, "environment": surroundings}
    write_record(options.results / f"{benchmark.name}.json", {**head, **record})
    benchmark.draw(record, options.results / f"{benchmark.name}.png")
    print(tables(record))
    verdicts = [item["met"] for item in checks_of(record)]
    missed, unknown = verdicts.count(False), verdicts.count(None)
    said = f"{benchmark.name}: {seconds:.0f} s; {missed} of {len(verdicts)} requirements missed"
    if others.is_too_large():
        busy = f"other programs kept {surroundings['other_load']} cores busy meanwhile"
        said += f", {unknown} not judged: {busy}" if unknown else f"; {busy}"
    print(said, flush=True)
    return not missed and not unknown


def run_all(options: argparse.Namespace) -> bool:
    """Measure every benchmark; one that cannot be measured does not stop the others."""
    passed = True
    for benchmark in BENCHMARKS:
        rounds = str(options.times * benchmark.rounds)
        own = parser().parse_args([benchmark.name, "--rounds", rounds, "--results", str(options.results)])
        try:
            passed = run(benchmark, own) and passed
        except BenchmarkError as error:
            print(f"{benchmark.name}: {error}", flush=True)
            passed = False
    return passed


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 1 if a requirement is missed or not judged, or a program fails."""
    options = parser().parse_args(argv)
    try:
        if options.name == "report":
            missing = write_report(BENCHMARKS, options.results, options.page)
            print(f"wrote {options.page.name}" + (f"; no results of {', '.join(missing)}" if missing else ""))
            return 0
        if options.name == "all":
            return 0 if run_all(options) else 1
        return 0 if run(next(one for one in BENCHMARKS if one.name == options.name), options) else 1
    except BenchmarkError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
