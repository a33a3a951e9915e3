"""Take off the built pages what costs a phone time and shows nothing."""

import re
from pathlib import Path

from PIL import Image

FIGURE = re.compile(r'<img (?=[^>]*src="[^"]*_images/([^"/]+\.png)")')

NEEDED_AT_ONCE = "documentation_options.js"


def shrink_figures(images):
    """Store each figure with 256 colours, where that makes it smaller."""
    for path in images.glob("*.png"):
        small = path.with_suffix(".small")
        with Image.open(path) as figure:
            palette = figure.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        palette.save(small, "png", optimize=True)
        if small.stat().st_size < path.stat().st_size:
            small.replace(path)
        else:
            small.unlink()


def load_figures_late(app, pagename, templatename, context, doctree):
    """Load a figure when it is nearly in sight; keep its place free until then."""
    sources = {name: path for path, name in app.builder.images.items()}

    def with_size(match):
        source = Path(app.srcdir, sources[match[1]])
        with Image.open(source) as figure:
            width, height = figure.size
        return f'<img loading="lazy" width="{width}" height="{height}" '

    if "body" in context:
        context["body"] = FIGURE.sub(with_size, context["body"])


def run_scripts_late(app, pagename, templatename, context, doctree):
    """Let scripts wait for the page, but for the one that its own lines ask for."""
    if pagename == "search":  # its template adds scripts that don't wait
        return
    context["script_files"] = [
        script
        if not script.filename or script.filename.endswith(NEEDED_AT_ONCE)
        else type(script)(
            script.filename,
            priority=script.priority,
            **{**script.attributes, "defer": "defer"},
        )
        for script in context["script_files"]
    ]


def make_light(app, error):
    """Do all of it once the pages are written, unless the build broke off."""
    if error is None and app.builder.format == "html":
        # The theme's largest script: its icons are drawn from a font.
        Path(app.outdir, "_static", "scripts", "fontawesome.js").write_text("")
        shrink_figures(Path(app.outdir, "_images"))


def setup(app):
    """Register with Sphinx."""
    app.connect("html-page-context", load_figures_late)
    app.connect("html-page-context", run_scripts_late, priority=900)
    app.connect("build-finished", make_light)
    return {"parallel_read_safe": True}
