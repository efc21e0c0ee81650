"""Writes a page: what `parallel-nls report` does."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from pathlib import Path

from parallel_nls import __version__
from parallel_nls.errors import UserError, unwritable
from parallel_nls.output.durable_files import replace_file
from parallel_nls.reports.content import Page
from parallel_nls.reports.run_page import page_of_run
from parallel_nls.reports.sweep_page import page_of_sweep
from parallel_nls.results.directories import is_sweep
from parallel_nls.results.files import find_run
from parallel_nls.results.reader import Run
from parallel_nls.running.plain_output import printable

__all__ = ["html_of", "write_report"]

_GENERATOR = "parallel_nls"
_MARK = f'<meta name="generator" content="{_GENERATOR} '
_HEAD = 2000  # bytes of a file that tell whether it is a report


def write_report(path: str | Path, to: str | Path | None = None) -> Path:
    """Write all that a run directory tells on one page that needs no other file.

    Parameters
    ----------
    path : str or Path
        A run directory, of a run that has ended, was killed, or still goes on; or that of a sweep or a study.
    to : str or Path, optional
        The HTML file, by default report.html in that directory; a report that is there is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    UserError
        If there is no run, or the file is none of a report or can be none.
    StorageError
        If the file system refuses it.

    Notes
    -----
    The figures are drawn anew, as `parallel-nls plot` does. *Communication*: local.
    """
    root = Path(path)
    page = _SWEEP if is_sweep(root) else _RUN
    target = root / "report.html" if to is None else Path(to)
    if page is _RUN:
        find_run(root)
    _refuse_other(target)
    text = html_of(page_of_sweep(root) if page is _SWEEP else page_of_run(Run(root)))
    try:
        replace_file(target, text.encode("utf-8", "replace"))
    except OSError as error:
        raise unwritable(f"report {str(target)!r}", error, "give another by --to") from None
    return target


_RUN, _SWEEP = "run", "sweep"


def _refuse_other(target: Path) -> None:
    """Refuse to replace what is no report, and a name of something else, before anything is drawn."""
    if target.suffix not in ("", ".html", ".htm") and not target.is_dir():
        raise UserError(f"report {str(target)!r}: a report is HTML; give a name that ends in .html, for paper print it")
    try:
        if target.is_dir():
            raise UserError(f"report {str(target)!r} is a directory; give a file by --to, as {target / 'report.html'}")
        if not target.parent.is_dir():
            raise UserError(f"report {str(target)!r}: there is no folder {str(target.parent)!r}; make it first")
        if not target.exists():
            return
        with target.open("rb") as file:
            known = _MARK.encode() in file.read(_HEAD)
    except OSError as error:
        raise unwritable(f"report {str(target)!r}", error, "give another by --to") from None
    if not known:
        raise UserError(f"report {str(target)!r} is there already, and is no report; give another by --to")


def html_of(page: Page) -> str:
    """A page as HTML: every text in it is escaped, and scripts are forbidden. *Communication*: local."""
    import jinja2
    from markupsafe import Markup

    def finalize(value: object) -> object:
        """Write control characters out, as on a terminal: none has a place in a page."""
        return printable(value) if type(value) is str else value

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=finalize
    )
    folder = files("parallel_nls.reports")
    style = folder.joinpath("report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    template = environment.from_string(folder.joinpath("report.html").read_text(encoding="utf-8"))
    return (
        template.render(
            page=page, style=Markup(style), style_hash=Markup(digest), generator=f"{_GENERATOR} {__version__}"
        )
        + "\n"
    )
