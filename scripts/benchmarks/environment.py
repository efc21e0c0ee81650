"""What a measurement depends on: processor, libraries, load. No names of hosts, no paths."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path

from scripts.benchmarks.launching import output_of, python
from scripts.benchmarks.samples import Record


def processor() -> str:
    """Model of the processor."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "unknown"
    found = re.search(r"^model name\s*:\s*(.*)$", text, re.MULTILINE)
    return found.group(1).strip() if found else "unknown"


def describe() -> Record:
    """Everything that is known before the measurement."""
    libraries = json.loads(output_of(python("environment")).splitlines()[-1])
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": processor(),
        "cores": os.cpu_count(),
        "omp_num_threads": os.environ.get("OMP_NUM_THREADS", "not set"),
        **libraries,
    }
