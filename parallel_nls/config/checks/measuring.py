"""Mistakes about what is measured: each check returns one line a mistake."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from parallel_nls.config.sections.equation import EquationSection
from parallel_nls.config.sections.initial import InitialSection
from parallel_nls.config.sections.output import DiagnosticsSection, LimitsSection
from parallel_nls.config.toml_text import quoted

__all__ = ["find_family_mistakes", "find_own_mistakes"]


def find_family_mistakes(
    equation: EquationSection,
    diagnostics: DiagnosticsSection,
    limits: LimitsSection,
    initial: InitialSection,
    bubbles: int,
) -> list[str]:
    """Return which families are given twice, have nothing to measure, or are missing for a limit.

    Parameters
    ----------
    equation, diagnostics, limits, initial : Section
        Sections that are valid each by itself.
    bubbles : int
        On which local quantities are measured.

    Returns
    -------
    list of str
        One line a mistake, naming key, value and remedy.
    """
    families = diagnostics.families
    shown = f"diagnostics.families = {quoted(families)}"
    mistakes = [
        f"{shown}: {quoted(name)} is given twice; remove one" for name in set(families) if families.count(name) > 1
    ]
    if "distance" in families and not initial.is_exact:
        mistakes.append(
            f'{shown}: "distance" is measured to bubbles or solitons, and initial.kind = "{initial.kind}"; remove it'
        )
    if "distance" in families and initial.is_exact and initial.normalise is not None:
        mistakes.append(
            f'{shown}: "distance" is measured to the exact waves as they are, and initial.normalise scales them; '
            "remove one of the two"
        )
    if limits.identity < inf:
        mistakes += [f"limits.identity = {limits.identity!r}: {why}" for why in _unchecked(equation, families, bubbles)]
    return sorted(mistakes)


def _unchecked(equation: EquationSection, families: Sequence[str], bubbles: int) -> list[str]:
    """Return why no identity is looked at that a limit is for, if so."""
    checked = equation.families_with_identities
    if not checked:
        return ['nothing that is measured here has an identity; set the limit to "off"']
    if not set(families) & set(checked):
        names = " and ".join(map(quoted, checked))
        which = f"families {names} have" if len(checked) > 1 else f"family {names} has"
        return [f'only the {which} identities; add one to diagnostics.families, or set the limit to "off"']
    if set(families) & set(checked) == {"localized"} and bubbles == 1:
        why = 'of one bubble alone both identities of the family "localized" are 0 = 0'
        return [f'{why}; add "virial" to diagnostics.families, or set the limit to "off"']
    return []


def find_own_mistakes(diagnostics: DiagnosticsSection) -> list[str]:
    """Return which quantities of the user's own have the name of one before them.

    Parameters
    ----------
    diagnostics : Section
        A section that is valid by itself.

    Returns
    -------
    list of str
        One line a mistake, naming key, value and remedy.
    """
    names = [own.name for own in diagnostics.own]
    return [
        f"diagnostics.own.{k}.name = {quoted(name)}: is given twice; choose another name, or remove one of the tables"
        for k, name in enumerate(names)
        if name in names[:k]
    ]
