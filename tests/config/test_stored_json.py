"""Documents of a run are taken as they are meant, or refused with one reason; never converted, never waited for."""

from __future__ import annotations

import json
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from parallel_nls.config.stored_json import Count, DamagedError, Finite, StoredDocument, parse_json, read_json


class Small(StoredDocument):
    """A document of two entries."""

    steps: Count
    time: Finite


GOOD = {"steps": 3, "time": -0.5}
DEEP = 100_000


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no JSON"),
        (b"\xff\xfe", "no text in UTF-8"),
        (b'\xef\xbb\xbf{"steps": 3, "time": 0.5}', "is no JSON"),
        ('{"steps": 3, "time": 0.5}'.encode("utf-16"), "no text in UTF-8"),
        (b"[]", "is wrong"),
        (b"null", "is wrong"),
        (b'{"steps": 3}', "time: Field required"),
        (b'{"steps": -3, "time": 0.5}', "steps: Input should be greater"),
        (b'{"steps": "3", "time": 0.5}', "steps: Input should be a valid integer"),
        (b'{"steps": true, "time": 0.5}', "steps: Input should be a valid integer"),
        (b'{"steps": 3.0, "time": 0.5}', "steps: Input should be a valid integer"),
        (b'{"steps": 4611686018427387904, "time": 0.5}', "steps: Input should be less"),
        (b'{"steps": ' + b"9" * 4000 + b', "time": 0.5}', "steps"),
        (b'{"steps": ' + b"9" * 5000 + b', "time": 0.5}', "is no JSON"),
        (b'{"steps": 3, "time": NaN}', "holds NaN"),
        (b'{"steps": 3, "time": -Infinity}', "holds -Infinity"),
        (b'{"steps": 3, "time": 1e999}', "time: Input should be a finite number"),
        (b'{"steps": 3, "steps": 4, "time": 0.5}', "has a key twice"),
        (b'{"steps": 3, "time": 0.5, "more": ' + b"[" * 40 + b"]" * 40 + b"}", "nested too deeply"),
        (b"[" * DEEP + b"]" * DEEP, "nested too deeply"),
        (b'{"a":' * DEEP + b"1" + b"}" * DEEP, "nested too deeply"),
        (b'{"steps": 3, "time": 0.5} and more', "is no JSON"),
    ],
)
def test_what_is_no_such_document_is_refused(content: bytes, said: str) -> None:
    """With one reason, short enough to be read."""
    with pytest.raises(DamagedError) as caught:
        parse_json(content, Small)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 250


def test_what_is_one_is_taken(tmp_path: Path) -> None:
    """With entries that a later version may have; a whole number is a real one."""
    path = tmp_path / "x.json"
    path.write_text(json.dumps({**GOOD, "time": 1, "later": {"a": [1]}}))
    found = read_json(path, Small)
    assert (found.steps, found.time, found.model_dump()["later"]) == (3, 1.0, {"a": [1]})


@pytest.mark.parametrize("what", ["directory", "pipe", "loop"])
def test_what_is_no_file_is_refused(tmp_path: Path, what: str) -> None:
    """At once: a pipe is not waited for."""
    path = tmp_path / "x.json"
    make: dict[str, Callable[[], None]] = {
        "directory": path.mkdir,
        "pipe": lambda: os.mkfifo(path),
        "loop": lambda: path.symlink_to(path),
    }
    make[what]()
    with pytest.raises(DamagedError, match="is no file"):
        read_json(path, Small)


def test_a_small_document_takes_little_memory(tmp_path: Path) -> None:
    """Not as much as the largest one would, which a process with little left could not have."""
    (tmp_path / "small.json").write_text(json.dumps(GOOD))
    read_json(tmp_path / "small.json", Small)
    tracemalloc.start()
    try:
        read_json(tmp_path / "small.json", Small)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_a_document_without_end_is_not_read(tmp_path: Path) -> None:
    """It is refused by its size."""
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(DamagedError, match="is larger than"):
        read_json(tmp_path / "large.json", Small)
