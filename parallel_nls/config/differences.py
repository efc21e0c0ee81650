"""What two documents of settings differ in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import copysign
from typing import Any

from pydantic import ValidationError

from parallel_nls.config.configuration import Configuration
from parallel_nls.config.toml_text import quoted
from parallel_nls.errors import UserError

__all__ = ["changed_settings", "differences"]


def changed_settings(config: Configuration, stored: Mapping[str, Any]) -> list[str]:
    """Return in what the settings of a configuration differ from those of a run that was stored, maybe long ago.

    Parameters
    ----------
    config : Configuration
        What the run would go on with.
    stored : mapping
        `Configuration.settings` of the version that stored the run. Keys that came later have their defaults there.

    Returns
    -------
    list of str
        One text a difference.

    Notes
    -----
    *Communication*: local.
    """
    return list(differences("", config.settings(), _completed(config, stored)))


def _completed(config: Configuration, stored: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return stored settings with the defaults that this version adds; as they are where they make no configuration."""
    time = stored.get("time")
    if not isinstance(time, dict) or not all(
        isinstance(time.get(name) or 0.0, int | float) for name in ("start", "step", "frame")
    ):
        return stored
    # Settings do not tell the stop; that of the first frame suits them whatever else has changed.
    frame = copysign(time.get("step") or time.get("frame") or 0.0, config.frames.frame)
    document = {**stored, "time": {**time, "stop": (time.get("start") or 0.0) + frame}}
    try:
        then = type(config).model_validate(document, context={"files": False})
        return then.complete().settings()
    except (ValidationError, UserError):
        return stored


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
