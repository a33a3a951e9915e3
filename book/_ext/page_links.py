"""In words: how to open a page that is a notebook, and where another has its source."""

from exercise_links import colab_address

LINK = '<a href="{}"{}>{}</a>'
LINE = '<p class="page-links d-print-none">{}</p>'


def add_links(app, pagename, templatename, context, doctree):
    """Put the line under the title of a notebook, or at the end of another page."""
    if doctree is None or "body" not in context:
        return
    path = app.env.doc2path(pagename, base=False)
    theme = app.config.html_theme_options
    if path.endswith(".ipynb"):
        links = []
        if colab := colab_address(app.config, path):
            links.append(LINK.format(colab, "", "Open in Colab"))
        source = context["pathto"](f"_sources/{context['sourcename']}", 1)
        links.append(LINK.format(source, " download", "Download this notebook"))
        line = LINE.format(" · ".join(links))
        context["body"] = context["body"].replace("</h1>", f"</h1>\n{line}", 1)
    elif repository := theme["repository_url"]:
        source = f"{repository}/blob/{theme['repository_branch']}/{path}"
        line = LINE.format(LINK.format(source, "", "Source of this page"))
        context["body"] += line


def setup(app):
    """Register with Sphinx."""
    app.connect("html-page-context", add_links)
    return {"parallel_read_safe": True}
