"""By which files a run was begun: Python files, tables and initial data, as run.json has their checksums."""

from __future__ import annotations

from collections.abc import Mapping

from parallel_nls.errors import UserError
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.output.run_record import RunRecord, read_record

__all__ = ["checksums_of"]


def checksums_of(paths: RunPaths) -> Mapping[str, str] | None:
    """The checksums of the files that a run names, by their names in its directory; None where run.json does not tell.

    Raises
    ------
    UserError
        If the file system does not give it out.

    Notes
    -----
    *Communication*: local.
    """
    try:
        record = read_record(paths)
    except OSError as error:
        raise UserError(f"{paths.record} cannot be read ({error.strerror})") from None
    return record.sources if isinstance(record, RunRecord) else None
