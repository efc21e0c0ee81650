"""The command behind scripts/fault-campaign."""

from __future__ import annotations

import argparse
import re
import resource
import shlex
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
from scripts.faults.commands import Surveys
from scripts.faults.configs import config_case
from scripts.faults.directories import directory_case
from scripts.faults.disk import disk_case
from scripts.faults.environments import environment_case, environments
from scripts.faults.every_call import ALL, EVERY, CallFault, every_call, every_case
from scripts.faults.flips import flip_case
from scripts.faults.hostile import sources
from scripts.faults.hostile_files import hostile_case
from scripts.faults.kills import kill_case
from scripts.faults.moments import moment_case
from scripts.faults.progress import CampaignProgress
from scripts.faults.report import print_report, write_report
from scripts.faults.sources import source_case
from scripts.faults.stage import Stage
from scripts.faults.warm import KERNELS, WARM, WarmStarter

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
# Where a short run is disturbed at each of its calls.
WEIGHT_OF_EVERY_CALL = 1.2
AT_ONCE = 2
# KIND:FIRST-LAST after --only.
STRETCH = re.compile(r"(\w+):(\d+)-(\d*)")
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
        read: Callable[[str], int | str] = int
        metavar, words = "N", ""
        if kind == "calls":
            read, metavar = how_many_calls, f"N|{EVERY}|{ALL}"
            words = f"; {EVERY}: all calls of a problem, {EVERY}:NAME of that one, new ones of others; {ALL}: of all"
        top.add_argument(f"--{kind}", type=read, metavar=metavar, help=f"cases (default: {count}{more}{words})")
    top.add_argument("--full", action="store_true", help="more cases by default, for some hours")
    top.add_argument("--seed", type=int, default=1, help="the same seed draws the same cases (default: 1)")
    top.add_argument("--keep", type=Path, metavar="FOLDER", help="missing or empty; default: runs/fault-campaign, anew")
    top.add_argument(
        "--only",
        action="append",
        metavar="KIND:NUMBER",
        help="these cases alone, as kills, kills:17, kills:10-19 or kills:10-",
    )
    top.add_argument("--at-once", type=int, default=AT_ONCE, metavar="N", help=f"cases (default: {AT_ONCE})")
    return top


def how_many_calls(text: str) -> int | str:
    """A number of cases, or the word for all calls, perhaps of one problem."""
    return text if text == ALL or text.partition(":")[0] == EVERY else int(text)


def counts_of(options: argparse.Namespace) -> dict[str, int]:
    """Cases of each kind: as many as are asked for, else those of the default, or of a full campaign."""
    usual = DEFAULT_COUNTS | (FULL_COUNTS if options.full else {})
    given = {kind: getattr(options, kind) for kind in KINDS}
    return {kind: usual[kind] if count is None else count for kind, count in given.items()}


def planned(options: argparse.Namespace) -> list[Case]:
    """All cases that were asked for, kind by kind; calls must have been counted.

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
    wanted = [name for asked in options.only for name in names_of(asked, cases)]
    if unknown := [name for name in wanted if name not in by_name]:
        raise CampaignError(
            f"no such case: {', '.join(unknown)}; there are kills:0 … {cases[-1].name if cases else ''}"
        )
    return [by_name[name] for name in wanted]


def names_of(asked: str, cases: Sequence[Case]) -> list[str]:
    """The cases that one --only asks for: kills are all of that kind, kills:10-19 are ten, kills:10- all from there."""
    if asked in KINDS:
        return [case.name for case in cases if case.kind == asked]
    if not (stretch := STRETCH.fullmatch(asked)):
        return [asked]
    last = int(stretch[3]) if stretch[3] else sum(case.kind == stretch[1] for case in cases) - 1
    return [f"{stretch[1]}:{number}" for number in range(int(stretch[2]), last + 1)]


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


def case_functions(options: argparse.Namespace, stage: Stage, faults: Sequence[CallFault]) -> dict[str, CaseFunction]:
    """What carries out the cases of each kind."""
    if faults:
        calls = partial(every_case, faults=faults)
    else:
        calls = partial(call_case, count=options.calls, surveys=Surveys(stage, "count"))
    return {
        "kills": kill_case,
        "flips": flip_case,
        "disk": disk_case,
        "configs": partial(config_case, count=options.configs, starter=stage.starter),
        "directories": directory_case,
        "hostile": partial(hostile_case, starter=stage.starter),
        "calls": calls,
        "sources": partial(source_case, starter=stage.starter),
        "environments": environment_case,
        "moments": moment_case,
    }


def run_cases(
    cases: Sequence[Case], functions: dict[str, CaseFunction], stage: Stage, at_once: int, progress: CampaignProgress
) -> list[Result]:
    """Run all cases, some at a time, one kind after the other.

    Raises
    ------
    CampaignError
        If the runs that everything is compared with cannot be made.
    """
    results: list[Result] = []
    for kind in KINDS:
        with ThreadPoolExecutor(at_once) as pool:
            work = partial(one_case, functions[kind], stage, progress)
            results += pool.map(work, [case for case in cases if case.kind == kind])
    return results


def _again(options: argparse.Namespace) -> str:
    """The command that repeats one of the cases, but for its name."""
    counts = {kind: getattr(options, kind) for kind in KINDS} | {"calls": options.every or options.calls}
    others = [f"--{kind} {shlex.quote(str(count))}" for kind, count in counts.items() if count != DEFAULT_COUNTS[kind]]
    return " ".join(["scripts/fault-campaign", f"--seed {options.seed}", *others, "--only"])


def _counted(options: argparse.Namespace, stage: Stage, console: Console) -> list[CallFault]:
    """Count the calls, where all of them are asked for."""
    if not options.every:
        return []
    faults, lines = every_call(options.every, stage)
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
    options.calls = len(faults)
    return faults


def campaign(options: argparse.Namespace, console: Console) -> bool:
    """Run all that was asked for, print and store the report; whether nothing was lost.

    Raises
    ------
    CampaignError
        If it cannot be done.
    """
    options.every = options.calls if isinstance(options.calls, str) else ""
    if not options.every:
        planned(options)  # what there is not is refused ahead of all else
    folder, begin = fresh_folder(options.keep), time.monotonic()
    with WarmStarter(WARM, KERNELS) as starter:
        stage = Stage(folder, starter)
        faults = _counted(options, stage, console)
        cases = planned(options)
        counts = {kind: sum(case.kind == kind for case in cases) for kind in KINDS}
        weights = WEIGHTS | ({"calls": WEIGHT_OF_EVERY_CALL} if faults else {})
        with CampaignProgress(console, weights, counts) as progress:
            results = run_cases(cases, case_functions(options, stage, faults), stage, options.at_once, progress)
    seconds, processor = time.monotonic() - begin, processor_seconds()
    print_report(console, results, _again(options))
    write_report(folder / "report.json", results, options.seed, seconds, processor)
    lost = sum(bool(result.failures) for result in results)
    took = f"{len(results)} cases in {seconds:.0f} s, {processor:.0f} s of a core"
    console.print(f"\n{took}, {lost} lost; {folder / 'report.json'}", highlight=False)
    return lost == 0


def processor_seconds() -> float:
    """What this process and its children that have ended have taken of a core."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


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
