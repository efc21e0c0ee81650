"""What pyproject.toml cannot say: the pages in a registry, whose links must lead somewhere without the other files."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).resolve().parent
LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<target>(?!\w+://)[^)\s]+)\)")


def readme_for_registries(text: str, repository: str) -> str:
    """README.md with links to the files of a repository, and without one with words in their place.

    Parameters
    ----------
    text : str
        The page, whose links are relative to its folder.
    repository : str
        An address, or nothing.

    Returns
    -------
    str
        The page; code is left as it is.
    """

    def link(found: re.Match[str]) -> str:
        """One link, or image."""
        words = found["text"]
        if not repository or found["target"].startswith("#"):
            return "" if found["image"] else words
        kind = "raw" if found["image"] else "blob"
        return f"{found['image']}[{words}]({repository.rstrip('/')}/{kind}/HEAD/{found['target']})"

    parts = re.split(r"(^```.*?^```$)", text, flags=re.DOTALL | re.MULTILINE)
    return "".join(part if part.startswith("```") else LINK.sub(link, part) for part in parts)


def urls_of(repository: str) -> dict[str, str]:
    """The addresses that a registry shows; none without a repository."""
    if not repository:
        return {}
    files = f"{repository.rstrip('/')}/blob/HEAD"
    return {
        "Source": repository,
        "Documentation": f"{files}/docs/quickstart.md",
        "Changelog": f"{files}/CHANGELOG.md",
    }


def main() -> None:
    """Build, with pyproject.toml for all the rest."""
    own = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["parallel_nls"]
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    setup(
        long_description=readme_for_registries(text, own["repository"]),
        long_description_content_type="text/markdown",
        project_urls=urls_of(own["repository"]),
    )


if __name__ == "__main__":
    main()
