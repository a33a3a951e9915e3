"""Take off the built pages what costs a phone time and shows nothing."""

import io
import re
from pathlib import Path

from fontTools import subset
from PIL import Image

FIGURE = re.compile(r'<img ([^>]*src="[^"]*_images/([^"/]+\.png)"[^>]*)')
# Names, punctuation and blanks in code have the colour of the text around them; and
# each word of code within a sentence has an element of its own (`pre`).
PLAIN = re.compile(r'<span class="(?:n|nn|p|w|pre)">([^<]*)</span>')

NEEDED_AT_ONCE = "documentation_options.js"
ICON_CLASS = re.compile(r"\bfa-[a-z-]+")
ICON_RULE = re.compile(r'([^{}]+:before)\{content:"\\([0-9a-f]+)"\}')


def shrink_figures(images):
    """Store each figure with 256 colours, where that makes it smaller."""
    for path in images.glob("*.png"):
        with Image.open(path) as figure:
            if figure.mode == "P":  # from the build before
                continue
            palette = figure.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        small = io.BytesIO()
        palette.save(small, "png", optimize=True)
        if small.tell() < path.stat().st_size:
            path.write_bytes(small.getvalue())


def load_figures_late(app, pagename, templatename, context, doctree):
    """Load a figure when it is nearly in sight; keep its place free until then.

    A figure of the class `at-once` is in sight when the page opens.
    """
    sources = {name: path for path, name in app.builder.images.items()}

    def with_size(match):
        attributes, name = match.groups()
        with Image.open(Path(app.srcdir, sources[name])) as figure:
            width, height = figure.size
        late = "" if "at-once" in attributes else 'loading="lazy" '
        return f'<img {late}width="{width}" height="{height}" {attributes}'

    if "body" in context:
        context["body"] = FIGURE.sub(with_size, context["body"])


def leave_words_plain(app, pagename, templatename, context, doctree):
    """Let no element surround a word that looks the same without: half of a page."""
    for part in {"body", "toc"} & set(context):
        context[part] = PLAIN.sub(r"\1", context[part])


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


def keep_icons_shown(site):
    """Leave in the font of icons, half of a first visit, those that a page may show."""
    static = site / "_static"
    sheet = (static / "styles" / "pydata-sphinx-theme.css").read_text()
    pages = [*site.rglob("*.html"), *static.glob("scripts/*.js")]
    classes = {name for page in pages for name in ICON_CLASS.findall(page.read_text())}
    icons = {f"{ord(icon):x}" for icon in re.findall("[\ue000-\uf8ff]", sheet)}
    for selectors, icon in ICON_RULE.findall(sheet):
        if classes.intersection(ICON_CLASS.findall(selectors)):
            icons.add(icon)
    font = static / "vendor" / "fontawesome" / "webfonts" / "fa-solid-900.ttf"
    small = f"--output-file={font.with_suffix('.woff2')}"
    subset.main([str(font), f"--unicodes={','.join(icons)}", "--flavor=woff2", small])


def import_nothing(static):
    """Put what the theme's first style sheet imports into it: pages wait for both."""
    sheet = static / "styles" / "theme.css"
    imported = (static / "basic.css").read_text().replace("url(", "url(../")
    sheet.write_text(sheet.read_text().replace('@import "../basic.css";', imported))


def make_light(site):
    """Do all of it to the files of a site."""
    import_nothing(site / "_static")
    keep_icons_shown(site)
    # The theme's largest script: its icons are drawn from a font.
    (site / "_static" / "scripts" / "fontawesome.js").write_text("")
    shrink_figures(site / "_images")
