"""What one analysed field has given, with what is not known left out, as values of JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from parallel_nls.bubbles.localization.partition import Localization
from parallel_nls.decompose.edge import Edge
from parallel_nls.decompose.setting import Setting
from parallel_nls.numerics.arrays import RealArray

Values = dict[str, RealArray]

REMAINING = "remaining_time"
"""λ²/γ, which is T - t of a bubble alone."""


@dataclass(frozen=True, eq=False)
class Findings:
    """All values of one field.

    Attributes
    ----------
    setting : Setting
        What was analysed.
    values : dict
        By the names of a series, and λ²/γ of each bubble; a failed decomposition leaves those of the field alone.
    localization : Localization
        Φ_k.
    failure : str or None
        Why there is no decomposition.
    edge : Edge or None
        What the edge of the box does to it; None without bubbles of known scales.
    changes : dict or None
        By how much the values change where the trigonometric polynomial through the field is decomposed on twice the
        points of each axis: what the grid leaves open. None where that was not done.
    unrefined : str or None
        Why it could not be done.

    Notes
    -----
    *Communication*: local.
    """

    setting: Setting
    values: Values
    localization: Localization
    failure: str | None
    edge: Edge | None = None
    changes: Values | None = None
    unrefined: str | None = None

    @classmethod
    def of(
        cls,
        setting: Setting,
        measured: Mapping[str, float | RealArray],
        localization: Localization,
        failure: str | None,
        finer: Mapping[str, float | RealArray] | str | None = None,
    ) -> Findings:
        """From the quantities of a sample: θ in (-π, π], without those that take what is not known.

        Those on twice the points are compared; a text says why there are none.
        """
        values = _known(setting, measured)
        edge = None
        if {"scale", "center"} <= values.keys():
            edge = Edge.of(values["scale"], values["center"], setting.config.grid.length)
        if finer is None or isinstance(finer, str):
            return cls(setting, values, localization, failure, edge, None, finer)
        return cls(setting, values, localization, failure, edge, _changes(values, _known(setting, finer)))

    def document(self) -> dict[str, object]:
        """As plain values of JSON: null stands for what is not known or no number. *Communication*: local."""
        setting, config, found = self.setting, self.setting.config, self.localization
        return {
            "file": str(setting.stored.path),
            "steps": setting.stored.steps,
            "time": setting.stored.time,
            "blowup_time": setting.known.blowup_time,
            "points": list(config.grid.points),
            "length": list(config.grid.length),
            "precision": config.grid.precision,
            **config.equation.parameters(),
            "failure": self.failure,
            "bubbles": setting.known.origin,
            "expected_centers": _plain(found.centers),
            **({} if config.equation.is_remainder else {"cutoff": config.modulation.cutoff}),
            "direction": _plain(found.direction),
            "sigma": _plain(np.asarray(found.sigma)),
            **{name: _plain(value) for name, value in self.values.items()},
            **({} if self.edge is None else self.edge.document()),
            "grid_changes": None if self.changes is None else {n: _plain(change) for n, change in self.changes.items()},
        }


def _known(setting: Setting, measured: Mapping[str, float | RealArray]) -> Values:
    """The quantities of a sample, θ in (-π, π], without those that take what is not known."""
    unknown = {"remainder_size"} if setting.known.blowup_time is None else set[str]()
    unknown |= set() if setting.known.of_run else {"energy_defect"}
    values = {name: np.asarray(value) for name, value in measured.items() if name not in unknown}
    values["fit_passes"] = np.abs(values["fit_passes"])
    if "phase" in values:
        values["phase"] = math.pi - np.remainder(math.pi - values["phase"], 2 * math.pi)
        with np.errstate(divide="ignore", over="ignore"):
            values[REMAINING] = values["scale"] ** 2 / values["chirp"]
    return values


def _changes(values: Values, finer: Values) -> Values:
    """By how much values change, angles by less than a turn."""
    with np.errstate(invalid="ignore"):  # of two infinite ones
        changes = {name: np.abs(finer[name] - value) for name, value in values.items()}
    changes["phase"] = np.minimum(changes["phase"], 2 * math.pi - changes["phase"])
    return changes


def _plain(value: RealArray) -> object:
    """Numbers and lists of numbers; None for what is not finite."""
    if value.ndim:
        return [_plain(part) for part in value]
    number = float(value)
    return number if math.isfinite(number) else None
