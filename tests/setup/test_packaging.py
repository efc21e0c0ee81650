"""What goes with the package: files, its page in a registry, manual page, completion, containers, checks."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

import setup as building
from parallel_nls import __version__
from parallel_nls.cli import EXTRAS
from scripts import manual
from tests.conftest import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTAINERS = ROOT / "scripts" / "containers"
INSTRUCTIONS = {"FROM", "RUN", "WORKDIR", "COPY", "ENV", "CMD"}


def test_the_manual_page_is_that_of_the_parser() -> None:
    """Else: python -m scripts.manual."""
    assert manual.PAGE.read_text(encoding="utf-8") == manual.manual()


def test_the_page_in_a_registry_has_no_broken_links() -> None:
    """Links lead to the repository, where it is known; words stand for them otherwise; code stays code."""
    text = "[a](docs/a.md#b) ![p](docs/p.png) [c](https://there/x)\n```\n[d](docs/d.md)\n```\n"
    assert building.readme_for_registries(text, "") == "a  [c](https://there/x)\n```\n[d](docs/d.md)\n```\n"
    linked = building.readme_for_registries(text, "https://here/p/")
    assert linked.startswith("[a](https://here/p/blob/HEAD/docs/a.md#b) ![p](https://here/p/raw/HEAD/docs/p.png) [c]")
    assert not re.search(r"\]\((?!\w+://)", building.readme_for_registries((ROOT / "README.md").read_text(), ""))
    assert building.urls_of("") == {}
    assert building.urls_of("https://here/p")["Source"] == "https://here/p"


def test_all_files_that_are_named_are_there() -> None:
    """In the wheel, and in the sources."""
    for files in PROJECT["tool"]["setuptools"]["data-files"].values():
        assert all(list(ROOT.glob(file)) for file in files), files
    for line in (ROOT / "MANIFEST.in").read_text().splitlines():
        command, *names = line.split()
        if command in ("include", "graft"):
            assert all((ROOT / name).exists() for name in names), line


def test_extras_bring_what_commands_miss() -> None:
    """Each library that a message names an extra for; and the versions that the tests ran with."""
    extras = PROJECT["project"]["optional-dependencies"]
    names = {"jinja2": "jinja2", "matplotlib": "matplotlib", "PIL": "pillow", "xarray": "xarray", "pandas": "xarray"}
    for module, extra in EXTRAS.items():
        assert any(need.startswith(names[module]) for need in extras[extra])
    pinned = {line.split("==")[0].lower() for line in (ROOT / "constraints.txt").read_text().splitlines()}
    given = [*PROJECT["project"]["dependencies"], *(need for needs in extras.values() for need in needs)]
    wanted = {re.split(r"[<>=\[]", need)[0].lower() for need in given} - {"parallel_nls"}
    assert wanted <= pinned, wanted - pinned


def test_pinned_versions_are_for_the_python_of_debian() -> None:
    """That of Debian 12, which containers and checks start from; of those that are installed."""
    wanting = []
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        name, _, pinned = line.partition("==")
        with contextlib.suppress(PackageNotFoundError):
            needed = "".join(distribution(name).metadata.get_all("Requires-Python") or ())
            if distribution(name).version == pinned and not SpecifierSet(needed).contains("3.11.2"):
                wanting.append(f"{name} {pinned}: {needed}")
    assert wanting == []


WITHOUT = """
from parallel_nls.cli import main, views

def draw(arguments):
    raise ModuleNotFoundError("nothing", name="matplotlib.pyplot")

views.plot = draw
main(["plot", "x"])
"""


def test_a_library_that_is_not_installed_is_named() -> None:
    """With the extra that brings it; no traceback."""
    done = subprocess.run([sys.executable, "-c", WITHOUT], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "matplotlib.pyplot is not installed" in done.stderr
    assert "pip install 'parallel_nls[plots]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_package_is_a_program() -> None:
    """By the Python that runs it."""
    command = [sys.executable, "-m", "parallel_nls", "--version"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"parallel-nls {__version__}\n")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("parallel-nls gro", "ground-state"),
        ("parallel-nls run two_b", "two_bubbles"),
        ("parallel-nls info runs/m", "runs/mine"),
    ],
)
def test_completion(tmp_path: Path, line: str, expected: str) -> None:
    """Commands, examples and runs, by the protocol of argcomplete."""
    pytest.importorskip("argcomplete", reason="argcomplete is not installed: completion is not tested")
    (tmp_path / "runs" / "mine").mkdir(parents=True)
    (tmp_path / "runs" / "mine" / "config.toml").touch()
    output = tmp_path / "output"
    asked = {"_ARGCOMPLETE": "1", "_ARGCOMPLETE_IFS": "\n", "COMP_LINE": line, "COMP_POINT": str(len(line))}
    asked |= {"_ARGCOMPLETE_STDOUT_FILENAME": str(output), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "parallel_nls"]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ | asked, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert expected in [found.strip() for found in output.read_text().split("\n")]


def test_recipes_of_containers() -> None:
    """They parse: instructions of a Dockerfile, sections of a definition; both call scripts/setup."""
    text = (CONTAINERS / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]
    assert {instruction for instruction, _ in lines} == INSTRUCTIONS
    assert lines[0] == ["FROM", "debian:bookworm-slim"]
    definition = (CONTAINERS / "parallel_nls.def").read_text()
    header, *sections = re.split(r"^%", definition, flags=re.MULTILINE)
    assert re.findall(r"^(\w+): \S+$", header, re.MULTILINE) == ["Bootstrap", "From"]
    assert [section.split()[0] for section in sections] == [
        "files",
        "post",
        "environment",
        "runscript",
        "test",
        "labels",
    ]
    for section in sections[1:5]:
        shell = section.partition("\n")[2]
        assert subprocess.run(["sh", "-n"], input=shell, text=True, check=False).returncode == 0
    for recipe in (text, definition):
        packages = re.search(r"apt-get install.*?openmpi-bin\s+(?:\\\s+)?libhdf5-openmpi-dev", recipe, re.DOTALL)
        assert packages
        assert "scripts/setup" in recipe


def test_checks_of_commits_and_of_the_project() -> None:
    """Continuous integration runs what everybody runs; hooks are local, and run tools of the environment."""
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    assert re.findall(r"^\s+run: (.*)$", workflow, re.MULTILINE)[-1] == ".ci/run"
    assert "\t" not in workflow
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    assert re.findall(r"repo: (.*)", hooks) == ["local"]
    assert re.findall(r"language: (.*)", hooks) == ["system"] * hooks.count("- id: ")
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
