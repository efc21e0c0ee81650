"""What the documents print is what comes out: scripts/regenerate-docs --check --quick, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path

import pytest

from scripts.documents import __main__ as regenerate
from scripts.documents import blocks
from scripts.documents.blocks import PAGES, files, outputs, read
from scripts.documents.comparing import NoCounterpartError, differences, renewed
from scripts.faults.warm import WarmStarter

WITH_QUICK = [page for page in PAGES if any(not output.slow for output in outputs(read(page)))]
# Runs that take more than a few seconds, or sets of runs; scripts/regenerate-docs alone repeats them.
LONG_RUNS = (
    "run two_bubbles &&", "run gaussian_collapse_1d", "--output runs/whole", "tables tolerances", "tables one_bubble",
    "tables halved_steps", "run soliton_collision_1d", "run gaussian_collapse --set 'grid", "--output runs/fine",
    "parallel-nls study ", "parallel-nls report ", "run half_wave_blowup &&", "ground-state trap", "python standing.py",
    "run remainder_1d &&", "mpirun -n 2 parallel-nls sweep", "run two_solitons_1d", "tables around_the_box",
    "tables resonances", "python mixture.py", "python blow_up.py",
)  # fmt: skip
CLIENTS = {"docs/other_programs.md": ("h5netcdf", "openpmd_viewer", "vtkmodules")}
"""What else pages show than this package."""
INFO = "ended   done\nsteps   20 in 1.5 s on 1 rank\nmass    2.8  M\nenergy  -1.25e-09  E\n"


@pytest.fixture(scope="module")
def starter() -> Iterator[WarmStarter]:
    """One process that has loaded what the commands need."""
    with WarmStarter(regenerate.CHILDREN) as starter:
        yield starter


@pytest.mark.parametrize("page", WITH_QUICK)
def test_what_comes_out_is_what_is_printed(page: str, starter: WarmStarter, tmp_path: Path) -> None:
    """Of the quick ones: numbers to the digits printed."""
    missing = [name for name in CLIENTS.get(page, ()) if find_spec(name) is None]
    if missing:
        pytest.skip(f"NOT TESTED: {page}; {', '.join(missing)} of the extra clients: not installed")
    _, told, _ = regenerate.visit(page, tmp_path, starter, quick=True)
    assert told == []


@pytest.mark.parametrize("page", PAGES)
def test_marks(page: str) -> None:
    """What is slow is marked so, and the command of an output is printed, unless it is a file of the page."""
    text = read(page)
    for output in outputs(text):
        assert output.slow == any(part in output.command for part in LONG_RUNS), output.command
        last = output.command.split(" && ")[-1]
        made_here = last.startswith("python ") and (last.split()[1] in files(text) or last.split()[1] == "-m")
        assert made_here or f"{last}\n" in text.replace(f"{last} -->", ""), last


def test_every_line_that_differs_is_found() -> None:
    """Numbers in any digit that is printed; clocks, rounding and the width of columns excepted."""
    assert differences(INFO, INFO.replace("1.5 s", "99.2 s").replace("  M", "     M")) == []
    assert differences("drift 5e-13 in 3·10⁻¹⁵\n", "drift -2e-15 in 8·10⁻¹⁶\n") == []
    for old, new in (("2.8", "2.9"), ("20", "21"), ("e-09", "e-08"), ("done", "stopped"), ("1.25e", "1.27e")):
        assert len(differences(INFO, INFO.replace(old, new))) == 2
    assert differences("error 2.1·10⁻⁹\n", "error 2.2·10⁻⁹\n")
    assert differences(INFO, INFO + "more\n") == ["printed are 4 lines, now there are 5"]


def test_what_is_left_out_stays_out() -> None:
    """Lines are found again without their numbers; one that is not is named."""
    assert renewed("...\nmass 1.5 M\n...\n", INFO) == "...\nmass    2.8  M\n...\n"
    assert renewed("ended\n", INFO) == INFO
    assert renewed("a\n", "step 3 of 4  elapsed 0:00:05\na\n") == "a\n"
    with pytest.raises(NoCounterpartError, match="variance"):
        renewed("...\nvariance 1.5 V\n", INFO)


def test_a_page_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], starter: WarmStarter
) -> None:
    """In place, what is marked slow too; a check writes nothing; a command that fails is told."""
    for module in (blocks, regenerate):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    # It starts the same process as these tests, once more each time.
    monkeypatch.setattr(regenerate, "WarmStarter", lambda module: nullcontext({regenerate.CHILDREN: starter}[module]))
    page = tmp_path / "README.md"
    wrong = "Text.\n\n<!-- say.py -->\n```python\nprint(1 + 1)\n```\n\n"
    wrong += "<!-- slow output of python say.py -->\n```text\n3\n```\n"
    page.write_text(wrong, encoding="utf-8")
    assert regenerate.main(["README.md", "--check", "--quick"]) == 0
    assert regenerate.main(["README.md", "--check"]) == 1
    assert page.read_text(encoding="utf-8") == wrong
    assert "README.md:9: python say.py\n  printed  3\n  now      2" in capsys.readouterr().out
    assert regenerate.main(["README.md"]) == 0
    assert page.read_text(encoding="utf-8") == wrong.replace("3\n```", "2\n```")
    page.write_text(wrong.replace("1 + 1", "1 / 0"), encoding="utf-8")
    assert regenerate.main(["README.md"]) == 1
    assert "ended with exit code 1" in capsys.readouterr().out
