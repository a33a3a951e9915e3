"""In words: how to open a page that is a notebook, and the exercise of a chapter."""

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

PROMPT = "Now you:"
LINK = '<a href="{}"{}>{}</a>'
LINE = '<p class="page-links d-print-none">{}</p>'


def colab_address(config, path):
    """Return the address at which Colab opens a file, or None without a public one."""
    theme = config.html_theme_options
    colab = theme.get("launch_buttons", {}).get("colab_url")
    source = urlsplit(theme["repository_url"])
    if not colab or source.netloc != "github.com":
        return None
    repository, branch = source.path.strip("/"), theme["repository_branch"]
    return f"{colab.rstrip('/')}/github/{repository}/blob/{branch}/{path}"


class ExerciseLinks(SphinxTransform):
    """Add a line under "Now you:", before Sphinx collects the files to download."""

    default_priority = 500

    def apply(self):
        """Change nothing on a page without an exercise of the same name."""
        name = PurePosixPath(self.env.docname).name
        exercise = f"exercises/{name}/{name}"
        if exercise not in self.env.found_docs:
            return
        for prompt in list(self.document.findall(nodes.strong)):
            if prompt.astext() == PROMPT:
                paragraph = prompt.parent
                place = paragraph.parent.index(paragraph) + 1
                paragraph.parent.insert(place, self.line(f"{exercise}.ipynb"))

    def line(self, path):
        """Return the paragraph of links; on paper there is nothing to open."""
        line = nodes.paragraph("", "The exercise: ", classes=["d-print-none"])
        if address := colab_address(self.config, path):
            line += nodes.reference("", "Open in Colab", refuri=address)
            line += nodes.Text(" · ")
        line += addnodes.download_reference(
            "", "Download", reftarget=f"/{path}", refdoc=self.env.docname
        )
        return line


def add_links(app, pagename, templatename, context, doctree):
    """Under the title of a notebook, how to open it; below another page, its source."""
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
        context["body"] += LINE.format(LINK.format(source, "", "Source of this page"))
