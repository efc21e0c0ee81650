"""The command behind scripts/build-docs."""

from __future__ import annotations

import argparse
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

from scripts.website.dead_links import Site
from scripts.website.staging import ROOT, stage


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="scripts/build-docs", description="Make a site of the documentation.")
    top.add_argument("--to", metavar="DIR", type=Path, default=ROOT / "build" / "site", help="default: build/site")
    top.add_argument("--plain", action="store_true", help="without the theme, in half the time, to find what is broken")
    top.add_argument("--requirements", action="store_true", help="print what the extra [docs] takes, and do nothing")
    return top


def requirements() -> list[str]:
    """What the extra takes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [name.replace(" ", "") for name in project["optional-dependencies"]["docs"]]


def build(to: Path, plain: bool) -> int:
    """Make the site in a folder; plain takes half the time, for a look at its links.

    Returns
    -------
    int
        Exit code: not 0 after a warning of Sphinx or a link that leads nowhere, which are printed.
    """
    from sphinx.cmd.build import main as sphinx

    theme = ["-D", "html_theme=basic"] if plain else []
    with tempfile.TemporaryDirectory() as work:
        stage(Path(work) / "source")
        options = ["-b", "html", "-W", "--keep-going", "-q", "-E", "-d", f"{work}/doctrees", *theme]
        if code := int(sphinx([*options, "-c", str(Path(__file__).parent), f"{work}/source", str(to)])):
            return code
    site = Site(to)
    trouble = [f"dead link: {line}" for line in site.dead_links()]
    trouble += [f"nobody comes to {page}" for page in site.unreachable()]
    print("\n".join(trouble), file=sys.stderr, end="\n" if trouble else "")
    return int(bool(trouble))


def main(argv: Sequence[str] | None = None) -> int:
    """Build the site; returns the exit code."""
    options = parser().parse_args(argv)
    if options.requirements:
        print(*requirements())
        return 0
    to = options.to.resolve()
    if to.is_dir() and any(to.iterdir()) and not (to / "searchindex.js").exists():
        sys.exit(f"scripts/build-docs: {to} is not empty, and no site of an earlier call; choose another --to")
    code = build(to, options.plain)
    if code == 0:
        print(f"the site: {to / 'index.html'}")
    return code


if __name__ == "__main__":
    sys.exit(main())
