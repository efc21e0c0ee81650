"""What is printed against what comes out: numbers to the digits printed, but for clocks and rounding."""

from __future__ import annotations

import re

GAP = "..."
ROUNDING = 1e-11
"""How far small numbers may be apart, as the drift of the mass: another processor rounds in another way."""
_POWER = re.compile(r"(?:(?P<mantissa>\d(?:\.\d+)?)·)?10(?P<exponent>⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_PLAIN_DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
# Lines that come when the clock says so, or in the order in which ranks happen to be done.
_BY_THE_CLOCK = re.compile(r"step \d+ of |\d+(\.\d+)?%, step |.* elapsed \d|.*: begins on |.* to go, about |compil")
# Numbers of a clock.
_UNSTEADY = (
    re.compile(r"\b\d+(\.\d+)? m?s\b"),
    re.compile(r"\bat most \d+ [kMG]B a rank"),
    re.compile(r"\b\d+\.\d(?= +-?\d\.\de)"),  # wall_seconds in the table of a sweep, ahead of mass_drift
)


class NoCounterpartError(Exception):
    """A printed line that nothing that comes out is like."""


def by_the_clock(line: str) -> bool:
    """Whether a line comes when the clock says so."""
    return _BY_THE_CLOCK.match(line) is not None


def masked(line: str) -> str:
    """A line without its numbers of clocks and the width of its columns; 2.1·10⁻⁹ becomes 2.1e-9."""
    line = _POWER.sub(lambda found: f"{found['mantissa'] or 1}e{found['exponent'].translate(_PLAIN_DIGITS)}", line)
    line = line.replace("−", "-")
    for pattern in _UNSTEADY:
        line = pattern.sub("#", line)
    return re.sub(r"[ ─]+", " ", line).strip()


def likeness(line: str) -> str:
    """A line without its numbers: equal for a line and its counterpart."""
    return re.sub(r"[ ─]+", " ", _NUMBER.sub("#", line)).strip()


def alike(line: str, other: str) -> bool:
    """Whether two lines tell the same."""
    pair = masked(line), masked(other)
    if pair[0] == pair[1]:
        return True
    numbers = [[float(number) for number in _NUMBER.findall(text)] for text in pair]
    apart = (abs(a - b) for a, b in zip(*numbers, strict=False))
    return likeness(pair[0]) == likeness(pair[1]) and all(distance <= ROUNDING for distance in apart)


def renewed(printed: str, output: str) -> str:
    """The printed block with what comes out now; what it leaves out is left out again.

    Raises
    ------
    NoCounterpartError
        If a line beside one that stands for others has no counterpart.
    """
    lines = [line.rstrip() for line in output.splitlines()]
    if not any(by_the_clock(line) for line in printed.splitlines()):
        lines = [line for line in lines if not by_the_clock(line)]
    if GAP not in (line.strip() for line in printed.splitlines()):
        return "\n".join(lines) + "\n"
    chosen, at = [], 0
    for line in printed.splitlines():
        if not line.strip() or line.strip() == GAP or by_the_clock(line):
            chosen.append(line)
            continue
        found = next((i for i in range(at, len(lines)) if likeness(lines[i]) == likeness(line)), None)
        if found is None:
            raise NoCounterpartError(line)
        chosen.append(lines[found])
        at = found + 1
    return "\n".join(chosen) + "\n"


def differences(printed: str, now: str) -> list[str]:
    """The first pair of lines that differ in more than clocks and rounding; empty where none do."""
    kept = [[line for line in text.splitlines() if line.strip() and not by_the_clock(line)] for text in (printed, now)]
    for line, other in zip(*kept, strict=False):
        if not alike(line, other):
            return [f"printed  {line}", f"now      {other}"]
    if len(kept[0]) != len(kept[1]):
        return [f"printed are {len(kept[0])} lines, now there are {len(kept[1])}"]
    return []
