"""The studies by name, as `offers` lists them."""

from __future__ import annotations

from collections.abc import Mapping

from parallel_nls.studies.frame import Study
from parallel_nls.studies.multi_bubbles.construction import Construction

STUDIES: Mapping[str, Study] = {study.name: study for study in (Construction(),)}
