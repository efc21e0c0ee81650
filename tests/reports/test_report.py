"""A run on one page: sound, self-contained, and safe whatever its texts are; readable for everybody."""

from __future__ import annotations

import base64
import errno
import hashlib
import itertools
import re
import shutil
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from parallel_nls.config.toml_text import toml_value
from parallel_nls.errors import RESUMABLE, STOPPED, StorageError, UserError
from parallel_nls.figures.looks import house_style
from parallel_nls.output.run_lock import RunLock
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.reports import run_page
from parallel_nls.reports.alternatives import describe_figure
from parallel_nls.reports.identity_table import identity_table
from parallel_nls.reports.page import write_report
from parallel_nls.results.reader import Run, open_run
from tests.stored_runs import end_run, rows, store_run

TIMES = np.linspace(-2.0, -1.5, 11)
VOID = {"meta", "img", "br", "link", "input", "hr"}
MODULATED = "diagnostics.families=['conserved', 'virial', 'resolution', 'modulation']"
HOSTILE = '<script>alert("1")</script> & \' "" \\u202e'


class Page(HTMLParser):
    """What a page consists of; tags that do not match are an error."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """It must be that which was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note a text, but for styles."""
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    def all(self, name: str) -> list[dict[str, str]]:
        """The attributes of all tags of a name."""
        return [attributes for tag, attributes in self.tags if tag == name]

    @property
    def text(self) -> str:
        """All that is to be read."""
        return " ".join(" ".join(self.texts).split())


def quick_figures(run: Run, to: str | None = None) -> list[Path]:
    """Stands in for drawing, which other tests look at: two pictures, and one that moves."""
    folder = run.paths.figures if to is None else Path(to)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise UserError(f"figures cannot be written into {folder} ({error.strerror})") from None
    files = [folder / name for name in ("conservation.png", "density.png", "animation.gif")]
    for file in files:
        Image.new("RGB", (8, 6), "white").save(file)
    return files


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures take no time."""
    monkeypatch.setattr(run_page, "plot_run", quick_figures)


def page_of(root: Path) -> Page:
    """The page of a run, whose file it must be."""
    written = write_report(root)
    assert written == root / "report.html"
    return Page(written.read_text(encoding="utf-8"))


@pytest.fixture
def stored(tmp_path: Path, _quick: None) -> Path:
    """A run with drifts, residuals and two bubbles, whose title and log are hostile."""
    columns = rows(
        TIMES,
        mass=2 + 1e-12 * (TIMES + 2),
        momentum=np.zeros((11, 2)),
        sup_norm=-1 / TIMES,
        virial_residual=np.where(np.arange(11) == 5, 3e-5, np.where(np.arange(11) == 9, -2e-3, 1e-6)),
        scale=np.stack([-TIMES, -2 * TIMES], axis=1),
        center=np.full((11, 2, 2), 0.25),
        remainder_l2=np.where(np.arange(11) < 9, 0.125, np.nan),
    )
    root = store_run(tmp_path / "run", columns, f"title={toml_value(HOSTILE)}", MODULATED)
    RunPaths(root).log.write_text(
        "2026-01-02 03:04:05  One bubble: 32 × 24 points on 1 rank, 10 steps from t = -2 to -1.5, into run\n"
        f"2026-01-02 03:04:06  warning: <b>{HOSTILE}</b> \x1b[31m\n"
        "2026-01-02 03:04:10  step 4 of 10  t = -1.8  sup|u| = 0.5  elapsed 0:00:05  left 0:00:07\n"
        "2026-01-02 03:04:11  done at t = -1.5 after 10 steps in 0.5 s: stop time reached\n"
        "2026-01-02 03:04:11  results in run; figures: parallel-nls plot run\n"
    )
    return root


def test_a_page_needs_nothing_else_and_runs_nothing(stored: Path) -> None:
    """No script, no address but data; the policy allows the one style and pictures; texts come out as they are."""
    end_run(stored, provenance={"python": "<i>3</i>", "hosts": ["a", "b"]}, identities={"16E": 3e-5})
    text = write_report(stored).read_text(encoding="utf-8")
    page = Page(text)
    assert not {"script", "link", "iframe", "object", "b", "i"} & {tag for tag, _ in page.tags}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "style"]
    addresses = [attributes[name] for _, attributes in page.tags for name in ("src", "href") if name in attributes]
    assert all(address.startswith(("data:image/png;base64,", "data:text/plain", "#")) for address in addresses)
    policy = page.all("meta")[1]["content"]
    css = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert css is not None
    assert "url(" not in css[1]
    assert "@import" not in css[1]
    digest = base64.b64encode(hashlib.sha256(css[1].encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; img-src data:; style-src 'sha256-{digest}';")
    assert '<script>alert("1")</script>' in page.text
    assert "<i>3</i>" in page.text
    assert "\\x1b[31m" in page.text
    assert "\x1b" not in text


def test_a_page_is_well_formed_for_readers_of_any_kind(stored: Path) -> None:
    """Language, one main heading, none skipped, names unique and led to, texts for pictures, heads of tables."""
    page = page_of(stored)
    assert page.all("html")[0] == {"lang": "en"}
    assert page.all("meta")[0] == {"charset": "utf-8"}
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    names = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(names) == len(set(names))
    led_to = [attributes[key] for _, attributes in page.tags for key in ("aria-labelledby",) if key in attributes]
    led_to += [link["href"][1:] for link in page.all("a") if link["href"].startswith("#")]
    assert set(led_to) <= set(names)
    assert page.all("img")
    assert all(re.search(r"\d", picture["alt"]) and len(picture["alt"]) > 40 for picture in page.all("img"))
    assert all(head["scope"] in ("col", "row") for head in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table")) > 3
    assert {tag for tag, _ in page.tags} >= {"main", "header", "footer", "nav", "title"}
    scrolled = [attributes for tag, attributes in page.tags if tag == "pre" or attributes.get("class") == "scroll"]
    assert all(attributes["tabindex"] == "0" for attributes in scrolled)


def test_the_numbers_are_those_of_the_run(stored: Path) -> None:
    """Drifts, residuals, parameters of each bubble, the last row; notices without begin, end and progress."""
    end_run(stored, identities={"16E": 0.0}, provenance={"ranks": 3})
    text = page_of(stored).text
    assert "mass 2.5e-13 2.5e-13 relative" in text
    assert "3.0e-05 at t = -1.75 2.0e-03 at t = -1.55" in text
    assert "no residual is larger than what the differences of rows may be wrong by; how much that is was not" in text
    assert "scale 1.5 3 -1.5" in text
    assert "center 0.25, 0.25 0.25, 0.25 -1.5" in text
    assert "remainder_l2 0.125 -1.6" in text
    assert "center 1 x: 0.25 1 y: 0.25 2 x: 0.25 2 y: 0.25" in text
    assert "ranks 3" in text
    notices = text.partition(" Notices ")[2].partition(" Provenance ")[0]
    assert notices.count("2026-01-02") == 1
    assert "warning:" in notices
    assert "[time] start = -2.0 stop = -1.5" in text
    assert "step 4 of 10" not in text
    written = write_report(stored).read_text(encoding="utf-8")
    assert written.count("Save as config.toml") == 1
    assert "<span>1: 1.5</span><br><span>2: 3</span>" in written


@pytest.mark.parametrize(
    ("worst", "numbers", "verdict"),
    [
        (0.0, (5, 5, 2e-6, 2e-6, 1e-6), "holds to 2.0e-06, what the differences of rows may be wrong by"),
        (
            0.0,
            (5, 0, 0.0, 0.5, 0.25),
            "not to be told: rows are so far apart that differences may be wrong by up to 5.0e-01",
        ),
        (
            0.0,
            (5, 4, 2e-6, 0.5, 0.25),
            "holds to 2.0e-06 in 4 of 5 rows; in 1 of 5 rows differences may be wrong by up to 5.0e-01, too much",
        ),
        (2e-5, (5, 5, 2e-6, 2e-6, 1e-6), "shown to be missed by up to 2.0e-05, more than what the differences of rows"),
        (2e-10, (5, 5, 2e-6, 2e-6, 1e-6), "; larger residuals, up to 1.0e-06, are within what the differences of rows"),
        (
            2e-10,
            (5, 4, 2e-6, 0.5, 0.25),
            "; in 1 of 5 rows differences may be wrong by up to 5.0e-01, too much to tell",
        ),
        (2e-5, None, "an error of the run; where residuals are larger, differences may be wrong by more"),
        (None, None, "not judged: it takes 7 rows"),
    ],
)
def test_what_is_said_of_an_identity(
    stored: Path, worst: float | None, numbers: tuple[float, ...] | None, verdict: str
) -> None:
    """That it holds is said as far as the rows tell; of older runs, which have not stored how far, no number."""
    names = ("rows", "told_rows", "told", "largest", "within")
    values: dict[str, Any] = {"identities": {"16E": worst}}
    if numbers is not None:
        values["identity_doubts"] = {"16E": dict(zip(names, numbers, strict=True))}
    end_run(stored, **values)
    table = identity_table(open_run(stored))
    assert table is not None
    assert verdict in table.rows[0][3]


def test_of_all_bubbles_the_worst_is_said(tmp_path: Path) -> None:
    """One whose rows tell nothing is not hidden behind another."""
    root = store_run(tmp_path / "run", rows(TIMES, mass_identity=np.full((11, 2), 1e-7)), MODULATED)
    names = [f"(3.14) of bubble {k}" for k in (1, 2)]
    good = {"rows": 5, "told_rows": 5, "told": 2e-6, "largest": 2e-6, "within": 1e-7}
    doubts = dict(zip(names, (good, good | {"told_rows": 0, "told": 0.0, "largest": 0.25}), strict=True))
    end_run(root, identities=dict.fromkeys(names, 0.0), identity_doubts=doubts)
    table = identity_table(open_run(root))
    assert table is not None
    verdict = "not to be told: rows are so far apart that differences may be wrong by up to 2.5e-01"
    assert table.rows[0][3] == verdict


@pytest.mark.usefixtures("_quick")
def test_parameters_of_one_bubble_are_numbers(tmp_path: Path) -> None:
    """As of half waves: names that others have for each bubble."""
    columns = rows(TIMES, scale=-TIMES, b=-TIMES / 2, modulation_defect=np.full(11, np.nan))
    text = page_of(store_run(tmp_path / "run", columns, MODULATED)).text
    assert "Numbers of the decomposition, last values number formula value at t scale 1.5 -1.5 b 0.75 -1.5" in text
    assert "Modulation parameters" not in page_of(store_run(tmp_path / "other", columns)).text


def test_pictures_are_told_in_numbers(stored: Path) -> None:
    """What goes from where to where, and drifts; a figure that nobody knows still says of what it is."""
    run = open_run(stored)
    assert describe_figure(run, "peak")[1] == (
        "Largest |u| over time. Over t = -2 to -1.5: sup_norm goes from 0.5 to 0.6667."
    )
    assert "mass drifts by 2.5e-13 at most (relative)" in describe_figure(run, "conservation")[1]
    assert "its largest modulus 0.002 at t = -1.55" in describe_figure(run, "conservation")[1]
    assert "scale 1 goes from 2 to 1.5; scale 2 goes from 4 to 3" in describe_figure(run, "parameters")[1]
    assert describe_figure(run, "some_thing")[1].startswith("Some thing. Over t = -2 to -1.5: sup_norm goes from")


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        (0, "stop time reached", "It came to its stop. Done at t = -1.5: stop time reached."),
        (STOPPED, "limit reached", "It stopped early. Stopped early (exit code 3) at t = -1.5: limit reached."),
        (RESUMABLE, "a signal", "It was asked to leave, and can go on. Stored at t = -1.5: a signal."),
    ],
)
def test_how_a_run_ended_is_told_in_words(stored: Path, code: int, reason: str, words: str) -> None:
    """With what to type where it can go on."""
    end_run(stored, code, end_reason=reason)
    text = page_of(stored).text
    assert words in text
    assert (f"Go on with: parallel-nls resume {stored}" in text) == (code == RESUMABLE)


def test_a_run_that_goes_on_or_was_killed_has_a_page_too(stored: Path) -> None:
    """The lock tells, and is not touched; one of another machine tells nothing."""
    assert "It was cut off. Ended without a word" in page_of(stored).text
    lock = RunLock(RunPaths(stored).lock)
    lock.take()
    assert "It still goes on. A job is working on it: process" in page_of(stored).text
    assert not lock.is_lost()
    lock.release()
    RunPaths(stored).lock.write_text("process 12 on elsewhere, job 7\n")
    text = page_of(stored).text
    assert "It has not ended by itself, as far as can be told. Taken by process 12 on elsewhere, job 7" in text
    assert "so far t = -1.5 of -1.5: 100.0%, step 10" in text


def test_a_run_without_rows_has_a_page(tmp_path: Path) -> None:
    """Without figures and tables."""
    page = page_of(store_run(tmp_path / "run", None))
    assert "no row yet" in page.text
    assert page.all("img") == page.all("table") == []


def test_the_figures_are_those_that_plot_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each as it is in its file, with a text of its own."""
    monkeypatch.setitem(house_style(), "savefig.dpi", 40)
    root = store_run(tmp_path / "run", rows(TIMES, mass=2 + 1e-12 * (TIMES + 2), sup_norm=-1 / TIMES))
    pictures = page_of(root).all("img")
    drawn = [
        base64.b64encode((root / "figures" / name).read_bytes()) for name in ("blowup_law.png", "conservation.png")
    ]
    assert [picture["src"] for picture in pictures] == [f"data:image/png;base64,{one.decode()}" for one in drawn]
    assert [picture["alt"].partition(".")[0] for picture in pictures] == [
        "Largest |u| beside the law of exact bubbles", "Drift of what is conserved",
    ]  # fmt: skip


def test_a_run_that_cannot_be_written_has_its_figures(stored: Path) -> None:
    """On a page that lies elsewhere; nothing of them stays, in the run or where they were drawn."""
    write_report(stored)
    drawn = [picture["src"] for picture in page_of(stored).all("img")]
    shutil.rmtree(stored / "figures")
    (stored / "figures").write_text("")
    to = stored.parent / "page.html"
    assert write_report(stored, to) == to
    assert [picture["src"] for picture in Page(to.read_text(encoding="utf-8")).all("img")] == drawn != []
    assert (stored / "figures").read_text() == ""


FULL = OSError(errno.ENOSPC, "No space left on device"), StorageError("figures: No space left on device")
PLACES = "tempfile.mkdtemp", "parallel_nls.reports.run_page.plot_run"


@pytest.mark.parametrize(("where", "error"), list(zip(PLACES, FULL, strict=True)))
def test_figures_that_cannot_be_drawn_are_told(
    stored: Path, monkeypatch: pytest.MonkeyPatch, where: str, error: Exception
) -> None:
    """The rest of the page is there; it may lie elsewhere."""
    (stored / "figures").write_text("")
    to = stored.parent / "page.html"

    def full(*_: object, **__: object) -> None:
        """Refuse a folder, or figures in it."""
        raise error

    monkeypatch.setattr(where, full)
    assert write_report(stored, to) == to
    assert f"They could not be drawn: {error}." in Page(to.read_text(encoding="utf-8")).text


def test_a_sweep_has_a_page_over_its_runs(stored: Path, tmp_path: Path) -> None:
    """How each stands and what it has that others have not; their series over each other, told in numbers."""
    (tmp_path / "scan").mkdir()
    (tmp_path / "scan" / "sweep.toml").write_text('configuration = "<b>"\n')
    end_run(stored)
    stored.rename(tmp_path / "scan" / "member_0000")
    store_run(tmp_path / "scan" / "member_0001", rows(TIMES, sup_norm=-2 / TIMES), "time.step=0.025")
    page = page_of(tmp_path / "scan")
    assert "Not all runs came to their stop. 1 done, 1 killed." in page.text
    assert "member_0001 time.step = 0.025 ended without a word" in page.text
    assert [picture["alt"] for picture in page.all("img")] == [
        "sup_norm of 2 runs over time: sup_norm ends from 0.666667 (time.step = 0.05) to 1.33333 (time.step = 0.025)."
    ]
    assert 'configuration = "<b>"' in page.text


def test_only_reports_are_replaced(stored: Path, tmp_path: Path) -> None:
    """Before anything is drawn; folders and places that are not there are named."""
    (tmp_path / "mine.html").write_text("<p>mine</p>")
    for to, words in (
        (tmp_path / "mine.html", "is there already, and is no report"),
        (stored, "is a directory; give a file by --to"),
        (tmp_path / "new" / "a.html", "there is no folder"),
        (tmp_path / "a.pdf", "a report is HTML; give a name that ends in .html"),
    ):
        with pytest.raises(UserError, match=words):
            write_report(stored, to)
    assert not (stored / "figures").exists()
    with pytest.raises(UserError, match="there is no run directory"):
        write_report(tmp_path / "absent")


def luminance(color: str) -> float:
    """Relative luminance of #rrggbb or #rgb, WCAG 2.2."""
    digits = color.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(2 * one for one in digits)
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_text_stands_out_from_its_ground() -> None:
    """At least 4.5 to 1 in light, in dark and in print, on the page and on panels."""
    css = files("parallel_nls.reports").joinpath("report.css").read_text(encoding="utf-8")
    schemes = [dict(re.findall(r"--(\w+): (#\w+);", block)) for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL)]
    assert len(schemes) == 3
    for scheme in schemes:
        for ground in ("page", "panel"):
            for name in ("text", "muted", "link", "good", "warn", "bad", "busy"):
                light, dark = sorted((luminance(scheme[ground]), luminance(scheme[name])), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (scheme, ground, name)
