"""`parallel-nls collapse`: when runs collapse, in words and as numbers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from parallel_nls.cli.parser import make_parser
from parallel_nls.errors import DONE
from parallel_nls.studies.collapse import describe_collapse
from tests.figures.test_line_figures import GAUSSIAN, TIMES, growing
from tests.output.line_runs import line_config, write_line_run


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A wave that grows."""
    write_line_run(tmp_path / "run", line_config(GAUSSIAN, power=4.5), growing, TIMES, [0, 10])
    return tmp_path / "run"


def test_the_numbers_of_the_text_go_into_a_file(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All of them, to the last digit, of each run and of both together."""
    target = root.parent / "collapse.json"
    arguments = make_parser().parse_args(["collapse", str(root), str(root), "--json", str(target)])
    assert arguments.function(arguments) == DONE
    text, numbers = describe_collapse([root, root])
    assert capsys.readouterr().out == f"{text}\n"
    assert json.loads(target.read_text(encoding="utf-8")) == numbers
    assert set(numbers) == {"time", "uncertainty", "runs"}
    assert numbers["uncertainty"] == 0
    one = numbers["runs"][1]
    assert set(one) == {"run", "first_points", "last_points", "time", "last", "height"}
    assert (one["run"], one["last"], one["time"]) == (str(root), 1.0, numbers["time"])
    assert f"T = {one['time']:.7g}  ({root})" in text


def test_one_run_has_no_uncertainty(root: Path) -> None:
    """JSON has null for it."""
    text, numbers = describe_collapse([root])
    assert "a run with more points tells how well that is known" in text
    assert numbers["uncertainty"] is None


def test_a_height_that_is_no_number_is_null(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the last row of a run that broke down: JSON has no NaN."""
    from parallel_nls.results.collapse import Collapse
    from parallel_nls.studies import collapse

    monkeypatch.setattr(collapse, "collapse_of", lambda *_: Collapse(1.5, 1.0, np.nan))
    assert describe_collapse([root])[1]["runs"][0]["height"] is None
