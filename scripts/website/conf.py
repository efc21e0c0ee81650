"""How Sphinx makes the site; scripts/build-docs lays out what it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import parallel_nls
from scripts.website.docstrings import as_restructured_text, without_noise

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "parallel_nls"
version = release = parallel_nls.__version__
project_copyright = "the authors of parallel_nls"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}

# Indented blocks are commands and formulas.
highlight_language = "text"
pygments_style = "friendly"
pygments_dark_style = "github-dark"
myst_heading_anchors = 4

default_role = "code"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
python_use_unqualified_type_names = True
add_module_names = False
maximum_signature_line_length = 80

html_theme = "furo"
html_title = f"parallel_nls {version}"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}


def setup(app: Sphinx) -> None:
    """Take docstrings as they are read in the source: formulas with bars and stars, which are no markup."""
    app.connect("autodoc-process-docstring", as_restructured_text, priority=100)  # before napoleon sees them
    app.connect("autodoc-process-signature", without_noise)
