"""What rounded constants add is measured with the same bits whatever instructions numpy finds."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from parallel_nls.spectral.direct_columns import _gain
from parallel_nls.spectral.fast_fourier.registers import has_wide_registers
from parallel_nls.spectral.transforms import FourierTransform
from tests.conftest import ROOT

LENGTHS = (100, 270, 384)


def digest_of_gains() -> str:
    """Of those of lines, short and long, in both precisions, and of columns."""
    gains = [FourierTransform(n, dtype).gain for n in LENGTHS for dtype in (np.complex128, np.complex64)]
    gains += [_gain(384)] if has_wide_registers() else []
    parts = [np.ascontiguousarray(part).tobytes() for gain in gains for part in gain]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def test_gains_do_not_depend_on_what_numpy_dispatches() -> None:
    """They go into every step: a run goes on with its bits where products are not fused by the processor."""
    used = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    if not used:
        pytest.skip("numpy uses nothing beyond its baseline here")
    plain = {**os.environ, "NPY_DISABLE_CPU_FEATURES": " ".join(used)}
    for variable in [name for name in plain if name.startswith(("OMPI_", "PMIX_", "PMI_"))]:
        del plain[variable]
    command = "from tests.spectral.test_gains import digest_of_gains; print(digest_of_gains())"
    python = [sys.executable, "-c", command]
    there = subprocess.run(python, cwd=ROOT, env=plain, capture_output=True, text=True, check=True, timeout=60)
    assert there.stdout.strip() == digest_of_gains()
