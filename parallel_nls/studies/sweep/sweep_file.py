"""What a sweep file says: a configuration, what all its members change, and what each of them changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from parallel_nls.config.loading import configuration_name, list_mistakes
from parallel_nls.config.messages import describe_mistakes
from parallel_nls.config.reading import example_names, read_toml
from parallel_nls.config.sections.values import Count, Section, Switch, Text
from parallel_nls.config.toml_text import quoted, quoted_argument, toml_value
from parallel_nls.errors import UserError
from parallel_nls.output.run_paths import settled

__all__ = ["MOST_MEMBERS", "Sweep", "apart", "locate", "read_sweep"]

MOST_MEMBERS = 10_000  # their directories have four digits

_DEEPEST = 10  # tables in tables: no key of a configuration comes near
_WITHOUT_EFFECT = ("title", "time.wall_limit", "checkpoint")


def _flat(value: object) -> object:
    """Return a table of sections and of dotted keys as one of dotted keys alone; anything else as it is."""
    return dict(_keys(value, "", _DEEPEST)) if isinstance(value, dict) else value


def _keys(table: Mapping[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Yield dotted keys and values; the only value that is a table is an interval in steps."""
    for name, value in table.items():
        if isinstance(value, dict) and not _is_interval(value) and depth > 0:
            yield from _keys(value, f"{prefix}{name}.", depth - 1)
        else:
            yield f"{prefix}{name}", value


def _is_interval(value: Mapping[str, Any]) -> bool:
    """Return whether a table is {steps = n}, and not a key called steps with values of its own to vary."""
    return value.keys() == {"steps"} and not isinstance(value["steps"], list)


_Settings = Annotated[dict[str, Any], BeforeValidator(_flat)]


class Sweep(Section):
    """A configuration, and the keys that its members set: all combinations of the values of `vary`.

    With `together` there is a member for each place in its lists, which are as long as each other.

    Raises
    ------
    UserError
        When keys and lists make no grid: one line a mistake.

    Notes
    -----
    *Communication*: local.
    """

    configuration: Text = Field(description='a TOML file or the name of an example, as configuration = "two_bubbles"')
    ranks: Annotated[Count, Field(ge=1)] = Field(default=1, description="the ranks of a member, as ranks = 4")
    output: Text = Field(default="", description='the directory of the sweep, as output = "runs/scan"')
    together: Switch = Field(default=False, description="whether the lists of vary go side by side, as together = true")
    set: _Settings = Field(default={}, description='a table of keys and values, as "grid.points" = [128, 128]')
    vary: _Settings = Field(description='a table of keys and lists, as "time.step" = [1e-3, 5e-4]')

    @model_validator(mode="after")
    def check_grid(self) -> Self:
        """Refuse what makes no grid of members, all mistakes at once."""
        mistakes = [*_find_value_mistakes(self.vary), *_find_key_mistakes([*self.set, *self.vary])]
        mistakes = mistakes or self._find_size_mistakes()
        if mistakes:
            raise UserError("\n".join(mistakes))
        return self

    def _find_size_mistakes(self) -> list[str]:
        """Return whether the lists, which are ones, make no or too many members."""
        lengths = {key: len(values) for key, values in self.vary.items()}
        if self.together and len(set(lengths.values())) > 1:
            shown = ", ".join(f"{length} of {key}" for key, length in lengths.items())
            return [f"together = true: lists of different lengths, {shown}; give as many values of each"]
        count = max(lengths.values()) if self.together else prod(lengths.values())
        if count <= MOST_MEMBERS:
            return []
        return [f"vary: {count} members, more than {MOST_MEMBERS}; give fewer values, or several sweeps"]

    def combinations(self) -> Iterator[tuple[Any, ...]]:
        """Yield the values of each member, in the order of the keys of `vary`."""
        lists = self.vary.values()
        return zip(*lists, strict=True) if self.together else product(*lists)

    def text(self) -> str:
        """Return the sweep as TOML, complete, to be read from any folder; the order of the keys is kept."""
        head: dict[str, Any] = {
            "configuration": self.configuration,
            "ranks": self.ranks,
            "output": str(Path(self.output).absolute()),
        }
        head |= {"together": True} if self.together else {}
        lines = [f"{name} = {toml_value(value)}" for name, value in head.items()]
        for name, table in (("set", self.set), ("vary", self.vary)):
            lines += ["", f"[{name}]", *(f"{toml_value(key)} = {toml_value(value)}" for key, value in table.items())]
        return "\n".join(lines) + "\n"


def _find_value_mistakes(vary: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the lists."""
    if not vary:
        return ['vary = {}: needs at least 1 entry; give keys and lists, as "time.step" = [1e-3, 5e-4]']
    mistakes = []
    for key, values in vary.items():
        shown = f"vary.{key} = {quoted(values)}"
        if not isinstance(values, list):
            mistakes.append(f"{shown}: must be a list of the values; for one value write {key} under [set]")
        elif not values:
            mistakes.append(f"{shown}: needs at least 1 entry; give values, or remove it")
        if any(f"{key}.".startswith(f"{name}.") for name in _WITHOUT_EFFECT):
            mistakes.append(f"{shown}: results do not depend on it; write one value under [set]")
    return mistakes


def _find_key_mistakes(keys: list[str]) -> list[str]:
    """Return which keys are none, or would undo one before them."""
    mistakes = [f"{quoted(key)}: not a key; write for instance time.step" for key in keys if not all(_parts(key))]
    for place, key in enumerate(keys):
        mistakes += [
            f"{key}: {'is given twice' if key == other else f'replaces {other}, which is given before it'}; remove one"
            for other in keys[:place]
            if f"{other}.".startswith(f"{key}.")
        ]
    return mistakes


def _parts(key: str) -> list[str]:
    return [part.strip() for part in key.split(".")]


def read_sweep(path: str, output: str | None = None) -> Sweep:
    """Read a sweep file.

    Parameters
    ----------
    path : str
        Of the file.
    output : str, optional
        The directory of the sweep, instead of what the file says.

    Returns
    -------
    Sweep
        Complete. A relative ``configuration`` is taken from the folder of the file and made absolute; ``output`` is
        ``runs/<name of the file>`` where none is given, and like any output taken from the current folder.

    Raises
    ------
    UserError
        One message that names every mistake with key, value and remedy.

    Notes
    -----
    *Communication*: local.
    """
    shown = f"sweep {quoted_argument(path)}"
    try:
        document = read_toml(path, shown, "begin from the example in docs/sweeps.md")
    except FileNotFoundError:
        raise UserError(f"{shown}: no such file; give the path of a TOML file") from None
    if "vary" not in document and {"equation", "grid"} & set(document):
        raise UserError(f"{shown}: is the configuration of a run; type parallel-nls run, or a sweep file that names it")
    try:
        sweep = Sweep.model_validate(document)
    except ValidationError as error:
        raise UserError(list_mistakes(f"{shown}:", describe_mistakes(error, Sweep))) from None
    except UserError as error:
        raise UserError(list_mistakes(f"{shown}:", str(error).splitlines())) from None
    folder = str(settled(Path(output or sweep.output or Path("runs") / configuration_name(path))))
    return sweep.model_copy(update={"configuration": locate(sweep.configuration, Path(path).parent), "output": folder})


def locate(configuration: str, folder: Path) -> str:
    """Return the absolute path of a configuration given from a folder, or the name of an example."""
    path = folder / configuration
    return configuration if configuration in example_names() and not path.is_file() else str(path.absolute())


def apart(given: Mapping[str, Any], vary: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what all members set, without what they vary: keys one by one, or whole tables, which `set` would merge.

    Of the second each is to be varied with one value. *Communication*: local.
    """
    kept = {key: value for key, value in given.items() if not any(f"{key}.".startswith(f"{name}.") for name in vary)}
    tables = any(isinstance(value, dict) and not _is_interval(value) for value in kept.values())
    return ({}, kept) if tables else (kept, {})
