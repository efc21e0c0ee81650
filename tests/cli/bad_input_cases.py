"""Give the command line every kind of bad input, on all ranks of a job, and print what each rank saw as JSON."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from mpi4py import MPI

from parallel_nls import cli
from parallel_nls.cli import process
from parallel_nls.config import example_text, load_configuration
from parallel_nls.running.run import run

LEAVE = process.finish
MODULATED = ("--set", 'diagnostics.families=["modulation", "functionals", "localized"]')
ON_A_GAUSSIAN = ("--set", "initial={kind='gaussian', amplitude=1, width=1}", *MODULATED)
ONE_BUBBLE = ("--set", "modulation.bubbles=[{center=[0, 0]}]")
ON_THE_LINE = ("--set", "initial={kind='gaussian', amplitude=1, width=1}", "--set", "diagnostics={}")
# Name of the case: (arguments, fragment of the message). Files are made by `write_files`.
CASES: dict[str, tuple[list[str], str]] = {
    "unknown key": (["--set", "time.stpe=1e-3"], 'did you mean "step"'),
    "unknown section": (["--set", "tiem.step=1"], 'did you mean "time"'),
    "wrong type": (["--set", "time.start='soon'"], "must be a number"),
    "negative length": (["--set", "grid.length=[-20,20]"], "must be greater than 0"),
    "zero length": (["--set", "grid.length=[20,0]"], "must be greater than 0"),
    "NaN length": (["--set", "grid.length=[nan,20]"], "must be a finite number"),
    "zero points": (["--set", "grid.points=[0,64]"], "must be at least 4"),
    "wrong dimension": (["--set", "equation.dimension=3"], "must be 1, the line, or 2, the plane"),
    "points of a line": (["--set", "grid.points=[64]"], "1 number, and equation.dimension = 2"),
    "unknown scheme": (["--set", "time.scheme=strong"], 'did you mean "strang"'),
    "unknown equation": (["--set", "equation.name=nsl"], "unknown equation"),
    "unknown family": (["--set", 'diagnostics.families=["virail"]'], 'did you mean "virial"'),
    "bubble outside": (["--set", "initial.bubbles.0.center=[30.0,0]"], "outside the box"),
    "bubbles at one place": (["--set", "initial.bubbles.0.center=[2.0,0]"], "at the same place"),
    "stop past T": (["--set", "time.stop=0.125"], "not before the blow-up time"),
    "stop at start": (["--set", "time.stop=-0.5"], "equal to time.start"),
    "step 0": (["--set", "time.step=0"], "must be greater than 0"),
    "step and tolerance": (["--set", "time.tolerance=1e-9"], "keep one and remove the other"),
    "no step and no tolerance": (["--set", "time.step=off"], "time.step: missing"),
    "absurd tolerance": (["--set", "time.step=off", "--set", "time.tolerance=1"], "must be at most 0.01"),
    "frame of a fixed step": (["--set", "time.frame=0.1"], "belongs to a tolerance"),
    "negative power": (["--set", "equation.power=-2"], "must be greater than 0"),
    "bubbles of another power": (["--set", "equation.power=3"], "needs the critical power"),
    "solitons at one place": (["--set", "initial={kind='solitons', solitons=[{}, {}]}"], "of the same velocity"),
    "absent initial file": (["--set", "initial={kind='file', file='absent.npy'}"], "no such file"),
    "initial file that is a directory": (["--set", "initial={kind='file', file='folder.npy'}"], "is a directory"),
    "absent function": (["--set", "initial={kind='python', file='absent.py'}"], "no such file"),
    "prime line": (["--set", "equation.dimension=1", "--set", "grid={points=10007, length=20}", *ON_THE_LINE], "10008"),
    "too long a line": (
        ["--set", "equation.dimension=1", "--set", "grid={points=68719476736, length=20}", *ON_THE_LINE],
        "field shares",
    ),
    "frequency 0": (["--set", "initial.bubbles.1.frequency=0"], "must be greater than 0"),
    "negative frequency": (["--set", "initial.bubbles.1.frequency=-1"], "must be greater than 0"),
    "cutoff 0": (["--set", "modulation.cutoff=0"], "must be greater than 0"),
    "no bubbles to decompose into": (["--set", "modulation.bubbles=[]", *MODULATED], "[[modulation.bubbles]]"),
    "none known to decompose into": ([*ON_A_GAUSSIAN], "give [[modulation.bubbles]] and modulation.blowup_time"),
    "no time up to which to decompose": ([*ON_A_GAUSSIAN, *ONE_BUBBLE], "give modulation.blowup_time"),
    "decomposition of another power": (
        [*ON_A_GAUSSIAN, *ONE_BUBBLE, "--set", "modulation.blowup_time=1", "--set", "equation.power=3"],
        "measured with the critical power",
    ),
    "stop past the T of the decomposition": (
        ["--set", "modulation.blowup_time=-0.2", *MODULATED],
        "time.stop = -0.125",
    ),
    "decomposition outside": (["--set", "modulation.bubbles=[{center=[0, 20]}]", *MODULATED], "outside the box"),
    "decomposition of one axis": (["--set", "modulation.bubbles=[{center=0}]", *MODULATED], "1 number, and"),
    "decomposition at one place": (
        ["--set", "modulation.bubbles=[{center=[0, 0]}, {center=[0, 0]}]", *MODULATED],
        "at the same place",
    ),
    "no direction": (["--set", "modulation.direction=[0, 0]", *MODULATED], "has no length"),
    "direction of one axis": (["--set", "modulation.direction=1", *MODULATED], "1 number, and"),
    "direction across": (["--set", "modulation.direction=[0, 1]", *MODULATED], "have the same place along it"),
    "limit without an identity": (
        ["--set", "limits.identity=0.1", "--set", 'diagnostics.families=["conserved"]'],
        "add one to diagnostics.families",
    ),
    "too large for the memory": (["--set", "grid.points=[1000000,1000000]"], "field shares"),
    "broken TOML": (["broken.toml"], "not valid TOML"),
    "binary TOML": (["binary.toml"], "a binary file"),
    "empty TOML": (["empty.toml"], "is empty"),
    "missing file": (["absent.toml"], "no such file or example"),
    "directory": (["folder"], "is a directory"),
    "long name": (["x" * 300 + ".toml"], "cannot be read"),
    "override without value": (["--set", "time.step"], "not of the form key=value"),
    "output below a file": (["--output", "empty.toml/run"], "cannot be written"),
    "output is a file": (["--output", "empty.toml"], "cannot be written"),
    "output where nothing can be": (["--output", "/proc/parallel-nls/run"], "cannot be written"),
    "output of a long name": (["--output", "new/" + "x" * 300], "cannot be written"),
    "output that is not empty": (["--output", "full"], "is not empty"),
    "no configuration": ([], "required: config"),
    "unknown option": (["--sett", "time.step=1"], "--help"),
    "ranks that are no number": (["--dry-run", "--ranks", "two"], "is not a positive whole number"),
    "no ranks": (["--dry-run", "--ranks", "0"], "is not a positive whole number"),
    "machine of a run": (["--machine", "default"], "belongs to --dry-run"),
    "no machine": (["--dry-run", "--machine", "absent"], "measure one: parallel-nls calibrate"),
    "machine of mistakes": (["--dry-run", "--machine", "machine.toml"], "node.cores = 0: must be at least 1"),
    "bad dry run": (["--dry-run", "--set", "time.step=0"], "must be greater than 0"),
}
OTHER_COMMANDS: dict[str, tuple[list[str], str]] = {
    "no command": ([], "required: command"),
    "unknown command": (["rum", "two_bubbles"], "invalid choice: 'rum'"),
    "unknown example": (["examples", "two_bubles"], 'did you mean "two_bubbles"'),
    "info on nothing": (["info", "absent"], "absent"),
    "info on no run": (["info", "folder"], "folder"),
    "export of nothing": (["export", "absent", "--format", "csv"], "absent"),
    "export of no run": (["export", "folder", "--format", "vtk"], "folder"),
    "export without a format": (["export", "folder"], "--format"),
    "export in another format": (["export", "folder", "--format", "xlsx"], "invalid choice: 'xlsx'"),
    "export at no time": (["export", "folder", "--format", "csv", "--times", "0", "soon"], "'soon' is not a number"),
    "plot of nothing": (["plot", "absent"], "absent"),
    "plot of no run": (["plot", "folder"], "folder"),
    "comparing one run": (["compare", "done"], "give two or more run directories"),
    "comparing what is not measured": (["compare", "done", "absent"], "absent"),
    "plot at no number": (["plot", "folder", "--times", "soon"], "'soon' is not a number"),
    "report of nothing": (["report", "absent"], "absent"),
    "report in place of a file": (["report", "done", "--to", "full/old.txt"], "a report is HTML"),
    "watching nothing": (["watch", "absent"], "absent"),
    "watching all the time": (["watch", "done", "--every", "0"], "is not from 0.1 to 3600 seconds"),
    "check of another equation": (["check", "two_bubbles"], "hypotheses of Hartree equations alone"),
    "certificate where none holds": (["check", "radial_2d", "--set", "virial.certificate=true"], "there is none"),
    "ground state of another equation": (
        ["ground-state", "defocusing"],
        'of "nls", "gross-pitaevskii" and "half-wave"',
    ),
    "ground state of no frequency": (["ground-state", "two_solitons_1d", "--frequency", "0"], "must be greater than 0"),
    "ground state in place of a file": (["ground-state", "trap", "--json", "empty.toml"], "is there already"),
    "ground state that is no field": (["ground-state", "trap", "--field", "q.npy"], "a name that ends with .h5"),
    "ground state nowhere": (["ground-state", "half_wave_blowup", "--field", "new/q.h5"], "there is no folder 'new'"),
    "scaling what runs on one rank": (["scaling", "half_wave_blowup"], "run on one rank"),
    "scaling what does not grow": (["scaling", "mean_field_limit", "--weak"], "leave --weak out"),
    "scaling to odd ranks": (["scaling", "two_bubbles", "--weak", "--ranks", "1", "3", "4"], "double from 1 on, not 3"),
    "scaling into a file": (
        ["scaling", "two_bubbles", "--figure", "empty.toml"],
        "--figure empty.toml: is there already",
    ),
    "scaling in another format": (["scaling", "two_bubbles", "--figure", "s.jpg"], "format 'jpg': unknown"),
    "scaling nowhere": (["scaling", "two_bubbles", "--figure", "new/s.png"], "there is no folder 'new'"),
    "calibrating into a file": (["calibrate", "--to", "empty.toml"], "--to empty.toml: is there already"),
    "calibrating nowhere": (["calibrate", "--to", "new/m.toml"], "there is no folder 'new'"),
    "calibrating below a file": (["calibrate", "--to", "empty.toml/m.toml"], "'empty.toml' is a file, no folder; give"),
    "calibrating where nothing can be written": (
        ["calibrate", "--to", "/proc/m.toml"],
        "folder '/proc' for the times of files cannot be written (",
    ),
    "unknown study": (["study", "everything"], "choose from 'box-limit', 'confirm', 'minimal-mass-rate'"),
    "boxes of another equation": (["study", "box-limit", "two_bubbles"], "give a half-wave equation with grid.points"),
    "boxes into a file": (["study", "box-limit", "half_wave_box", "--json", "empty.toml"], "is there already"),
    "confirming an unknown key": (["study", "confirm", "trap", "--set", "time.stp=1"], 'did you mean "stop"'),
    "confirming on too many ranks": (
        ["study", "confirm", "trap", "--ranks-per-run", "9"],
        "that there are; give fewer",
    ),
    "confirming into a file": (["study", "confirm", "trap", "--json", "empty.toml"], "is there already"),
    "confirming elsewhere": (["study", "confirm", "trap", "--output", "done"], "is not empty, and holds no sweep"),
    "confirming what is too large": (
        ["study", "confirm", "two_bubbles", "--set", "grid.points=[100000, 100000]"],
        "that a node holds at once need up to",
    ),
    "rate of another equation": (["study", "minimal-mass-rate", "done"], "no run of half waves that has ended"),
    "collapse of nothing": (["collapse", "absent"], "absent"),
    "collapse of what has none": (["collapse", "done", "--json", "new.json"], "tells no time of collapse"),
    "too large a hierarchy": (["run", "mean_field_limit", "--set", "grid.points=1023"], "take fewer points"),
    "unknown closure": (["run", "mean_field_limit", "--set", "equation.hierarchy.closure=none"], "unknown closure"),
    "potential that is not integrable": (
        ["run", "inverse_square_collapse", "--set", "equation.potential.power=3"],
        "power must be below 3",
    ),
    "resume until a word": (["resume", "done", "--until", "soon"], "invalid float value: 'soon'"),
    "resume until before the start": (["resume", "done", "--until", "-0.55"], "give a later time"),
    "resume until past T": (["resume", "done", "--until", "0.1"], "not before the blow-up time"),
    "resume until NaN": (["resume", "done", "--until", "nan"], "give a later time"),
}
# A run that has ended.
DONE = ("grid.points=[8,8]", "limits.spectral_tail=off", "time.stop=-0.49875", 'diagnostics.families=["conserved"]')
# These options stand for a run of good.toml with them.
ALONE = ("no configuration", "broken TOML", "binary TOML", "empty TOML", "missing file", "directory", "long name")


def arguments_of(name: str) -> list[str]:
    """The whole command line of a case."""
    if name in OTHER_COMMANDS:
        return OTHER_COMMANDS[name][0]
    return ["run", *([] if name in ALONE else ["good.toml"]), *CASES[name][0]]


def write_files(folder: Path) -> None:
    """What the cases read, and a run directory with something in it."""
    (folder / "good.toml").write_text(example_text("two_bubbles"), encoding="utf-8")
    (folder / "broken.toml").write_text("[time]\nstop = = 3\n", encoding="utf-8")
    (folder / "binary.toml").write_bytes(b"\x89HDF\r\n\x1a\n\0\0")
    (folder / "empty.toml").write_bytes(b"")
    (folder / "machine.toml").write_text("[node]\ncores = 0\n", encoding="utf-8")
    (folder / "folder").mkdir()
    (folder / "folder.npy").mkdir()
    (folder / "full").mkdir()
    (folder / "full" / "old.txt").write_text("kept", encoding="utf-8")


def contents() -> list[tuple[str, str]]:
    """All names in the current folder and below, and digests of all files but logs."""
    return sorted(
        (str(path), hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() and path.suffix != ".txt" else "")
        for path in Path().rglob("*")
    )


def attempt(name: str) -> tuple[object, str, str]:
    """Exit code, output and messages of one case on this rank."""
    output, messages = io.StringIO(), io.StringIO()
    code: object = "no exit"
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(messages):
        try:
            cli.main(arguments_of(name))
        except SystemExit as end:
            code = end.code
    return code, output.getvalue(), messages.getvalue()


def stay(code: int) -> NoReturn:
    """Leave a command but not MPI, which the next case needs."""
    sys.exit(code)


def end_by(commands: Sequence[Sequence[str]]) -> None:
    """Run commands as users see them, after all cases; the last one ends the job as it ends any."""
    for arguments in commands[:-1]:
        with contextlib.suppress(SystemExit):
            cli.main(arguments)
    process.finish = LEAVE
    cli.main(commands[-1])


def meet(comm: MPI.Intracomm) -> None:
    """Wait for the other ranks without keeping a core busy."""
    request = comm.Ibarrier()
    while not request.Test():
        time.sleep(0.001)


def main() -> None:
    """Run all cases in the current folder."""
    comm = MPI.COMM_WORLD
    process.finish = stay
    if comm.rank == 0:
        write_files(Path())
        run(load_configuration("two_bubbles", DONE), MPI.COMM_SELF, Path("done"), quiet=True)
    meet(comm)
    seen = {}
    for name in (*CASES, *OTHER_COMMANDS):
        before = contents()
        comm.Barrier()
        outcomes = comm.gather(attempt(name))
        after = contents()
        comm.Barrier()
        seen[name] = {"ranks": outcomes, "left behind": sorted(set(after) ^ set(before))}
    if comm.rank == 0:
        sys.stdout.write(json.dumps(seen) + "\n")


if __name__ == "__main__":
    main()
    end_by(json.loads(sys.argv[1]))
