"""The command line: parallel-nls run · resume · sweep · plot · report · compare · watch · info · and more."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from parallel_nls.cli import process
from parallel_nls.cli.streams import complain, secure_streams
from parallel_nls.errors import BAD_INPUT, STORAGE, LibraryError, StorageError, UserError, refusal

__all__ = ["main"]

EXTRAS = {"jinja2": "plots", "matplotlib": "plots", "PIL": "plots", "xarray": "io", "pandas": "io"}
"""Libraries that some commands need, and the extra that brings each."""


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave with its exit code.

    0 done, 1 a defect, 2 bad input, 3 stopped early on purpose, 74 the file system refused, 75 asked to leave by a
    signal, to be resumed or started again, 130 interrupted where there is nothing to go on with.

    Notes
    -----
    *Communication*: ``run`` is collective over all ranks of the job. An exception on one rank ends the job.
    """
    sys.excepthook = process.end_all_ranks
    secure_streams()
    try:
        with process.ending_by_signals():
            code = _carried_out(argv)
    except LibraryError as error:
        process.end_alone(str(error), STORAGE)
    except (UserError, StorageError) as error:
        if process.launcher_rank() == 0:
            complain(str(error))
        code = BAD_INPUT if isinstance(error, UserError) else STORAGE
    except OSError as error:
        if error.filename is None:
            raise
        process.end_alone(str(refusal(error.filename, error)), STORAGE)
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library in ("", "parallel_nls"):
            raise
        extra = f"[{EXTRAS[library]}]" if library in EXTRAS else ""
        text = f"{error.name} is not installed, which this command needs: pip install 'parallel_nls{extra}'"
        process.end_alone(text, BAD_INPUT)
    process.finish(code)


def _carried_out(argv: Sequence[str] | None) -> int:
    """The exit code of one command."""
    process.answer()
    with process.loading():
        from parallel_nls.cli.completion import complete
        from parallel_nls.cli.parser import make_parser
    parser = make_parser()
    complete(parser)
    arguments = parser.parse_args(argv)
    code: int = arguments.function(arguments)
    return code
