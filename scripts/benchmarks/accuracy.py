"""Time to accuracy on a smooth problem, against XMDS2."""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from scripts.benchmarks import xmds2
from scripts.benchmarks.accuracy_report import describe, draw
from scripts.benchmarks.benchmark import Benchmark
from scripts.benchmarks.interpolation import best, seconds_at
from scripts.benchmarks.launching import numbers_of, output_of, python
from scripts.benchmarks.methods import (
    AMPLITUDE,
    LENGTH,
    OWN,
    PEERS,
    POINTS,
    REFERENCE_SCHEME,
    REFERENCE_STEPS,
    STOP,
    Effort,
    Own,
    Peer,
    configuration,
)
from scripts.benchmarks.samples import Numbers, Program, Record, check, summary, take_turns

LARGEST_RATIOS = {1e-6: 1 / 3, 1e-9: 1 / 5, 1e-11: 1 / 5}
TARGETS = tuple(LARGEST_RATIOS)
PEER = "XMDS2"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Ranks, and a short form."""
    parser.add_argument("--ranks", type=int, nargs="+", default=[1])
    parser.add_argument(
        "--all-methods", action="store_true", help="measure also, once each, those that are not the best"
    )


def make_reference(folder: Path) -> tuple[Path, float]:
    """Final field of an order-8 scheme, and its relative L² distance to the one with twice the step."""
    paths = []
    for steps in (REFERENCE_STEPS // 2, REFERENCE_STEPS):
        config = folder / f"reference_{steps}.toml"
        config.write_text(configuration(REFERENCE_SCHEME, f"step = {STOP / steps!r}"), encoding="utf-8")
        paths.append(folder / f"reference_{steps}.npy")
        output_of(python("accuracy_engine", paths[-1], config, "--save", ranks=1))
    return paths[-1], distance(np.load(paths[0]), np.load(paths[1]))


def distance(field: np.ndarray, reference: np.ndarray) -> float:
    """‖u − r‖/‖r‖ in L²."""
    return float(np.linalg.norm(field - reference) / np.linalg.norm(reference))


def own_program(method: Own, ranks: int, reference: Path, folder: Path) -> Program:
    """A process that runs all settings of one of our methods."""
    home = folder / method.name.replace(", ", "_")
    home.mkdir(exist_ok=True)
    paths = []
    for setting, text in method.configurations().items():
        paths.append(home / f"{setting}.toml")
        paths[-1].write_text(text, encoding="utf-8")
    return partial(numbers_of, python("accuracy_engine", reference, *paths, ranks=ranks))


def run_peer(programs: Mapping[str, Path], ranks: int, reference: Path) -> Numbers:
    """All settings of one algorithm of XMDS2, each a process."""
    exact, numbers = np.load(reference), {}
    for setting, program in programs.items():
        numbers[f"{setting} seconds"] = xmds2.run(program, ranks)["seconds"]
        numbers[f"{setting} error"] = distance(xmds2.field(program), exact)
    return numbers


def build_peer(peer: Peer, folder: Path) -> dict[str, Path]:
    """Setting → program, built where it is not there yet."""
    programs = {}
    for setting in peer.settings:
        program = folder / setting.name / setting.name
        text = xmds2.script(setting, POINTS, LENGTH, AMPLITUDE, STOP)
        programs[setting.label] = program if program.exists() else xmds2.build(setting, text, folder)
    return programs


def points_of(samples: Mapping[str, Mapping[str, list[float]]], ranks: int) -> list[Record]:
    """One point (error, seconds) for each method and setting."""
    points = []
    for quantity, methods in samples.items():
        setting, _, kind = quantity.rpartition(" ")
        if kind == "error":
            continue
        for method, values in methods.items():
            if values:
                error = statistics.median(samples[f"{setting} error"][method])
                point = {"method": method, "setting": setting, "ranks": ranks, "error": error}
                points.append({**point, "unit": "s", "seconds": summary(values)})
    return points


def evaluate(points: list[Record], ranks: int) -> list[Record]:
    """For each wanted error: the seconds of every method, the best ones, and the ratio to XMDS2's best."""
    results = []
    for target in TARGETS:
        seconds = {}
        for method in dict.fromkeys(p["method"] for p in points if p["ranks"] == ranks):
            own = [p for p in points if p["ranks"] == ranks and p["method"] == method]
            seconds[method] = seconds_at(target, [(p["error"], p["seconds"]["median"]) for p in own])
        ours = best({name: value for name, value in seconds.items() if not name.startswith(PEER)})
        peer = best({name: value for name, value in seconds.items() if name.startswith(PEER)})
        ratio = ours[1] / peer[1] if ours and peer else None
        results.append(
            {"ranks": ranks, "error": target, "seconds": seconds, "best": ours, "peer": peer, "ratio": ratio}
        )
    return results


def requirements(results: list[Record], peer_version: str | None) -> list[Record]:
    """What is required on one rank, where the peer was measured."""
    return [
        check(
            f"time to {result['error']:.0e} on 1 rank / that of {PEER}'s best",
            result["ratio"],
            LARGEST_RATIOS[result["error"]],
        )
        for result in results
        if peer_version and result["ranks"] == 1
    ]


def stages(ranks: int, options: argparse.Namespace) -> list[tuple[tuple[Effort, ...], int]]:
    """Which methods are measured on so many ranks, and in how many rounds."""
    if ranks > 1:
        return [((Effort.ALL_RANKS,), options.rounds)]
    main = ((Effort.ALL_RANKS, Effort.ONE_RANK), options.rounds)
    return [main, ((Effort.ONCE,), 1)] if options.all_methods else [main]


def measure(options: argparse.Namespace) -> Record:
    """All methods against the same reference."""
    points: list[Record] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peer_version = None
        if xmds2.available():
            xmds2.configure(folder)
            peer_version = xmds2.version(folder)
        else:
            print(xmds2.INSTALL_HINT)
        reference, uncertainty = make_reference(folder)
        for ranks in options.ranks:
            for efforts, rounds in stages(ranks, options):
                programs = {m.name: own_program(m, ranks, reference, folder) for m in OWN if m.effort in efforts}
                for peer in (p for p in PEERS if peer_version and p.effort in efforts):
                    programs[peer.name] = partial(run_peer, build_peer(peer, folder), ranks, reference)
                points += points_of(take_turns(programs, rounds), ranks)
    results = [result for ranks in options.ranks for result in evaluate(points, ranks)]
    return {
        "cases": [],
        "points": points,
        "results": results,
        "checks": requirements(results, peer_version),
        "peer": peer_version,
        "reference": {"scheme": REFERENCE_SCHEME, "steps": REFERENCE_STEPS, "halving": uncertainty},
    }


BENCHMARK = Benchmark("accuracy", "Time to accuracy, against XMDS2", 1, measure, draw, describe, add_options)
