"""A real browser without a window, where one is there: what it makes of a page."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=20000")
DARK = "--blink-settings=preferredColorScheme=0"
PHONE, DESKTOP = "--window-size=390,844", "--window-size=1280,900"
SECONDS = 100


def find_browser() -> str:
    """The browser: PARALLEL_NLS_BROWSER, or one on the path. The test is skipped, and says so, without one."""
    found = os.environ.get("PARALLEL_NLS_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("NO BROWSER HERE: pages were not opened in one; apt-get install chromium, or PARALLEL_NLS_BROWSER")
    return found


def text_after(page: str, script: str, folder: Path, *flags: str) -> str:
    """Open a page with a script of the test's own at its end; what the script writes into an element "found"."""
    file = folder / "opened.html"
    file.write_text(
        page.replace("</body>", f"<pre id='found'></pre><script>{script}</script></body>"), encoding="utf-8"
    )
    command = [find_browser(), *QUIET, *flags, f"--user-data-dir={folder / 'profile'}", "--dump-dom", file.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found is not None, done.stderr[-2000:]
    return unescape(found[1])


def on_paper(page: str, folder: Path) -> int:
    """How many sheets a page takes when it is printed."""
    file, printed = folder / "printed.html", folder / "printed.pdf"
    file.write_text(page, encoding="utf-8")
    command = [find_browser(), *QUIET, f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={printed}"]
    done = subprocess.run([*command, file.as_uri()], capture_output=True, text=True, timeout=SECONDS, check=False)
    assert printed.exists(), done.stderr[-2000:]
    return len(re.findall(rb"/Type /Page\b", printed.read_bytes()))


def axe() -> str:
    """The text of axe-core, which examines a page for readers of any kind; without it the test is skipped, and says so.

    It is the file that PARALLEL_NLS_AXE names, or that of the package axe_core_python.
    """
    spec = importlib.util.find_spec("axe_core_python")
    package = [Path(place) / "axe.min.js" for place in (spec and spec.submodule_search_locations) or ()]
    path = next(iter([Path(os.environ["PARALLEL_NLS_AXE"])] if "PARALLEL_NLS_AXE" in os.environ else package), None)
    if path is None:
        pytest.skip("NO AXE-CORE HERE: pages were not examined by it; pip install axe-core-python, or PARALLEL_NLS_AXE")
    return path.read_text(encoding="utf-8")
