"""The manual page of the command line, docs/parallel-nls.1, made from its parser:

python -m scripts.manual            write it
python -m scripts.manual --check    compare it; the exit code is 1 if it is another
"""  # noqa: D400

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from parallel_nls import __version__
from parallel_nls.cli.parser import make_parser

PAGE = Path(__file__).resolve().parents[1] / "docs" / "parallel-nls.1"
CODES = {
    0: "done",
    1: "a defect; report the traceback",
    2: "bad input: one message names the value and the remedy",
    3: "stopped early at one of the limits of the configuration",
    74: "the file system refuses: full, over a quota, read-only",
    75: "stored before a limit or on a signal, to be resumed",
}
SYNOPSIS = """.SH SYNOPSIS
.B parallel\\-nls
.I command
[\\fIarguments\\fR]
.br
.B mpirun \\-n
.I ranks
.B parallel\\-nls
.I command
[\\fIarguments\\fR]"""
ENVIRONMENT = """.SH ENVIRONMENT
.TP
.B OMP_NUM_THREADS
1: ranks do the work, threads only get in their way
.TP
.B PARALLEL_NLS_SHARED_MEMORY
on (default) or off: whether ranks of a node share the rows of a field
.TP
.B NUMBA_CACHE_DIR
where compiled kernels are kept, if not beside the package"""


def escaped(text: str) -> str:
    """Text as roff takes it: no command at the start of a line, no hyphen that is broken."""
    lines = text.replace("\\", "\\e").replace("-", "\\-").splitlines()
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in lines)


def commands_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Its commands, by name."""
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(groups[0].choices) if groups else {}


def invocation(action: argparse.Action) -> str:
    """How an option or an argument is written."""
    name = action.metavar if isinstance(action.metavar, str) else action.dest
    if not action.option_strings:
        return name
    options = ", ".join(f"\\fB{escaped(option)}\\fR" for option in action.option_strings)
    return options if action.nargs == 0 else f"{options} \\fI{escaped(name)}\\fR"


def arguments(parser: argparse.ArgumentParser) -> Iterator[str]:
    """What a command takes, but for help."""
    for action in parser._actions:
        hidden = isinstance(action, argparse._SubParsersAction | argparse._HelpAction)
        if not hidden:
            yield f".TP\n{invocation(action)}\n{escaped((action.help or '') % vars(action))}"


def section(parser: argparse.ArgumentParser, name: str) -> Iterator[str]:
    """A command, and those below it."""
    yield f".SS {escaped(name)}\n{escaped(parser.description or '')}."
    yield from arguments(parser)
    for below, command in commands_of(parser).items():
        yield from section(command, f"{name} {below}")


def manual() -> str:
    """The page."""
    parser = make_parser()
    parts = [
        f'.TH PARALLEL\\-NLS 1 "" "parallel\\-nls {__version__}" "User Commands"',
        f".SH NAME\nparallel\\-nls \\- {escaped((parser.description or '').rstrip('.'))}",
        SYNOPSIS,
        ".SH COMMANDS",
    ]
    for name, command in commands_of(parser).items():
        parts += section(command, name)
    codes = "\n".join(f".TP\n.B {code}\n{escaped(text)}" for code, text in CODES.items())
    parts += [
        f".SH EXIT STATUS\n{codes}",
        ENVIRONMENT,
        ".SH SEE ALSO\nThe pages in share/doc/parallel_nls/docs, quickstart.md first.",
    ]
    return "\n".join(parts) + "\n"


def main() -> int:
    """Write it, or compare."""
    check = "--check" in sys.argv[1:]
    now = manual()
    if check:
        return int(not PAGE.exists() or PAGE.read_text(encoding="utf-8") != now)
    PAGE.write_text(now, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
