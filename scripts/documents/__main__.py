"""The command behind scripts/regenerate-docs."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from scripts.benchmarks.launching import ROOT
from scripts.documents.blocks import PAGES, Output, outputs, read, write_files
from scripts.documents.comparing import NoCounterpartError, differences, renewed
from scripts.documents.stage import CommandError, Stage
from scripts.faults.warm import WarmStarter

SECONDS_OF_A_QUICK_ONE = 10
CHILDREN = "scripts.documents.children"  # the warm process


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="scripts/regenerate-docs", description="Run what the documents print, and write what comes out into them."
    )
    top.add_argument("pages", nargs="*", metavar="PAGE", help="such as docs/methods.md (default: all)")
    top.add_argument("--check", action="store_true", help="compare, and write nothing")
    top.add_argument("--pictures", action="store_true", help="draw the pictures of docs/gallery.md, and nothing else")
    top.add_argument("--quick", action="store_true", help="without what is marked slow")
    return top


def renew(stage: Stage, output: Output) -> tuple[str, list[str]]:
    """The block as it should be, and in what it differs from what is printed; as it is where that cannot be known."""
    try:
        now = renewed(output.text, stage.output_of(output.command))
    except NoCounterpartError as error:
        return output.text, [f"printed  {error}", "now      nothing like it"]
    except CommandError as error:
        return output.text, [str(error)]
    found = differences(output.text, now)
    return (now if found else output.text), found


def visit(page: str, shared: Path, starter: WarmStarter, quick: bool) -> tuple[str, list[str], bool]:
    """The text of a page as it should be, what differs in it, and whether something remains to be mended by hand."""
    text, told, remains = read(page), [], False
    parts, at = [], 0
    with tempfile.TemporaryDirectory() as folder:
        write_files(text, Path(folder))
        stage = Stage(Path(folder), shared, starter)
        for output in outputs(text):
            if output.slow and quick:
                continue
            begin = time.monotonic()
            block, found = renew(stage, output)
            if not output.slow and (seconds := time.monotonic() - begin) > SECONDS_OF_A_QUICK_ONE:
                print(f"{page}: {output.command}: took {seconds:.0f} s; is it slow?", flush=True)
            parts += [text[at : output.start], block]
            at = output.end
            if found:
                line = text.count("\n", 0, output.start)
                told.append("\n  ".join([f"{page}:{line}: {output.command}", *found]))
                remains = remains or block == output.text
    return "".join([*parts, text[at:]]), told, remains


def main(argv: Sequence[str] | None = None) -> int:
    """Run the commands of the pages; returns 1 if something has to be mended: with --check all that differs."""
    options = parser().parse_args(argv)
    if options.pictures:
        from scripts.documents import gallery  # which loads what simulates and draws

        gallery.main(())
        return 0
    unknown = [page for page in options.pages if page not in PAGES]
    if unknown:
        sys.exit(f"scripts/regenerate-docs: there is no page {unknown[0]}; there are: {', '.join(PAGES)}")
    bad = False
    with tempfile.TemporaryDirectory() as shared, WarmStarter(CHILDREN) as starter:
        for page in options.pages or PAGES:
            text, told, remains = visit(page, Path(shared), starter, options.quick)
            bad = bad or bool(told if options.check else remains)
            if not options.check and text != read(page):
                (ROOT / page).write_text(text, encoding="utf-8")
            for line in told:
                print(line, flush=True)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
