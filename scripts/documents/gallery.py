"""Pictures of docs/gallery.md: every packaged example, shorter or on fewer points where it takes long, and drawn small.

    python -m scripts.documents.gallery [NAME…]

writes docs/images/gallery_NAME.png, of all examples without names; runs go to the folder runs/gallery.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path

from mpi4py import MPI
from PIL import Image

from parallel_nls.config import example_names, load_configuration
from parallel_nls.figures.opening import open_run
from parallel_nls.running.run import run
from scripts.benchmarks.launching import ROOT

DOTS, COLOURS = 100, 96

SHORTER = {
    "defocusing": ("grid.points=[128, 128]",),
    "gaussian_collapse": ("grid.points=[256, 256]", "time.step=0.001"),
    "one_bubble": ("grid.points=[320, 320]", "time.step=0.001", "time.stop=-0.26", "output.fields_every=0.08"),
    "soliton_collision_2d": ("grid.points=[384, 384]",),
    "three_bubbles": ("grid.points=[400, 400]", "time.tolerance=1e-6", "time.stop=-0.25"),
    "two_bubbles": (
        "grid.points=[512, 512]", "time.step=0.00125", "time.stop=-0.2", "diagnostics.every={steps = 6}",
        "output.fields_every=0.1",
    ),
}  # fmt: skip
"""Keys that differ from the example's own."""

SHOWN = {
    "half_wave_blowup": "bubble", "half_wave_bounce": "profile", "half_wave_box": "profile",
    "half_wave_inhomogeneous": "bubble", "half_wave_threshold": "collapse", "gaussian_collapse_1d": "collapse",
    "inverse_square_collapse": "virial", "localized_virial": "virial", "mean_field_limit": "closure",
    "remainder_1d": "remainder", "remainder_2d": "remainder", "solitary_wave_1d": "remainder",
    "softened_no_collapse": "kinetic", "soliton_collision_1d": "spacetime", "trap": "spacetime",
    "two_bubbles_1d": "parameters", "two_solitons_1d": "spacetime",
}  # fmt: skip
"""Which figure, where it is not density."""


def make(name: str, runs: Path) -> Path:
    """Run an example if it has not run yet, and write its picture.

    Parameters
    ----------
    name : str
        The example.
    runs : Path
        The folder of the runs.

    Returns
    -------
    Path
        The picture: PNG, with few colours.
    """
    root = runs / name
    if not root.exists():
        run(load_configuration(name, SHORTER.get(name, ())), MPI.COMM_SELF, root, quiet=True)
    figure = getattr(open_run(root).plot, SHOWN.get(name, "density"))()
    drawn, target = io.BytesIO(), ROOT / "docs" / "images" / f"gallery_{name}.png"
    figure.savefig(drawn, dpi=DOTS)
    few = Image.open(drawn).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(target, optimize=True)
    return target


def main(names: Sequence[str]) -> None:
    """Make the pictures of some examples, or of all."""
    for name in names or example_names():
        target = make(name, Path("runs", "gallery"))
        print(f"{target.name}  {target.stat().st_size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
