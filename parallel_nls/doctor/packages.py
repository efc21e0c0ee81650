"""Python and its packages, against what this version asks for."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution, version

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from parallel_nls.config import counted
from parallel_nls.doctor.checks import Check, Seen, Situation
from parallel_nls.doctor.findings import Finding, ok, problem, warning

PACKAGE = "parallel_nls"


@dataclass(frozen=True)
class Installed:
    """Versions that are there and those that are needed.

    Attributes
    ----------
    python, python_needed : str
        Version, and which versions will do.
    packages : dict of str to (str or None, str)
        By name: the version, None where it is missing, and which versions will do.
    known : bool
        Whether parallel_nls itself is installed, so that its needs are known.
    """

    python: str
    python_needed: str
    packages: dict[str, tuple[str | None, str]]
    known: bool = True


def look_at_packages(_situation: Situation) -> Installed:
    """Versions from the metadata of the packages; none of them is imported. *Communication*: local."""
    python = platform.python_version()
    try:
        own = distribution(PACKAGE)
    except PackageNotFoundError:
        return Installed(python, "", {}, known=False)
    needs = [Requirement(text) for text in own.requires or ()]
    needs = [need for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    packages = {need.name: (_version(need.name), str(need.specifier)) for need in needs}
    return Installed(python, own.metadata["Requires-Python"] or "", packages)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def judge_packages(_situation: Situation, everyone: Sequence[Seen]) -> Iterator[Finding]:
    """All as required, and the same on all nodes. *Communication*: local."""
    here: Installed = everyone[0].fact
    others = sorted({seen.host for seen in everyone if seen.fact != here})
    if others:
        found = f"{everyone[0].host} and {', '.join(others)} have different versions of Python or of packages"
        yield problem(found, "use one installation on all nodes, for instance in a shared folder")
    if not here.known:
        found = f"Python {here.python}; parallel_nls is not installed as a package, so its needs are not known"
        yield warning(found, "scripts/setup, or pip install --editable .")
        return
    if here.python not in SpecifierSet(here.python_needed, prereleases=True):
        yield problem(f"Python {here.python}, where {here.python_needed} is needed", "PYTHON=python3.12 scripts/setup")
    wrong = [name for name, (there, needed) in here.packages.items() if not _fits(there, needed)]
    for name in wrong:
        there, needed = here.packages[name]
        found = f"{name} is not installed" if there is None else f"{name} {there}, where {needed} is needed"
        yield problem(found, f"scripts/setup, or pip install '{name}{needed}'")
    fitting = len(here.packages) - len(wrong)
    yield ok(f"Python {here.python}, {counted(fitting, 'package')} as required")


def _fits(there: str | None, needed: str) -> bool:
    return there is not None and SpecifierSet(needed).contains(there, prereleases=True)


CHECKS = (Check("packages", look_at_packages, judge_packages),)
