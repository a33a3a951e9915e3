"""Take off the built pages what costs a phone time and shows nothing."""

import re
from pathlib import Path

from fontTools import subset
from PIL import Image

FIGURE = re.compile(r'<img (?=[^>]*src="[^"]*_images/([^"/]+\.png)")')

NEEDED_AT_ONCE = "documentation_options.js"
ICON = re.compile(r"\bfa-[\w-]+")
RULES_OF_AN_ICON = re.compile(r'((?:\.fa-[\w-]+:before,?)+)\{content:"[^"]+"\}')
CODE_POINT = re.compile(r"\\(f[0-9a-f]{3})\b")


def empty_icon_script(static):
    """Empty the theme's largest script: its icons are drawn from a font."""
    (static / "scripts" / "fontawesome.js").write_text("")


def keep_icons_in_use(site):
    """Take out of the theme's icons, and out of their fonts, what no page shows."""
    static = site / "_static"
    sources = [*site.rglob("*.html"), *static.rglob("*sphinx-theme.js")]
    used = set().union(*(ICON.findall(p.read_text()) for p in sources))

    def if_used(rules):
        return rules[0] if used.intersection(ICON.findall(rules[1])) else ""

    theme = static / "styles" / "pydata-sphinx-theme.css"
    css = RULES_OF_AN_ICON.sub(if_used, theme.read_text())
    # The smaller fonts are TrueType: to write WOFF2 takes one more package.
    css = re.sub(r'url\([^)]*\.woff2\) format\("woff2"\),', "", css)
    theme.write_text(css)

    styles = "".join(path.read_text() for path in static.rglob("*.css"))
    points = {int(point, 16) for point in CODE_POINT.findall(styles)}
    points |= {ord(c) for c in styles if "\uf000" <= c <= "\uf8ff"}  # as they are
    points |= set(range(0x20, 0x7F))  # a font without any is an error
    for path in static.glob("vendor/fontawesome/webfonts/*"):
        if path.suffix == ".woff2":
            path.unlink()
            continue
        options = subset.Options()
        font = subset.load_font(path, options)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=points)
        subsetter.subset(font)
        subset.save_font(font, path, options)


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
        empty_icon_script(Path(app.outdir, "_static"))
        keep_icons_in_use(Path(app.outdir))
        shrink_figures(Path(app.outdir, "_images"))


def setup(app):
    """Register with Sphinx."""
    app.connect("html-page-context", load_figures_late)
    app.connect("html-page-context", run_scripts_late, priority=900)
    app.connect("build-finished", make_light)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
