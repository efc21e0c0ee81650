"""Ways of drawing that take less time, where nobody looks at the pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from parallel_nls.figures import animation, moments, sheet, style
from parallel_nls.figures.looks import house_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COARSE = 50  # dots per inch


def use_few_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """In all figures and animations."""
    monkeypatch.setitem(house_style(), "savefig.dpi", COARSE)
    monkeypatch.setattr(animation, "DPI", COARSE)
    monkeypatch.setattr(moments, "WANTED", 0)  # no frames but those of fields


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that are drawn, kept instead of saved."""
    figures: list[Figure] = []

    def finish(_: sheet.Sheet, figure: Figure) -> Figure:
        """Stand in for saving."""
        figures.append(figure)
        return figure

    monkeypatch.setattr(sheet.Sheet, "finish", finish)
    return figures


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
