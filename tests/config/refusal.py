"""The message with which a configuration is refused."""

from __future__ import annotations

import pytest

from parallel_nls.config import load_configuration
from parallel_nls.errors import UserError


def message_of(path_or_example: str, overrides: list[str] | None = None) -> str:
    """Return the message with which loading fails; it can be printed anywhere."""
    with pytest.raises(UserError) as caught:
        load_configuration(path_or_example, overrides or [])
    message = str(caught.value)
    message.encode("utf-8")
    return message
