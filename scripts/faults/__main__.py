"""The command behind scripts/fault-campaign."""

from __future__ import annotations

import argparse
import re
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from rich.console import Console

from scripts.benchmarks.launching import ROOT
from scripts.faults.calls import call_case
from scripts.faults.cases import KINDS, CampaignError, Case, Result
from scripts.faults.configs import config_case
from scripts.faults.directories import directory_case
from scripts.faults.disk import disk_case
from scripts.faults.environments import environment_case, environments
from scripts.faults.flips import flip_case
from scripts.faults.hostile import sources
from scripts.faults.hostile_files import hostile_case
from scripts.faults.kills import kill_case
from scripts.faults.moments import moment_case
from scripts.faults.progress import CampaignProgress
from scripts.faults.report import print_report, write_report
from scripts.faults.sources import source_case
from scripts.faults.stage import Stage
from scripts.faults.warm import WarmStarter

DEFAULT_COUNTS = {
    "kills": 50, "flips": 50, "disk": 8, "configs": 300, "directories": 20, "hostile": 40, "calls": 24,
    "sources": len(sources()), "environments": len(environments()), "moments": 40,
}  # fmt: skip
# What --full takes instead of the default: every forged file is met by resume and by another command.
FULL_COUNTS = {"directories": 100, "hostile": 400, "calls": 400}
# Seconds that a case takes, roughly: for the time left.
WEIGHTS = {
    "kills": 12.0,
    "flips": 6.0,
    "disk": 14.0,
    "configs": 1.0,
    "directories": 12.0,
    "hostile": 5.0,
    "calls": 14.0,
    "sources": 1.0,
    "environments": 2.0,
    "moments": 8.0,
}
AT_ONCE = 2
# KIND:FIRST-LAST after --only.
STRETCH = re.compile(r"(\w+):(\d+)-(\d+)")
FOLDER = ROOT / "runs" / "fault-campaign"
WIDTH = 120

CaseFunction = Callable[[Case, Path, Stage], Result]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="scripts/fault-campaign", description="Break runs in many ways, and see that nothing is lost."
    )
    for kind, count in DEFAULT_COUNTS.items():
        more = f", of a full campaign {FULL_COUNTS[kind]}" if kind in FULL_COUNTS else ""
        top.add_argument(f"--{kind}", type=int, metavar="N", help=f"cases (default: {count}{more})")
    top.add_argument("--full", action="store_true", help="more cases by default, for some hours")
    top.add_argument("--seed", type=int, default=1, help="the same seed draws the same cases (default: 1)")
    top.add_argument("--keep", type=Path, metavar="FOLDER", help="missing or empty; default: runs/fault-campaign, anew")
    top.add_argument(
        "--only", action="append", metavar="KIND:NUMBER", help="these cases alone, as kills:17 or kills:10-19"
    )
    top.add_argument("--at-once", type=int, default=AT_ONCE, metavar="N", help=f"cases (default: {AT_ONCE})")
    return top


def counts_of(options: argparse.Namespace) -> dict[str, int]:
    """Cases of each kind: as many as are asked for, else those of the default, or of a full campaign."""
    usual = DEFAULT_COUNTS | (FULL_COUNTS if options.full else {})
    given = {kind: getattr(options, kind) for kind in KINDS}
    return {kind: usual[kind] if count is None else count for kind, count in given.items()}


def planned(options: argparse.Namespace) -> list[Case]:
    """All cases that were asked for, kind by kind.

    Raises
    ------
    CampaignError
        If --only names a case that there is not.
    """
    for kind, count in counts_of(options).items():
        setattr(options, kind, count)
    cases = [Case(kind, number, options.seed) for kind in KINDS for number in range(getattr(options, kind))]
    if options.only is None:
        return cases
    by_name = {case.name: case for case in cases}
    wanted = [name for asked in options.only for name in names_of(asked)]
    if unknown := [name for name in wanted if name not in by_name]:
        raise CampaignError(
            f"no such case: {', '.join(unknown)}; there are kills:0 … {cases[-1].name if cases else ''}"
        )
    return [by_name[name] for name in wanted]


def names_of(asked: str) -> list[str]:
    """The cases that one --only asks for: kills:10-19 are ten."""
    if not (stretch := STRETCH.fullmatch(asked)):
        return [asked]
    return [f"{stretch[1]}:{number}" for number in range(int(stretch[2]), int(stretch[3]) + 1)]


def fresh_folder(keep: Path | None) -> Path:
    """The folder of this campaign, empty.

    Raises
    ------
    CampaignError
        If the user's folder is not.
    """
    if keep is None:
        shutil.rmtree(FOLDER, ignore_errors=True)
    elif keep.exists() and any(keep.iterdir()):
        raise CampaignError(f"{keep} is not empty; give another folder, or remove it first")
    folder = (keep or FOLDER).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def one_case(function: CaseFunction, stage: Stage, progress: CampaignProgress, case: Case) -> Result:
    """Run one case; its folder is kept if it fails."""
    folder = stage.folder / case.name.replace(":", "-")
    folder.mkdir()
    try:
        result = function(case, folder, stage)
    except CampaignError:
        raise
    except Exception:  # noqa: BLE001  # what a damaged run does to this program is a finding too
        result = Result(case.name, case.kind, [f"the case itself failed: {traceback.format_exc()}"])
    if result.failures:
        (folder / "story.txt").write_text("\n".join([*result.story, "", *result.failures]) + "\n", encoding="utf-8")
    else:
        shutil.rmtree(folder)
    progress.done(case.kind, bool(result.failures))
    return result


def run_cases(cases: Sequence[Case], folder: Path, options: argparse.Namespace, console: Console) -> list[Result]:
    """Run all cases, some at a time, one kind after the other.

    Raises
    ------
    CampaignError
        If the runs that everything is compared with cannot be made.
    """
    counts = {kind: sum(case.kind == kind for case in cases) for kind in KINDS}
    results: list[Result] = []
    with WarmStarter() as starter, CampaignProgress(console, WEIGHTS, counts) as progress:
        stage = Stage(folder, starter)
        functions: dict[str, CaseFunction] = {
            "kills": kill_case,
            "flips": flip_case,
            "disk": disk_case,
            "configs": partial(config_case, count=options.configs, starter=starter),
            "directories": directory_case,
            "hostile": partial(hostile_case, starter=starter),
            "calls": partial(call_case, count=options.calls),
            "sources": partial(source_case, starter=starter),
            "environments": environment_case,
            "moments": moment_case,
        }
        for kind in KINDS:
            with ThreadPoolExecutor(options.at_once) as pool:
                work = partial(one_case, functions[kind], stage, progress)
                results += pool.map(work, [case for case in cases if case.kind == kind])
    return results


def _again(options: argparse.Namespace) -> str:
    """The command that repeats one of the cases, but for its name."""
    counts = {kind: getattr(options, kind) for kind in KINDS}
    others = [f"--{kind} {count}" for kind, count in counts.items() if count != DEFAULT_COUNTS[kind]]
    return " ".join(["scripts/fault-campaign", f"--seed {options.seed}", *others, "--only"])


def campaign(options: argparse.Namespace, console: Console) -> bool:
    """Run all that was asked for, print and store the report; whether nothing was lost.

    Raises
    ------
    CampaignError
        If it cannot be done.
    """
    cases, folder, begin = planned(options), fresh_folder(options.keep), time.monotonic()
    results = run_cases(cases, folder, options, console)
    seconds = time.monotonic() - begin
    print_report(console, results, _again(options))
    write_report(folder / "report.json", results, options.seed, seconds)
    lost = sum(bool(result.failures) for result in results)
    console.print(f"\n{len(results)} cases in {seconds:.0f} s, {lost} lost; {folder / 'report.json'}", highlight=False)
    return lost == 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the campaign; 0 if nothing was lost, 1 otherwise, 2 if it cannot be done, 130 after Ctrl-C."""
    import mpi4py

    # h5py is used to look into files, by this process alone: an MPI of its own would reach the jobs.
    mpi4py.rc.initialize = False
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    try:
        return 0 if campaign(parser().parse_args(argv), console) else 1
    except CampaignError as error:
        print(f"fault-campaign: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("fault-campaign: interrupted; the cases that had begun are over", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
