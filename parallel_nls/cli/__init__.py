"""The command line: parallel-nls run · resume · sweep · plot · export · info · decompose · examples · doctor."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from parallel_nls.cli import process
from parallel_nls.cli.streams import complain, secure_streams
from parallel_nls.errors import BAD_INPUT, STORAGE, StorageError, UserError

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave with its exit code.

    0 done, 1 a defect, 2 bad input, 3 stopped early on purpose, 74 the file system refused, 75 stored, to be resumed.

    Notes
    -----
    *Communication*: ``run`` is collective over all ranks of the job. An exception on one rank ends the job.
    """
    sys.excepthook = process.end_all_ranks
    secure_streams()
    try:
        with process.loading():
            from parallel_nls.cli.parser import make_parser
        arguments = make_parser().parse_args(argv)
        code = arguments.function(arguments)
    except (UserError, StorageError) as error:
        if process.launcher_rank() == 0:
            complain(str(error))
        code = BAD_INPUT if isinstance(error, UserError) else STORAGE
    process.finish(code)
