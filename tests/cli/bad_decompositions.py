"""Ask for senseless decompositions, on all ranks of a job, and print what each rank saw as JSON."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path

import h5py
import numpy as np
from mpi4py import MPI

from parallel_nls import cli
from parallel_nls.cli import process
from tests.cli.bad_input_cases import end_by, meet, stay
from tests.cli.stored_bubbles import line_domain, store_bubbles, two_bubbles

FIELD = "two.h5"
PEAKS = ["--bubbles", "2"]
# Name of the case: (arguments, fragment of the message).
CASES: dict[str, tuple[list[str], str]] = {
    "no field": ([], "required: FIELD.h5"),
    "missing": (["absent.h5", *PEAKS], "there is no file 'absent.h5'"),
    "run directory": (["run", *PEAKS], "is a directory; give a stored field of a run"),
    "another file": (["run/config.toml", *PEAKS], "does not end in .h5; give a stored field of a run, a file of RUN/f"),
    "array": (["text.npy", *PEAKS], 'of an array of your own: the first field of a run with initial.kind = "file"'),
    "no HDF5": (["text.h5", *PEAKS], "text.h5 cannot be read"),
    "cut": (["cut.h5", *PEAKS], "cut.h5 cannot be read"),
    "no field in it": (["other.h5", *PEAKS], "other.h5 holds no stored field of a run"),
    "no grid in it": (["gridless.h5", *PEAKS], "gridless.h5 is damaged: it names no grid"),
    "not finite": (["nan.h5", *PEAKS], "holds numbers that are not finite"),
    "not finite, nobody looked": (["run/fields/nan.h5"], "holds numbers that are not finite"),
    "zero": (["zero.h5", *PEAKS], "holds a field that is zero"),
    "nobody knows": ([FIELD], "lies in no run directory that says where its bubbles are; give --bubbles K"),
    "run without bubbles": (["gaussian/fields/two.h5"], "the run of gaussian/fields/two.h5 names no bubbles"),
    "run of another grid": (["run/fields/fine.h5"], "has another grid than the run"),
    "run of another power": (["cubic/fields/two.h5", *PEAKS], "equation.power = 2; only with the critical power 4"),
    "run of another equation": (
        ["defocusing/fields/two.h5", *PEAKS],
        'belongs to a run with equation.name = "defocusing-nls"; only with the critical power 4',
    ),
    "no bubble": ([FIELD, "--bubbles", "0"], "'0' is not a positive whole number"),
    "too many": (
        [FIELD, "--bubbles", "3"],
        "--bubbles 3: only 2 separate peaks of |u| above 0.001 of the highest found (2.194 at x = -2, ",
    ),
    "both": ([FIELD, *PEAKS, "--center", "2"], "not allowed with"),
    "no number": ([FIELD, "--center", "two"], "'two' is not a number"),
    "two axes": ([FIELD, "--center", "-2,0"], "--center -2,0: 2 numbers, and the field has one axis"),
    "one axis": (["plane.h5", "--center", "-2"], "--center -2: 1 number, and the field has 2 axes"),
    "one place": ([FIELD, "--center", "-2", "--center", "-2"], "--center -2: two bubbles at the same place"),
    "outside": ([FIELD, "--center", "12"], "--center 12: outside the box [-12.0, 12.0)"),
    "cutoff 0": ([FIELD, *PEAKS, "--cutoff", "0"], "'0' is not a number greater than 0"),
    "negative cutoff": ([FIELD, *PEAKS, "--cutoff", "-1.5"], "'-1.5' is not a number greater than 0"),
    "no time": ([FIELD, *PEAKS, "--blowup-time", "nan"], "'nan' is not a number"),
    "too late": ([FIELD, *PEAKS, "--blowup-time", "-0.4"], "--blowup-time -0.4: not after the time -0.4 of the field"),
    "no direction": ([FIELD, *PEAKS, "--direction", "0"], "--direction 0: has no length"),
    "direction of two axes": ([FIELD, *PEAKS, "--direction", "1,0"], "--direction 1,0: 2 numbers"),
    "across": (["plane.h5", *PEAKS, "--direction", "0,-1"], "have the same place along it"),
    "known values": ([FIELD, *PEAKS, "--json", "text.h5"], "--json text.h5: is there already"),
    "values nowhere": ([FIELD, *PEAKS, "--json", "absent/values.json"], "there is no folder 'absent'"),
}
CONFIG = """
[equation]
name = "nls"
dimension = 1
{power}
[grid]
points = 960
length = 24.0
[initial]
{initial}
[time]
start = -0.5
stop = -0.25
step = 0.125
"""
BUBBLES = 'kind = "bubbles"\n[[initial.bubbles]]\ncenter = -2.0\n[[initial.bubbles]]\ncenter = 2.0'
GAUSSIAN = 'kind = "gaussian"\namplitude = 1.0\nwidth = 1.0'


def write_files() -> None:
    """What the cases read, in the current folder."""
    runs = {"run": (BUBBLES, ""), "gaussian": (GAUSSIAN, ""), "cubic": (GAUSSIAN, "power = 2.0")}
    texts = {name: CONFIG.format(initial=initial, power=power) for name, (initial, power) in runs.items()}
    texts["defocusing"] = texts["gaussian"].replace('"nls"', '"defocusing-nls"')
    for name, text in texts.items():
        Path(name, "fields").mkdir(parents=True)
        Path(name, "config.toml").write_text(text, encoding="utf-8")
    lone = MPI.COMM_SELF
    bubbles = two_bubbles(1)
    fields = (f"{name}/fields/two.h5" for name in texts if name != "run")
    for path in (FIELD, "cut.h5", "nan.h5", "gridless.h5", "zero.h5", *fields):
        store_bubbles(Path(path), line_domain(lone), bubbles, 0.0, -0.4)
    store_bubbles(Path("run/fields/nan.h5"), line_domain(lone), bubbles, 0.0, -0.4)
    store_bubbles(Path("run/fields/fine.h5"), line_domain(lone, 1024), bubbles, 0.0, -0.4)
    store_bubbles(Path("plane.h5"), line_domain(lone, 96, 96), two_bubbles(2), 0.0, -1.0)
    for name in ("text.h5", "text.npy"):
        Path(name).write_text("no field", encoding="utf-8")
    Path("cut.h5").write_bytes(Path("cut.h5").read_bytes()[:-5000])
    with h5py.File("other.h5", "w") as file:
        file.attrs["format_version"] = np.bytes_("1.2")
    for path, value in (("nan.h5", np.nan), ("run/fields/nan.h5", np.nan), ("zero.h5", 0.0)):
        with h5py.File(path, "r+") as file:
            for name in ("density", "u/real", "u/imag"):
                file[f"data/7/meshes/{name}"][...] = value
    with h5py.File("gridless.h5", "r+") as file:
        file["data/7/meshes/density"].attrs["gridGlobalOffset"] = [0.0]


def attempt(arguments: list[str]) -> tuple[object, str, str]:
    """Exit code, output and messages of one case on this rank."""
    output, messages = io.StringIO(), io.StringIO()
    code: object = "no exit"
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(messages):
        try:
            cli.main(["decompose", *arguments])
        except SystemExit as end:
            code = end.code
    return code, output.getvalue(), messages.getvalue()


def main() -> None:
    """Run all cases in the current folder."""
    comm = MPI.COMM_WORLD
    process.finish = stay
    if comm.rank == 0:
        write_files()
    meet(comm)
    seen = {}
    for name, (arguments, _) in CASES.items():
        before = sorted(str(path) for path in Path().rglob("*"))
        comm.Barrier()
        outcomes = comm.gather(attempt(arguments))
        after = sorted(str(path) for path in Path().rglob("*"))
        comm.Barrier()
        seen[name] = {"ranks": outcomes, "left behind": sorted(set(after) ^ set(before))}
    if comm.rank == 0:
        sys.stdout.write(json.dumps(seen) + "\n")


if __name__ == "__main__":
    main()
    end_by(json.loads(sys.argv[1]))
