"""How figures look: matplotlib's settings, from the style sheet of the package and from those of the user on top."""

from __future__ import annotations

import functools
import logging
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parallel_nls.config.spelling import nearest
from parallel_nls.errors import ArgumentError, UserError

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

Style = str | Path | Mapping[str, Any]
"""A style of matplotlib by name, a file .mplstyle, or settings."""

SHEET = Path(__file__).with_name("default.mplstyle")
# Of the machine, not of a figure.
_NO_STYLE = ("backend", "backend_fallback", "interactive", "toolbar", "timezone", "savefig.directory")
_MAPS = ("magma", "inferno", "plasma", "viridis", "cividis", "gray")  # some whose lightness grows evenly


@functools.cache
def house_style() -> dict[str, Any]:
    """Settings of the package's own style sheet. *Communication*: local."""
    return _read_file(SHEET)


def settings_of(styles: Style | Iterable[Style] = (), cmap: str | Colormap | None = None) -> dict[str, Any]:
    """What the user's styles set, each on top of the ones before.

    Parameters
    ----------
    styles : str, Path, mapping, or several of them
        Styles of matplotlib by name, files, or settings.
    cmap : str or Colormap, optional
        Colours of images, on top of all styles.

    Raises
    ------
    UserError
        If there is no such style or colour map, or a file is not what it should be.

    Notes
    -----
    *Communication*: local.
    """
    found: dict[str, Any] = {}
    for style in [styles] if isinstance(styles, str | Path | Mapping) else styles:
        read = _read_mapping(style) if isinstance(style, Mapping) else _read_named(str(style))
        found |= {key: value for key, value in read.items() if key not in _NO_STYLE}
    return found if cmap is None else found | {"image.cmap": _colours(cmap)}


def _colours(cmap: str | Colormap) -> str | Colormap:
    from matplotlib import colormaps
    from matplotlib.colors import Colormap

    if not isinstance(cmap, str | Colormap):
        raise ArgumentError(f"cmap = {cmap!r}: is no colour map; give one of matplotlib, or its name")
    if isinstance(cmap, str) and cmap not in colormaps:
        raise UserError(f"colour map {cmap!r}: unknown; {_hint(cmap, list(colormaps), _MAPS)}")
    return cmap


def _read_named(name: str) -> Any:
    import matplotlib as mpl
    from matplotlib import style

    if name == "default":
        return mpl.rcParamsDefault
    if name in style.library:
        return style.library[name]
    if Path(name).is_file():
        return _read_file(Path(name))
    known = [*style.available, "default"]
    raise UserError(f"style {name!r}: no file, and no style of matplotlib; {_hint(name, known, known)}")


def _read_mapping(settings: Mapping[str, Any]) -> Any:
    import matplotlib as mpl

    for key in settings:
        if key not in mpl.rcParamsDefault:
            raise UserError(f"style: matplotlib has no setting {key!r}; {_hint(key, list(mpl.rcParamsDefault), ())}")
    try:
        return mpl.RcParams(settings)
    except ValueError as error:
        raise UserError(f"style: {error}") from None


def _read_file(path: Path) -> dict[str, Any]:
    """The settings in a file. Of keys that it does not know matplotlib only complains in its log."""
    import matplotlib as mpl

    complaints = _Complaints()
    logger = logging.getLogger("matplotlib")
    passed_on, logger.propagate = logger.propagate, False
    logger.addHandler(complaints)
    try:
        found: Any = dict(mpl.rc_params_from_file(path, fail_on_error=True, use_default_template=False))
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"style {str(path)!r}: {error}") from None
    finally:
        logger.removeHandler(complaints)
        logger.propagate = passed_on
    if complaints.lines:
        raise UserError(f"style {str(path)!r}: {complaints.lines[0]}")
    settings: dict[str, Any] = found
    return settings


class _Complaints(logging.Handler):
    """What is logged, kept."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the first line."""
        self.lines.append(record.getMessage().strip().partition("\n")[0])


def _hint(name: str, names: Collection[str], shown: Collection[str]) -> str:
    """The nearest of many names, or some of them."""
    near = nearest(name, names)
    return f"did you mean {near!r}?" if near is not None else f"known, among others: {', '.join(shown)}"
