"""Commands that the documents print for readers to type are commands: options, names of examples, and keys."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import pytest

from parallel_nls.cli.parser import make_parser
from parallel_nls.config import example_names, load_configuration
from parallel_nls.errors import UserError
from scripts.documents.blocks import PAGES, read

TYPED = re.compile(r"^ {4}(?:(?:mpirun|srun)\b[^\n]*? )?parallel-nls (?P<words>[a-z-]+\b[^\n]*)$", re.MULTILINE)
END = re.compile(r"[>|&]|&&")
WITH_KEYS = ("run", "scaling", "check", "ground-state", "blow-up-profile")


def typed(text: str) -> Iterator[list[str]]:
    """The words of each command of a page behind parallel-nls; descriptions of what commands take are none."""
    for found in TYPED.finditer(re.sub(r" \\\n +", " ", text)):
        words = shlex.split(found["words"], comments=True)
        end = next((place for place, word in enumerate(words) if END.match(word)), len(words))
        if not any(word.startswith(("[", "…")) or word.endswith("…") for word in words):
            yield words[:end]


def wrong_with(words: list[str]) -> str:
    """What the parser, or the configuration of an example, says of a command; empty if nothing."""
    try:
        given = make_parser().parse_args(words)
        if given.command in WITH_KEYS and given.config in example_names():
            load_configuration(given.config, given.set or (), with_files=False)
    except UserError as error:
        return f"{shlex.join(words)}: {error}"
    return ""


@pytest.mark.parametrize("page", [page for page in PAGES if TYPED.search(read(page))])
def test_what_readers_type_is_understood(page: str) -> None:
    """All of it, by the parser; of examples the keys as well."""
    assert [wrong for words in typed(read(page)) if (wrong := wrong_with(words))] == []


def test_mistakes_are_found() -> None:
    """An option, an example's key, a command; behind comments and redirections is nothing of them."""
    page = "\n    mpirun -n 2 parallel-nls {}\n    parallel-nls run CONFIG [--output RUN]…\n"
    for line, wrong in {
        "examples trap > mine.toml   # edit it": "",
        "run trap --set time.step=0.01 \\\n        --output runs/fine": "",
        "run trap --set time.stpe=0.01": "did you mean",
        "plot runs/mine --olny density": "unrecognized arguments",
        "polt runs/mine": "invalid choice",
    }.items():
        (words,) = typed(page.format(line))
        assert wrong in wrong_with(words)
        assert bool(wrong) == bool(wrong_with(words))
