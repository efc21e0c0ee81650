"""Unions of sections: a key of the table says which member it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from parallel_nls.config.sections.values import Section

__all__ = ["UnionByKey", "sections_in"]


@dataclass(frozen=True)
class UnionByKey:
    """Annotation of a union of sections, also of a single one, whose members are told apart by the value of a key.

    A member's ``tag`` is that value in angle brackets. A table may instead name one of the members by having another
    key, never both; that member's ``tag`` is this key in angle brackets.

    Attributes
    ----------
    key : str
        The key, as "kind".
    what : str
        What is chosen, for messages: "kind", "equation", …
    default : str
        The value where the key is missing; "": it must be given.
    alternative : str
        The other key, as "file"; "": there is none.
    variants : tuple of (str, str)
        A value and a further key, as (("nls", "form"),), that together choose another member, with the tag
        "<nls:form>".
    """

    key: str
    what: str
    default: str = ""
    alternative: str = ""
    variants: tuple[tuple[str, str], ...] = ()

    def tag_of(self, value: object) -> str | None:
        """Return the tag of the member that a table is meant to be; None where it names none, or two."""
        if isinstance(value, Section):
            return value.tag
        if not isinstance(value, dict):
            return f"<{self.default}>" if self.default else None
        if self.alternative in value:
            return None if self.key in value else f"<{self.alternative}>"
        name = value.get(self.key, self.default)
        for own, further in self.variants:
            name = f"{own}:{further}" if name == own and further in value else name
        return f"<{name}>" if isinstance(name, str) and name not in ("", self.alternative) else None

    def names_of(self, members: list[type[Section]]) -> list[str]:
        """Return the values that the key may have."""
        names = (member.tag.strip("<>") for member in members)
        return [name for name in names if name != self.alternative and ":" not in name]

    def phrase(self, member: type[Section]) -> str:
        """Return how messages tell a member apart: "of kind bubbles"."""
        name, _, further = member.tag.strip("<>").partition(":")
        if further:
            return f"of {self.key} {name} with a {further}"
        return f"with a {name}" if name == self.alternative else f"of {self.key} {name}"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the schema that chooses a member by its tag."""
        choices = {member.tag: handler.generate_schema(member) for member in sections_in(source)}
        return core_schema.tagged_union_schema(choices, self.tag_of)


def sections_in(annotation: Any) -> list[type[Section]]:
    """Return the sections that occur in a type."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return [annotation]
    return [section for part in get_args(annotation) for section in sections_in(part)]
