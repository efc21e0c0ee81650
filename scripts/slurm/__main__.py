"""The command behind scripts/test-slurm: all checks at once, on a cluster of their own; a table of what passed."""

from __future__ import annotations

import queue
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.slurm.checks import CHECKS, Check, start_references
from scripts.slurm.cluster import Cluster, ClusterError
from scripts.slurm.jobs import CheckError, Lab

SECONDS_BETWEEN_STARTS = 1.0


@dataclass(frozen=True)
class Result:
    """What became of a check."""

    name: str
    passed: bool
    seconds: float
    remark: str

    def __str__(self) -> str:
        """One row of the table; the remark of a failure is below it."""
        row = f"{self.name:<44} {'passed' if self.passed else 'FAILED'} {self.seconds:5.0f} s  "
        return row + (self.remark if self.passed else "\n" + self.remark)


def perform(name: str, check: Check, lab: Lab, results: queue.SimpleQueue[Result]) -> None:
    """Run one check to its end, whatever that is, and hand in the result."""
    begin = time.monotonic()
    try:
        remark, passed = check(lab), True
    except CheckError as error:
        remark, passed = str(error), False
    except Exception:  # noqa: BLE001  a defect of one check must not hide what the others found
        remark, passed = traceback.format_exc(), False
    results.put(Result(name, passed, time.monotonic() - begin, remark))


def perform_all(checks: Mapping[str, Check], lab: Lab) -> list[Result]:
    """Run all checks side by side, and show each result when it comes."""
    results: queue.SimpleQueue[Result] = queue.SimpleQueue()
    for name, check in checks.items():
        threading.Thread(target=perform, args=(name, check, lab, results), daemon=True).start()
        time.sleep(SECONDS_BETWEEN_STARTS)
    found = []
    for _ in checks:
        found.append(results.get())
        print(found[-1], flush=True)
    return found


def main(words: Sequence[str]) -> int:
    """Run the checks with one of the words in their names, or all; 1 if one of them fails."""
    checks = {name: check for name, check in CHECKS.items() if not words or any(word in name for word in words)}
    if not checks:
        names = "\n  ".join(CHECKS)
        print(f"test-slurm: no test has {' or '.join(words)} in its name; there are:\n  {names}", file=sys.stderr)
        return 2
    # A signal must not keep the cluster from being taken down.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    begin = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="nls-runs-", ignore_cleanup_errors=True) as folder, Cluster():
            lab = Lab(Path(folder))
            start_references(lab)
            results = perform_all(checks, lab)
    except ClusterError as error:
        print(f"test-slurm: {error}", file=sys.stderr)
        return 1
    passed = sum(result.passed for result in results)
    print(f"\n{time.monotonic() - begin:.0f} s\n{passed} passed, {len(results) - passed} failed")
    return 0 if passed == len(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
