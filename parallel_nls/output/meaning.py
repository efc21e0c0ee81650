"""What the numbers of a run are, where they are not u at the time t: texts of series, fields and exports."""

from __future__ import annotations

from dataclasses import dataclass

from parallel_nls.config.sections.equation_base import EquationSection

__all__ = ["TIME_SYMBOL", "UNKNOWN", "Meaning"]

UNKNOWN, TIME_SYMBOL = "unknown", "timeSymbol"
"""Attributes of an iteration of a stored field; files of u at the time t have none, nor have those of before."""


@dataclass(frozen=True)
class Meaning:
    """What an equation is solved for, and what its time is.

    Attributes
    ----------
    unknown, time : str
        Their symbols.
    unknown_text, time_text : str
        What they are.
    """

    unknown: str = "u"
    time: str = "t"
    unknown_text: str = "u"
    time_text: str = "simulated time"

    @classmethod
    def of(cls, equation: EquationSection) -> Meaning:
        """Of an equation of a configuration. *Communication*: local."""
        return cls(equation.unknown, equation.time_symbol, equation.unknown_text, equation.time_text)

    def texts_of_time(self) -> dict[str, str]:
        """Attributes of the column `time`. *Communication*: local."""
        return {"long_name": self.time_text, "formula": self.time}

    def text_of_part(self, part: str) -> str:
        """What a real array of a field is, by its name in files. *Communication*: local."""
        mesh, _, kind = part.rpartition("_")
        whole = self.unknown_text if mesh == "u" else mesh  # waves of a mixture have names of their own
        if part == "density" and self.unknown != "u":
            return f"|{self.unknown}|^2 of {self.unknown_text}"
        return {"real": f"real part of {whole}", "imag": f"imaginary part of {whole}"}.get(kind, part)

    def attributes(self) -> dict[str, str]:
        """Of an iteration of a stored field. *Communication*: local."""
        return {} if self == Meaning() else {UNKNOWN: self.unknown, TIME_SYMBOL: self.time}

    def comment(self) -> str:
        """A remark about the names in a file; empty of u at the time t. *Communication*: local."""
        return "" if self == Meaning() else f"u stands for {self.unknown_text}, time for {self.time}, {self.time_text}"
