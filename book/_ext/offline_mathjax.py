"""Put the part of MathJax that the pages use into the site: 2 MB instead of 24."""

from importlib.util import find_spec
from pathlib import Path

from docutils import nodes
from sphinx.util.fileutil import copy_asset

# Only the files are taken from the package: its name, with hyphens, can't be imported
# by a statement, and as an extension it would copy all of MathJax.
PACKAGE = Path(find_spec("sphinx-mathjax-offline").origin).parent
# One by one, since the ready-made bundle holds a menu that no page has: 110 KB. The
# last is the macro packages, of which one is loaded when a formula needs it.
COMPONENTS = ["core", "input/tex", "output/chtml", "a11y/assistive-mml"]
PARTS = [
    "startup.js",
    *(f"{component}.js" for component in COMPONENTS),
    "output/chtml/fonts",
    "input/tex/extensions",
]


def leave_out(app, pagename, templatename, context, doctree):
    """Take MathJax off a page without a formula; Sphinx counts sub-pages, too."""
    for kind in (nodes.math, nodes.math_block):
        if doctree and any(doctree.findall(kind)):
            return
    context["script_files"] = [
        script
        for script in context["script_files"]
        if "mathjax" not in f"{script.filename}{script.attributes.get('body')}".lower()
    ]


def copy_mathjax(site):
    """Copy the parts to where `mathjax_path` points."""
    for part in PARTS:
        source = PACKAGE / "static" / "mathjax" / part
        target = site / "_static" / "mathjax" / part
        copy_asset(source, target if source.is_dir() else target.parent)
