"""A potential that is narrower than the points are apart is told by whatever looks at it, in the same words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mpi4py import MPI

from parallel_nls.cli.parser import make_parser
from parallel_nls.config import load_configuration
from parallel_nls.errors import DONE
from parallel_nls.planning.narrow_potentials import narrow_potential
from parallel_nls.planning.resources import describe_resources
from parallel_nls.running.run import run

WIDE = ["grid={points=31,radius=10.0}", "equation.coupling=-1.0", "time.stop=0.01"]
NARROW = [*WIDE, "equation.potential={kind='gaussian',strength=1e4,width=0.01}"]
"""But for the potential a Hartree equation of no collapse."""


def check(overrides: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[str, str | None]:
    """What `parallel-nls check` prints, and the warning that it writes."""
    Path("check.json").unlink(missing_ok=True)
    settings = [text for key in overrides for text in ("--set", key)]
    arguments = make_parser().parse_args(["check", "softened_no_collapse", *settings, "--json", "check.json"])
    assert arguments.function(arguments) == DONE
    warning = json.loads(Path("check.json").read_text(encoding="utf-8"))["warning"]
    return capsys.readouterr().out, warning


def test_check_dry_run_and_run_tell_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the points that it takes; of a wide one they tell nothing."""
    monkeypatch.chdir(tmp_path)
    text, warning = check(WIDE, capsys)
    assert warning is None
    assert "warning" not in text
    assert "warning" not in describe_resources(load_configuration("softened_no_collapse", WIDE), 1)
    told = narrow_potential(load_configuration("softened_no_collapse", NARROW))
    assert told is not None
    text, warning = check(NARROW, capsys)
    assert warning == told
    assert text.splitlines()[-1] == f"warning            {told}"
    assert describe_resources(load_configuration("softened_no_collapse", NARROW), 1).splitlines()[-1].split(
        maxsplit=1
    ) == ["warning", told]
    run(load_configuration("softened_no_collapse", NARROW), MPI.COMM_SELF, tmp_path / "run")
    assert f"warning: {told}\n" in (tmp_path / "run" / "log.txt").read_text(encoding="utf-8")
