"""The small runs that faults are done to, what they must come to, and copies of them that stopped in the middle."""

from __future__ import annotations

from dataclasses import dataclass, replace

LIMIT = 120.0


@dataclass(frozen=True)
class Problem:
    """A run of a few seconds with many checkpoints.

    Attributes
    ----------
    name : str
        What it is called in the story of a case.
    example : str
        The packaged example.
    settings : tuple of str
        Overrides as after ``--set``.
    most_ranks : int
        On how many ranks it runs.
    brief : tuple of str
        What a run of a few steps has otherwise, for faults of which there are thousands.
    """

    name: str
    example: str
    settings: tuple[str, ...]
    most_ranks: int = 4
    brief: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """Its name as that of a folder."""
        return self.name.replace(" ", "_")

    def briefly(self) -> Problem:
        """The same in a few steps, with a row, a stored field and several checkpoints, of which the first ones go."""
        keys = {setting.partition("=")[0] for setting in self.brief}
        kept = [setting for setting in self.settings if setting.partition("=")[0] not in keys]
        return replace(self, name=f"{self.name} briefly", settings=(*kept, *self.brief), brief=())

    def arguments(self, run: object) -> list[str]:
        """The arguments of parallel-nls that start it."""
        options = [part for setting in self.settings for part in ("--set", setting)]
        return ["run", self.example, *options, "--output", str(run)]


# A mixture whose density matrices are small.
_MATRICES = (
    "grid={points=7,radius=4.6}",
    "initial.components=[{weight=0.3,width=0.9},{weight=0.7,width=1.5}]",
    "time.stop=0.3",
    "time.step=0.0125",
    "time.scheme=kahan-li6",
    "limits.spectral_tail=off",
    "diagnostics.every={steps=2}",
    "output.fields_every={steps=8}",
    "checkpoint.every={steps=2}",
)
PROBLEMS = (
    Problem(
        "plane",
        "two_bubbles",
        (
            "grid.points=[128,120]",
            "grid.length=[16.0,15.0]",
            "time.step=0.0025",
            "time.stop=-0.4",
            "limits.spectral_tail=off",
            "diagnostics.every={steps=2}",
            "output.fields_every={steps=8}",
            "checkpoint.every={steps=2}",
        ),
        brief=("time.stop=-0.48", "output.fields_every={steps=4}"),
    ),
    Problem(
        "plane with a tolerance",
        "gaussian_collapse",
        (
            "grid.points=[96,96]",
            "time.step=off",
            "grid.length=[16.0,16.0]",
            "time.tolerance=1e-8",
            "time.frame=0.001",
            "time.stop=0.04",
            "limits.spectral_tail=off",
            "diagnostics.every={steps=1}",
            "output.fields_every={steps=8}",
            "checkpoint.every={steps=1}",
        ),
        brief=("time.stop=0.006", "output.fields_every={steps=3}"),
    ),
    Problem(
        "line with a tolerance",
        "two_solitons_1d",
        (
            "grid.points=3000",
            "time.scheme=blanes-moan-rkn4",
            "time.tolerance=1e-8",
            "time.frame=0.005",
            "time.stop=0.3",
            "diagnostics.every={steps=2}",
            "output.fields_every={steps=15}",
            "checkpoint.every={steps=2}",
        ),
        brief=("time.stop=0.04", "output.fields_every={steps=4}"),
    ),
)

# Of other systems, for faults that look at no dataset by its name.
SYSTEMS = (
    Problem(
        "remainder",
        "remainder_1d",
        (
            "grid.points=600",
            "grid.length=60.0",
            "initial.bubbles.1.frequency=1.0",
            "time.start=6.0",
            "time.stop=4.5",
            "time.step=0.025",
            "diagnostics.every={steps=2}",
            "output.fields_every={steps=12}",
            "checkpoint.every={steps=3}",
        ),
        brief=("time.stop=5.8", "output.fields_every={steps=4}", "checkpoint.every={steps=2}"),
    ),
    Problem(
        "hierarchy",
        "mean_field_limit",
        _MATRICES,
        brief=("time.stop=0.1", "output.fields_every={steps=4}"),
    ),
    Problem(
        "half waves",
        "half_wave_box",
        (
            "grid.points=4096",
            "grid.length=100.0",
            "time.frame=0.02",
            "time.stop=0.4",
            "limits.spectral_tail=off",
            "diagnostics.every={steps=1}",
            "output.fields_every={steps=5}",
            "checkpoint.every={steps=1}",
        ),
        brief=("time.stop=0.08", "output.fields_every={steps=2}"),
    ),
    Problem(
        "half waves on the line",
        "half_wave_blowup",
        (
            "grid.points=128",
            "time.frame=0.02",
            "time.stop=0.6",
            "limits.spectral_tail=off",
            "diagnostics.every={steps=1}",
            "output.fields_every={steps=8}",
            "checkpoint.every={steps=1}",
        ),
        most_ranks=1,
        brief=("time.stop=0.08", "output.fields_every={steps=2}"),
    ),
    Problem(
        "hierarchy of level 1",
        "mean_field_limit",
        (
            "equation.hierarchy={level=1,closure='mean-field'}",
            *_MATRICES,
        ),
        brief=("time.stop=0.1", "output.fields_every={steps=4}"),
    ),
    Problem(
        "Hartree in the plane",
        "hartree_plane_2d",
        (
            "grid.points=[48,48]",
            "time.stop=0.6",
            "limits.spectral_tail=off",
            "diagnostics.every={steps=2}",
            "output.fields_every={steps=8}",
            "checkpoint.every={steps=2}",
        ),
        brief=("time.stop=0.16", "output.fields_every={steps=4}"),
    ),
    Problem(
        "Hartree of radial waves",
        "radial_2d",
        (
            "grid={points=24,radius=14.0}",
            "time.stop=0.3",
            "limits.spectral_tail=off",
            "diagnostics.every={steps=2}",
            "output.fields_every={steps=8}",
            "checkpoint.every={steps=2}",
        ),
        brief=("time.stop=0.08", "output.fields_every={steps=4}"),
    ),
)
ALL_PROBLEMS = (*PROBLEMS, *SYSTEMS)
