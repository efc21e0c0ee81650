"""Tables of the documents that are made of several runs, or of numbers that no command shows.

    python -m scripts.documents.tables NAME

prints one as it stands on its page. Runs go to the folder runs/tables.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from mpi4py import MPI

from parallel_nls.config import Configuration, load_configuration
from parallel_nls.integrators.compositions import SCHEMES, composition
from parallel_nls.integrators.resonance import strength
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.results.reader import Run, open_run
from parallel_nls.running.run import run
from scripts.benchmarks.tables import markdown_table

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
IN_ORDER = (
    "strang", "suzuki4", "blanes-moan-prk4", "blanes-moan-rkn4", "blanes-moan-rkn6", "kahan-li6", "kahan-li8",
)  # fmt: skip
SOLITON = (
    "grid.points=1024", "grid.length=40.0", "time.tolerance=1e-9", "time.stop=3.2", "diagnostics.every=0.1",
    "output.fields_every=off", "time.scheme=blanes-moan-rkn4",
)  # fmt: skip


def power_of_ten(value: float, digits: int = 2) -> str:
    """A number as the documents write it: 2.1·10⁻⁹, and 10⁻⁸ for a power of ten."""
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    ten = "10" + str(int(exponent)).translate(SUPERSCRIPTS)
    return (ten if mantissa.rstrip("0").rstrip(".") == "1" else f"{mantissa}·{ten}").replace("-", "−")


def done(name: str, configuration: str, *overrides: str) -> Run:
    """The run of a configuration with overrides, begun if it is not there."""
    root = Path("runs", "tables", name)
    if not root.exists():
        config: Configuration = load_configuration(configuration, overrides)
        run(config, MPI.COMM_SELF, root, quiet=True)
    return open_run(root)


def column(of: Run, name: str) -> RealArray:
    """A column of the series."""
    values: RealArray = of.columns[name].values
    return values


def change(values: RealArray) -> float:
    """Relative change from the first to the last."""
    return float(values[-1] / values[0] - 1)


def resonances() -> str:
    """c_m of every scheme."""
    header = ("scheme", *(f"c{chr(0x2080 + m)}" for m in range(1, 9)), "largest, m ≤ 64")
    rows = []
    for name in IN_ORDER:
        values = strength(composition(name), np.arange(1, 65))
        cells = ["1" if abs(v - 1) < 1e-12 else f"{v:.{3 if v >= 0.005 else 4}f}" for v in values[:8]]
        largest = float(values.max())
        rows.append((f"`{name}`", *cells, "1" if abs(largest - 1) < 1e-12 else f"{largest:.2f}"))
    return plain_table(header, rows)


def plain_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table without alignment."""
    return markdown_table(header, rows, len(header)).replace("| --- " * len(header) + "|", "|---" * len(header) + "|")


def tolerances() -> str:
    """The bubble on the line under tolerances, and with fixed steps."""
    rows = []
    for scheme, *exponents in (
        ("blanes-moan-rkn4", 4, 6, 8, 10), ("blanes-moan-rkn6", 6, 8, 9), ("kahan-li8", 8), ("strang", 6),
    ):  # fmt: skip
        for exponent in exponents:
            own = f"time.tolerance=1e-{exponent}"
            rows.append(_bubble_row(str(scheme), power_of_ten(10.0 ** -int(exponent)), own))
    for step in ("5e-4", "2e-4", "1e-4"):
        shown = power_of_ten(float(step), 1)
        rows.append(_bubble_row("blanes-moan-rkn4", f"step {shown}", "time.tolerance=off", f"time.step={step}"))
    return plain_table(("scheme", "`tolerance`", "steps", "their pairs", "`error_estimate`", "true error"), rows)


def _bubble_row(scheme: str, shown: str, *overrides: str) -> tuple[str, ...]:
    of = done(f"{scheme} {shown}", "bubble_1d.toml", f"time.scheme={scheme}", *overrides)
    steps, estimate = int(of.summary["steps"]), of.summary["error_estimate"]
    error = column(of, "distance_l2")[-1] / np.sqrt(column(of, "mass")[-1])
    cells = str(steps), str(steps * SCHEMES[scheme].pairs), "" if estimate is None else power_of_ten(estimate)
    return (f"`{scheme}`", shown, *cells, power_of_ten(error))


def one_bubble() -> str:
    """What the packaged run of one bubble measures at its end, beside the exact values."""
    of, state, left = done("one_bubble", "one_bubble"), ground_state(2), 0.2
    mass, energy = column(of, "mass"), column(of, "energy")
    pairs, drift = of.summary["pairs"], change(mass)
    moment = state.second_moment
    rows = [
        ("‖u − S₁‖₂ / ‖Q‖", power_of_ten(column(of, "distance_l2")[-1] / np.sqrt(state.mass)), "0"),
        ("sup\\|u\\|·(T − t)", f"{column(of, 'sup_norm')[-1] * left:.10f}", f"Q(0) = {state.peak:.10f}"),
        ("mass", repr(float(mass[-1])), repr(state.mass)),
        ("energy", f"{energy[-1]:.8f}", f"‖yQ‖²/8 = {moment / 8:.8f}"),
        (
            f"relative mass drift, {pairs} pairs",
            f"{power_of_ten(drift, 1)}, {power_of_ten(abs(drift) / pairs, 1)} a pair",
            "0",
        ),
        ("relative energy drift", power_of_ten(change(energy)), "0"),
        ("variance", f"{column(of, 'variance')[-1]:.10f}", f"0.04 ‖yQ‖² = {left**2 * moment:.10f}"),
        ("largest virial residual", power_of_ten(np.nanmax(np.abs(column(of, "virial_residual")))), "0"),
    ]
    return plain_table(("quantity at T − t = 0.2, from 0.5, 640², L = 20", "value", "exact"), rows)


def around_the_box() -> str:
    """A solitary wave that goes once round the box, with a boost that is periodic there, and with one that is not."""
    header = ("`distance_l2`", "t = 0", "0.7, edge 2·10⁻⁵", "1.6, at the edge", "2.5", "3.2")
    rows = []
    for shown, velocity in (("to the wave with its images", 4 * np.pi), ("v = 12, whose boost is not periodic", 12.0)):
        wave = f"initial.solitons=[{{velocity = [{float(velocity)!r}]}}]"
        of = done(f"velocity {velocity:.0f}", "two_solitons_1d", wave, *SOLITON)
        rows.append((shown, *(power_of_ten(column(of, "distance_l2")[row]) for row in (0, 7, 16, 25, 32))))
    return plain_table(header, rows)


def halved_steps() -> str:
    """One bubble to the end of two_bubbles, with its step and with half of it."""
    rows = []
    for step in (6.25e-4, 3.125e-4):
        overrides = (
            "grid.points=[512,512]", "grid.length=[12.0,12.0]", f"time.step={step}", "time.stop=-0.125",
            f"diagnostics.every={{steps={round(6 * 6.25e-4 / step)}}}",
        )  # fmt: skip
        of = done(f"step {step}", "one_bubble", *overrides)
        residual = np.nanmax(np.abs(column(of, "virial_residual")))
        digits = 3 if step == 6.25e-4 else 4
        cells = power_of_ten(change(column(of, "energy"))), power_of_ten(residual)
        rows.append((power_of_ten(step, digits), *cells, f"{column(of, 'sup_norm')[-1] * 0.125:.6f}"))
    return plain_table(("step", "energy drift", "virial residual", "sup\\|u\\|·(T − t)"), rows)


TABLES: dict[str, Callable[[], str]] = {
    table.__name__: table for table in (around_the_box, halved_steps, one_bubble, resonances, tolerances)
}

if __name__ == "__main__":
    print(TABLES[sys.argv[1]]())
