"""Runs whose initial data come from files, in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from parallel_nls.results.reader import describe_run
from tests.output.line_runs import line_config, soliton, write_line_run

TIMES = [round(0.1 * row, 12) for row in range(11)]


def test_descriptions_of_files(tmp_path: Path) -> None:
    """Files of initial data are named, and may be gone; adaptive steps have no known total."""
    (tmp_path / "start.py").write_text("def begin(x): return x")
    np.save(tmp_path / "start.npy", np.ones(600))
    for kind, more, words in (
        ("python", f'file = "{tmp_path}/start.py"\nfunction = "begin"', f"begin(x) of {tmp_path}/start.py"),
        ("file", f'file = "{tmp_path}/start.npy"', f"the field in {tmp_path}/start.npy"),
    ):
        time = "[time]\nstart = 0.0\nstop = 1.0\ntolerance = 1e-6\nframe = 0.1\n"
        text = line_config(f'[initial]\nkind = "{kind}"\n{more}\n{time}')
        write_line_run(tmp_path / kind, text, soliton(0.0, 0.0), TIMES[:3], finished=False)
        (tmp_path / f"start.{'py' if kind == 'python' else 'npy'}").unlink()
        description = describe_run(tmp_path / kind)
        assert words in description
        assert "last row: t = 0.2, step 2\n" in description
