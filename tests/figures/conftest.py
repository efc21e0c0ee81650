"""Ways of drawing that take less time, where nobody looks at the pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from parallel_nls.figures import animation, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COARSE = 50  # dots per inch


def use_few_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """In all figures and animations."""
    monkeypatch.setitem(style._SETTINGS, "savefig.dpi", COARSE)
    monkeypatch.setattr(animation, "DPI", COARSE)


@pytest.fixture
def keep_figures(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Figure]]:
    """A function: figures that these modules draw are kept in a list, instead of saved."""

    def keep_those_of(*modules: ModuleType) -> list[Figure]:
        """The list, to be filled."""
        figures: list[Figure] = []

        def keep(figure: Figure, path: Path) -> Path:
            """Stand in for saving."""
            figures.append(figure)
            return path

        for module in modules:
            monkeypatch.setattr(module, "save", keep)
        return figures

    return keep_those_of


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few pixels."""
    use_few_pixels(monkeypatch)


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are drawn with all that is in them, but coarsely, and their parts are not moved to fit."""

    def render(figure: Figure) -> Image.Image:
        """Stand in for finding the layout, which takes twice as long as drawing."""
        figure.set_layout_engine("none")
        canvas: Any = figure.canvas
        canvas.draw()
        return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")

    use_few_pixels(monkeypatch)
    for module in (style, animation):
        monkeypatch.setattr(module, "render", render)
