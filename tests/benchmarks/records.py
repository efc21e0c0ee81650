"""Small results as the benchmarks store them, made up."""

from __future__ import annotations

from scripts.benchmarks.accuracy import evaluate, points_of, requirements
from scripts.benchmarks.samples import Record, case, check

ENVIRONMENT: Record = {
    "date": "2030-01-02T03:04:05+00:00",
    "processor": "Some CPU",
    "cores": 8,
    "omp_num_threads": "1",
    "other_load": 0.03,
    "python": "3.11.0",
    "packages": {"numpy": "2.0", "mpi4py": "4.0"},
    "mpi": "Some MPI v1",
    "fftw": "3.3.10",
}


def finished(name: str, record: Record) -> Record:
    """A record with what is common to all."""
    return {"benchmark": name, "rounds": 3, "seconds": 1.0, "environment": ENVIRONMENT, **record}


def step() -> Record:
    """Two cases, of which the second misses its limit."""
    cases = [
        case(
            "512², 1 rank", "ms", {"parallel_nls": [3.0, 3.1, 3.2], "C": [4.9, 5.0, 5.1]}, "C", {"parallel_nls": 0.75}
        ),
        case(
            "512², 2 ranks", "ms", {"parallel_nls": [2.0, 2.1, 2.2], "C": [1.9, 2.0, 2.1]}, "C", {"parallel_nls": 0.75}
        ),
    ]
    return finished("step", {"cases": cases, "flags": ["-O3"]})


def accuracy(peer: str | None = "9.9") -> Record:
    """Ours: error 1e-6 in 1 s, 1e-10 in 16 s; the peer's algorithm four times as slow; nobody reaches 1e-11."""
    ours = {"10 steps": (1e-5, 0.5), "20 steps": (1e-6, 1.0), "40 steps": (1e-10, 16.0)}
    samples: dict[str, dict[str, list[float]]] = {}
    for setting, (error, seconds) in ours.items():
        samples[f"{setting} error"] = {"rkn4": [error] * 3, "XMDS2 RK4": [error] * 3 if peer else []}
        times = [seconds * factor for factor in (1.0, 0.9, 1.2)]
        samples[f"{setting} seconds"] = {"rkn4": times, "XMDS2 RK4": [4 * value for value in times] if peer else []}
    points = points_of(samples, 1)
    results = evaluate(points, 1)
    reference = {"scheme": "kahan-li8", "steps": 256, "halving": 2.5e-13}
    extra = {
        "points": points,
        "results": results,
        "checks": requirements(results, peer),
        "peer": peer,
        "reference": reference,
    }
    return finished("accuracy", {"cases": [], **extra})


def startup() -> Record:
    """Stages without a yardstick."""
    stages = {"mpi": [0.3, 0.31, 0.32], "first step": [1.4, 1.5, 1.6]}
    checks = [check("launch to first step, 1 rank", 1.5, 2.0)]
    return finished("startup", {"cases": [case("1 rank", "s", stages)], "checks": checks})
