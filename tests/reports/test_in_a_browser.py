"""A report in a real browser: nothing of it runs, it fits a desktop and a phone, in light and in dark."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from parallel_nls.reports import run_page
from parallel_nls.reports.page import write_report
from tests.browser import DARK, DESKTOP, PHONE, axe, on_paper, text_after
from tests.reports.test_report import quick_figures
from tests.stored_runs import end_run, rows, store_run

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
LOOKS = (("light on a desktop", (DESKTOP,)), ("dark on a phone", (PHONE, DARK)))
# What a reader of the page meets: how wide it is, pictures that are not shown, texts that hardly stand out.
EXAMINE = """
const parts = text => text.match(/[\\d.]+/g).map(Number);
const linear = c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const light = color => parts(color).slice(0, 3).map(c => linear(c / 255))
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const ground = node => { for (; node; node = node.parentElement) {
  const color = getComputedStyle(node).backgroundColor; if (parts(color)[3] !== 0) return color;
} return "rgb(255, 255, 255)"; };
const own = node => [...node.childNodes].some(c => c.nodeType === 3 && c.data.trim());
const faint = [];
for (const node of document.body.querySelectorAll("*")) {
  if (node.id === "found" || node.tagName === "SCRIPT" || !own(node)) continue;
  const [a, b] = [light(getComputedStyle(node).color), light(ground(node))].sort((x, y) => y - x);
  if ((a + 0.05) / (b + 0.05) < 4.5) faint.push(node.outerHTML.slice(0, 80));
}
document.getElementById("found").textContent = JSON.stringify({
  overflow: document.documentElement.scrollWidth - innerWidth, faint,
  unseen: [...document.images].filter(one => !one.naturalWidth).length, pictures: document.images.length,
  dark: matchMedia("(prefers-color-scheme: dark)").matches, ground: getComputedStyle(document.body).backgroundColor});
"""
AXE = """
axe.run().then(found => { document.getElementById("found").textContent = JSON.stringify(
  found.violations.map(one => one.id + ": " + one.nodes[0].html)); });
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report whose title would run, if it could."""
    times = np.linspace(-2.0, -1.5, 11)
    columns = rows(times, mass=2 + 1e-12 * times, sup_norm=-1 / times, virial_residual=times, scale=np.ones((11, 2)))
    title = "title=\"<img src=x onerror=document.title='ran'>\""
    root = store_run(tmp_path_factory.mktemp("browser") / "run", columns, title)
    end_run(root, identities={"16E": 0.1}, provenance={"hosts": [f"node{n}" for n in range(40)]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_page, "plot_run", quick_figures)
        return write_report(root).read_text(encoding="utf-8")


def test_nothing_on_it_runs(page: str, tmp_path: Path) -> None:
    """The policy stops even a script that is put into the page; without it that one finds the title as it was."""
    tell = "document.getElementById('found').textContent = document.title"
    assert text_after(page, tell, tmp_path) == ""
    assert text_after(POLICY.sub("", page), tell, tmp_path) == "<img src=x onerror=document.title='ran'>"


@pytest.mark.parametrize(("look", "flags"), LOOKS, ids=[name for name, _ in LOOKS])
def test_it_fits_and_can_be_read(page: str, tmp_path: Path, look: str, flags: tuple[str, ...]) -> None:
    """No wider than the window, all pictures there, all texts 4.5 to 1 at least."""
    found = json.loads(text_after(POLICY.sub("", page), EXAMINE, tmp_path, *flags))
    dark = look.startswith("dark")
    assert found == {
        "overflow": 0, "faint": [], "unseen": 0, "pictures": 2, "dark": dark,
        "ground": "rgb(18, 22, 28)" if dark else "rgb(255, 255, 255)",
    }  # fmt: skip


def test_it_is_short_on_paper(page: str, tmp_path: Path) -> None:
    """Ten narrow figures stand two in a row, of which a sheet takes about three; one below the other they took ten."""
    picture = io.BytesIO()
    Image.new("RGB", (700, 600), "white").save(picture, "PNG")
    uri = f"data:image/png;base64,{base64.b64encode(picture.getvalue()).decode()}"
    one = re.search(r"<figure>.*?</figure>", page, re.DOTALL)
    assert one is not None
    ten = re.sub(r"data:image/png;base64,[^\"]+", uri, one[0]) * 10
    bare = re.sub(r"<figure>.*</figure>", "", page, flags=re.DOTALL)
    with_figures = page.replace(one[0], ten, 1)
    assert on_paper(with_figures, tmp_path) - on_paper(bare, tmp_path) <= 4


@pytest.mark.parametrize(("look", "flags"), LOOKS, ids=[name for name, _ in LOOKS])
def test_axe_finds_no_barrier(page: str, tmp_path: Path, look: str, flags: tuple[str, ...]) -> None:
    """The rules of WCAG and of good practice that a program can examine."""
    library = axe().replace("</script", "<\\/script")
    assert json.loads(text_after(POLICY.sub("", page), library + AXE, tmp_path, *flags)) == [], look
