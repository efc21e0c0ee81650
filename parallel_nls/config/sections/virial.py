"""The [virial] section: the cut-off of localized virial identities."""

from __future__ import annotations

from pydantic import Field

from parallel_nls.config.sections.values import Positive, Section, Switch

__all__ = ["VirialSection"]


class VirialSection(Section):
    """Where |x|² is cut off. None: nothing is localized."""

    radius: Positive | None = Field(
        default=None, description="R of ψ_R, which is |x|² up to √R and constant from √(3R) on, as radius = 4.0"
    )
    certificate: Switch = Field(
        default=False, description="whether a run is refused unless the blow-up theorems certify its collapse"
    )
