"""Links of a site that lead nowhere, and what it would fetch from elsewhere."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

LOADED = {"img": "src", "script": "src", "link": "href", "iframe": "src"}
GENERATED = ("genindex.html", "search.html", "py-modindex.html")


class Page(HTMLParser):
    """Names and targets of one page.

    Attributes
    ----------
    names : set of str
        What an anchor can name.
    targets : set of str
        What it links to or loads, as written.
    loaded : set of str
        What a browser loads with it.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.targets: set[str] = set()
        self.loaded: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect."""
        given = {name: value for name, value in attrs if value is not None}
        self.names.update(given[name] for name in ("id", "name") if name in given)
        if tag == "a" and "href" in given:
            self.targets.add(given["href"])
        if tag in LOADED and LOADED[tag] in given and given.get("rel") != "canonical":
            self.loaded.add(given[LOADED[tag]])


def is_elsewhere(target: str) -> bool:
    """Whether a target has a scheme or a host."""
    return "://" in target or target.startswith(("mailto:", "data:", "//"))


class Site:
    """The pages of a folder.

    Parameters
    ----------
    folder : Path
        With index.html.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(self.folder.rglob("*.html"))}

    def dead_links(self) -> list[str]:
        """``PAGE: TARGET`` of every link within the site that leads nowhere, and of what is loaded from elsewhere."""
        found = []
        for path, page in self.pages.items():
            shown = path.relative_to(self.folder)
            found += [f"{shown}: loads {target}" for target in sorted(page.loaded) if is_elsewhere(target)]
            inner = sorted(target for target in page.targets | page.loaded if not is_elsewhere(target))
            found += [f"{shown}: {target}" for target in inner if not self._leads_somewhere(path, target)]
        return found

    def _leads_somewhere(self, path: Path, target: str) -> bool:
        file, anchor = urldefrag(target)
        end = self._end(path, file)
        return end.is_file() and (not anchor or end not in self.pages or unquote(anchor) in self.pages[end].names)

    def _end(self, path: Path, file: str) -> Path:
        return (path.parent / unquote(file.partition("?")[0])).resolve() if file else path

    def unreachable(self) -> list[str]:
        """Pages to which no chain of links leads from the first one."""
        waiting, seen = [self.folder / "index.html"], set[Path]()
        while waiting:
            path = waiting.pop()
            if path in seen or path not in self.pages:
                continue
            seen.add(path)
            inner = (target for target in self.pages[path].targets if not is_elsewhere(target))
            waiting += [self._end(path, urldefrag(target)[0]) for target in inner]
        lost = [str(path.relative_to(self.folder)) for path in self.pages if path not in seen]
        return [name for name in lost if name not in GENERATED]
