"""What tells runs apart: the keys in which their configurations differ, and a label made of them for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from parallel_nls.config import Configuration, quoted

__all__ = ["all_varied_keys", "labels_of", "varied_keys"]

_MOST = 3  # keys in a label
_OF_MEASURING = (
    "diagnostics",
    "modulation",
    "output",
    "virial",
)  # sections that tell runs apart only if nothing else does
_WITHOUT_EFFECT = {"checkpoint"}
_SUM = "SHA-256 of {}"
_SHOWN = 8  # digits of a checksum
_Sums = Sequence[Mapping[str, str]]


def varied_keys(configs: Sequence[Configuration], sums: _Sums = ()) -> dict[str, list[Any]]:
    """What runs differ in.

    Parameters
    ----------
    configs : sequence of Configuration
        Of the runs.
    sums : sequence of mapping of str to str, optional
        Of each run, the checksums of the files that it names, by their names in its directory.

    Returns
    -------
    dict
        By dotted key (entries of lists count from 0) the value in each, None where it has no such key; by "SHA-256 of"
        a file the first digits of its checksums. First of all what the data of a run depend on, how its grid is
        refined among it; only if all agree in that, its title, its stop and its limits.

    Notes
    -----
    *Communication*: local.
    """
    complete = _complete(configs)
    decisive = [config.settings() | {"grid": all_of["grid"]} for config, all_of in zip(configs, complete, strict=True)]
    return _different(decisive) | _different_files(sums) or _different(complete)


def all_varied_keys(configs: Sequence[Configuration], sums: _Sums = ()) -> dict[str, list[Any]]:
    """As `varied_keys`, with all in which the runs differ. *Communication*: local."""
    return _different(_complete(configs)) | _different_files(sums)


def _complete(configs: Sequence[Configuration]) -> list[dict[str, Any]]:
    return [config.complete().model_dump(mode="json", exclude=_WITHOUT_EFFECT) for config in configs]


def _different_files(sums: _Sums) -> dict[str, list[Any]]:
    """Whether files that the runs name by the same key hold the same."""
    names = dict.fromkeys(name for one in sums for name in one)
    found = {_SUM.format(name): [one.get(name, "")[:_SHOWN] or None for one in sums] for name in names}
    return {name: values for name, values in found.items() if len(set(values)) > 1}


def _different(documents: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    flat = [dict(_flat("", document)) for document in documents]
    names = dict.fromkeys(name for one in flat for name in one)
    found = {name: [one.get(name) for one in flat] for name in names}
    return {name: values for name, values in found.items() if any(value != values[0] for value in values)}


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield dotted keys and values; lists of tables are tables with numbers as keys, other lists are values."""
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        value = {str(place): item for place, item in enumerate(value)}
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _flat(f"{prefix}.{name}".lstrip("."), item)
    else:
        yield prefix, value


def labels_of(varied: Mapping[str, Sequence[Any]], names: Sequence[str]) -> list[str]:
    """A label for each run, no two alike.

    Parameters
    ----------
    varied : mapping
        From `varied_keys`.
    names : sequence of str
        The directories of the runs, all different, which label what nothing else tells apart.

    Returns
    -------
    list of str
        As ``time.step = 0.001``, with three keys at most.

    Notes
    -----
    *Communication*: local.
    """
    keys = [key for key in varied if key.split(".")[0] not in _OF_MEASURING] or list(varied)
    texts = []
    for place, name in enumerate(names):
        parts = [f"{key} = {quoted(varied[key][place])}" for key in keys if varied[key][place] is not None]
        more = f" and {len(parts) - _MOST} more" if len(parts) > _MOST else ""
        texts.append(", ".join(parts[:_MOST]) + more or name)
    return [
        text if texts.count(text) == 1 or text == name else f"{text} ({name})"
        for text, name in zip(texts, names, strict=True)
    ]
