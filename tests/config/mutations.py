"""Strategies for files and overrides with something wrong in them, for hypothesis."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from parallel_nls.config import example_names, example_text
from parallel_nls.config.toml_text import toml_value

GAUSSIAN = """[grid]
points = [16, 16]
length = [8.0, 8.0]

[initial]
kind = "gaussian"
amplitude = 2.0
width = 1.0

[time]
start = 0.0
stop = 0.1
step = 0.01
"""
MODULATED = f"""
[equation]
name = "nls"

{GAUSSIAN}
[diagnostics]
families = ["modulation", "functionals", "localized"]

[modulation]
cutoff = 2.0
direction = [1.0, 0.5]
blowup_time = 0.25

[[modulation.bubbles]]
center = [-1.0, 0.0]
frequency = 2.0

[[modulation.bubbles]]
center = [1.0, 0.0]
phase = 1.5

[limits]
identity = 0.1
"""
OWN = """
[equation]
file = "mine.py"
dimension = 1

[equation.parameters]
strength = 2
at = [0.5, 1]
kind = "well"

[grid]
basis = "fourier"
points = 64
length = 8.0

[initial]
kind = "python"
file = "mine.py"

[time]
start = 0.0
stop = 0.1
tolerance = 1e-6

[[diagnostics.own]]
name = "tail"
file = "mine.py"

[[diagnostics.own]]
name = "norm"
file = "mine.py"
function = "f"
"""
TRAPPED = f"""
[equation]
name = "gross-pitaevskii"
trap = 2.0

{GAUSSIAN}"""
NOISY = f"""
[equation]
name = "nls"

{GAUSSIAN.replace("width = 1.0", "width = 1.0" + chr(10) + "normalise = {mass = 1.5}")}
[[initial.noise]]
amplitude = 1e-3
bandwidth = 4.0
seed = 7

[[initial.noise]]
amplitude = 1
bandwidth = 2
seed = 0
"""
EXAMPLES = (*(example_text(name) for name in example_names()), MODULATED, OWN, TRAPPED, NOISY)
WORDS = (
    "step",
    "steps",
    "tolerance",
    "frame",
    "power",
    "precision",
    "single",
    "center",
    "cutoff",
    "direction",
    "blowup_time",
    "families",
    "modulation",
    "functionals",
    "localized",
    "identity",
    "velocity",
    "solitons",
    "file",
    "python",
    "function",
    "start.npy",
    "kind",
    "every",
    "bubbles",
    "gaussian",
    "strang",
    "off",
    "nls",
    "defocusing-nls",
    "name",
    "mass",
    "mine.py",
    "own",
    "parameters",
    "trap",
    "basis",
    "noise",
    "normalise",
    "peak",
    "seed",
    "amplitude",
    "bandwidth",
    "",
)

_characters = st.characters(codec="utf-8")
_scalars = st.one_of(
    st.booleans(),
    st.integers(),
    st.integers(4, 2**37),
    st.floats(),
    st.sampled_from([0, -1, 2, 1e-300, 1e300, -1e308, 1e308, 10**400, 0.1, 5e-324, 0.25]),
    st.sampled_from(WORDS),
    st.text(_characters, max_size=8),
)
_keys = st.one_of(st.sampled_from(WORDS), st.text(_characters, max_size=6))
values = st.recursive(
    _scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_keys, inner, max_size=3)),
    max_leaves=6,
)
_parts = st.one_of(
    st.sampled_from(["time", "grid", "initial", "diagnostics", "limits", "points", "0", "1", *WORDS]), _keys
)


def _places(document: Any) -> list[tuple[Any, Any]]:
    """Every container of a document with each of its keys or indices."""
    entries = document.items() if isinstance(document, dict) else enumerate(document)
    found = []
    for key, value in entries:
        found.append((document, key))
        if isinstance(value, (dict, list)):
            found += _places(value)
    return found


@st.composite
def mutated_documents(draw: st.DrawFn, texts: Sequence[str] = EXAMPLES) -> dict[str, Any]:
    """Draw one of the documents with up to three values replaced, removed, renamed or added."""
    document: dict[str, Any] = tomllib.loads(draw(st.sampled_from(texts)))
    for _ in range(draw(st.integers(0, 3))):
        if not (candidates := _places(document)):
            break
        container, key = draw(st.sampled_from(candidates))
        action = draw(st.sampled_from(["replace", "remove", "rename", "add"]))
        if action == "replace":
            container[key] = draw(values)
        elif action == "remove":
            del container[key]
        elif isinstance(container, list):
            container.append(draw(values))
        else:
            container[draw(_keys)] = container.pop(key) if action == "rename" else draw(values)
    return document


@st.composite
def damaged_files(draw: st.DrawFn, texts: Sequence[str] = EXAMPLES) -> bytes:
    """Draw one of the files with a stretch of bytes replaced."""
    content = draw(st.sampled_from(texts)).encode()
    begin = draw(st.integers(0, len(content)))
    end = draw(st.integers(begin, min(begin + 20, len(content))))
    return content[:begin] + draw(st.binary(max_size=6)) + content[end:]


def overrides() -> st.SearchStrategy[str]:
    """Draw an override of any path by any value, as after --set."""
    paths = st.lists(_parts, max_size=4).map(".".join)
    return st.builds("{}={}".format, paths, st.one_of(values.map(toml_value), st.text(max_size=8)))
