"""What two documents of settings differ in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parallel_nls.config.toml_text import quoted

__all__ = ["differences"]


def differences(key: str, now: Any, then: Any) -> Iterator[str]:
    """Yield what two documents differ in, below a key. *Communication*: local."""
    tables = [isinstance(value, list) and all(isinstance(item, dict) for item in value) for value in (now, then)]
    if all(tables) and len(now) == len(then):
        now, then = ({str(place): item for place, item in enumerate(value)} for value in (now, then))
    if isinstance(now, dict) and isinstance(then, dict):
        for name in {**then, **now}:
            yield from differences(f"{key}.{name}".lstrip("."), now.get(name), then.get(name))
    elif now != then:
        yield f"{key} = {quoted(now)} instead of {quoted(then)}"
