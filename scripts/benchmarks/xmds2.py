"""XMDS2 as a peer: writes its input for the Gaussian problem, builds the program, and runs it.

XMDS2 (Dennis, Hope, Johnsson 2013, Comput. Phys. Commun. 184, 201) integrates in the interaction picture by
Runge–Kutta methods.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.benchmarks.launching import mpirun, output_of
from scripts.benchmarks.samples import BenchmarkError, Numbers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

INSTALL_HINT = "XMDS2 is not installed (Debian: apt-get install xmds2 libfftw3-mpi-dev); measuring without it"
ELAPSED = re.compile(r"Time elapsed for simulation is: ([\d.]+) seconds")
TEMPLATE = """\
<?xml version="1.0" encoding="UTF-8"?>
<simulation xmds-version="2">
  <name>{name}</name>
  <features><benchmark/><auto_vectorise/><fftw plan="measure"/></features>
  <driver name="distributed-mpi"/>
  <geometry>
    <propagation_dimension>t</propagation_dimension>
    <transverse_dimensions>
      <dimension name="x" lattice="{points}" domain="({low}, {high})"/>
      <dimension name="y" lattice="{points}" domain="({low}, {high})"/>
    </transverse_dimensions>
  </geometry>
  <vector name="main" type="complex">
    <components>u</components>
    <initialisation><![CDATA[ u = {amplitude}*exp(-(x*x + y*y)/2); ]]></initialisation>
  </vector>
  <sequence>
    <integrate algorithm="{algorithm}" interval="{interval}" {control}>
      <samples>1</samples>
      <operators>
        <operator kind="ip" constant="yes">
          <operator_names>L</operator_names><![CDATA[ L = -i*(kx*kx + ky*ky); ]]>
        </operator>
        <integration_vectors>main</integration_vectors><![CDATA[ du_dt = L[u] + i*mod2(u)*u; ]]>
      </operators>
    </integrate>
  </sequence>
  <output format="hdf5">
    <sampling_group basis="x y" initial_sample="no">
      <moments>re im</moments><dependencies>main</dependencies><![CDATA[ re = Re(u); im = Im(u); ]]>
    </sampling_group>
  </output>
</simulation>
"""


@dataclass(frozen=True)
class Setting:
    """An algorithm of XMDS2 with a number of steps, or, if it is adaptive (ARK45, ARK89), a tolerance."""

    algorithm: str
    value: float

    @property
    def label(self) -> str:
        """For tables: "200 steps" or "1e-06"."""
        return f"{self.value:.0e}" if self.adaptive else f"{self.value:g} steps"

    @property
    def adaptive(self) -> bool:
        """Whether the value is a tolerance."""
        return self.algorithm.startswith("ARK")

    @property
    def name(self) -> str:
        """Of the program: letters, digits and underscores."""
        return re.sub(r"\W", "_", f"{self.algorithm}_{self.value:g}")


def script(setting: Setting, points: int, length: float, amplitude: float, interval: float) -> str:
    """The input: cubic NLS in the plane from u₀ = A·exp(-|x|²/2) on [-L/2, L/2)² over a time interval."""
    control = f'tolerance="{setting.value!r}"' if setting.adaptive else f'steps="{int(setting.value)}"'
    return TEMPLATE.format(
        name=setting.name,
        points=points,
        low=-length / 2,
        high=length / 2,
        amplitude=amplitude,
        algorithm=setting.algorithm,
        interval=interval,
        control=control,
    )


def available() -> bool:
    """Whether the xmds2 command is there."""
    return shutil.which("xmds2") is not None


def _run(command: list[str], folder: Path) -> None:
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    # xmds2 --reconfigure and a failed build may both leave with 0: the caller looks for the result.
    (folder / "xmds2.log").write_text(result.stdout + result.stderr, encoding="utf-8")


def version(folder: Path) -> str:
    """Version of XMDS2, from its greeting."""
    result = subprocess.run(["xmds2", "--help"], cwd=folder, capture_output=True, text=True, check=False)
    found = re.search(r"version (\S+)", result.stdout)
    return found.group(1) if found else "unknown"


def configure(folder: Path) -> None:
    """Let XMDS2 look for the libraries of this machine, once before the first build."""
    _run(["xmds2", "--reconfigure"], folder)


def build(setting: Setting, text: str, folder: Path) -> Path:
    """Compile an input in a folder of its own.

    Raises
    ------
    BenchmarkError
        If that fails, with the end of its log.
    """
    own = folder / setting.name
    own.mkdir()
    (own / "input.xmds").write_text(text, encoding="utf-8")
    _run(["xmds2", "input.xmds"], own)
    program = own / setting.name
    if not program.exists():
        log = (own / "xmds2.log").read_text(encoding="utf-8")[-2000:]
        raise BenchmarkError(f"xmds2 did not build {setting.algorithm}:\n{log}")
    return program


def field(program: Path) -> NDArray[np.complex128]:
    """The final field that a program has stored."""
    import mpi4py

    mpi4py.rc.initialize = False  # h5py loads MPI; this process must not become a rank
    import h5py

    with h5py.File(program.with_suffix(".h5"), "r") as file:
        values: NDArray[np.complex128] = file["1/re"][...] + 1j * file["1/im"][...]
    return values


def run(program: Path, ranks: int) -> Numbers:
    """Run a program; its own elapsed time, which counts the integration and the storing of one field.

    Raises
    ------
    BenchmarkError
        If it fails or prints no time.
    """
    text = output_of([*mpirun(ranks), f"./{program.name}"], program.parent)
    found = ELAPSED.search(text)
    if found is None:
        raise BenchmarkError(f"{program.name} of XMDS2 prints no time:\n{text[-2000:]}")
    return {"seconds": float(found.group(1))}
